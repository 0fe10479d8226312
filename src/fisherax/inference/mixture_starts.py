"""Starting values for mixtures: the data in parts, a component for each."""

import jax.numpy as jnp
import numpy as np

from .._types import Params
from ..models.mixture import Mixture
from .starts import family_start


def mixture_starts(mixture: Mixture, x: np.ndarray, weights: np.ndarray | None, number: int) -> list[Params]:
    """Starts for a mixture: the data are cut into K parts, one component is fitted by moments to each.

    The parts are K ranges of equal weight, then the clusters of Lloyd's algorithm from centres drawn
    among the data (always the same ones).
    """
    x = np.asarray(x)
    generator = np.random.default_rng(0)
    parts = [_quantile_parts(x, mixture.num_components)]
    parts += [_cluster_parts(x, mixture.num_components, generator) for _ in range(number - 1)]
    return [_from_parts(mixture, x, weights, part) for part in parts]


def _quantile_parts(x: np.ndarray, k: int) -> np.ndarray:
    order = x if x.ndim == 1 else x[:, 0]
    rank = np.empty(len(x), int)
    rank[np.argsort(order, kind="stable")] = np.arange(len(x))
    return rank * k // len(x)


def _cluster_parts(x: np.ndarray, k: int, generator: np.random.Generator) -> np.ndarray:
    points = np.asarray(x, float).reshape(len(x), -1)
    centres = points[generator.choice(len(points), k, replace=False)]
    part = np.zeros(len(points), int)
    for _ in range(20):
        part = np.argmin(((points[:, None] - centres) ** 2).sum(-1), axis=1)
        centres = np.stack([points[part == j].mean(0) if np.any(part == j) else centres[j] for j in range(k)])
    return part


def _from_parts(mixture: Mixture, x: np.ndarray, weights: np.ndarray | None, part: np.ndarray) -> Params:
    components, shares = [], []
    w = np.ones(len(x)) if weights is None else np.asarray(weights)
    whole = family_start(mixture.component, x, weights)
    for j in range(mixture.num_components):
        here = part == j
        spread = np.ptp(x[here], axis=0) if np.any(here) else 0.0
        enough = here.sum() >= 3 and np.all(spread > 0)
        components.append(family_start(mixture.component, x[here], w[here]) if enough else whole)
        shares.append(max(float(w[here].sum()), 1.0))
    stacked = {key: jnp.stack([c[key] for c in components]) for key in mixture.component.parameters}
    return {"weights": jnp.asarray(shares) / sum(shares), **stacked}

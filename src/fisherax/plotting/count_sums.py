"""P(a ≤ Y < b) of counts, for classes of any width: a sum, without an array that is as long as the range.

The whole numbers are cut into blocks at the ends of the classes, at distances from the ends of the support that
double, and at every quarter of a standard deviation around the mean (of each component of a mixture). A short block
is summed term by term; in a long one the mass function is smooth, and Gauss and Legendre's rule, its nodes rounded
to whole numbers, does with eight terms.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from .._types import Array, Float
from ..models.base import Head

_SHORT = 16
_CLOSE = 1e-2
"""At counts near 10¹² a log-probability rounds by a few thousandths."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_DOUBLING = np.concatenate([np.arange(65.0), 64.0 * 2.0 ** np.arange(1, 60)])
_DEVIATIONS = np.arange(-40.0, 40.25, 0.25)


def class_sums(head: Head, params: Any, edges: np.ndarray) -> np.ndarray:
    """(k + 2,) the probabilities of the counts below, in and above the k classes [edges_i, edges_{i+1}).

    Args:
        head: A family of counts.
        params: Its parameters.
        edges: (k + 1,) whole numbers, ascending.

    Returns:
        Numbers that add up to 1 within what a picture shows; NaN where they do not.
    """
    distribution: Any = head.distribution(params)
    low, high = (_bound(distribution.support, name) for name in ("lower_bound", "upper_bound"))
    cuts = _cuts(distribution, edges, low, high)
    first, last = cuts[:-1], cuts[1:]
    length = last - first
    short = length <= _SHORT
    offsets = np.arange(float(_SHORT))
    terms = (first[short, None] + offsets)[offsets < length[short, None]]
    owner = np.repeat(np.flatnonzero(short), length[short].astype(int))
    middle = 0.5 * (first + last - 1)[~short, None]
    nodes = np.round(middle + 0.5 * length[~short, None] * _NODES)
    points = np.concatenate([terms, nodes.ravel()])
    probability = _probabilities(head, params, points)
    sums = np.zeros(first.size)
    np.add.at(sums, owner, probability[: terms.size])
    sums[~short] = 0.5 * length[~short] * (probability[terms.size :].reshape(nodes.shape) @ _WEIGHTS)
    found = np.bincount(np.searchsorted(edges, first, side="right"), sums, minlength=edges.size + 1)
    return found if abs(found.sum() - 1) < _CLOSE else np.full(found.size, np.nan)


def _bound(support: Any, name: str) -> float | None:
    """The least or the greatest count; None where there is none."""
    if getattr(support, "is_discrete", False) and not hasattr(support, "lower_bound"):
        return {"lower_bound": 0.0, "upper_bound": 1.0}[name]  # 0 or 1
    bound = getattr(support, name, None)
    return None if bound is None else float(np.asarray(bound))


def _cuts(distribution: Any, edges: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    """Where blocks begin and end, in ascending order, over all of the support that has mass."""
    cuts = [edges]
    if low is not None:
        cuts.append(low + _DOUBLING)
    if high is not None:
        cuts.append(high + 1 - _DOUBLING)
    for part in _parts(distribution):
        try:
            moments = np.ravel(part.mean), np.sqrt(np.ravel(part.variance))
        except NotImplementedError:
            continue
        for centre, deviation in zip(*moments, strict=True):
            if np.isfinite(centre) and np.isfinite(deviation):
                cuts.append(centre + deviation * _DEVIATIONS)
    found = np.unique(np.round(np.concatenate(cuts)))
    return found[
        (found >= (-np.inf if low is None else low)) & (found <= (np.inf if high is None else high + 1))
    ]


def _parts(distribution: Any) -> list[Any]:
    """The distribution, or what it is a mixture of: zeros apart from the rest, too."""
    if isinstance(distribution, dist.MixtureSameFamily):
        return _parts(distribution.component_distribution)
    if isinstance(distribution, dist.MixtureGeneral):
        return [part for component in distribution.component_distributions for part in _parts(component)]
    inner = getattr(distribution, "base_dist", None)
    return [distribution] if inner is None else [distribution, *_parts(inner)]


def _probabilities(head: Head, params: Any, points: np.ndarray) -> np.ndarray:
    # Categories are looked up by whole numbers; what is beyond those that there are is as good in floating point.
    whole = jnp.iinfo(jnp.asarray(0).dtype)
    near = np.clip(points, whole.min, whole.max) == points
    values = jnp.asarray(points, int if near.all() else float)
    return np.exp(np.array(_log_probs(head, params, values), float))


@eqx.filter_jit
def _log_probs(head: Head, params: Any, values: Array) -> Float[Array, " n"]:
    return jax.vmap(lambda y: head.log_prob(params, y))(values)

"""A fixed mesh under a distribution of one number: good to what an eye can see, and quick.

What the library reports as a number comes from `information.expectation`, to rounding, and takes its time. A
picture needs four digits of several hundred expectations under one distribution, and its distribution function
at every point; a mesh of a few hundred points, fixed beforehand, gives both.

A continuous variable is y = y(m + s sinh t), on a scale where it is free, with m and s its median and spread
there, and the trapezoid rule in t. Analytic integrands converge exponentially in it, heavy tails included.

References:
    Takahasi and Mori (1974), Double exponential formulas for numerical integration, Publ. RIMS 9, 721-741.
"""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints as C

from .._types import PyTree
from ..models.base import Head

_DRAWS = 1001
_STEPS = np.linspace(-9.0, 9.0, 541)
_MOST_COUNTS = 600
_NORMAL_IQR = 1.349


@dataclasses.dataclass(frozen=True)
class Mesh:
    """Points and weights for each of several distributions: ∫φ ≈ Σᵢ wᵢ φ(yᵢ).

    Attributes:
        points: (k, n) ascending along each row.
        weights: (k, n) lengths of the reference measure (1 for each whole number).
        discrete: Whether the points are whole numbers, every `stride`-th of them.
    """

    points: np.ndarray
    weights: np.ndarray
    discrete: bool


def mesh_of(head: Head, outputs: PyTree) -> Mesh | None:
    """A mesh for the distribution of `head` at each of several outputs; None if y is no single number.

    Args:
        head: A head.
        outputs: Its parameter, with a leading axis of k.
    """
    first = jax.tree.map(lambda a: a[0], outputs)
    distribution = head.distribution(first)
    if distribution.event_shape:
        return None
    try:
        support = distribution.support
        discrete = bool(support.is_discrete)
    except NotImplementedError:
        return None
    count = jax.tree.leaves(outputs)[0].shape[0]
    draws = np.asarray(_draws(head, outputs), float)
    if discrete:
        return _counts(head, outputs, support, draws)
    scale = _scale(support)
    if scale is None:
        return None
    low, high, kind = scale
    if kind == "circle":
        points = np.linspace(low, high, _STEPS.size + 1)[:-1]
        weights = np.full(points.size, (high - low) / points.size)
        return Mesh(np.tile(points, (count, 1)), np.tile(weights, (count, 1)), False)
    with np.errstate(divide="ignore"):
        free = _to_free(draws, low, high, kind)
    quartiles = np.quantile(free, [0.25, 0.5, 0.75], axis=1)
    spread = np.maximum((quartiles[2] - quartiles[0]) / _NORMAL_IQR, 1e-12)[:, None]
    moved = quartiles[1][:, None] + spread * np.sinh(_STEPS)
    points, slope = _from_free(np.clip(moved, -690.0, 690.0) if kind != "real" else moved, low, high, kind)
    weights = (_STEPS[1] - _STEPS[0]) * slope * spread * np.cosh(_STEPS)
    if kind != "real":
        weights = np.where(np.abs(moved) < 690.0, weights, 0.0)
    return Mesh(points, weights, False)


@eqx.filter_jit
def _log_prob(head: Head, outputs: PyTree, points: jax.Array) -> jax.Array:
    one = lambda f, y: head.log_prob(f, y)  # noqa: E731
    return jax.vmap(jax.vmap(one, in_axes=(None, 0)))(outputs, points)


def masses(head: Head, outputs: PyTree, mesh: Mesh) -> np.ndarray:
    """(k, n): the probability that each point stands for; they add up to nearly 1."""
    log_prob = np.array(_log_prob(head, outputs, jnp.asarray(mesh.points)))
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.exp(log_prob) * mesh.weights
    return np.where(np.isfinite(found) & (mesh.weights > 0), found, 0.0)


def _draws(head: Head, outputs: PyTree) -> jax.Array:
    key = jax.random.key(0)
    return jax.vmap(lambda f: head.sample(f, key, (_DRAWS,)))(outputs)


def _counts(head: Head, outputs: PyTree, support: Any, draws: np.ndarray) -> Mesh:
    """Whole numbers around the median, to beyond any tail that a picture shows."""
    quartiles = np.quantile(draws, [0.25, 0.5, 0.75], axis=1)
    spread = np.maximum((quartiles[2] - quartiles[0]) / _NORMAL_IQR, np.sqrt(np.abs(quartiles[1]) + 1))
    reach = np.maximum(12 * spread + 20, draws.max(axis=1) - quartiles[1] + 20)
    lowest, highest = _count_bounds(head, outputs, support)
    low = np.maximum(np.floor(quartiles[1] - reach), lowest)
    high = np.minimum(np.ceil(quartiles[1] + reach), highest)
    longest = float(np.max(high - low)) + 1
    stride = max(1, int(np.ceil(longest / _MOST_COUNTS)))
    points = low[:, None] + stride * np.arange(int(np.ceil(longest / stride)))
    weights = np.where(points <= high[:, None], float(stride), 0.0)
    return Mesh(np.minimum(points, high[:, None]), weights, True)


def _count_bounds(head: Head, outputs: PyTree, support: Any) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest count of each output: the number of trials may differ."""
    if support is C.boolean:
        return np.array(0.0), np.array(1.0)

    def bound(f: PyTree, name: str, default: float) -> jax.Array:
        return jnp.asarray(getattr(head.distribution(f).support, name, default), float)

    found = (
        jax.vmap(lambda f: bound(f, "lower_bound", -jnp.inf))(outputs),
        jax.vmap(lambda f: bound(f, "upper_bound", jnp.inf))(outputs),
    )
    return np.asarray(found[0]), np.asarray(found[1])


def _bound(support: Any, name: str) -> float | None:
    bound = getattr(support, name, None)
    return None if bound is None else float(np.max(np.asarray(bound)))


def _scale(support: Any) -> tuple[float, float, str] | None:
    low, high = _bound(support, "lower_bound"), _bound(support, "upper_bound")
    if support is C.circular and low is not None and high is not None:
        return low, high, "circle"
    if low is not None and high is not None:
        return low, high, "interval"
    if low is not None:
        return low, np.inf, "above"
    if high is not None:
        return -np.inf, high, "below"
    return (-np.inf, np.inf, "real") if isinstance(support, type(C.real)) else None


def _to_free(y: np.ndarray, low: float, high: float, kind: str) -> np.ndarray:
    if kind == "interval":
        return np.clip(np.log(y - low) - np.log(high - y), -600, 600)
    if kind == "above":
        return np.maximum(np.log(y - low), -600)
    return -np.maximum(np.log(high - y), -600) if kind == "below" else y


def _from_free(x: np.ndarray, low: float, high: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """y and |dy/dx|."""
    if kind == "interval":
        small, large = 1 / (1 + np.exp(x)), 1 / (1 + np.exp(-x))
        return np.where(x < 0, low + (high - low) * large, high - (high - low) * small), (
            (high - low) * small * large
        )
    if kind == "above":
        return low + np.exp(x), np.exp(x)
    if kind == "below":
        return high - np.exp(-x), np.exp(-x)
    return x, np.ones_like(x)

"""A fixed mesh under a distribution of one number: good to what an eye can see, and quick.

What the library reports as a number comes from `information.expectation`, to rounding, and takes its time.
A picture needs four digits of several hundred expectations under one distribution, and its distribution
function at every observation; a mesh of a few hundred points, fixed beforehand, gives both.

A continuous variable is y = y(m + s sinh t), on a scale where it is free, with m and s its median and spread
there, and the trapezoid rule in t. Analytic integrands converge exponentially in it, heavy tails included.

References:
    Takahasi and Mori (1974), Double exponential formulas for numerical integration, Publ. RIMS 9, 721-741.
"""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints as C
from scipy.interpolate import CubicSpline

from .._types import Array, Float, PyTree
from ..information.expectation.landmarks import landmarks
from ..models.base import Head
from .axis import Axis, axis_of

_STEPS = np.linspace(-18.0, 18.0, 1081)
_MOST_COUNTS = 1500
_NORMAL_IQR = 1.349


class Mesh(eqx.Module):
    """Points and weights for each of k distributions: ∫φ dy ≈ Σᵢ wᵢ φ(yᵢ).

    Attributes:
        points: (k, n) ascending along each row.
        weights: (k, n), 0 where a point stands for nothing.
    """

    points: eqx.AbstractVar[np.ndarray]
    weights: eqx.AbstractVar[np.ndarray]

    @abstractmethod
    def tails(self, masses: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """P(Y < y), P(Y ≤ y) and P(Y > y), from the `masses` of the points.

        The observations y (m,) belong to the k = m distributions one by one, or all to the only one.
        """


class ContinuousMesh(Mesh):
    """Points y(m + s sinh t) at equal distances of t."""

    points: np.ndarray
    weights: np.ndarray
    axis: Axis = eqx.field(static=True)
    middle: np.ndarray
    spread: np.ndarray

    def tails(self, masses: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        step = _STEPS[1] - _STEPS[0]
        t = np.arcsinh((self.axis.to_free(y) - self.middle) / self.spread)
        t = np.clip(t, _STEPS[0], _STEPS[-1])
        lower, upper = np.empty(t.size), np.empty(t.size)
        for k, row in enumerate(masses):
            own = slice(None) if len(masses) == 1 else slice(k, k + 1)
            integral = CubicSpline(_STEPS, row / step).antiderivative()
            # Each tail from its own side: the small one keeps its digits.
            lower[own] = integral(t[own]) - integral(_STEPS[0])
            upper[own] = integral(_STEPS[-1]) - integral(t[own])
        return lower, lower, upper


class CountMesh(Mesh):
    """Whole numbers, all of them unless there are very many."""

    points: np.ndarray
    weights: np.ndarray

    def tails(self, masses: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        below = np.sum(np.where(self.points < y[:, None] - 0.5, masses, 0.0), axis=1)
        above = np.sum(np.where(self.points > y[:, None] + 0.5, masses, 0.0), axis=1)
        here = np.maximum(masses.sum(axis=1) - below - above, 0.0)
        return below, below + here, above


def mesh_of(head: Head, outputs: PyTree) -> Mesh | None:
    """A mesh for the distribution of `head` at each of several outputs; None if y is no single number.

    Args:
        head: A head.
        outputs: Its parameter, with a leading axis of k.
    """
    distribution = head.distribution(jax.tree.map(lambda a: a[0], outputs))
    if distribution.event_shape:
        return None
    support: Any = distribution.support
    try:
        discrete = bool(support.is_discrete)
    except NotImplementedError:
        return None
    axis = None if discrete else axis_of(support)
    if not discrete and axis is None:
        return None
    if axis is None:
        return _counts(head, outputs, support)
    middle, spread = _place(axis.to_free(np.asarray(_landmarks(head, outputs), float)))
    free = middle[:, None] + spread[:, None] * np.sinh(_STEPS)
    points, slope = axis.from_free(free)
    weights = (_STEPS[1] - _STEPS[0]) * slope * spread[:, None] * np.cosh(_STEPS)
    return ContinuousMesh(points, weights, axis, middle, spread)


def masses(head: Head, outputs: PyTree, mesh: Mesh) -> np.ndarray:
    """(k, n): the probability that each point stands for; they add up to nearly 1."""
    points = jnp.asarray(mesh.points, int if isinstance(mesh, CountMesh) else float)
    log_prob = np.array(_log_prob(head, outputs, points))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        found = np.exp(log_prob) * mesh.weights
    return np.where(np.isfinite(found) & (mesh.weights > 0), found, 0.0)


def is_complete(masses: np.ndarray) -> bool:
    """Whether the points stand for all of each distribution, as far as a picture shows."""
    return bool(np.all(np.abs(masses.sum(axis=1) - 1) < 1e-3))


@eqx.filter_jit
def _log_prob(head: Head, outputs: PyTree, points: Array) -> Array:
    def row(f: PyTree, y: Array) -> Array:
        return jax.vmap(lambda y: head.log_prob(f, y))(y)

    return jax.vmap(row)(outputs, points)


@eqx.filter_jit
def _landmarks(head: Head, outputs: PyTree) -> Float[Array, "k l c"]:
    """Quantiles of each distribution (of each component of a mixture), the median in the middle."""
    return jax.vmap(lambda f: landmarks(head.distribution(f)))(outputs)


def _place(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The median and the spread (of a normal, its standard deviation) that quantiles (k, l, c) suggest."""
    half = marks.shape[1] // 2
    quartiles = marks[:, max(half - 1, 0) : half + 2].reshape(marks.shape[0], -1)
    size = quartiles.shape[1]
    ordered = np.sort(quartiles, axis=1)
    spread = (ordered[:, (3 * size) // 4] - ordered[:, size // 4]) / _NORMAL_IQR
    return ordered[:, size // 2], np.maximum(spread, 1e-12)


def _counts(head: Head, outputs: PyTree, support: Any) -> CountMesh | None:
    """Whole numbers around the mean, to beyond any tail that a picture shows."""
    try:
        mean, variance = (np.asarray(found, float) for found in _moments(head, outputs))
    except NotImplementedError:
        return None
    if not np.all(np.isfinite(mean) & np.isfinite(variance)):
        return None
    reach = 20 * np.sqrt(variance) + 20
    lowest, highest = _count_bounds(head, outputs, support)
    low = np.maximum(np.floor(mean - reach), lowest)
    high = np.minimum(np.ceil(mean + reach), highest)
    longest = float(np.max(high - low)) + 1
    stride = max(1, int(np.ceil(longest / _MOST_COUNTS)))
    points = low[:, None] + stride * np.arange(int(np.ceil(longest / stride)))
    weights = np.where(points <= high[:, None], float(stride), 0.0)
    return CountMesh(np.minimum(points, high[:, None]), weights)


@eqx.filter_jit
def _moments(head: Head, outputs: PyTree) -> tuple[Array, Array]:
    def one(f: PyTree) -> tuple[Array, Array]:
        distribution = head.distribution(f)
        return jnp.asarray(distribution.mean), jnp.asarray(distribution.variance)

    return jax.vmap(one)(outputs)


def _count_bounds(head: Head, outputs: PyTree, support: Any) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest count of each output: the number of trials may differ."""
    if support is C.boolean:
        return np.array(0.0), np.array(1.0)

    def bound(f: PyTree, name: str, default: float) -> Array:
        return jnp.asarray(getattr(head.distribution(f).support, name, default), float)

    lowest = jax.vmap(lambda f: bound(f, "lower_bound", -jnp.inf))(outputs)
    highest = jax.vmap(lambda f: bound(f, "upper_bound", jnp.inf))(outputs)
    return np.asarray(lowest), np.asarray(highest)

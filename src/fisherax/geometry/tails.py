"""√det G towards the open ends of a box: whether its integral converges there, and how far one has to go."""

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Bool, Scalar, Vector
from ..models.cholesky import cholesky
from .field import Field
from .region import FAR, Region

NEGLIGIBLE = 37.0
"""e⁻³⁷ is below the rounding of 1."""
STEP, DEPTH = 2.0, 60.0
"""How densely, and how far, an end is looked at in t: θ to e⁶⁰ = 10²⁶, if the information can be computed there."""


class Ends(eqx.Module):
    """Where √det G is known along each axis, and how it goes on: by ln h(t) − slope · (t − known) beyond.

    Attributes:
        lower, upper: The known interval of each axis, in t.
        below, above: The decay c of e^{−c|t|} beyond it; 0 where the box ends there.
    """

    lower: Vector
    upper: Vector
    below: Vector
    above: Vector


@eqx.filter_jit
def log_densities(metric: Field, region: Region, ts: Array) -> tuple[Array, Array]:
    """ln √det G in t at points (n, k), and a bound on it that rounding does not touch."""
    return jax.vmap(lambda t: log_density(metric, region, t)[:2])(ts)


def log_density(metric: Field, region: Region, t: Vector) -> tuple[Scalar, Scalar, Bool[Array, ""]]:
    """ln √det G in t; a bound on it; and whether its digits are known.

    With d = diag G and S = D^{−½} G D^{−½} it is Σ ln √dᵢ + ½ ln det S, where det S ≤ 1 is the product of the pivots of
    Cholesky's factor. A pivot that is mostly rounding has no digits: −∞ stands for it, and the bound for what it hides.
    """
    return log_root_determinant(metric.pulled(region.to_params, t))


def log_root_determinant(matrix: Array) -> tuple[Scalar, Scalar, Bool[Array, ""]]:
    """½ ln det G of a positive semidefinite G, a bound on it, and whether it has digits."""
    size = matrix.shape[0]
    diagonal = jnp.diagonal(matrix)
    roots = jnp.sqrt(jnp.where(diagonal > 0.0, diagonal, 1.0))
    logs = jnp.where(jnp.isnan(diagonal), jnp.nan, jnp.where(diagonal > 0.0, jnp.log(roots), -jnp.inf))
    if size == 1:
        return logs[0], logs[0], jnp.ones((), bool)
    least = 1e4 * size * jnp.finfo(matrix.dtype).eps
    factor = jnp.diagonal(cholesky(matrix / roots[:, None] / roots[None, :]))
    known = jnp.all(jnp.square(factor) > least)  # NaN is not
    pivots = jnp.where(known, jnp.log(jnp.where(factor > 0.0, factor, 1.0)), 0.0)
    bad = jnp.any(~jnp.isfinite(matrix))
    total = jnp.sum(logs)
    value = jnp.where(known, total + jnp.sum(pivots), -jnp.inf)
    bound = jnp.where(known, value, total + 0.5 * jnp.log(least))
    return jnp.where(bad, jnp.nan, value), jnp.where(bad, jnp.nan, bound), known


@dataclass
class Tail:
    """One open end.

    Attributes:
        verdict: "converges", "diverges" or "undecided".
        known: How far the density is known, in t.
        decay: c of e^{−c|t|} beyond it.
        full: Where what is left is negligible.
    """

    verdict: str
    known: float
    decay: float = 0.0
    full: float = 0.0


@dataclass
class Density:
    """√det G on a region, at points in bulk.

    Attributes:
        metric: G.
        region: Where.
        ends: How it goes on beyond what is known; None if all is.
        hidden: The largest bound seen on a value that has no digits, relative to `shift`.
        shift: ln of a unit in which the density is of order 1.
    """

    metric: Field
    region: Region
    shift: float = 0.0
    hidden: float = 0.0
    ends: Any = field(default=None)

    def logs(self, ts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """ln h and its bound at points (n, k); NaN where the information cannot be computed."""
        # Two sizes of batches are compiled, and no more.
        size = 1024 if len(ts) > 96 else 96
        filled = np.concatenate([ts, np.repeat(ts[-1:], -len(ts) % size, axis=0)])
        pieces = [
            log_densities(self.metric, self.region, jnp.asarray(piece))
            for piece in np.split(filled, len(filled) // size)
        ]
        values, bounds = (
            np.concatenate([np.asarray(piece[i], float) for piece in pieces])[: len(ts)] for i in (0, 1)
        )
        return values, bounds

    def __call__(self, ts: np.ndarray) -> np.ndarray:
        """h(t) e^{−shift} at points (n, k)."""
        ts = np.asarray(ts, float)
        inside, extra = ts, 0.0
        if self.ends is not None:
            inside, extra = continued(self.ends, ts, np)
        values, bounds = self.logs(inside)
        if np.any(np.isnan(values)):
            at = self.region.to_params(jnp.asarray(inside[np.argmax(np.isnan(values))]))
            raise ValueError(
                f"volume: the information cannot be computed at {_shown(at)}, which is inside the box: choose a smaller "
                "one."
            )
        hidden = np.where(np.isfinite(values), -math.inf, bounds + extra - self.shift)
        self.hidden = max(self.hidden, float(np.exp(np.max(hidden, initial=-math.inf))))
        return np.exp(values + extra - self.shift)


def continued(ends: Ends, t: Any, numpy: Any) -> tuple[Any, Any]:
    """The point of the known box nearest to t, and what is to be added to ln h there."""
    inside = numpy.clip(t, ends.lower, ends.upper)
    decay = numpy.where(t > ends.upper, ends.above, ends.below)
    return inside, -numpy.sum(decay * numpy.abs(t - inside), axis=-1)


def _shown(params: Any) -> str:
    if isinstance(params, dict):
        return ", ".join(f"{key} = {np.array2string(np.asarray(value), precision=3)}" for key, value in params.items())
    return np.array2string(np.asarray(params), precision=3)


def tail(density: Density, axis: int, side: int) -> Tail:
    """Follow the density to an open end, averaged over a few values of all other numbers.

    Towards the end it is about e^{−c|t|} times a power of t, since powers of θ are exponentials of t. It converges
    where c is clearly positive, and diverges where it falls more slowly than 1/|t|; between the two nothing is said.
    """
    region = density.region
    start = region.axes[axis].start
    reach = region.axes[axis].reach(side, 1e-8)
    count = int(min(DEPTH, abs(reach - start)) // STEP)
    steps = side * STEP * np.arange(count + 1)
    others = [
        np.array([start]) if i == axis else reference(region, i) for i in range(region.dim)
    ]
    grid = np.array(list(itertools.product(*others)))
    points = np.repeat(grid[None], count + 1, axis=0)
    points[:, :, axis] = start + steps[:, None]
    values, bounds = density.logs(points.reshape(-1, region.dim))
    values = np.where(np.isneginf(values) & (bounds > -math.inf), math.nan, values)  # no digits: not known
    return _verdict(_mean(values.reshape(count + 1, -1)), steps, start)


def _mean(values: np.ndarray) -> np.ndarray:
    top = np.max(np.where(np.isnan(values), -math.inf, values), axis=1, initial=-math.inf)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.mean(np.exp(values - safe[:, None]), axis=1))


def _verdict(means: np.ndarray, steps: np.ndarray, start: float) -> Tail:
    unknown = np.flatnonzero(np.isnan(means) | np.isposinf(means))
    known = int(unknown[0]) if unknown.size else len(means)
    means, steps = means[:known], steps[:known]
    if known < 6:
        return Tail("undecided", start + (float(steps[-1]) if known else 0.0))
    small = np.flatnonzero(means < np.max(means) - NEGLIGIBLE - math.log(10.0))
    far = np.abs(steps)
    if small.size and small[-1] == known - 1:
        # The last stretch below the level: it starts after the last probe that is above it.
        above = np.setdiff1d(np.arange(known), small)
        first = int(above[-1]) + 1
        return Tail("converges", start + float(steps[first]), 0.0, start + float(steps[first]))
    late = (means[-3] - means[-1]) / (far[-1] - far[-3])
    early = (means[-6] - means[-4]) / (far[-4] - far[-6])  # the same a little earlier
    end = start + float(steps[-1])
    if late * far[-1] < 0.8 and far[-1] >= 15.0:
        return Tail("diverges", end)
    if late >= 0.1 and abs(late - early) <= 0.1 * late:
        left = means[-1] - (np.max(means) - NEGLIGIBLE)
        full = end + math.copysign(max(0.0, left / late), steps[-1])
        return Tail("converges", end, late, math.copysign(min(abs(full), 4.0 * FAR), full))
    return Tail("undecided", end)


def reference(region: Region, axis: int) -> np.ndarray:
    """Three values of a number inside of its box."""
    known = region.axes[axis]
    lower, upper = known.lower, known.upper
    if math.isinf(lower) and math.isinf(upper):
        lower, upper = -1.5, 1.5
    elif math.isinf(lower):
        lower = upper - 3.0
    elif math.isinf(upper):
        upper = lower + 3.0
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    return middle + half * np.sqrt(0.6) * np.array([-1.0, 0.0, 1.0])

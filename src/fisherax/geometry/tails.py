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
from .field import Field, RootField
from .region import FAR, Region

NEGLIGIBLE = 37.0
"""e⁻³⁷ is below the rounding of 1."""
STEPS = np.array([*range(10), *range(10, 61, 2)], float)
"""Where an end is looked at in t: θ to e⁶⁰ = 10²⁶, if the information can be computed there."""


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
    if isinstance(metric, RootField) and region.dim > 1:
        return _log_volume_of_rows(metric.rows(region.to_params, t))
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


def _log_volume_of_rows(rows: Array) -> tuple[Scalar, Scalar, Bool[Array, ""]]:
    """½ ln det of the mean of RᵢᵀRᵢ, from the rows themselves, which may be of very different sizes.

    Far out in a regression few rows count, and det G is far below what rounding leaves of G. The triangle of R = QT has
    all its digits where long rows stand first (Cox and Higham, 1998, Stability of Householder QR factorization for
    weighted least squares problems).
    """
    flat = jnp.reshape(rows / jnp.sqrt(rows.shape[0]), (-1, rows.shape[-1]))
    size = flat.shape[1]
    tops = jnp.max(jnp.abs(flat), axis=0)
    units = jnp.where(tops > 0.0, tops, 1.0)
    scaled = jnp.pad(flat / units, ((0, max(0, size - flat.shape[0])), (0, 0)))
    norms = jnp.sum(jnp.square(scaled), axis=1)
    order = jnp.argsort(-norms)
    diagonal = jnp.abs(jnp.diagonal(jnp.linalg.qr(scaled[order], mode="r")))
    # Rounding leaves of the j-th entry what it leaves of the rows after the j longest.
    rest = jnp.sqrt(jnp.cumsum(norms[order][::-1])[::-1][:size])
    noise = 100.0 * size * jnp.finfo(flat.dtype).eps * rest
    known = jnp.all(diagonal > noise)

    def log(entries: Array) -> Scalar:
        logs = jnp.where(entries > 0.0, jnp.log(jnp.where(entries > 0.0, entries, 1.0)), -jnp.inf)
        return jnp.sum(jnp.where(tops > 0.0, jnp.log(units), -jnp.inf)) + jnp.sum(logs)

    bad = ~jnp.all(jnp.isfinite(flat))
    value = jnp.where(known, log(diagonal), -jnp.inf)
    bound = log(jnp.maximum(diagonal, noise))
    return jnp.where(bad, jnp.nan, value), jnp.where(bad, jnp.nan, bound), known


@dataclass
class Tail:
    """One open end.

    Attributes:
        verdict: "converges", "diverges" or "undecided".
        known: How far the density is known, in t.
        decay: c of e^{−c|t|} beyond it.
        full: Where what is left is negligible.
        left: About the part of the integral that is beyond what is known.
    """

    verdict: str
    known: float
    decay: float = 0.0
    full: float = 0.0
    left: float = 0.0


class Unknown(ValueError):
    """The information cannot be computed somewhere in the box."""


@dataclass
class Density:
    """√det G on a region, at points in bulk.

    Attributes:
        call: Who asks, for messages.
        metric: G.
        region: Where.
        ends: How it goes on beyond what is known; None if all is.
        hidden: The largest bound seen on a value that has no digits, relative to `shift`.
        shift: ln of a unit in which the density is of order 1.
    """

    call: str
    metric: Field
    region: Region
    shift: float = 0.0
    hidden: float = 0.0
    ends: Any = field(default=None)

    def logs(self, ts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """ln h and its bound at points (n, k); NaN where the information cannot be computed."""
        size = 128  # one size of batch is compiled
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
        bad = np.isnan(values) | np.isposinf(values)
        if np.any(bad):
            at = self.region.to_params(jnp.asarray(inside[np.argmax(bad)]))
            raise Unknown(
                f"{self.call}: the information is infinite, or cannot be computed, at {_shown(at)}, which is inside "
                "the box: choose a smaller one."
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
        return ", ".join(
            f"{key} = {np.array2string(np.asarray(value), precision=3)}" for key, value in params.items()
        )
    return np.array2string(np.asarray(params), precision=3)


def tail(density: Density, axis: int, side: int, computed: float) -> Tail:
    """Follow the density to an open end, averaged over a few values of all other numbers.

    Towards the end it is about e^{−c|t|} times a power of t, since powers of θ are exponentials of t. It converges
    where c is clearly positive, and diverges where it falls more slowly than 1/|t|; between the two nothing is said.
    Below e^{−computed} of the largest value it is continued rather than computed.
    """
    region = density.region
    start = region.axes[axis].start
    reach = region.axes[axis].reach(side, 1e-8)
    steps = side * STEPS[abs(reach - start) >= STEPS]
    others = [np.array([start]) if i == axis else reference(region, i) for i in range(region.dim)]
    grid = np.array(list(itertools.product(*others)))
    points = np.repeat(grid[None], len(steps), axis=0)
    points[:, :, axis] = start + steps[:, None]
    values, bounds = density.logs(points.reshape(-1, region.dim))
    values = np.where(np.isneginf(values) & (bounds > -math.inf), math.nan, values)  # no digits: not known
    means, most = (_mean(part.reshape(len(steps), -1)) for part in (values, bounds))
    return _verdict(means, most, steps, start, computed)


def _mean(values: np.ndarray) -> np.ndarray:
    top = np.max(np.where(np.isnan(values), -math.inf, values), axis=1, initial=-math.inf)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.mean(np.exp(values - safe[:, None]), axis=1))


def _verdict(means: np.ndarray, most: np.ndarray, steps: np.ndarray, start: float, computed: float) -> Tail:
    """From ln h and an upper bound on it at these distances."""
    known = _first(np.isnan(means) | np.isposinf(means))
    bounded = _first(np.isnan(most) | np.isposinf(most))
    if known == 0:
        return Tail("undecided", start)
    top = np.max(means[:known])
    vanished = _last_above(most[:bounded], top - NEGLIGIBLE) + 1
    far, end = np.abs(steps), start + float(steps[known - 1])
    with np.errstate(invalid="ignore"):  # of two values that have vanished there is no slope
        slopes = -np.diff(means[:known]) / np.diff(far[:known])
    late = early = math.nan
    last = known - 1
    if known >= 6:
        # From where it is small on, or else from where it is known: its last slopes.
        last = min(known - 1, max(5, _last_above(means[:known], top - computed) + 1))
        late, early = float(np.mean(slopes[last - 2 : last])), float(np.mean(slopes[last - 5 : last - 3]))
        if math.isfinite(late) and late >= 0.1 and abs(late - early) <= 0.1 * late:
            place = start + float(steps[last])
            left = max(0.0, means[last] - (top - NEGLIGIBLE)) / late
            full = place + math.copysign(left, steps[last])
            full = math.copysign(min(abs(full), 4.0 * FAR), full)
            return Tail("converges", place, late, full, math.exp(means[last] - top) / late)
    if vanished < bounded and vanished < len(most):
        at = start + float(steps[vanished])
        return Tail("converges", at, 0.0, at)
    if known >= 6:
        slow = late * far[last] < 0.8 and far[last] >= 15.0 and last == known - 1
        grows = late < -0.5 and early < -0.1 and means[last] - np.min(means[:known]) > 5.0
        if last == known - 1 and (slow or grows):
            return Tail("diverges", end)
    return Tail("undecided", end)


def _first(bad: np.ndarray) -> int:
    """How many there are before the first bad one."""
    found = np.flatnonzero(bad)
    return int(found[0]) if found.size else len(bad)


def _last_above(values: np.ndarray, level: float) -> int:
    """The index of the last value above a level; −1 if there is none."""
    found = np.flatnonzero(values > level)
    return int(found[-1]) if found.size else -1


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

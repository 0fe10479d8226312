r"""The ends of score intervals, {v : S(v) ≤ χ²} with S the score statistic of θᵢ = v.

At the maximum over the other parameters the score is λ ∂w/∂z, λ the profile's slope, and

    √S = |λ| √(aᵀI⁻¹a),      a = ∂w/∂z.

It grows from 0 at the estimate, almost in proportion to w. So one pass at a point near the ridge yields λ, to second
order in the distance from the ridge, and a step onto it (as in `crossing`); w goes where the inverse of √S, a
polynomial through the points seen, has the quantile. No maximisation is needed at any of them.
"""

import dataclasses
import math
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from scipy.interpolate import KroghInterpolator

from .covariance import information_in_z
from .crossing import Expansion, Higher, Ridge
from .ends import End, is_inside, walked_end
from .entry import Entry
from .path import is_smooth
from .walk import Point

if TYPE_CHECKING:
    from .fit import Fit

MOST = 12
"""Points looked at before the end is walked to instead; four are usual."""


_ROUNDING = 4e-15
"""A slope below this, in units of ℓ and of w's natural unit, is what rounding makes of none."""


@dataclasses.dataclass
class ScoreRoot:
    """−sign λ √(aᵀI⁻¹a), whose square is the score statistic gᵀI⁻¹g, at a point of the profile.

    Towards the end of a range score and information may vanish together (a Student t with its df at infinity): where
    nothing of the score is left, it is none.

    Attributes:
        fit, entry, sign, kind: Whose score, on which side, by which information.
        problem: Why there was no information at the last point that had none.
    """

    fit: "Fit"
    entry: Entry
    sign: float
    kind: str
    problem: str | None = None

    def __call__(self, point: Point) -> float:
        size = max(abs(point.log_likelihood), self.fit.num_observations)
        if self.entry.is_bounded and abs(point.slope) <= _ROUNDING * size:
            return 0.0
        try:
            information = information_of(self.fit, point.z, self.kind)
        except ValueError as error:
            self.problem = str(error)
            return math.nan
        return -self.sign * point.slope * _deviation(self.entry, point.z, information)


def information_of(fit: "Fit", z: np.ndarray, kind: str) -> np.ndarray:
    """The information at z, in z."""
    return np.asarray(information_in_z(fit.likelihood, jnp.asarray(z), kind))


def _information_there(fit: "Fit", z: np.ndarray, kind: str) -> np.ndarray:
    """The same far from the estimate, where there may be none: then NaN."""
    try:
        return information_of(fit, z, kind)
    except ValueError:
        return np.full((z.size, z.size), math.nan)


def _deviation(entry: Entry, z: np.ndarray, information: np.ndarray) -> float:
    """√(aᵀI⁻¹a), the standard deviation of w by the information at z; NaN where it has none.

    Where I is singular it is that of the limit, if I determines w, and ∞ if it does not.
    """
    d = np.sqrt(np.abs(np.diagonal(information)))
    if not np.all(np.isfinite(information)) or not np.all(d > 0):
        return math.nan
    values, vectors = np.linalg.eigh(information / d[:, None] / d[None, :])
    parts = vectors.T @ (entry.slope(z) / d)
    null = np.abs(values) <= 10 * z.size * np.finfo(values.dtype).eps
    if np.any(np.abs(parts[null]) > 1e-7 * np.linalg.norm(parts)):
        return math.inf
    variance = float(np.sum(parts[~null] ** 2 / values[~null]))
    return math.sqrt(variance) if variance >= 0 else math.nan


def score_ends(fit: "Fit", entry: Entry, target: float, kind: str, start: np.ndarray) -> tuple[End, End]:
    """Both ends for one entry of the parameters, where the root of the statistic is `target`.

    Args:
        fit: The fit.
        entry: Of the parameters.
        target: √χ².
        kind: Which information.
        start: That information at the estimate, in z.

    Raises:
        Higher: If a point with a higher likelihood than the fit's was met.
    """
    first = Ridge.of(entry, fit.peak)
    # d√S/dw at the estimate; NaN where the search has no start.
    rate = first.curvature * _deviation(entry, fit.peak.z, start)
    if not is_inside(fit) or fit.likelihood.kinks or not first.is_definite:
        rate = math.nan

    def end(sign: float) -> End:
        found = _sought(fit, entry, sign, target, kind, first, rate) if 0 < rate < math.inf else None
        if found is not None:
            return End(entry.value(found), found)
        return walked_end(fit, entry, sign, target, ScoreRoot(fit, entry, sign, kind))

    return end(-1.0), end(1.0)


def _sought(
    fit: "Fit", entry: Entry, sign: float, target: float, kind: str, first: Ridge, rate: float
) -> np.ndarray | None:
    """The end, from the end of the Wald interval; None if the search is lost."""
    peak = fit.peak
    origin = entry(peak.z)
    wald = target / rate
    roots, gone = (
        [0.0, 0.0],
        [0.0, 1.0 / rate],
    )  # of the inverse function: its value and slope at the estimate
    z = peak.z + sign * wald * first.direction
    for _ in range(MOST):
        at = Expansion.at(fit.likelihood, z)
        if not at.is_finite:
            return None
        if at.value > peak.value + peak.lead:
            raise Higher(z)
        ridge = Ridge.of(entry, at)
        on, w = z + ridge.centre, sign * (entry(z) - origin)
        root = -sign * ridge.slope * _deviation(entry, on, _information_there(fit, on, kind))
        if not (ridge.is_definite and math.isfinite(root) and root > 0 and w > 0) or root in roots:
            return None
        last = roots[-1], gone[-1] if len(gone) > 2 else 0.0
        roots.append(root)
        gone.append(w)
        inverse = KroghInterpolator(roots[:2] + roots[2:][-3:], gone[:2] + gone[2:][-3:])
        move = float(inverse(target)) - w
        if abs(root - target) <= 1e-9 * target and ridge.decrement <= 1e-9:
            local = (root - last[0]) / (w - last[1])
            sound = is_smooth((0.0, 0.0, rate), (w, root, local))
            return on + sign * move * ridge.direction if sound else None
        if not abs(move) <= 2 * wald:
            return None
        z = on + sign * move * ridge.direction
    return None

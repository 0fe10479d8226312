"""The ends of profile-likelihood intervals."""

import dataclasses
import math
from typing import TYPE_CHECKING

import jax
import numpy as np
from scipy.special import ndtri

from .._numbers import Real, level_of
from .crossing import Expansion, Ridge
from .entry import Entry, entry_of
from .layout import units
from .path import Path, is_smooth, place
from .scoring import Controls, ascend
from .walk import FAR, Point, Root, Slope

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class End:
    """One end of an interval.

    Attributes:
        value: Of the entry; the edge of its range (perhaps ±∞) where the side is open. An angle's is within a turn of
            the estimate, perhaps beyond ±π.
        z: The point, with the other parameters maximised over; None where the side is open.
        reason: Why the side is open; None where it is not.
        points: What was met on the way, where it was walked.
    """

    value: float
    z: np.ndarray | None
    reason: str | None = None
    points: tuple[Point, ...] = ()


def peak_of(fit: "Fit") -> Expansion:
    """ℓ where a fit's profiles start: at the estimate, or so far towards a boundary that nothing is gained further.

    Towards a boundary ℓ approaches its supremum exponentially in z, ℓ ≈ c − e^{−z}, and the decrement gᵀH⁻¹g
    is what is left.
    """
    z = np.asarray(fit.z)
    if not fit.status.at_boundary:
        return Expansion.at(fit.likelihood, z)
    endless = Controls(np.full(z.size, np.inf), 1e-10, max_iterations=100)
    ascent = ascend(fit.likelihood, z, endless)
    supremum = ascent.value + (ascent.decrement if ascent.decrement < 1e-6 else 0.0)
    return Expansion(ascent.z, supremum, ascent.score, ascent.information)


def root_of(level: Real) -> float:
    """√χ²₁(level), the normal quantile of a two-sided interval."""
    return -float(ndtri(0.5 * (1 - level_of(level))))


def check_profile(fit: "Fit") -> None:
    """Raise ValueError for a fit that is no maximum."""
    if not fit.status.converged and not fit.status.at_boundary:
        raise ValueError(
            "A profile starts from a maximum of the likelihood, but this fit did not converge: "
            + fit.status.message
        )


def profile_ends(fit: "Fit", index: int, root: float) -> tuple[End, End]:
    """Both ends for one entry of the parameters, at the deviance root².

    Raises:
        Higher: If a point with a higher likelihood than the fit's was met.
    """
    path = Path(fit.likelihood, entry_of(fit.coordinates, index), fit.peak)
    return _profile_end(fit, path, -1.0, root), _profile_end(fit, path, 1.0, root)


def _profile_end(fit: "Fit", path: Path, sign: float, root: float) -> End:
    """One of them."""
    if is_inside(fit):
        found = path.to(sign, root)
        # A crossing may be behind another maximum: then the root has not grown as its slopes say.
        if found is not None and is_smooth(path.start, place(found, root)):
            return End(path.entry.value(found.z), found.z)
    return walked_end(fit, path.entry, sign, root)


def is_inside(fit: "Fit") -> bool:
    """Whether the estimate is a regular maximum inside the parameter space."""
    return fit.status.positive_definite and not fit.status.at_boundary


def deviance_root(peak: Expansion) -> Root:
    """√(2(ℓ̂ − pl)) at a point."""
    top = peak.value
    return lambda point: math.sqrt(max(2 * (top - point.log_likelihood), 0.0))


def slope_of(fit: "Fit", entry: Entry, sign: float, target: float, score: Root | None = None) -> Slope:
    """The profile of an entry on one side, ready to be walked along to a root: of the deviance, or of a score."""
    root, scored = score or deviance_root(fit.peak), score is not None
    peak = fit.peak
    ridge = Ridge.of(entry, peak)
    inside = is_inside(fit)
    scale = math.inf
    if fit.names[entry.index] not in fit.status.at_boundary and ridge.curvature > 0 and ridge.is_definite:
        scale = 0.98 * target / math.sqrt(ridge.curvature)
    if entry.is_bounded:
        step = scale if math.isfinite(scale) else 1.0
        furthest = FAR if inside else 2 * FAR
    elif entry.is_periodic:
        step, furthest = scale, entry.period
    elif inside:
        step = scale if math.isfinite(scale) else 0.05 * max(abs(entry(peak.z)), 1e-3)
        furthest = 1e10 * step
    else:
        # An entry that has run away has run from about 0, which is the only scale there is.
        gone = max(abs(entry(peak.z)), 1.0)
        step = min(scale, 0.05 * gone)
        furthest = 1e4 * step if step == scale else max(4 * gone, 50.0)
    controls = controls_of(fit)
    # Not over the far side of a circle; and a score statistic may rise and fall again within a few natural units.
    longest = entry.period / 16 if entry.is_periodic else 2.0 if entry.is_bounded and scored else math.inf
    home = home_of(fit)
    return Slope(fit.likelihood, controls, entry, peak, sign, step, furthest, longest, inside, root, home)


def home_of(fit: "Fit") -> np.ndarray | None:
    """Where the estimate is at a boundary, a point where the coordinates that ran away have been taken back.

    That is, to where it costs half a nit: to the edge of the plateau, not further than to 0.
    """
    gone = [fit.names.index(name) for name in fit.status.at_boundary]
    positions = [entry_of(fit.coordinates, index).position for index in gone]
    axes = [position for position in positions if position is not None]
    if not axes or len(axes) < len(positions):
        return None
    z, top = fit.peak.z, fit.peak.value
    shares = np.ones(z.size)
    inner, outer = 0.0, 1.0
    for _ in range(8):
        shares[axes] = 0.5 * (inner + outer)
        value = float(fit.likelihood.value(jax.device_put(shares * z)))
        if top - value > 0.5 or not math.isfinite(value):
            inner = shares[axes[0]]
        else:
            outer = shares[axes[0]]
    return shares * z


def controls_of(fit: "Fit") -> Controls:
    """How to maximise under a hypothesis."""
    tolerance = 1e-20 if fit.likelihood.is_cheap else 1e-14
    return Controls(units(fit.coordinates), tolerance, max_iterations=100)


def walked_end(fit: "Fit", entry: Entry, sign: float, target: float, root: Root | None = None) -> End:
    """An end by walking there; open, with the reason, where there is none."""
    slope = slope_of(fit, entry, sign, target, root)
    points, reason = slope.walk(target)
    if reason is not None:
        edge = entry.lower if sign < 0 else entry.upper
        if entry.is_periodic:  # no angle is excluded: half the circle to either side
            edge = entry.value(fit.peak.z) + sign * entry.period / 2
        return End(edge, None, reason, tuple(points))
    point = slope.between(points[-2], points[-1], target)
    return End(point.value, point.z, None, tuple(points))

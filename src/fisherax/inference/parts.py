"""Whether a confidence set has another part, beyond the end of the one around the estimate."""

import math
from typing import TYPE_CHECKING

import numpy as np

from .ends import End, slope_of
from .entry import Entry
from .walk import Point, Root

if TYPE_CHECKING:
    from .fit import Fit

MOST = 10
"""Points looked at beyond an end."""


def another_part(
    fit: "Fit", entry: Entry, sign: float, end: End, target: float, root: Root | None = None
) -> float | None:
    """A value beyond an end where the statistic is below its quantile again; None if none was met.

    It is looked for outwards until the statistic is four times its quantile, in steps that grow: no search can
    exclude a second maximum further away.

    Args:
        fit: The fit.
        entry: Of the parameters.
        sign: −1 for the lower end, 1 for the upper one.
        end: That end.
        target: The root of the statistic's quantile.
        root: The root of the statistic; of the deviance by default.

    Raises:
        Higher: If a point with a higher likelihood than the fit's was met.
    """
    if end.z is None:
        return None
    slope = slope_of(fit, entry, sign, target, root)
    w, origin = entry(end.z), entry(fit.peak.z)
    last = Point(w, end.value, end.z, math.nan, 0.0, np.zeros_like(end.z), target)
    step = 0.5 * abs(w - origin)
    for _ in range(MOST):
        if abs(last.w + sign * step - origin) > 0.5 * entry.period:
            return None  # the other side of the circle
        point = slope.at(last.w + sign * step, last)
        if point is None or not abs(point.root) < 2 * target:
            return None
        if abs(point.root) < target:
            return point.value
        last, step = point, 1.5 * step
    return None


def sentence(level: float, method: str, names: list[str], values: list[float]) -> str:
    """What is to be said of entries whose sets have other parts, and where these are."""
    where = ", ".join(f"{name} (near {value:.4g})" for name, value in zip(names, values, strict=True))
    return (
        f"The {100 * level:.12g}% {method} set has another part, apart from the estimate, for {where}: the interval is "
        "the part around the estimate, up to the nearest crossings; profile(name) shows the whole curve."
    )

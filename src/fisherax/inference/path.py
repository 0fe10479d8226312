"""A profile's path: the maxima over the other parameters as a curve z(r), r the signed root of the deviance."""

import math

import numpy as np
from scipy.interpolate import KroghInterpolator

from .crossing import Crossing, Expansion, Ridge, cross
from .entry import Entry
from .likelihood import Likelihood

Place = tuple[float, float, float]
"""w, the root of the deviance, and its slope by w outwards."""


class Path:
    """Points of a profile, each a start for the next.

    The path is smooth through the estimate, and where ℓ is quadratic it is a straight line run through at an even
    speed. So a polynomial through the points found, with their derivatives, leads to the next one, also on the
    other side: with the ends of a 95% interval sought one after the other, the second needs one evaluation.

    Args:
        likelihood: ℓ.
        entry: Whose profile.
        peak: Where it starts.
    """

    def __init__(self, likelihood: Likelihood, entry: Entry, peak: Expansion):
        self.likelihood = likelihood
        self.entry = entry
        self.peak = peak
        self.first = Ridge.of(entry, peak)
        self.start: Place = entry(peak.z), 0.0, math.sqrt(max(self.first.curvature, 0.0))
        self._nodes: dict[float, tuple[np.ndarray, np.ndarray]] = {}
        if self.start[2] > 0:
            self._nodes[0.0] = peak.z, self.first.direction / self.start[2]

    def to(self, sign: float, root: float) -> Crossing | None:
        """The point at the deviance root² on one side; None if the search for it was lost.

        Raises:
            Higher: If a point with a higher likelihood than the peak's was met.
        """
        start = self._ahead(sign * root)
        found = cross(self.likelihood, self.entry, self.peak, self.first, sign, root, start)
        if found is None and start is not None:
            found = cross(self.likelihood, self.entry, self.peak, self.first, sign, root)
        if found is not None:
            self._nodes[sign * root] = found.z, found.direction / found.rate
        return found

    def _ahead(self, r: float) -> np.ndarray | None:
        """The path extrapolated from the nearest points; None where it is far from the straight line."""
        if len(self._nodes) < 2:
            return None
        nearest = sorted(self._nodes, key=lambda node: abs(node - r))[:3]
        nodes = np.repeat(nearest, 2)
        values = np.concatenate([np.stack(self._nodes[node]) for node in nearest])
        z = np.asarray(KroghInterpolator(nodes, values)(r))
        straight = r / self.start[2]
        off = abs(self.entry(z) - self.start[0] - straight)
        return z if off <= 0.5 * abs(straight) else None


def place(found: Crossing, root: float) -> Place:
    """Where a point is."""
    return found.w, root, found.rate


def is_smooth(inner: Place, outer: Place) -> bool:
    """Whether √D grows between two points as its slopes at both say it does."""
    gain, expected = outer[1] - inner[1], 0.5 * (inner[2] + outer[2]) * abs(outer[0] - inner[0])
    return 0.6 * gain < expected < 1.7 * gain

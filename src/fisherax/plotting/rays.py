"""Level sets of a function of two quantities, found along rays from its minimum.

Rays leave the centre in the directions of the unit circle, drawn out to the ellipse that a covariance or an
information gives, and run in a scale in which the quantities are free: the logarithm of what is positive, the
logit of a probability. Along a ray the root of a divergence (or of a deviance) is nearly straight, and is the
radius itself where the quadratic approximation is exact, so that few points place its level sets well.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpyro.distributions import constraints as C
from scipy.interpolate import CubicSpline

IDENTITY, LOG, LOGIT = 0, 1, 2


def scale_of(constraint: object) -> int:
    """The scale in which a quantity under this NumPyro constraint moves freely."""
    if constraint in (C.positive, C.nonnegative):
        return LOG
    if constraint in (C.unit_interval, C.simplex):
        return LOGIT
    return IDENTITY


@dataclasses.dataclass(frozen=True)
class Rays:
    """Rays from a centre.

    Attributes:
        centre: (2,) the two quantities at the centre.
        scales: Which scale each of them moves in.
        root: (2, 2) L, with L Lᵀ the covariance of the two in the quantities' own units; radius 1 is its
            unit ellipse.
        angles: (a,) directions, in radians.
        radii: (r,) ascending, from 0.
    """

    centre: np.ndarray
    scales: tuple[int, int]
    root: np.ndarray
    angles: np.ndarray
    radii: np.ndarray

    @staticmethod
    def around(
        centre: Sequence[float] | np.ndarray,
        covariance: np.ndarray,
        farthest: float,
        scales: tuple[int, int] = (IDENTITY, IDENTITY),
        num_angles: int = 48,
        num_radii: int = 12,
    ) -> "Rays":
        """Rays out to `farthest` times the ellipse of a covariance.

        Raises:
            ValueError: If the covariance is singular, so that it gives no ellipse.
        """
        covariance = np.asarray(covariance, float)
        if not is_definite(covariance):
            raise ValueError(
                "The two quantities have no ellipse: their covariance is singular or not finite, "
                "because the data (or the model) tie one to the other."
            )
        angles = 2 * np.pi * np.arange(num_angles) / num_angles
        radii = np.linspace(0.0, farthest, num_radii + 1)
        return Rays(np.asarray(centre, float), scales, np.linalg.cholesky(covariance), angles, radii)

    def points(self) -> np.ndarray:
        """(a, r, 2): the quantities along each ray."""
        return self.at(np.broadcast_to(self.radii, (self.angles.size, self.radii.size)))

    def at(self, radii: np.ndarray) -> np.ndarray:
        """(a, r, 2): the quantities at radii (a, r)."""
        centre = np.array([_forward(c, s) for c, s in zip(self.centre, self.scales, strict=True)])
        slopes = np.array([_slope(c, s) for c, s in zip(self.centre, self.scales, strict=True)])
        circle = np.stack([np.cos(self.angles), np.sin(self.angles)])
        directions = (slopes[:, None] * (self.root @ circle)).T
        moved = centre + radii[:, :, None] * directions[:, None, :]
        return np.stack([_backward(moved[..., i], self.scales[i]) for i in (0, 1)], axis=-1)

    def level_set(self, values: np.ndarray, level: float) -> np.ndarray:
        """Where a function first exceeds `level` on each ray.

        Args:
            values: (a, r) the function at `points()`, 0 at the centre; NaN where it is not known.
            level: The level, > 0; best not so low that it is reached before the first point of a ray.

        Returns:
            (a + 1, 2): the points in order, the first one again at the end; NaN on a ray that does not reach
            the level, so that a line through them is left open there.
        """
        crossings = np.array([_crossing(self.radii, row, level) for row in values])
        points = self.at(crossings[:, None])[:, 0]
        return np.concatenate([points, points[:1]])


def ellipse(
    centre: Sequence[float] | np.ndarray, covariance: np.ndarray, radius: float, num: int = 181
) -> np.ndarray:
    """(num, 2): the boundary {θ : (θ − c)ᵀ C⁻¹ (θ − c) = radius²}, closed."""
    angles = np.linspace(0, 2 * np.pi, num)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    return np.asarray(centre) + radius * (np.linalg.cholesky(np.asarray(covariance)) @ circle).T


def is_definite(covariance: np.ndarray) -> bool:
    """Whether a 2 × 2 covariance is one of two quantities that move apart: |correlation| < 1 to rounding."""
    covariance = np.asarray(covariance, float)
    variances = np.diag(covariance)
    if not np.all(np.isfinite(covariance)) or np.any(variances <= 0):
        return False
    return bool(abs(covariance[0, 1]) < (1 - 1e-10) * np.sqrt(np.prod(variances)))


def _crossing(radii: np.ndarray, values: np.ndarray, level: float) -> float:
    """The radius at which √values reaches √level for the first time; NaN if it does not."""
    unknown = np.flatnonzero(~np.isfinite(values) & ~np.isposinf(values))
    last = unknown[0] if unknown.size else values.size
    values = values[:last]
    infinite = np.flatnonzero(np.isposinf(values))
    if infinite.size:
        values = values[: infinite[0]]
    above = np.flatnonzero(values > level)
    if not above.size or above[0] == 0:
        return np.nan
    stop = above[0] + 1
    roots = np.sqrt(np.maximum(values, 0.0))
    # The root is smooth through the crossing: a cubic through a few points on either side.
    near = slice(max(0, stop - 4), min(stop + 2, roots.size))
    curve = CubicSpline(radii[near], roots[near])
    fine = np.linspace(radii[stop - 2], radii[stop - 1], 101)
    heights = curve(fine)
    k = int(np.argmax(heights >= np.sqrt(level)))
    if k == 0:
        return float(fine[0])
    share = (np.sqrt(level) - heights[k - 1]) / (heights[k] - heights[k - 1])
    return float(fine[k - 1] + share * (fine[k] - fine[k - 1]))


def _forward(value: float, scale: int) -> float:
    if scale == LOG:
        return float(np.log(value))
    return float(np.log(value) - np.log1p(-value)) if scale == LOGIT else float(value)


def _slope(value: float, scale: int) -> float:
    if scale == LOG:
        return 1.0 / value
    return 1.0 / (value * (1.0 - value)) if scale == LOGIT else 1.0


def _backward(value: np.ndarray, scale: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        if scale == LOG:
            return np.exp(value)
        return 1.0 / (1.0 + np.exp(-value)) if scale == LOGIT else value

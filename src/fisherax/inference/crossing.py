r"""Where the profile log-likelihood crosses a level, by Newton's method on all parameters at once.

The end of a profile-likelihood interval for w solves

    ℓ(z) = ℓ̂ − r²/2,      ∂ℓ/∂z = λ ∂w/∂z,

k + 1 equations in z and λ (Venzon and Moolgavkar 1988, equation 4). With K = −∂²ℓ + λ ∂²w/∂z², the curvature
of the Lagrangian, one step at z is

    dz = N R⁻¹ Nᵀg + s t,      R = NᵀKN,      t = p − N R⁻¹ NᵀK p,

N a basis of the directions in which w stands still, p = ∂w/|∂w|²: the first term maximises over the other
parameters, and t = dz/dw is the direction of the ridge. Along it the profile is

    pl(s) ≈ ℓ + ½ gᵀN R⁻¹ Nᵀg + gᵀt s − ½ tᵀKt s²,

of which s is the root on the side asked for. Unlike the bordered system of the paper it needs only R to be
positive definite, not −∂²ℓ, so that it also works where the profile is convex (the tails of a Cauchy's).

References:
    Venzon and Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals,
    Applied Statistics 37, 87–94.
"""

import dataclasses
import math

import numpy as np

from .entry import Entry
from .likelihood import Likelihood
from .spectrum import Spectrum

MOST = 25
"""Points evaluated before the search is given up; two or three are usual."""


class Higher(Exception):
    """A point was met with a higher likelihood than the maximum that a profile started from."""

    def __init__(self, z: np.ndarray):
        super().__init__("a higher likelihood was found")
        self.z = z


@dataclasses.dataclass(frozen=True)
class Expansion:
    """ℓ at a point, with its score and its true curvature −∂²ℓ."""

    z: np.ndarray
    value: float
    score: np.ndarray
    information: np.ndarray

    @staticmethod
    def at(likelihood: Likelihood, z: np.ndarray) -> "Expansion":
        """One pass over the data."""
        at = likelihood.expand(z)
        return Expansion(
            np.asarray(z, float), float(at.value), np.asarray(at.score), np.asarray(at.information)
        )

    @property
    def is_finite(self) -> bool:
        parts = (self.value, self.score, self.information)
        return all(bool(np.all(np.isfinite(part))) for part in parts)

    @property
    def lead(self) -> float:
        """A value so much higher is another maximum, and not rounding."""
        return 1e-6 + 1e-12 * abs(self.value)


@dataclasses.dataclass(frozen=True)
class Ridge:
    """The profile's expansion near a point of z-space, and how to get onto it.

    Attributes:
        level: The profile there, to second order.
        slope: Its derivative by w: the multiplier λ.
        curvature: Minus its second derivative.
        centre: The step onto the ridge, at the same w.
        direction: dz/dw along it.
        decrement: Twice what the step onto it gains.
        is_definite: Whether the point on it is a maximum over the other parameters.
    """

    level: float
    slope: float
    curvature: float
    centre: np.ndarray
    direction: np.ndarray
    decrement: float
    is_definite: bool

    @staticmethod
    def of(entry: Entry, at: Expansion) -> "Ridge":
        """From the expansion of ℓ."""
        bend = entry.multiplier(at.z, at.score) * entry.bend(at.z)
        return Ridge.bent(entry, dataclasses.replace(at, information=at.information + bend))

    @staticmethod
    def bent(entry: Entry, at: Expansion) -> "Ridge":
        """From the expansion of the Lagrangian, which has its curvature for ℓ's."""
        normal, basis = entry.slope(at.z), entry.basis(at.z)
        across = normal / (normal @ normal)
        spectrum = Spectrum.of(at.score, at.information, basis)
        directions, sizes = spectrum.directions[:, spectrum.moves], np.abs(spectrum.values[spectrum.moves])
        direction = across - directions @ ((directions.T @ (at.information @ across)) / sizes)
        return Ridge(
            level=at.value + 0.5 * spectrum.decrement,
            slope=float(at.score @ direction),
            curvature=float(direction @ at.information @ direction),
            centre=spectrum.step(),
            direction=direction,
            decrement=spectrum.decrement,
            is_definite=spectrum.smallest > 1e-10,
        )

    def fall(self, sign: float, floor: float) -> float | None:
        """How far outwards from here, in w, the profile falls to `floor`; None if it does not seem to."""
        slope, gap = sign * self.slope, self.level - floor
        squared = slope**2 + 2 * self.curvature * gap
        if squared < 0 or (slope >= 0 and self.curvature <= 0):
            return None
        radical = math.sqrt(squared)
        # The same root, written without cancellation on either side.
        return 2 * gap / (radical - slope) if slope < 0 else (slope + radical) / self.curvature


@dataclasses.dataclass(frozen=True)
class Crossing:
    """A point of the profile.

    Attributes:
        z: Where the deviance is root², and the other parameters are maximised over.
        w: Of the entry, there.
        rate: d√D/dw, there: how fast the root of the deviance grows outwards.
        direction: dz/dw along the ridge.
        error: By how much the deviance missed at the last point evaluated, one Newton step before z.
        evaluations: Points evaluated.
    """

    z: np.ndarray
    w: float
    rate: float
    direction: np.ndarray
    error: float
    evaluations: int


def cross(
    likelihood: Likelihood,
    entry: Entry,
    peak: Expansion,
    first: Ridge,
    sign: float,
    root: float,
    start: np.ndarray | None = None,
) -> Crossing | None:
    """Where, on one side of the peak, the deviance 2(ℓ̂ − pl) is root².

    Args:
        likelihood: ℓ.
        entry: Whose profile.
        peak: The maximum.
        first: The ridge there.
        sign: −1 below the estimate, 1 above.
        root: The root of the deviance sought.
        start: A point nearby; the end of the Wald interval by default.

    Returns:
        The crossing; None if the search was lost, which happens far from a quadratic ℓ.

    Raises:
        Higher: If a point with a higher likelihood than the peak's was met.
    """
    if not (first.is_definite and first.curvature > 0 and math.isfinite(first.curvature)):
        return None
    wald = root / math.sqrt(first.curvature)
    floor = peak.value - 0.5 * root**2
    # The deviance is a difference of sums: it has their rounding error.
    tolerance = 1e-9 + 4 * np.finfo(float).eps * abs(peak.value)
    origin = entry(peak.z)
    z = peak.z + sign * wald * first.direction if start is None else start
    anchor, last_error = peak.z, root**2
    for evaluations in range(1, MOST + 1):
        at = Expansion.at(likelihood, z)
        if not at.is_finite:
            z = 0.5 * (z + anchor)
            continue
        if at.value > peak.value + peak.lead:
            raise Higher(z)
        ridge = Ridge.of(entry, at)
        error = abs(2 * (ridge.level - floor)) + ridge.decrement
        fall = ridge.fall(sign, floor)
        move = wald if fall is None else min(max(fall, -wald), 2 * wald)
        anchor, z = z, z + ridge.centre + sign * move * ridge.direction
        # The error shrinks at least by the same factor again, so the last step needs no pass to confirm it.
        ahead = error * error / last_error if error < 1e-3 else math.inf
        if error <= tolerance or ahead <= 0.1 * tolerance:
            w, rate = entry(z), -sign * ridge.slope / root
            sound = ridge.is_definite and rate > 0 and sign * (w - origin) > 0
            return Crossing(z, w, rate, ridge.direction, error, evaluations) if sound else None
        last_error = error
    return None

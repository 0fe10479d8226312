r"""Maximising a log-likelihood: Newton's method with step control, one pass over the data an iteration.

With g the score and H the curvature at the best point so far, the next trial is

    z + H_λ⁻¹ g,      H_λ = D^{1/2} V (|Λ| + λ) Vᵀ D^{1/2},

where D is H's diagonal and V Λ Vᵀ = D^{-1/2} H D^{-1/2} (so that units of parameters do not enter): negative
curvature is turned round, λ is 0 until a trial fails to raise ℓ and grows with every failure. It ends when
the Newton decrement gᵀ H⁻¹ g, twice what a quadratic ℓ could still gain, vanishes. The passes are
compiled; these few small matrices are not, which costs microseconds and compiles nothing.

References:
    Nocedal and Wright (2006), Numerical Optimization, §3.4; Boyd and Vandenberghe (2004), Convex
    Optimization, §9.5.1 (the decrement).
"""

import dataclasses
import enum
import math
from collections.abc import Callable

import numpy as np

from .._types import Array, Float
from .held import Hypothesis
from .likelihood import Evaluation, Likelihood
from .spectrum import Spectrum

Progress = Callable[[int, float, float], None]
"""Called with (iteration, ℓ, decrement)."""


class State(enum.Enum):
    """How an ascent ended.

    BOUNDARY: ℓ no longer gains, although the steps do not shrink: the maximum is at infinity in z.
    STUCK: no step raises ℓ although the score does not vanish, or the iterations ran out.
    """

    CONVERGED = "converged"
    BOUNDARY = "boundary"
    STUCK = "stuck"


@dataclasses.dataclass(frozen=True)
class Controls:
    """How to step, and when to stop.

    Attributes:
        unit: (k,), the change of each coordinate that is of the order of one whatever the data: 1 for the
            logarithm of a scale or a logit, 1/max|x| for a regression coefficient, ∞ for a coordinate that
            has the data's own units. At an honest maximum the last steps vanish in these units; towards a
            boundary at infinity they stay of the order of one while ℓ no longer gains.
        tolerance: The decrement at which to stop.
        max_iterations: The number of evaluations allowed.
        reach: The longest step, in these units, in one iteration.
        away: So far, in these units, a coordinate may move before it counts as gone.
    """

    unit: np.ndarray
    tolerance: float
    max_iterations: int = 200
    reach: float = 4.0
    away: float = 34.0


ROUNDING = 1e-24
"""A step of 1e-12 standard errors is not worth taking."""
FADING = 0.1
"""Curvature that falls by more than this in the last steps goes on falling."""
_LEAVING = 0.2
"""Steps this long, in natural units, at a decrement below 1e-8 lead to a boundary."""


@dataclasses.dataclass(frozen=True)
class Ascent:
    """The end of an ascent.

    Attributes:
        start: Where it began.
        z: The best point that was evaluated.
        value: ℓ there.
        score: ∂ℓ/∂z there.
        information: The curvature there; that of the Lagrangian, where entries are held.
        spectrum: The same, ready to step.
        decrement: gᵀH⁻¹g there.
        evaluations: Points evaluated.
        state: How it ended.
        fading: By how much the logarithm of each entry of the curvature's diagonal fell in the last step.
    """

    start: np.ndarray
    z: np.ndarray
    value: float
    score: np.ndarray
    information: np.ndarray
    spectrum: Spectrum
    decrement: float
    evaluations: int
    state: State
    fading: np.ndarray

    @property
    def step(self) -> np.ndarray:
        """The full Newton step from z."""
        return self.spectrum.step()

    @property
    def is_maximum(self) -> bool:
        """Whether it ended at a maximum inside the parameter space."""
        return self.state is State.CONVERGED and self.spectrum.smallest > 0

    def last(self, held: Hypothesis | None = None) -> np.ndarray:
        """z after the last step, which needs no further pass: its error is of the order of the decrement."""
        if self.state is not State.CONVERGED or self.decrement < ROUNDING:
            return self.z
        z = self.z + self.step
        return z if held is None else held.retract(z)


def ascend(
    likelihood: Likelihood,
    z: Float[Array, " k"] | np.ndarray,
    controls: Controls,
    held: Hypothesis | None = None,
    progress: Progress | None = None,
) -> Ascent:
    """Maximise ℓ from z, on {h = 0} where `held` is given.

    Args:
        likelihood: What to maximise.
        z: Where to start.
        controls: See `Controls`.
        held: Entries of the parameters held at values, or None.
        progress: Called with (iteration, ℓ, decrement) after each pass.
    """
    trial = np.array(z, dtype=float)
    if held is not None:
        trial = held.retract(trial)
    best = _nothing(trial)
    previous, damping = math.inf, 0.0
    for evaluations in range(1, controls.max_iterations + 1):
        new = _look(likelihood.evaluate(trial), trial, best.start, held)
        if new is not None and _better(new, best):
            previous, best = best.decrement, dataclasses.replace(new, fading=_fading(best, new))
            damping = 0.0 if damping < 0.1 else damping / 8
        else:
            previous = math.inf
            damping = max(4 * damping, 1.0)
        best = dataclasses.replace(best, evaluations=evaluations)
        if progress is not None:
            progress(evaluations, best.value, best.decrement)
        state = _ended(best, previous, damping, controls)
        if state is not None:
            return dataclasses.replace(best, state=state)
        move = best.spectrum.step(damping)
        longest = float(np.max(np.abs(move) / controls.unit, initial=0.0))
        trial = best.z + move * min(1.0, controls.reach / max(longest, 1e-300))
        if held is not None:
            trial = held.retract(trial)
    return best


def rest(likelihood: Likelihood, z: np.ndarray, held: Hypothesis) -> Ascent | None:
    """The point of {h = 0} near z as the end of an ascent that takes no step; None where ℓ is not finite."""
    z = held.retract(z)
    return _look(likelihood.evaluate(z), z, z, held)


def _nothing(z: np.ndarray) -> Ascent:
    """Before anything has been evaluated."""
    k = z.size
    spectrum = Spectrum(np.ones(k), np.zeros(k), np.eye(k))
    return Ascent(z, z, -math.inf, np.zeros(k), np.eye(k), spectrum, math.inf, 0, State.STUCK, np.zeros(k))


def _look(at: Evaluation, z: np.ndarray, start: np.ndarray, held: Hypothesis | None) -> Ascent | None:
    """What was found at a trial point; None where it is not finite."""
    value, score, information = float(at.value), np.asarray(at.score), np.asarray(at.information)
    if not (math.isfinite(value) and np.all(np.isfinite(score)) and np.all(np.isfinite(information))):
        return None
    basis = None
    if held is not None:
        basis = held.basis(z)
        information = information + held.bend(z, score)
    spectrum = Spectrum.of(score, information, basis)
    return Ascent(
        start, z, value, score, information, spectrum, spectrum.decrement, 0, State.STUCK, np.zeros(z.size)
    )


def _fading(before: Ascent, after: Ascent) -> np.ndarray:
    old, new = np.diagonal(before.information), np.diagonal(after.information)
    known = (old > 0) & (new > 0)
    return np.where(known, np.log(np.where(known, old, 1.0)) - np.log(np.where(known, new, 1.0)), 0.0)


def _better(new: Ascent, best: Ascent) -> bool:
    """ℓ is a sum of many terms: within its rounding a smaller value is no loss, if the score shrinks."""
    gain = new.value - best.value
    return gain >= 0 or (gain >= -1e-11 * abs(new.value) and new.decrement <= best.decrement)


def _ended(best: Ascent, previous: float, damping: float, controls: Controls) -> State | None:
    """Whether, and how, the ascent ends at `best`, reached from a point with decrement `previous`."""
    decrement = best.decrement
    if not best.spectrum.is_still:
        return State.STUCK
    drift = float(np.max(np.abs(best.step) / controls.unit, initial=0.0))
    if best.evaluations > 2:
        way = float(np.max(np.abs(best.z - best.start) / controls.unit, initial=0.0))
        if (decrement <= 1e-8 and drift > _LEAVING) or way > controls.away:
            return State.BOUNDARY
        # Near a maximum the curvature has settled; towards infinity score and curvature fall by a factor e a step,
        # whatever the units.
        if decrement <= 1e-8 and previous <= 1e-6 and np.max(best.fading, initial=0.0) > FADING:
            return State.BOUNDARY
    # Rounding of the score is the floor of the decrement: it no longer falls although steps are accepted.
    floor = decrement <= 1e-9 and previous <= 1e-9 and decrement >= 0.3 * previous
    # The step that is yet to be taken shrinks the decrement at least by the factor that the last one did.
    settled = decrement <= 1e-11 and decrement * decrement <= 1e-2 * controls.tolerance * previous < math.inf
    if decrement <= controls.tolerance or floor or settled:
        # A score and a curvature that vanish together (underflow, at the latest) leave a long step: no maximum.
        return State.CONVERGED if drift <= _LEAVING else State.BOUNDARY
    if damping > 1e10:
        # No step raises ℓ. At a decrement of rounding's size that is the maximum to working precision.
        return State.CONVERGED if decrement <= 1e-9 else State.STUCK
    return None

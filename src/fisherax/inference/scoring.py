r"""Maximising a log-likelihood: Newton's method with step control, one pass over the data an iteration.

With g the score and H the curvature at the best point so far, the next trial is

    z + H_λ⁻¹ g,      H_λ = D^{1/2} V (|Λ| + λ) Vᵀ D^{1/2},

where D is H's diagonal and V Λ Vᵀ = D^{-1/2} H D^{-1/2} (so that units of parameters do not enter): negative
curvature is turned round, λ is 0 until a trial fails to raise ℓ and grows with every failure. It ends when
the Newton decrement gᵀ H⁻¹ g, twice what a quadratic ℓ could still gain, vanishes.

References:
    Nocedal and Wright (2006), Numerical Optimization, §3.4; Boyd and Vandenberghe (2004), Convex
    Optimization, §9.5.1 (the decrement).
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Bool, Float, Int, Matrix, Scalar, Vector
from .held import Hypothesis
from .likelihood import Evaluation, Likelihood, Objective

RUNNING, CONVERGED, BOUNDARY, STUCK = 0, 1, 2, 3

_FLAT = 1e-11
"""Eigenvalues of the scaled curvature below this are directions that the data do not determine."""
_AWAY = 34.0
"""A constrained coordinate that has moved so far (a factor of 10¹⁵ for a scale) has left for the boundary."""


class Controls(eqx.Module):
    """What the ascent must know besides ℓ.

    Attributes:
        unit: (k,), the change of each coordinate that is of the order of one whatever the data: 1 for the
            logarithm of a scale or a logit, 1/rms of a column for a regression coefficient, ∞ for a coordinate
            that has the data's own units. At an honest maximum the last steps vanish in these units;
            towards a boundary at infinity they stay of the order of one while ℓ no longer gains.
        reach: (k,), the longest step of each coordinate in one iteration.
        tolerance: The decrement at which to stop.
        max_iterations: The number of evaluations allowed.
    """

    unit: Vector
    reach: Vector
    tolerance: Scalar
    max_iterations: Int[Array, ""]


class Spectrum(eqx.Module):
    """The scaled curvature in its eigenvectors, with the score; on the tangent plane where entries are held.

    Attributes:
        values: Eigenvalues of D^{-1/2} H D^{-1/2}, ascending.
        scores: Vᵀ D^{-1/2} g.
        directions: D^{-1/2} V, columns in z.
    """

    values: Float[Array, " m"]
    scores: Float[Array, " m"]
    directions: Float[Array, "k m"]

    @staticmethod
    def of(at: Evaluation, basis: Matrix | None) -> "Spectrum":
        score = at.score if basis is None else basis.T @ at.score
        information = at.information if basis is None else basis.T @ at.information @ basis
        diagonal = jnp.abs(jnp.diagonal(information))
        largest = jnp.max(jnp.abs(information), axis=1, initial=0.0)
        size = jnp.where(diagonal > 1e-8 * largest, diagonal, largest)
        d = jnp.sqrt(jnp.where(size > 0, size, 1.0))
        values, vectors = jnp.linalg.eigh(information / d[:, None] / d[None, :])
        directions = vectors / d[:, None]
        return Spectrum(values, vectors.T @ (score / d), directions if basis is None else basis @ directions)

    @property
    def moves(self) -> Bool[Array, " m"]:
        return jnp.abs(self.values) > _FLAT

    @property
    def smallest(self) -> Scalar:
        return jnp.min(self.values, initial=jnp.inf)

    @property
    def decrement(self) -> Scalar:
        """gᵀ H⁻¹ g."""
        sizes = jnp.where(self.moves, jnp.abs(self.values), 1.0)
        return jnp.sum(jnp.where(self.moves, self.scores**2 / sizes, 0.0))

    def step(self, damping: Scalar | float) -> Vector:
        """H_λ⁻¹ g."""
        sizes = jnp.where(self.moves, jnp.abs(self.values), 1.0) + damping
        return self.directions @ jnp.where(self.moves, self.scores / sizes, 0.0)


class Ascent(eqx.Module):
    """Where the ascent stands.

    Attributes:
        start: Where it began.
        z: The best point so far.
        at: ℓ, its score and curvature there (the curvature of the Lagrangian, where entries are held).
        spectrum: The same, ready to step.
        decrement: gᵀH⁻¹g there.
        trial: The point to evaluate next.
        damping: λ.
        evaluations: Passes so far.
        state: RUNNING, CONVERGED, BOUNDARY or STUCK.
    """

    start: Vector
    z: Vector
    at: Evaluation
    spectrum: Spectrum
    decrement: Scalar
    trial: Vector
    damping: Scalar
    evaluations: Int[Array, ""]
    state: Int[Array, ""]

    @property
    def step(self) -> Vector:
        """The full Newton step from z."""
        return self.spectrum.step(0.0)


def begin(z: Vector, held: Hypothesis | None = None) -> Ascent:
    """The state before anything has been evaluated; `z` is the first trial, moved to where `held` holds."""
    z = z if held is None else held.retract(z)
    infinite = jnp.full((), jnp.inf, z.dtype)
    nothing = Evaluation(-infinite, jnp.zeros_like(z), jnp.zeros((z.size, z.size), z.dtype))
    zero = jnp.zeros((), z.dtype)
    count = jnp.zeros((), int)
    spectrum = Spectrum.of(nothing, None if held is None else held.basis(z))
    return Ascent(z, z, nothing, spectrum, infinite, z, zero, count, count)


def advance(ascent: Ascent, at: Evaluation, controls: Controls, held: Hypothesis | None = None) -> Ascent:
    """The state after `at` has been evaluated at `ascent.trial`."""
    finite = jnp.isfinite(at.value) & jnp.all(jnp.isfinite(at.score)) & jnp.all(jnp.isfinite(at.information))
    at = jax.tree.map(lambda a: jnp.where(finite, a, jnp.zeros_like(a)), at)
    basis = None
    if held is not None:
        basis = held.basis(ascent.trial)
        at = eqx.tree_at(lambda at: at.information, at, at.information + held.bend(ascent.trial, at.score))
    spectrum = Spectrum.of(at, basis)
    # ℓ is a sum of many terms: within its rounding a smaller value is no loss, if the score shrinks.
    slack = 1e-11 * jnp.abs(at.value)
    gain = at.value - ascent.at.value
    accepted = finite & ((gain >= 0) | ((gain >= -slack) & (spectrum.decrement <= ascent.decrement)))
    z, at, spectrum = jax.tree.map(
        lambda new, old: jnp.where(accepted, new, old),
        (ascent.trial, at, spectrum),
        (ascent.z, ascent.at, ascent.spectrum),
    )
    lighter = jnp.where(ascent.damping < 0.1, 0.0, ascent.damping / 8)
    damping = jnp.where(accepted, lighter, jnp.maximum(4 * ascent.damping, 1.0))
    move = spectrum.step(damping)
    trial = z + move / jnp.maximum(1.0, jnp.max(jnp.abs(move) / controls.reach, initial=0.0))
    if held is not None:
        trial = held.retract(trial)

    decrement = jnp.where(jnp.isfinite(at.value), spectrum.decrement, jnp.inf)
    # Rounding of the score is the floor of the decrement: it no longer falls although steps are accepted.
    floor = (decrement <= 1e-9) & (ascent.decrement <= 1e-9) & (decrement >= 0.3 * ascent.decrement)
    still = (decrement <= controls.tolerance) | floor
    evaluations = ascent.evaluations + 1
    drift = jnp.max(jnp.abs(spectrum.step(0.0)) / controls.unit, initial=0.0)
    away = jnp.max(jnp.abs(z - ascent.start) / controls.unit, initial=0.0) > _AWAY
    leaving = (evaluations > 2) & (((decrement <= 1e-8) & (drift > 0.2)) | away)
    failed = (damping > 1e10) | (evaluations >= controls.max_iterations)
    state = jnp.where(leaving, BOUNDARY, jnp.where(still, CONVERGED, jnp.where(failed, STUCK, RUNNING)))
    return Ascent(ascent.start, z, at, spectrum, decrement, trial, damping, evaluations, state)


@eqx.filter_jit
def _ascend(objective: Objective, z: Vector, controls: Controls, held: Hypothesis | None) -> Ascent:
    """The whole maximisation as one program."""

    def more(ascent: Ascent) -> Bool[Array, ""]:
        return ascent.state == RUNNING

    def iterate(ascent: Ascent) -> Ascent:
        return advance(ascent, objective.evaluate(ascent.trial), controls, held)

    return jax.lax.while_loop(more, iterate, begin(z, held))


_advance = eqx.filter_jit(advance)
_begin = eqx.filter_jit(begin)


def ascend(
    likelihood: Likelihood,
    z: Float[Array, " k"],
    controls: Controls,
    held: Hypothesis | None = None,
    progress: Callable[[int, float, float], None] | None = None,
) -> Ascent:
    """Maximise ℓ from z, on {h = 0} where `held` is given.

    Args:
        likelihood: What to maximise.
        z: Where to start.
        controls: See `Controls`.
        held: Entries of the parameters held at values, or None.
        progress: Called with (iteration, ℓ, decrement) after each pass, where the passes are made one by one.
    """
    objective = likelihood.objective
    if objective is not None and progress is None:
        ascent = _ascend(objective, z, controls, held)
        if not likelihood.is_cheap:
            likelihood.passes += int(ascent.evaluations)
        return ascent
    ascent = _begin(z, held)
    while int(ascent.state) == RUNNING:
        ascent = _advance(ascent, likelihood.evaluate(ascent.trial), controls, held)
        if progress is not None:
            progress(int(ascent.evaluations), float(ascent.at.value), float(ascent.decrement))
    return ascent

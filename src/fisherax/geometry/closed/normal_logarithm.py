"""The velocity of the geodesic from N(0, 1) to another normal law: Newton's method on the lift, and its derivatives."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from ..._types import Array, Bool, Float, Scalar
from .normal_geodesic import symmetric, unit_exp
from .normal_lift import Lift, Relative, bent, fibre, lifted, skew, squared, velocity

Vector = Float[Array, " p"]
Square = Float[Array, "p p"]
_ITERATIONS = 100


class Solution(NamedTuple):
    """The geodesic from N(0, 1) to N(m, S)."""

    x: Vector
    turn: Square
    """B, with (x, B) the velocity at N(0, 1)."""
    z: Square
    """Z, in S's axes."""


def relative(mean: Vector, excess: Square, root: Square) -> tuple[Relative, Square]:
    """N(m, S) in S's axes, and the axes, from S − 1, which has the digits near 1, and from a root of S elsewhere."""
    near = jnp.sum(jnp.square(excess)) < 0.25
    small, axes = jnp.linalg.eigh(excess)
    left, scale, _ = jnp.linalg.svd(root)
    axes = jnp.where(near, axes, left)
    scale = jnp.where(near, jnp.sqrt(1.0 + jnp.where(near, small, 0.0)), scale)
    more = jnp.where(near, small, (scale - 1.0) * (scale + 1.0))
    return Relative(axes.T @ mean, more, scale), axes


def starts(law: Relative) -> Float[Array, "2 p p"]:
    """Z = 0, and the Z of the least trace of G: two that are close to the best, and often close enough for a bound."""
    s = jnp.square(law.scale)
    flat = 0.5 * jnp.outer(law.mean, law.mean) * (s[:, None] - s) / (s[:, None] + s)
    return jnp.stack([jnp.zeros_like(flat), flat])


@jax.custom_jvp
def unit_log(mean: Vector, excess: Square, root: Square) -> Solution:
    """The velocity at N(0, 1) of the geodesic that is at N(m, S) after unit time; NaN where none was found.

    Derivatives are those of the equation exp(x, B) = (m, S), to any order; how it is solved is not differentiated.
    """
    law, axes = relative(mean, excess, root)
    z = _least(law) if mean.size > 1 else jnp.zeros_like(excess)
    x, turn, _ = velocity(lifted(law, z))
    return Solution(axes @ x, symmetric(axes @ turn @ axes.T), z)


@unit_log.defjvp
def _unit_log_jvp(
    primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Array]
) -> tuple[Solution, Solution]:
    solution = unit_log(*primals)
    law, axes = lax.stop_gradient(relative(*primals))
    lift = lifted(law, lax.stop_gradient(solution.z))

    def solve(end: tuple[Array, Array]) -> tuple[Array, Array]:
        return _velocity_of_end(law, axes, lift, end)

    x, turn = lax.custom_linear_solve(
        lambda start: jax.jvp(unit_exp, (solution.x, solution.turn), start)[1],
        tangents[:2],
        lambda _, end: solve(end),
        lambda _, start: jax.linear_transpose(solve, start)(start)[0],
    )
    return solution, Solution(x, turn, jnp.zeros_like(solution.z))


def _velocity_of_end(
    law: Relative, axes: Square, lift: Lift, end: tuple[Array, Array]
) -> tuple[Array, Array]:
    """The change of (x, B) that moves the end by (dm, dS): along the fibre so far that W stays 0."""
    mean = axes.T @ end[0] / law.scale
    spread = symmetric(axes.T @ end[1] @ axes) / law.scale / law.scale[:, None]
    last = jnp.sqrt(jnp.asarray(2.0, mean.dtype)) * mean[None, :]
    step = jnp.concatenate([-spread, last])
    if mean.size > 1:
        _, matrix = fibre(law, lift)
        unit = jnp.sqrt(law.scale * law.scale[:, None])
        rows = jnp.triu_indices(mean.size, 1)
        # The slope is ⟨W, E⟩ with E of length √(σᵢ σⱼ) above the diagonal.
        slope = (bent(lift, step)[2] * unit)[rows]
        along = skew(law, -_newton(slope, matrix)) / law.scale / law.scale[:, None]
        step = jnp.concatenate([along - spread, last])
    x, turn, _ = bent(lift, step)
    return axes @ x, symmetric(axes @ turn @ axes.T)


def _newton(slope: Vector, matrix: Float[Array, "n n"]) -> Vector:
    """|H|⁻¹ g: Newton's step, downhill also where H has negative eigenvalues."""
    values, vectors = jnp.linalg.eigh(matrix)
    size = jnp.abs(values)
    floor = jnp.finfo(slope.dtype).eps * jnp.max(size)
    return vectors @ ((vectors.T @ slope) / jnp.maximum(size, floor))


# ---- the least distance over the fibre -----------------------------------------------------------------


class _State(NamedTuple):
    z: Square
    value: Scalar
    """d²."""
    step: Square
    decrement: Scalar
    """What Newton's model of d² promises for the step."""
    fraction: Scalar
    rounds: Array
    found: Bool[Array, ""]


def _least(law: Relative) -> Square:
    """Z of the least d², by Newton's method with backtracking from the better start; NaN where it was not reached.

    A step whose promise is of the order of rounding is the last: convergence is quadratic.
    """
    tolerance = 50.0 * jnp.finfo(law.mean.dtype).eps

    def at(z: Square) -> tuple[Scalar, Square, Scalar]:
        lift = lifted(law, z)
        slope, matrix = fibre(law, lift)
        step = _newton(slope, matrix)
        return squared(lift), skew(law, -step), slope @ step

    def advance(state: _State) -> _State:
        trial = state.z + state.fraction * state.step
        value, step, decrement = at(trial)
        last = state.decrement <= tolerance * state.value
        below = state.value - 1e-4 * state.fraction * state.decrement
        good = last | (value <= below + 0.1 * tolerance * state.value)
        kept = jax.tree.map(
            lambda new, old: jnp.where(good, new, old),
            (trial, value, step, decrement),
            (state.z, state.value, state.step, state.decrement),
        )
        fraction = jnp.where(good, 1.0, 0.25 * state.fraction)
        z, value, step, decrement = kept
        return _State(z, value, step, decrement, fraction, state.rounds + 1, last)

    both = starts(law)
    values = jax.vmap(lambda z: squared(lifted(law, z)))(both)
    z = both[jnp.argmin(values)]
    value, step, decrement = at(z)
    nothing, no = jnp.zeros((), int), jnp.zeros((), bool)
    state = _State(z, value, step, decrement, jnp.ones_like(value), nothing, no)
    state = lax.while_loop(lambda state: ~state.found & (state.rounds < _ITERATIONS), advance, state)
    return jnp.where(state.found, state.z, jnp.nan)

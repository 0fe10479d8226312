"""Parallel transport along a geodesic of normal vectors, by power series.

In a frame F with F Fᵀ = Σ and Ḟ = ½FB that goes along, the geodesic's own velocity (x, B), and every vector (b, V)
that is moved in parallel, satisfy

    ḃ = ½V x,    V̇ = −½(x bᵀ + b xᵀ).

These equations are quadratic, so each coefficient of the solution's power series is a sum of products of earlier ones.
A geodesic of length d has its nearest singularity at a time of about π/(√2 d): short steps and many terms.
"""

import jax.numpy as jnp
from jax import lax

from ..._types import Array, Float

Vector = Float[Array, " p"]
Square = Float[Array, "p p"]
Joined = Float[Array, "p p1"]
_STEPS = 32
_TERMS = 26


def unit_transport(velocity: Joined, vector: Joined) -> tuple[Square, Joined]:
    """The frame after unit time and the vector in it, both from the identity; vectors are [b | V]."""
    p = velocity.shape[0]

    def step(state: tuple[Array, Array], _: None) -> tuple:
        return _series(*state), None

    start = jnp.stack([velocity, vector]), jnp.eye(p, dtype=velocity.dtype)
    moved, frame = lax.scan(step, start, None, length=_STEPS)[0]
    return frame, moved[1]


def _series(pair: Float[Array, "2 p p1"], frame: Square) -> tuple[Float[Array, "2 p p1"], Square]:
    """The velocity, the vector and the frame one step later."""

    def term(k: Array, series: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        # Forwards (velocities) and backwards (everything), so that a term is a sum over both, entry by entry.
        velocities, pairs, frames = series
        x, turn = velocities[..., 0], velocities[..., 1:]
        b = jnp.einsum("knij,kj->ni", pairs[..., 1:], x)
        cross = jnp.einsum("ki,knj->nij", x, pairs[..., 0])
        turned = jnp.einsum("kij,kjl->il", frames, turn)
        new = jnp.concatenate([b[..., None], -cross - jnp.swapaxes(cross, 1, 2)], axis=-1)
        new, turned = 0.5 * new / (k + 1), 0.5 * turned / (k + 1)
        pairs = jnp.concatenate([new[None], pairs[:-1]])
        frames = jnp.concatenate([turned[None], frames[:-1]])
        return velocities.at[k + 1].set(new[0]), pairs, frames

    def from_first(first: Array) -> Array:
        return jnp.zeros((_TERMS, *first.shape), first.dtype).at[0].set(first)

    series = from_first(pair[0]), from_first(pair), from_first(frame)
    _, pairs, frames = lax.fori_loop(0, _TERMS - 1, term, series)
    powers = (1.0 / _STEPS) ** jnp.arange(_TERMS - 1, -1, -1, dtype=pair.dtype)
    return jnp.tensordot(powers, pairs, 1), jnp.tensordot(powers, frames, 1)

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
    p = pair.shape[1]
    order = jnp.arange(_TERMS)

    def term(k: Array, series: tuple[Array, Array]) -> tuple[Array, Array]:
        pairs, frames = series
        back = jnp.where(order <= k, k - order, _TERMS)  # beyond k: the last, which is 0 until the end
        x = pairs[:-1, 0, :, 0]
        there = pairs[back]
        b = jnp.einsum("knij,kj->ni", there[..., 1:], x)
        cross = jnp.einsum("ki,knj->nij", x, there[..., 0])
        new = 0.5 * jnp.concatenate([b[..., None], -cross - jnp.swapaxes(cross, 1, 2)], axis=-1)
        turned = 0.5 * jnp.einsum("kij,kjl->il", frames[back], pairs[:-1, 0, :, 1:])
        return pairs.at[k + 1].set(new / (k + 1)), frames.at[k + 1].set(turned / (k + 1))

    pairs = jnp.zeros((_TERMS + 1, *pair.shape), pair.dtype).at[0].set(pair)
    frames = jnp.zeros((_TERMS + 1, p, p), pair.dtype).at[0].set(frame)
    pairs, frames = lax.fori_loop(0, _TERMS - 1, term, (pairs, frames))
    powers = (1.0 / _STEPS) ** jnp.arange(_TERMS + 1, dtype=pair.dtype)
    return jnp.tensordot(powers, pairs, 1), jnp.tensordot(powers, frames, 1)

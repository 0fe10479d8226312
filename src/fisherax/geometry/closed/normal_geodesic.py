"""The geodesic of normal vectors that leaves N(0, 1) with a velocity (x, B).

With Σ⁻¹ = Δ and Σ⁻¹μ = δ, geodesics are read off the exponential of a matrix of 2p + 1 rows:

    exp t[[−B, x, 0], [xᵀ, 0, −xᵀ], [0, −x, B]] = [[Δ, δ, ·], [δᵀ, ·, ·], [·, ·, ·]].

Small eigenvalues of Δ lose their digits beside large ones. Here a geodesic is walked in a few steps, each from a frame
in which the point that is reached is N(0, 1) again. There its velocity is known, because x = Σ⁻¹μ̇ and
B = Σ⁻¹Σ̇ + xμᵀ stay as they are along a geodesic.

References:
    Eriksen (1987), Geodesics connected with the Fisher metric on the multivariate normal manifold, in: Geometrization
    of Statistical Theory, 225–229. Calvo and Oller (1991), An explicit solution of information geodesic equations for
    the multivariate normal model, Statistics and Decisions 9, 119–138.
"""

import jax.numpy as jnp
from jax import lax

from ..._types import Array, Float
from ...models.cholesky import cholesky, inverse_lower
from .matrix_logarithm import exponential

Vector = Float[Array, " p"]
Square = Float[Array, "p p"]
_STEPS = 8


def unit_exp(x: Vector, turn: Square) -> tuple[Vector, Square]:
    """(μ, Σ) after unit time, from (0, 1) with velocity (x, B)."""
    p = x.size

    def step(state: tuple[Vector, Square, Vector, Square], _: None) -> tuple:
        mean, root, x, turn = state
        power = exponential(_generator(x, turn) / _STEPS)
        # Δ = K Kᵀ, so that Σ = L Lᵀ with L = K⁻ᵀ, an upper triangle.
        inverse = cholesky(symmetric(power[:p, :p])).T
        onward = inverse_lower(inverse.T).T
        shift = onward @ (onward.T @ power[:p, p])
        turned = onward.T @ (turn - jnp.outer(x, shift)) @ inverse.T
        return (mean + root @ shift, root @ onward, onward.T @ x, symmetric(turned)), None

    start = jnp.zeros_like(x), jnp.eye(p, dtype=x.dtype), x, symmetric(turn)
    mean, root, _, _ = lax.scan(step, start, None, length=_STEPS)[0]
    return mean, root @ root.T


def _generator(x: Vector, turn: Square) -> Float[Array, "k k"]:
    """The matrix of 2p + 1 rows."""
    column, row, zeros = x[:, None], x[None, :], jnp.zeros_like(turn)
    middle = jnp.zeros((1, 1), x.dtype)
    return jnp.block([[-turn, column, zeros], [row, middle, -row], [zeros, -column, turn]])


def symmetric(matrix: Square) -> Square:
    """½(A + Aᵀ)."""
    return 0.5 * (matrix + matrix.T)

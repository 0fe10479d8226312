"""Exponential and logarithm of symmetric matrices, with derivatives that hold at repeated eigenvalues.

Differentiating `eigh` divides by differences of eigenvalues. Here the exponential is products and sums alone, and
the derivative of X = ln A is the solution of D exp(X)[dX] = dA, whose own derivatives need no more than those of the
exponential.

References:
    Yu. L. Daleckii and S. G. Krein (1965), "Integration and differentiation of functions of Hermitian operators";
    N. J. Higham (2008), Functions of Matrices, theorem 3.11, sections 10.3 and 11.
"""

import jax
import jax.numpy as jnp
from jax import lax

from ..._types import Array, Float

Square = Float[Array, "k k"]
_TERMS = 20
_SQUARINGS = 12  # of a matrix of norm ½: norms up to 2048, where exp overflows long before


def exponential(matrix: Square) -> Square:
    """exp X of a symmetric X by scaling and squaring: (Σ (X/2ⁿ)ᵏ/k!)^(2ⁿ)."""
    identity = jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    norm = lax.stop_gradient(jnp.max(jnp.sum(jnp.abs(matrix), axis=-1)))
    halvings = jnp.clip(jnp.ceil(jnp.log2(jnp.maximum(norm, 0.5)) + 1.0), 0, _SQUARINGS)
    scaled = matrix * jnp.exp2(-halvings)

    def horner(i: Array, power: Array) -> Array:
        return identity + scaled @ power / (_TERMS - i)

    def square(i: Array, power: Array) -> Array:
        wanted = i < halvings
        safe = jnp.where(wanted, power, identity)
        return jnp.where(wanted, safe @ safe, power)

    series = lax.fori_loop(0, _TERMS, horner, identity)
    return lax.fori_loop(0, _SQUARINGS, square, series)


@jax.custom_jvp
def logarithm(excess: Square, root: Square) -> Square:
    """ln A of a positive definite A, given both as A − 1 and as a root R with A = R Rᵀ.

    Near the identity A − 1 has the digits, and ln A = U ln(1 + δ) Uᵀ by its eigenvalues δ; far from it A's smallest
    eigenvalues have lost theirs, and R = U S Vᵀ has them: ln A = U 2 ln S Uᵀ. Derivatives are those along A.
    """
    near = jnp.sum(jnp.square(excess)) < 0.25
    small, vectors = jnp.linalg.eigh(excess)
    left, values, _ = jnp.linalg.svd(root, full_matrices=False)
    vectors = jnp.where(near, vectors, left)
    logs = jnp.where(near, jnp.log1p(jnp.where(near, small, 0.0)), 2.0 * jnp.log(values))
    return (vectors * logs) @ vectors.T


@logarithm.defjvp
def _logarithm_jvp(primals: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    log = logarithm(*primals)
    return log, tangent_of_logarithm(log, tangents[0])


def tangent_of_logarithm(log: Square, direction: Square) -> Square:
    """T(X, E), the derivative of ln A along the symmetric E, at X = ln A: the solution R of D exp(X)[R] = E.

    Derivatives are those of the equation; how it is solved is not differentiated. D exp(X) is self-adjoint.
    """
    return lax.custom_linear_solve(
        lambda turned: jax.jvp(exponential, (log,), (turned,))[1],
        direction,
        lambda _, right: _divided(log, right),
        symmetric=True,
    )


def _divided(log: Square, direction: Square) -> Square:
    """T(X, E) by Daleckii and Krein's formula. In X's eigenvectors, with eigenvalues w and h = (w_i − w_j)/2,

    T_ij = E_ij (w_i − w_j)/(e^{w_i} − e^{w_j}) = E_ij e^{−(w_i + w_j)/2} h/sinh h.
    """
    values, vectors = jnp.linalg.eigh(log)
    half = 0.5 * (values[:, None] - values[None, :])
    apart = jnp.abs(half) > 1e-4
    safe = jnp.where(apart, half, 1.0)
    ratio = jnp.where(apart, safe / jnp.sinh(safe), 1.0 - jnp.square(half) / 6.0)
    factor = ratio * jnp.exp(-0.5 * (values[:, None] + values[None, :]))
    return vectors @ (factor * (vectors.T @ direction @ vectors)) @ vectors.T

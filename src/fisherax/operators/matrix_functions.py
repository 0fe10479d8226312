r"""Square roots and spectra of symmetric matrices, with derivatives that hold at repeated eigenvalues.

Differentiating `eigh` divides by differences of eigenvalues, so A^{1/2} = V diag(√w) Vᵀ written with it has
no derivative at the identity, although the function itself is smooth there. The rules below divide by sums:

    S = A^{1/2}:   S S = A   ⇒   S dS + dS S = dA,   (Vᵀ dS V)_ij = (Vᵀ dA V)_ij / (s_i + s_j)

which is the Daleckii–Krein formula with the divided difference (s_i − s_j)/(s_i² − s_j²) in lowest terms.
Each rule is written with functions that carry such a rule themselves: derivatives of every order are right.

References:
    Yu. L. Daleckii and S. G. Krein (1965), "Integration and differentiation of functions of Hermitian
    operators"; N. J. Higham (2008), *Functions of Matrices*, theorem 3.11 and section 6.1.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from .._types import Array, Matrix, Vector


def symmetrize(matrix: Matrix) -> Matrix:
    """(A + Aᵀ)/2: every derivative with respect to the entries is then symmetric too."""
    return 0.5 * (matrix + matrix.T)


def square_root(matrix: Matrix) -> Matrix:
    """The symmetric positive semidefinite A^{1/2}; eigenvalues that rounding made negative count as zero."""
    return square_root_and_spectrum(matrix)[0]


@jax.custom_jvp
def square_root_and_spectrum(matrix: Matrix) -> tuple[Matrix, Vector]:
    """A^{1/2} and A's ascending eigenvalues; these are for checks, and constants to differentiation."""
    values, vectors = jnp.linalg.eigh(matrix)
    return (vectors * jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T, values


@square_root_and_spectrum.defjvp
def _square_root_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Any, Any]:
    (matrix,), (direction,) = primals, tangents
    root, values = square_root_and_spectrum(matrix)
    return (root, values), (solve_sylvester(root, symmetrize(direction)), jnp.zeros_like(values))


def inverse_square_root(matrix: Matrix) -> Matrix:
    """The symmetric A^{-1/2} of a positive definite matrix."""
    return inverse_square_root_and_spectrum(matrix)[0]


@jax.custom_jvp
def inverse_square_root_and_spectrum(matrix: Matrix) -> tuple[Matrix, Vector]:
    """R = A^{-1/2}, with dR = −R d(A^{1/2}) R, and A's eigenvalues, constants to differentiation."""
    values, vectors = jnp.linalg.eigh(matrix)
    return (vectors / jnp.sqrt(values)) @ vectors.T, values


@inverse_square_root_and_spectrum.defjvp
def _inverse_square_root_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Any, Any]:
    (matrix,), (direction,) = primals, tangents
    inverse, values = inverse_square_root_and_spectrum(matrix)
    d_inverse = -inverse @ solve_sylvester(square_root(matrix), symmetrize(direction)) @ inverse
    return (inverse, values), (d_inverse, jnp.zeros_like(values))


def solve_sylvester(root: Matrix, right: Matrix) -> Matrix:
    """X with S X + X S = C, for S symmetric positive definite and C symmetric.

    Derivatives are those of the equation, which is self-adjoint; how it is solved is not differentiated, in any order
    of forward and reverse mode.
    """
    return lax.custom_linear_solve(
        lambda solution: root @ solution + solution @ root,
        right,
        lambda _, right: _divided(root, right),
        symmetric=True,
    )


def _divided(root: Matrix, right: Matrix) -> Matrix:
    """X_ij = C_ij/(s_i + s_j) in S's eigenvectors."""
    values, vectors = jnp.linalg.eigh(root)
    sums = values[:, None] + values[None, :]
    # Two null directions of S: A^{1/2} has an infinite slope there, as √x at zero.
    floor = values.shape[0] * jnp.finfo(root.dtype).eps * jnp.max(jnp.abs(values), initial=0.0)
    sums = eqx.error_if(
        sums,
        jnp.any(sums <= floor),
        "The square root of a singular information has no derivative: damp the operator, or see "
        "`unidentified()` for the combination of parameters that the data do not determine.",
    )
    return vectors @ ((vectors.T @ right @ vectors) / sums) @ vectors.T


@jax.custom_jvp
def eigenvalues(matrix: Matrix) -> Vector:
    """Ascending eigenvalues. dw_i = v_iᵀ dA v_i, which needs no gap between them."""
    return jnp.linalg.eigvalsh(matrix)


@eigenvalues.defjvp
def _eigenvalues_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (matrix,), (direction,) = primals, tangents
    vectors = eigenvectors(matrix)
    return eigenvalues(matrix), jnp.sum(vectors * (symmetrize(direction) @ vectors), axis=0)


def eigenvectors(matrix: Matrix) -> Matrix:
    """Eigenvectors, as columns, of the ascending eigenvalues; not differentiable where two of these agree."""
    return eigensystem(matrix)[1]


@jax.custom_jvp
def eigensystem(matrix: Matrix) -> tuple[Vector, Matrix]:
    """Ascending eigenvalues and their eigenvectors, from one decomposition; differentiable as the eigenvectors are.

    dv_j = Σ_{i≠j} v_i (v_iᵀ dA v_j)/(w_j − w_i).
    """
    values, vectors = jnp.linalg.eigh(matrix)
    return values, vectors


@eigensystem.defjvp
def _eigensystem_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Any, Any]:
    (matrix,), (direction,) = primals, tangents
    values, vectors = eigensystem(matrix)
    size = values.shape[0]
    gaps = values[None, :] - values[:, None]
    same = jnp.eye(size, dtype=bool)
    floor = size * jnp.finfo(matrix.dtype).eps * jnp.max(jnp.abs(values), initial=0.0)
    gaps = eqx.error_if(
        jnp.where(same, 1.0, gaps),
        jnp.any(~same & (jnp.abs(gaps) <= floor)),
        "Eigenvectors of a repeated eigenvalue are not unique, so they have no derivative: differentiate "
        "`eigenvalues`, or a verb such as `sqrt_mv`, `solve` or `logdet`, which have no such trouble.",
    )
    inside = vectors.T @ symmetrize(direction) @ vectors
    rotation = jnp.where(same, 0.0, inside / gaps)
    return (values, vectors), (jnp.diagonal(inside), vectors @ rotation)

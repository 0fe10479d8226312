r"""Solving with symmetric matrices, and telling when that cannot be done.

Parameters come in all units: the information of a rate near 1e-9 is near 1e18, beside that of a shape
parameter near 1. Such a matrix has a large condition number and yet every parameter is well determined, so
nothing here compares one diagonal entry with another. With D = diag(A) every matrix is first scaled to

    S = D^{-1/2} A D^{-1/2},        S_jj = 1.

The j-th pivot L_jj² of its Cholesky factor is 1 − R² of the j-th score regressed on those before it: the part
of parameter j's information that the others leave. A matrix is singular to working precision when one of
these parts is not larger than the rounding errors of computing it, and this does not depend on the units.

References:
    A. van der Sluis (1969), "Condition numbers and equilibration of matrices" (scaling to a unit diagonal is
    within a factor p of the best); J. Demmel (1989), "On floating point errors in Cholesky".
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.scipy as jsp

from .._types import Array, Bool, Matrix, Scalar, Vector
from .matrix_functions import eigenvalues, inverse_square_root_and_spectrum, square_root_and_spectrum

Failed = Bool[Array, ""]
"""Whether a computation met a matrix that it does not apply to; its value is then meaningless."""


def tolerance(size: int, dtype: Any) -> float:
    """The largest relative pivot (or scaled eigenvalue) that counts as zero: 10 p ε."""
    return 10 * max(size, 1) * float(jnp.finfo(dtype).eps)


def scaling(matrix: Matrix, definite: bool = True) -> Vector:
    """d with A_ij/(d_i d_j) of unit diagonal, or of unit largest entry in each row where A may be indefinite.

    It is a constant to differentiation: what is computed with it does not depend on it.
    """
    matrix = jax.lax.stop_gradient(matrix)
    diagonal = jnp.abs(jnp.diagonal(matrix))
    largest = jnp.max(jnp.abs(matrix), axis=1, initial=0.0)
    start = jnp.where(diagonal > 0, diagonal, jnp.where(largest > 0, largest, 1.0))
    d = jnp.sqrt(start)
    if definite:
        return d
    # Ruiz (2001): dividing rows and columns by the root of their largest entry converges to all ones.
    for _ in range(10):
        rows = jnp.max(jnp.abs(matrix) / d[:, None] / d[None, :], axis=1, initial=0.0)
        d = d * jnp.sqrt(jnp.where(rows > 0, rows, 1.0))
    return d


def scaled_eigenvalues(matrix: Matrix, definite: bool = True) -> Vector:
    """Eigenvalues of the scaled matrix S; those below `tolerance` in size are zero to working precision."""
    d = scaling(matrix, definite)
    return eigenvalues(matrix / d[:, None] / d[None, :])


class Cholesky(eqx.Module):
    """A = D^{1/2} L Lᵀ D^{1/2} with a lower triangular L of rows of unit length; d holds D^{1/2}."""

    factor: Matrix
    d: Vector
    failed: Failed

    @staticmethod
    def of(matrix: Matrix) -> "Cholesky":
        d = scaling(matrix)
        factor = jnp.linalg.cholesky(matrix / d[:, None] / d[None, :])
        pivots = jnp.diagonal(factor) ** 2
        # A comparison with NaN is False, so a factorisation that broke down fails too.
        failed = ~jnp.all(pivots > tolerance(matrix.shape[0], matrix.dtype))
        return Cholesky(factor, d, failed)

    def solve(self, right: Vector) -> Vector:
        """A⁻¹ b."""
        return jsp.linalg.cho_solve((self.factor, True), right / self.d) / self.d

    def inverse(self) -> Matrix:
        """A⁻¹ = Rᵀ R: symmetric as it stands."""
        root = self.inverse_factor()
        return root.T @ root

    def inverse_factor(self) -> Matrix:
        """R = L⁻¹ D^{-1/2}, with Rᵀ R = A⁻¹."""
        return jsp.linalg.solve_triangular(self.factor, jnp.diag(1 / self.d), lower=True)

    def inverse_root(self, right: Vector) -> Vector:
        """Rᵀ b with Rᵀ R = A⁻¹: of covariance A⁻¹ for a standard normal b."""
        return jsp.linalg.solve_triangular(self.factor, right, lower=True, trans=1) / self.d

    def logdet(self) -> Scalar:
        return 2 * jnp.sum(jnp.log(jnp.diagonal(self.factor))) + 2 * jnp.sum(jnp.log(self.d))


def solve(matrix: Matrix, right: Array, definite: bool) -> tuple[Array, Failed]:
    """A⁻¹ b for one right-hand side, by Cholesky, or by LU with pivoting where A may be indefinite."""
    if definite:
        cholesky = Cholesky.of(matrix)
        return cholesky.solve(right), cholesky.failed
    d = scaling(matrix, definite=False)
    lu = jsp.linalg.lu_factor(matrix / d[:, None] / d[None, :])
    pivots = jnp.abs(jnp.diagonal(lu[0]))
    failed = ~jnp.all(pivots > tolerance(matrix.shape[0], matrix.dtype))
    return jsp.linalg.lu_solve(lu, right / d) / d, failed


def inverse(matrix: Matrix, definite: bool) -> tuple[Matrix, Failed]:
    """A⁻¹."""
    if definite:
        cholesky = Cholesky.of(matrix)
        return cholesky.inverse(), cholesky.failed
    identity = jnp.eye(matrix.shape[0], dtype=matrix.dtype)
    columns, failed = jax.vmap(lambda e: solve(matrix, e, definite), out_axes=(1, None))(identity)
    return 0.5 * (columns + columns.T), failed


def logdet(matrix: Matrix) -> tuple[Scalar, Failed]:
    """ln det A of a positive definite A."""
    cholesky = Cholesky.of(matrix)
    return cholesky.logdet(), cholesky.failed


def root_mv(matrix: Matrix, right: Vector) -> tuple[Vector, Failed]:
    """A^{1/2} b with the symmetric root; it fails where an eigenvalue is negative by more than rounding."""
    root, values = square_root_and_spectrum(matrix)
    failed = ~jnp.all(values >= -_spectral_floor(values))
    return root @ right, failed


def inverse_root_mv(matrix: Matrix, right: Vector) -> tuple[Vector, Failed]:
    """A^{-1/2} b with the symmetric root.

    This root depends on the units, so it fails where the smallest eigenvalue drowns in the rounding of
    the largest, even if all directions are determined.
    """
    root, values = inverse_square_root_and_spectrum(matrix)
    failed = ~jnp.all(values > _spectral_floor(values))
    return root @ right, failed


def _spectral_floor(values: Vector) -> Scalar:
    """The rounding error of computed eigenvalues: 10 p ε max|λ|."""
    return tolerance(values.shape[0], values.dtype) * jnp.max(jnp.abs(values), initial=0.0)

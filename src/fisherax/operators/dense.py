"""G kept as a p × p matrix."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from . import matrix_functions as functions
from .base import Information
from .block import BlockDiagonalOperator
from .diagonal import DiagonalOperator
from .factorization import Cholesky, Failed, inverse, inverse_root_mv, logdet, root_mv, solve
from .provenance import Provenance
from .vectors import as_count, check_size


class DenseOperator(Information):
    r"""G = B A Bᵀ with A kept as a p × p matrix; every verb is exact.

    Args:
        matrix: A, in the coordinates of `tangent`; symmetrised here. Shape (p, p).
        tangent: the tangent space at the parameters.
        provenance: where the matrix comes from.
        count: the number of observations whose information A is.
        error: an error estimate of A's entries, from the expectation; None where it is exact.

    Raises:
        ValueError: A is not p × p, or of a dtype that does not hold the parameters'.

    Examples:
        >>> params = {"loc": jnp.array(0.0), "scale": jnp.array(2.0)}
        >>> provenance = Provenance("exact", "dense", "closed form")
        >>> G = DenseOperator(jnp.diag(jnp.array([0.25, 0.5])), Tangent.of(params), provenance)
        >>> G
        Information(exact, dense, 2 parameters, per observation; expectation: closed form)
        >>> jnp.sqrt((100 * G).inverse_diagonal()["loc"])  # standard error, 100 observations
        Array(0.2, dtype=float64)
    """

    matrix: Matrix
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(
        self,
        matrix: Float[Array, "p p"],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
    ):
        check_size(matrix.shape[0], tangent, matrix.dtype, "The matrix of a DenseOperator")
        self.matrix = functions.symmetrize(matrix)
        self.tangent = tangent
        self.provenance = provenance
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.matrix.dtype)

    def coordinates_matrix(self) -> Matrix:
        return self.matrix

    def _mv(self, u: Vector) -> Vector:
        return self.matrix @ u

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        return solve(self.matrix, u, self._definite)

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return root_mv(self.matrix, u)

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return inverse_root_mv(self.matrix, u)

    def _inverse_root(self, u: Vector) -> tuple[Vector, Failed]:
        cholesky = Cholesky.of(self.matrix)
        return cholesky.inverse_root(u), cholesky.failed

    def _logdet(self) -> tuple[Scalar, Failed]:
        return logdet(self.matrix)

    def _diagonal(self) -> Vector:
        return jnp.diagonal(self.matrix)

    def _eigenvalues(self) -> Vector:
        return functions.eigenvalues(self.matrix)

    def _eigenvectors(self) -> Matrix:
        return functions.eigenvectors(self.matrix)

    def _inverted(self) -> tuple[Information, Failed]:
        matrix, failed = inverse(self.matrix, self._definite)
        return self._with(matrix, self.count, self.error), failed

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        return self._with(self.matrix * factor, self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        # A sum with a sparser structure takes no more room than this one does already.
        if isinstance(other, DenseOperator | BlockDiagonalOperator | DiagonalOperator):
            provenance = self.provenance.combined(other.provenance)
            matrix = self.matrix + other.coordinates_matrix()
            return DenseOperator(
                matrix, self.tangent, provenance, self.count + other.count, self._error_of_sum(other)
            )
        return None

    def shifted(self, damping: Scalar) -> Information:
        identity = jnp.eye(self.tangent.dim, dtype=self.matrix.dtype)
        return self._with(self.matrix + damping * identity, self.count, self.error)

    def _with(self, matrix: Matrix, count: Scalar, error: Scalar | None) -> "DenseOperator":
        return DenseOperator(matrix, self.tangent, self.provenance, count, error)

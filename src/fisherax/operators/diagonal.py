"""G kept as its diagonal."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .factorization import Failed
from .provenance import Provenance
from .vectors import as_count, check_size


class DiagonalOperator(Information):
    r"""G = B diag(a) Bᵀ: the information of each direction by itself, as if no two were entangled.

    It is diagonal in the entries of the parameters too, unless one of them lives on a simplex or is a
    symmetric matrix.

    Args:
        vector: a, in the coordinates of `tangent`. Shape (p,).
        tangent: the tangent space at the parameters.
        provenance: where the vector comes from.
        count: the number of observations whose information a is.
        error: an error estimate of a's entries, from the expectation; None where it is exact.

    Raises:
        ValueError: a does not have p entries, or a dtype that does not hold the parameters'.

    Examples:
        >>> provenance = Provenance("exact", "diagonal", "closed form")
        >>> G = DiagonalOperator(jnp.array([4.0, 9.0]), Tangent.of(jnp.zeros(2)), provenance)
        >>> G.inv_sqrt_mv(jnp.array([2.0, 3.0]))
        Array([1., 1.], dtype=float64)
    """

    vector: Vector
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(
        self,
        vector: Float[Array, " p"],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
    ):
        check_size(vector.shape[0], tangent, vector.dtype, "The vector of a DiagonalOperator")
        self.vector = vector
        self.tangent = tangent
        self.provenance = provenance
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)

    @property
    def is_diagonal(self) -> bool:
        return self.tangent.is_free

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.vector.dtype)

    def coordinates_matrix(self) -> Matrix:
        return jnp.diag(self.vector)

    def _mv(self, u: Vector) -> Vector:
        return self.vector * u

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        failed = self._not_positive if self._definite else ~jnp.all(jnp.abs(self.vector) > 0)
        return u / self.vector, failed

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return jnp.sqrt(self.vector) * u, ~jnp.all(self.vector >= 0)

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return u / jnp.sqrt(self.vector), self._not_positive

    def _logdet(self) -> tuple[Scalar, Failed]:
        return jnp.sum(jnp.log(self.vector)), self._not_positive

    def _diagonal(self) -> Vector:
        return self.vector

    def _block(self, s: slice) -> Matrix:
        return jnp.diag(self.vector[s])

    def _eigenvalues(self) -> Vector:
        return jnp.sort(self.vector)

    def _eigenvectors(self) -> Matrix:
        return jnp.eye(self.tangent.dim, dtype=self.vector.dtype)[:, jnp.argsort(self.vector)]

    def _inverted(self) -> tuple[Information, Failed]:
        ones, failed = self._solve(jnp.ones_like(self.vector))
        return self._with(ones, self.count, self.error), failed

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        return self._with(self.vector * factor, self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        if isinstance(other, DiagonalOperator):
            provenance = self.provenance.combined(other.provenance)
            return DiagonalOperator(
                self.vector + other.vector,
                self.tangent,
                provenance,
                self.count + other.count,
                self._error_of_sum(other),
            )
        return None

    def shifted(self, damping: Scalar) -> Information:
        return self._with(self.vector + damping, self.count, self.error)

    @property
    def _not_positive(self) -> Failed:
        return ~jnp.all((self.vector > 0) & jnp.isfinite(self.vector))

    def _with(self, vector: Vector, count: Scalar, error: Scalar | None) -> "DiagonalOperator":
        return DiagonalOperator(vector, self.tangent, self.provenance, count, error)

"""G kept as a few eigenvectors."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Int, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .factorization import Failed
from .identifiability import combination, is_traced
from .provenance import Provenance
from .vectors import as_count, check_holds


class LowRankOperator(Information):
    r"""G = B [U diag(s) Uᵀ + c (1 − U Uᵀ)] Bᵀ with orthonormal columns of U: r eigenvectors, and one value on the rest.

    Without the rest (c = 0) it is singular unless r = p, and its inverse, inverse root and determinant are refused.
    Damped by λ it has the eigenvalues s + λ, and λ on the rest, so that

        (G + λ1)⁻¹ = U diag(1/(s + λ) − 1/λ) Uᵀ + 1/λ

    which is the Woodbury identity in an orthonormal basis. Every verb costs two products with U. An eigenvalue that is
    not larger than 10 ε times the largest counts as zero.

    Args:
        vectors: U, in the coordinates of `tangent`. Shape (p, r), r ≤ p.
        values: s. Shape (r,).
        tangent: the tangent space at the parameters.
        provenance: where they come from.
        count: the number of observations whose information it is.
        error: an error estimate of the matrix's entries; None where it is exact.
        rest: c, the eigenvalue of all directions orthogonal to U; one number.

    Raises:
        ValueError: the shapes or dtypes do not fit each other and the parameters, or UᵀU is not 1.

    Examples:
        >>> vectors = jnp.array([[0.6], [0.8], [0.0]])
        >>> provenance = Provenance("empirical", "low rank", "data")
        >>> G = LowRankOperator(vectors, jnp.array([5.0]), Tangent.of(jnp.zeros(3)), provenance)
        >>> jnp.round(G.mv(jnp.ones(3)), 6), int(G.rank())
        (Array([4.2, 5.6, 0. ], dtype=float64), 1)
        >>> jnp.round(G.damped(0.5).eigenvalues(), 6)
        Array([0.5, 0.5, 5.5], dtype=float64)

    References:
        Golub and Van Loan (2013), Matrix Computations, §2.1.4 (the Woodbury identity).
    """

    vectors: Array
    values: Array
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None
    rest: Scalar

    def __init__(
        self,
        vectors: Float[Array, "p r"],
        values: Float[Array, " r"],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
        rest: Any = 0.0,
    ):
        _check(vectors, values, tangent)
        self.vectors = vectors
        self.values = values
        self.tangent = tangent
        self.provenance = provenance
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)
        self.rest = as_count(rest, self.dtype)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.vectors.dtype)

    def coordinates_matrix(self) -> Matrix:
        identity = jnp.eye(self.tangent.dim, dtype=self.dtype)
        return (self.vectors * (self.values - self.rest)) @ self.vectors.T + self.rest * identity

    def _mv(self, u: Vector) -> Vector:
        return self._with_spectrum(self.values, self.rest, u)

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        sizes = self._spectrum if self._definite else jnp.abs(self._spectrum)
        return self._with_spectrum(1 / self.values, self._on_rest(1 / self.rest), u), ~self._above_floor(
            sizes
        )

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        values, rest = jnp.maximum(self.values, 0.0), jnp.maximum(self.rest, 0.0)
        failed = ~jnp.all(self._spectrum >= -self._floor)
        return self._with_spectrum(jnp.sqrt(values), jnp.sqrt(rest), u), failed

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        rest = self._on_rest(1 / jnp.sqrt(self.rest))
        return self._with_spectrum(1 / jnp.sqrt(self.values), rest, u), ~self._above_floor(self._spectrum)

    def _logdet(self) -> tuple[Scalar, Failed]:
        rest = self._on_rest(jnp.log(self.rest)) * self._missing
        return jnp.sum(jnp.log(self.values)) + rest, ~self._above_floor(self._spectrum)

    def _diagonal(self) -> Vector:
        return jnp.sum(self.vectors**2 * (self.values - self.rest), axis=1) + self.rest

    def _eigenvalues(self) -> Vector:
        return jnp.sort(self._all_values)

    def _eigenvectors(self) -> Matrix:
        others = jnp.linalg.qr(self.vectors, mode="complete")[0][:, self.vectors.shape[1] :]
        return jnp.concatenate([self.vectors, others], axis=1)[:, jnp.argsort(self._all_values)]

    def _inverted(self) -> tuple[Information, Failed]:
        sizes = self._spectrum if self._definite else jnp.abs(self._spectrum)
        inverse = self._with(1 / self.values, self._on_rest(1 / self.rest), self.count, self.error)
        return inverse, ~self._above_floor(sizes)

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        return self._with(self.values * factor, self.rest * factor, self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        # Vectors are compared as objects: whether numbers agree is not known while JAX traces.
        if isinstance(other, LowRankOperator) and self.vectors is other.vectors:
            return LowRankOperator(
                self.vectors,
                self.values + other.values,
                self.tangent,
                self.provenance.combined(other.provenance),
                self.count + other.count,
                self._error_of_sum(other),
                self.rest + other.rest,
            )
        return None

    def shifted(self, damping: Scalar) -> Information:
        return self._with(self.values + damping, self.rest + damping, self.count, self.error)

    # --- What it leaves undetermined. ---

    def _rank(self) -> Int[Array, ""]:
        return jnp.sum(jnp.abs(self._all_values) > self._floor)

    def _reason(self, verb: str) -> str:
        if self._missing and abs(float(self.rest)) <= float(self._floor):
            return (
                f"the information is of rank {self.vectors.shape[1]} at most, and there are {self.tangent.dim} "
                f"directions, of which it says nothing along {self._missing}: damp the operator with `damped`"
            )
        values = np.asarray(self._spectrum)
        if not np.all(np.isfinite(values)):
            return "the information is not finite: check the parameters and the data"
        if np.any(np.abs(values) <= float(self._floor)):
            worst = int(np.argmin(np.abs(self.values)))
            words = combination(self.tangent, np.asarray(self.vectors[:, worst]))
            return (
                f"the information is singular: the data do not determine the combination {words}; damp the operator "
                "with `damped`, or keep fewer vectors"
            )
        return (
            f"the information is not positive semidefinite: its smallest eigenvalue is {values.min():.3g}; use the "
            "expected information, or evaluate at a maximum of the likelihood"
        )

    # --- Inside. ---

    @property
    def _missing(self) -> int:
        """How many directions are orthogonal to U."""
        return self.tangent.dim - self.vectors.shape[1]

    @property
    def _spectrum(self) -> Array:
        """The different eigenvalues: s, and c where there is a rest."""
        return jnp.append(self.values, self.rest) if self._missing else self.values

    @property
    def _all_values(self) -> Vector:
        return jnp.concatenate([self.values, jnp.broadcast_to(self.rest, (self._missing,))])

    @property
    def _floor(self) -> Scalar:
        return 10 * float(jnp.finfo(self.dtype).eps) * jnp.max(jnp.abs(self._spectrum), initial=0.0)

    def _above_floor(self, spectrum: Array) -> Failed:
        return jnp.all((spectrum > self._floor) & jnp.isfinite(spectrum))

    def _on_rest(self, value: Scalar) -> Scalar:
        return value if self._missing else jnp.zeros((), self.dtype)

    def _with_spectrum(self, values: Array, rest: Scalar, u: Vector) -> Vector:
        u = u.astype(self.dtype)
        return self.vectors @ ((values - rest) * (self.vectors.T @ u)) + rest * u

    def _with(self, values: Array, rest: Scalar, count: Scalar, error: Scalar | None) -> "LowRankOperator":
        # The vectors are known to be orthonormal.
        parts = (values, rest, count, error)
        return eqx.tree_at(
            lambda g: (g.values, g.rest, g.count, g.error), self, parts, is_leaf=lambda x: x is None
        )


def _check(vectors: Array, values: Array, tangent: Tangent) -> None:
    p, r = vectors.shape
    if p != tangent.dim or r > p:
        raise ValueError(
            f"LowRankOperator: vectors of shape {(p, r)} are not r ≤ p columns in the p = {tangent.dim} coordinates "
            "of the parameters' tangent space."
        )
    if values.dtype != vectors.dtype:
        raise ValueError(
            f"LowRankOperator: the vectors have dtype {vectors.dtype} and the values {values.dtype}: cast one of them."
        )
    check_holds(vectors.dtype, tangent, "LowRankOperator: each of the vectors")
    if not is_traced(vectors):
        deviation = float(
            jnp.max(jnp.abs(vectors.T @ vectors - jnp.eye(r, dtype=vectors.dtype)), initial=0.0)
        )
        if not deviation <= 100 * max(p, 1) ** 0.5 * float(jnp.finfo(vectors.dtype).eps):
            raise ValueError(
                f"LowRankOperator: the vectors are not orthonormal (UᵀU differs from 1 by {deviation:.1e}): take U and "
                "s² from the singular value decomposition of a root of the matrix, `jnp.linalg.svd`."
            )

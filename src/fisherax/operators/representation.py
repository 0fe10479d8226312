"""What a structure provides: A in the coordinates of the tangent space.

A structure is a final subclass of `Information` in a file of its own, with the methods below. It sees vectors
of p coordinates and no pytree. A computation that may meet a matrix it does not apply to (a singular one,
say) returns a flag beside its value; `Information` makes that an error that names the parameters at fault.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np

from .._types import Array, Int, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .factorization import Failed, scaled_eigenvalues, scaling, tolerance
from .identifiability import diagnosis, null_space
from .provenance import Provenance
from .vectors import common_dtype

if TYPE_CHECKING:  # an Information is a Representation
    from .base import Information


class Representation(lx.AbstractLinearOperator):
    """A symmetric p × p matrix A in some structure, where it lives, and whose information it is."""

    tangent: eqx.AbstractVar[Tangent]
    provenance: eqx.AbstractVar[Provenance]
    count: eqx.AbstractVar[Scalar]
    error: eqx.AbstractVar[Scalar | None]

    @abstractmethod
    def coordinates_matrix(self) -> Matrix:
        """A: the matrix in the orthonormal coordinates of the tangent space.

            A = Bᵀ G B

        Rows and columns stand in the order of `tangent.labels`: leaf after leaf in JAX's flattening of the
        parameters (the keys of a dict sorted: "concentration" before "loc"), not in that of
        `family.parameters`. Where no parameter is tied to another it is `as_matrix()`.

        Returns:
            A symmetric array (p, p), regular wherever the data determine all directions.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> draw = fx.Family(dist.Multinomial, fixed={"total_count": 1})
            >>> G = fx.fisher(draw, {"probs": jnp.array([0.5, 0.5])})
            >>> G.tangent.labels, jnp.round(G.coordinates_matrix(), 6), jnp.round(G.as_matrix(), 6)
            (('probs[0] (contrast)',), Array([[2.]], dtype=float64), Array([[ 1., -1.],
                   [-1.,  1.]], dtype=float64))
        """

    @abstractmethod
    def _mv(self, u: Vector) -> Vector:
        """A u."""

    @abstractmethod
    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        """A⁻¹ u, also for an indefinite A where `_definite` is False."""

    @abstractmethod
    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        """A^{1/2} u with the symmetric root."""

    @abstractmethod
    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        """A^{-1/2} u with the symmetric root."""

    @abstractmethod
    def _logdet(self) -> tuple[Scalar, Failed]:
        """ln det A, failing unless A is positive definite."""

    @abstractmethod
    def _diagonal(self) -> Vector:
        """The diagonal of A."""

    @abstractmethod
    def _eigenvalues(self) -> Vector:
        """Ascending."""

    @abstractmethod
    def _eigenvectors(self) -> Matrix:
        """As columns, in the order of the eigenvalues."""

    @abstractmethod
    def _inverted(self) -> tuple["Information", Failed]:
        """The same structure with A⁻¹ in place of A."""

    @abstractmethod
    def _scaled(self, factor: Scalar) -> "Information":
        """The same structure with `factor` times A, the count and the error."""

    @abstractmethod
    def _plus(self, other: "Information") -> "Information | None":
        """The sum in closed form; None where this structure knows none."""

    @abstractmethod
    def shifted(self, damping: Scalar) -> "Information":
        """A + λ1 in a structure whose verbs are exact; `damped` keeps the two apart.

        Args:
            damping: λ, a scalar.

        Returns:
            An operator of the same structure, in which λ is no longer told from A.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> fx.fisher(fx.Family(dist.Poisson), {"rate": 2.0}).shifted(jnp.array(0.5)).coordinates_matrix()
            Array([[1.]], dtype=float64)
        """

    def _block(self, s: slice) -> Matrix:
        """The diagonal block of A that belongs to one leaf."""
        return self.coordinates_matrix()[s, s]

    def _inverse_root(self, u: Vector) -> tuple[Vector, Failed]:
        """R u for any R with R Rᵀ = A⁻¹."""
        return self._inv_sqrt_mv(u)

    # What a verb could not do, and what is undetermined. A structure that is too large for its matrix has its own.

    def _scaled_eigenvalues(self) -> Vector:
        """The eigenvalues of A scaled to a unit diagonal, in any order."""
        return scaled_eigenvalues(jax.lax.stop_gradient(self.coordinates_matrix()), self._definite)

    def _rank(self) -> Int[Array, ""]:
        """The number of directions that are determined."""
        return jnp.sum(jnp.abs(self._scaled_eigenvalues()) > tolerance(self.tangent.dim, self.dtype))

    def _null_space(self) -> np.ndarray:
        """Columns u with Au = 0; only called where numbers are known."""
        matrix = jax.lax.stop_gradient(self.coordinates_matrix())
        return null_space(np.asarray(matrix), np.asarray(scaling(matrix, self._definite)))

    def _reason(self, verb: str) -> str:
        """Why a verb failed, in one clause; only called where numbers are known."""
        matrix = jax.lax.stop_gradient(self.coordinates_matrix())
        d = scaling(matrix, self._definite)
        return diagnosis(
            self.tangent, np.asarray(matrix), np.asarray(d), needs_definite=self._needs_definite(verb)
        )

    def _traced_reason(self, verb: str) -> str:
        """Why a verb may fail, while JAX traces."""
        del verb
        return (
            "the information is singular, not positive definite or not finite; outside jit and "
            "vmap this error, like `unidentified()`, names the combination of parameters at fault"
        )

    def _needs_definite(self, verb: str) -> bool:
        # Only these two have a meaning for an observed information that is indefinite.
        return self._definite or verb not in ("solve", "inverse_diagonal")

    @property
    def is_diagonal(self) -> bool:
        """Whether G is diagonal in the entries of the parameters, whatever its values."""
        return self.tangent.size == 1

    @property
    def dtype(self) -> np.dtype:
        """The dtype of its numbers: the widest of the parameters' own, or a wider one that it is kept in."""
        return common_dtype(self.tangent)

    @property
    def _definite(self) -> bool:
        """Whether A is positive semidefinite by construction."""
        return self.provenance.positive_semidefinite

    def _error_of_sum(self, other: "Representation") -> Scalar | None:
        """Error estimates add up; what is exact adds nothing."""
        if self.error is None or other.error is None:
            return other.error if self.error is None else self.error
        return self.error + other.error

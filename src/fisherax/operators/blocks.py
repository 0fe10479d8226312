r"""Some leaves of the parameters together, in an algebra of their own.

Different layers of a network want different structures: Kronecker factors for a kernel and its bias, a diagonal for a
normalisation's scale, a dense matrix for a few parameters of a head. A `Block` is one of them; `BlockwiseOperator`
puts blocks side by side. A block sees w, an array (s, i, o) in which a `Layout` has gathered its leaves, and its matrix
M is one symmetric matrix (i·o, i·o) for each of the s stacked ones.
"""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Int, Scalar
from .factorization import Failed, scaled_eigenvalues, scaling, tolerance
from .identifiability import null_space
from .layout import Layout

Laid = Float[Array, "s i o"]
"""A vector in the coordinates of a block."""

Laying = Float[Array, "s n n"]
"""The matrices of a block, n = i·o, in row-major order of (i, o)."""


class Block(eqx.Module):
    """One symmetric matrix for each stacked part of the leaves that a layout gathers."""

    layout: eqx.AbstractVar[Layout]

    @property
    @abstractmethod
    def dtype(self) -> np.dtype:
        """The dtype of its numbers."""

    @property
    @abstractmethod
    def is_diagonal(self) -> bool:
        """Whether M is diagonal, whatever its values."""

    @abstractmethod
    def matrix(self) -> Laying:
        """M, of (i·o)² numbers for each stacked part."""

    @abstractmethod
    def mv(self, w: Laid) -> Laid:
        """M w."""

    @abstractmethod
    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        """M⁻¹ w, and whether M is singular; also for an indefinite M where `definite` is False."""

    @abstractmethod
    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        """M^{1/2} w with the symmetric root."""

    @abstractmethod
    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        """M^{-1/2} w with the symmetric root."""

    def inverse_root_mv(self, w: Laid) -> tuple[Laid, Failed]:
        """R w for any R with R Rᵀ = M⁻¹."""
        return self.inv_sqrt_mv(w)

    @abstractmethod
    def logdet(self) -> tuple[Scalar, Failed]:
        """Σ_s ln det M_s, failing unless M is positive definite."""

    @abstractmethod
    def diagonal(self) -> Laid:
        """The diagonal of M."""

    @abstractmethod
    def eigenvalues(self) -> Laid:
        """The eigenvalues of each M_s, in any order."""

    @abstractmethod
    def eigenvectors(self) -> Laying:
        """As columns, in the order of `eigenvalues`."""

    @abstractmethod
    def inverted(self, definite: bool = True) -> tuple["Block", Failed]:
        """A block whose matrix is M⁻¹."""

    @abstractmethod
    def scaled(self, factor: Scalar) -> "Block":
        """factor · M, in the same structure."""

    @abstractmethod
    def shifted(self, damping: Scalar) -> "Block":
        """M + λ1, exactly."""

    def plus(self, other: "Block") -> "Block | None":
        """M + N where this structure holds the sum; None where it does not."""
        del other
        return None

    def factored_damping(self, damping: Scalar) -> "Block":
        """M with λ added to its factors; to M itself where it has none."""
        return self.shifted(damping)

    def diagonalised(self) -> "Block":
        """The same matrix with its eigendecomposition taken once; itself where that would be no cheaper."""
        return self

    # --- What it leaves undetermined. ---

    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]:
        """The eigenvalues of M scaled to a unit diagonal, in any order."""
        return jax.vmap(lambda m: scaled_eigenvalues(m, definite))(self.matrix())

    def rank(self, definite: bool = True) -> Int[Array, ""]:
        """The number of directions that are determined."""
        values = self.scaled_eigenvalues(definite)
        return jnp.sum(jnp.abs(values) > tolerance(values.shape[1], values.dtype))

    def null_directions(self, definite: bool, limit: int | None = None) -> np.ndarray:
        """Directions w with M w = 0, each with few entries, (k, s, i, o); at most `limit` of them."""
        matrices = jax.lax.stop_gradient(self.matrix())
        found = []
        for s, matrix in enumerate(matrices):
            null = null_space(np.asarray(matrix), np.asarray(scaling(matrix, definite)))
            found += [placed(self.layout.shape, s, column) for column in null.T]
            if limit is not None and len(found) >= limit:
                break
        return stacked(found[:limit], self.layout.shape)


def placed(shape: tuple[int, int, int], s: int, entries: np.ndarray) -> np.ndarray:
    """An array of zeros with these entries in its s-th part."""
    w = np.zeros(shape, entries.dtype)
    w[s] = entries.reshape(shape[1:])
    return w


def stacked(directions: list[np.ndarray], shape: tuple[int, int, int]) -> np.ndarray:
    return np.stack(directions) if directions else np.zeros((0, *shape))

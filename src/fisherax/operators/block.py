"""G kept as one dense block for each leaf of the parameters."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np

from .._types import Array, Float, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from . import matrix_functions as functions
from .base import Information
from .diagonal import DiagonalOperator
from .factorization import Cholesky, Failed, inverse, inverse_root_mv, logdet, root_mv, solve
from .provenance import Provenance
from .vectors import as_count, check_size, common_dtype


class BlockDiagonalOperator(Information):
    r"""G = B diag(A_1, …, A_k) Bᵀ with one block for each leaf, as if no two leaves were entangled.

    Args:
        blocks: A_l in the coordinates of leaf l, in the leaves' order; symmetrised here. Shapes (p_l, p_l).
        tangent: the tangent space at the parameters.
        provenance: where the blocks come from.
        count: the number of observations whose information they are.
        error: an error estimate of their entries, from the expectation; None where it is exact.

    Raises:
        ValueError: there is not one block of the right size and dtype for each leaf.

    Examples:
        >>> params = {"a": jnp.zeros(2), "b": jnp.zeros(())}
        >>> blocks = (jnp.array([[2.0, 1.0], [1.0, 2.0]]), jnp.array([[5.0]]))
        >>> provenance = Provenance("exact", "block diagonal", "sum")
        >>> G = BlockDiagonalOperator(blocks, Tangent.of(params), provenance)
        >>> G.eigenvalues()
        Array([1., 3., 5.], dtype=float64)
    """

    blocks: tuple[Array, ...]
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(
        self,
        blocks: tuple[Float[Array, "_ _"], ...],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
    ):
        shapes = tuple(block.shape for block in blocks)
        if shapes != tuple((dim, dim) for dim in tangent.dims):
            leaves = (f"{n!r} of size {d}" for n, d in zip(tangent.names, tangent.dims, strict=True))
            raise ValueError(
                f"A BlockDiagonalOperator takes one square block for each leaf of the parameters, "
                f"{', '.join(leaves)}, but it was given blocks of shapes {shapes}."
            )
        dtype = jnp.result_type(*blocks) if blocks else jnp.result_type(float)
        check_size(sum(tangent.dims), tangent, dtype, "The blocks of a BlockDiagonalOperator")
        self.blocks = tuple(functions.symmetrize(block.astype(dtype)) for block in blocks)
        self.tangent = tangent
        self.provenance = provenance
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.blocks[0].dtype) if self.blocks else common_dtype(self.tangent)

    def coordinates_matrix(self) -> Matrix:
        return jsp.linalg.block_diag(*self.blocks)

    def _mv(self, u: Vector) -> Vector:
        return jnp.concatenate([block @ u[s] for block, s in self._parts()])

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(lambda block, x: solve(block, x, self._definite), u)

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(root_mv, u)

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(inverse_root_mv, u)

    def _inverse_root(self, u: Vector) -> tuple[Vector, Failed]:
        def one(block: Matrix, x: Vector) -> tuple[Vector, Failed]:
            cholesky = Cholesky.of(block)
            return cholesky.inverse_root(x), cholesky.failed

        return self._each(one, u)

    def _logdet(self) -> tuple[Scalar, Failed]:
        values, failed = zip(*(logdet(block) for block in self.blocks), strict=True)
        return jnp.sum(jnp.stack(values)), jnp.any(jnp.stack(failed))

    def _diagonal(self) -> Vector:
        return jnp.concatenate([jnp.diagonal(block) for block in self.blocks])

    def _block(self, s: slice) -> Matrix:
        return self.blocks[self.tangent.slices().index(s)]

    def _eigenvalues(self) -> Vector:
        return jnp.sort(jnp.concatenate([functions.eigenvalues(block) for block in self.blocks]))

    def _eigenvectors(self) -> Matrix:
        values = jnp.concatenate([functions.eigenvalues(block) for block in self.blocks])
        vectors = jsp.linalg.block_diag(*(functions.eigenvectors(block) for block in self.blocks))
        return vectors[:, jnp.argsort(values)]

    def _inverted(self) -> tuple[Information, Failed]:
        blocks, failed = zip(*(inverse(block, self._definite) for block in self.blocks), strict=True)
        return self._with(blocks, self.count, self.error), jnp.any(jnp.stack(failed))

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        return self._with(tuple(block * factor for block in self.blocks), self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        if isinstance(other, BlockDiagonalOperator):
            added = other.blocks
        elif isinstance(other, DiagonalOperator):
            added = tuple(jnp.diag(other.vector[s]) for s in self.tangent.slices())
        else:
            return None
        blocks = tuple(a + b for a, b in zip(self.blocks, added, strict=True))
        provenance = self.provenance.combined(other.provenance)
        return BlockDiagonalOperator(
            blocks, self.tangent, provenance, self.count + other.count, self._error_of_sum(other)
        )

    def shifted(self, damping: Scalar) -> Information:
        blocks = tuple(block + damping * jnp.eye(block.shape[0], dtype=block.dtype) for block in self.blocks)
        return self._with(blocks, self.count, self.error)

    def _parts(self) -> tuple[tuple[Matrix, slice], ...]:
        return tuple(zip(self.blocks, self.tangent.slices(), strict=True))

    def _each(
        self, function: Callable[[Matrix, Vector], tuple[Vector, Failed]], u: Vector
    ) -> tuple[Vector, Failed]:
        """A function of each block and its part of the vector; it fails where any of them does."""
        values, failed = zip(*(function(block, u[s]) for block, s in self._parts()), strict=True)
        return jnp.concatenate(values), jnp.any(jnp.stack(failed))

    def _with(
        self, blocks: tuple[Array, ...], count: Scalar, error: Scalar | None
    ) -> "BlockDiagonalOperator":
        return BlockDiagonalOperator(blocks, self.tangent, self.provenance, count, error)

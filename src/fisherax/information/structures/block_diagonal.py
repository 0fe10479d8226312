"""One dense block for each leaf of the parameters."""

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...models.tangent import Tangent
from ...operators import BlockDiagonalOperator, Information, Provenance
from .base import COLUMNS, Curvature, Structure


class BlockDiagonal(Structure):
    """A dense block for each leaf of the pytree; what it leaves out is correlation between leaves."""

    @property
    def name(self) -> str:
        return "block-diagonal"

    def check(self, tangent: Tangent) -> None:
        return None

    def from_rows(self, rows: Float[Array, "m p"], tangent: Tangent) -> PyTree:
        return tuple(rows[:, s].T @ rows[:, s] for s in tangent.slices())

    def from_products(self, product: Curvature, tangent: Tangent, like: Array) -> PyTree:
        def block(s: slice) -> Array:
            def column(unit: Array) -> Array:
                return product(jnp.zeros(tangent.dim, like.dtype).at[s].set(unit))[s]

            return jax.lax.map(column, jnp.eye(s.stop - s.start, dtype=like.dtype), batch_size=COLUMNS).T

        return tuple(block(s) for s in tangent.slices())

    def from_matrix(self, matrix: Float[Array, "p p"], tangent: Tangent) -> PyTree:
        return tuple(matrix[s, s] for s in tangent.slices())

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        blocks = tuple(0.5 * (block + block.T) for block in state)
        return BlockDiagonalOperator(blocks, tangent, provenance, error=error)

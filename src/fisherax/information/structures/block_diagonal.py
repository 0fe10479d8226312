"""One dense block for each leaf of the parameters."""

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...models.tangent import Tangent
from ...operators import BlockDiagonalOperator, Information, Provenance
from .base import COLUMNS, Curvature, Structure


class BlockDiagonal(Structure):
    """A dense block for each leaf of the parameters is kept.

        diag(A₁, …, A_k),  A_l of size p_l × p_l for the p_l directions of leaf l

    It takes Σ p_l² numbers; what is left out is correlation between leaves.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> model = fx.Conditional(lambda params, x: x @ params["w"] + params["b"], fx.heads.Normal(scale=1.0))
        >>> params, inputs = {"w": jnp.zeros(2), "b": jnp.array(0.0)}, jnp.array([[1.0, 1.0], [1.0, 3.0]])
        >>> fx.fisher(model, params, inputs, structure=fx.BlockDiagonal()).as_matrix()  # b, w[0], w[1]
        Array([[1., 0., 0.],
               [0., 1., 2.],
               [0., 2., 5.]], dtype=float64)
    """

    @property
    def name(self) -> str:
        """What its operators call themselves."""
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

"""The diagonal alone."""

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...models.tangent import Simplex, Tangent
from ...operators import DiagonalOperator, Information, Provenance
from .base import Curvature, Structure


class Diagonal(Structure):
    """The diagonal alone is kept.

        diag(A₁₁, …, A_pp)

    It takes p numbers, and p operations for a solve. The entries kept are those of the whole matrix; what is left
    out is every correlation, so `solve` treats each parameter as if the others were known. `fisher` raises
    ValueError for a parameter on a simplex, whose entries do not move alone.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> gamma, params = fx.Family(dist.Gamma), {"concentration": 1.0, "rate": 2.0}
        >>> jnp.round(fx.fisher(gamma, params, structure=fx.Diagonal()).as_matrix(), 6)
        Array([[1.644934, 0.      ],
               [0.      , 0.25    ]], dtype=float64)
    """

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return "diagonal"

    def check(self, tangent: Tangent) -> None:
        for name, leaf in zip(tangent.names, tangent.leaves, strict=True):
            if isinstance(leaf, Simplex):
                raise ValueError(
                    f"A diagonal makes no sense for {name!r}: its entries sum to one, so none moves alone. "
                    "Use structure=BlockDiagonal() or Dense()."
                )

    def from_rows(self, rows: Float[Array, "m p"], tangent: Tangent) -> PyTree:
        return jnp.sum(rows**2, axis=0)

    def from_products(self, product: Curvature, tangent: Tangent, like: Array) -> PyTree:
        def entry(i: Array) -> Array:
            return product(jnp.zeros(tangent.dim, like.dtype).at[i].set(1.0))[i]

        return jax.lax.map(entry, jnp.arange(tangent.dim))  # one product at a time: memory stays at p

    def from_matrix(self, matrix: Float[Array, "p p"], tangent: Tangent) -> PyTree:
        return jnp.diagonal(matrix)

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        return DiagonalOperator(state, tangent, provenance, error=error)

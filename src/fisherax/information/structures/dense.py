"""All of the matrix."""

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...models.tangent import Tangent
from ...operators import DenseOperator, Information, Provenance
from .base import COLUMNS, Curvature, Structure


class Dense(Structure):
    """Every entry is kept.

        A,  p × p

    It takes p² numbers, and p³ operations for a solve; it leaves nothing out.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> gamma, params = fx.Family(dist.Gamma), {"concentration": 1.0, "rate": 2.0}
        >>> jnp.round(fx.fisher(gamma, params, structure=fx.Dense()).as_matrix(), 6)
        Array([[ 1.644934, -0.5     ],
               [-0.5     ,  0.25    ]], dtype=float64)
    """

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return "dense"

    def check(self, tangent: Tangent) -> None:
        return None

    def from_rows(self, rows: Float[Array, "m p"], tangent: Tangent) -> PyTree:
        return rows.T @ rows

    def from_products(self, product: Curvature, tangent: Tangent, like: Array) -> PyTree:
        return jax.lax.map(product, jnp.eye(tangent.dim, dtype=like.dtype), batch_size=COLUMNS).T

    def from_matrix(self, matrix: Float[Array, "p p"], tangent: Tangent) -> PyTree:
        return matrix

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        return DenseOperator(0.5 * (state + state.T), tangent, provenance, error=error)

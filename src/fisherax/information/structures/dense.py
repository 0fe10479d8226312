"""All of the matrix."""

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...models.tangent import Tangent
from ...operators import DenseOperator, Information, Provenance
from .base import COLUMNS, Curvature, Structure


class Dense(Structure):
    """Every entry: p² numbers, p³ work for a solve. Exact for any model."""

    @property
    def name(self) -> str:
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

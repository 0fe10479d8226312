"""Normal vectors whose mean or whose covariance is known."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Float, Params
from ...models.cholesky import cholesky, inverse_lower
from .euclidean import Euclidean
from .isometry import Isometry
from .positive_definite import PositiveDefinite

Square = Float[Array, "k k"]


def whitening(held: dict[str, Any]) -> Square:
    """W with Wᵀ W = Σ⁻¹, from whichever of the three parameters is given."""
    if "precision_matrix" in held:
        return cholesky(held["precision_matrix"]).T
    if "scale_tril" in held:
        return inverse_lower(held["scale_tril"])
    return inverse_lower(cholesky(held["covariance_matrix"]))


class Mean(Isometry):
    """{"loc": μ} with a known covariance Σ: G = Σ⁻¹ does not move, and x = W μ is flat, Wᵀ W = Σ⁻¹.

    Attributes:
        whitening: W.
    """

    whitening: Square

    @property
    def space(self) -> Euclidean:
        return Euclidean()

    def to_space(self, params: Params) -> Array:
        return self.whitening @ jnp.asarray(params["loc"])

    def from_space(self, x: Array) -> dict[str, Array]:
        return {"loc": jnp.linalg.solve(self.whitening, x)}


class Spread(Isometry):
    """The covariance Σ, the precision Σ⁻¹ or the factor L of Σ = L Lᵀ, with a known mean: G = ½ tr(Σ⁻¹ dΣ Σ⁻¹ dΣ).

    The metric is the same in Σ⁻¹, so a precision is its own point.

    Attributes:
        name: `covariance_matrix`, `precision_matrix` or `scale_tril`.
    """

    name: str = eqx.field(static=True)

    @property
    def space(self) -> PositiveDefinite:
        return PositiveDefinite(jnp.asarray(0.5))

    def to_space(self, params: Params) -> Array:
        value = jnp.asarray(params[self.name])
        return value @ value.T if self.name == "scale_tril" else 0.5 * (value + value.T)

    def from_space(self, x: Array) -> dict[str, Array]:
        return {self.name: cholesky(x) if self.name == "scale_tril" else x}

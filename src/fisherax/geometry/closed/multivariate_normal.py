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


class Mean(Isometry):
    """{"loc": μ} with a known covariance Σ = C Cᵀ: G = Σ⁻¹ does not move, and x = C⁻¹ μ is flat.

    Attributes:
        root: C.
        whitening: C⁻¹.
    """

    root: Square
    whitening: Square

    def __init__(self, held: dict[str, Any]):
        if "precision_matrix" in held:  # Σ⁻¹ = R Rᵀ
            self.whitening = cholesky(held["precision_matrix"]).T
            self.root = inverse_lower(self.whitening.T).T
        else:
            self.root = held["scale_tril"] if "scale_tril" in held else cholesky(held["covariance_matrix"])
            self.whitening = inverse_lower(self.root)

    @property
    def space(self) -> Euclidean:
        return Euclidean()

    def to_space(self, params: Params) -> Array:
        return self.whitening @ jnp.asarray(params["loc"])

    def from_space(self, x: Array) -> dict[str, Array]:
        return {"loc": self.root @ x}


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

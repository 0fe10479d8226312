"""Normal vectors: with a known covariance, a known mean, or neither known."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Float, Params
from ...models.cholesky import cholesky, inverse, inverse_lower
from .euclidean import Euclidean
from .isometry import Isometry
from .normal_vectors import NormalVectors
from .positive_definite import PositiveDefinite

Square = Float[Array, "k k"]


class Mean(Isometry):
    """{"loc": μ} with a known covariance Σ: G = Σ⁻¹ = Rᵀ R is the same everywhere.

    Attributes:
        root: R.
    """

    root: Square

    def __init__(self, held: dict[str, Any]):
        if "precision_matrix" in held:
            self.root = cholesky(held["precision_matrix"]).T
        else:
            factor = held["scale_tril"] if "scale_tril" in held else cholesky(held["covariance_matrix"])
            self.root = inverse_lower(factor)

    @property
    def space(self) -> Euclidean:
        return Euclidean(self.root)

    def to_space(self, params: Params) -> Array:
        return jnp.asarray(params["loc"])

    def from_space(self, x: Array) -> dict[str, Array]:
        return {"loc": x}


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


class MeanAndSpread(Isometry):
    """{"loc": μ} with the covariance Σ, the precision Σ⁻¹ or the factor L of Σ = L Lᵀ, all free.

    Attributes:
        name: `covariance_matrix`, `precision_matrix` or `scale_tril`.
    """

    name: str = eqx.field(static=True)

    @property
    def space(self) -> NormalVectors:
        return NormalVectors()

    def to_space(self, params: Params) -> Array:
        value = jnp.asarray(params[self.name])
        if self.name == "scale_tril":
            value = value @ value.T
        elif self.name == "precision_matrix":
            value = inverse(0.5 * (value + value.T))
        else:
            value = 0.5 * (value + value.T)
        return jnp.concatenate([jnp.asarray(params["loc"])[:, None], value], axis=1)

    def from_space(self, x: Array) -> dict[str, Array]:
        spread = x[:, 1:]
        if self.name == "scale_tril":
            spread = cholesky(spread)
        elif self.name == "precision_matrix":
            spread = inverse(spread)
        return {"loc": x[:, 0], self.name: spread}

"""Directions with a known concentration: a circle."""

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Params, Scalar
from ...models.bessel import bessel_ratio
from .circle import Circle
from .isometry import Isometry


class Direction(Isometry):
    """{"loc": μ} of a von Mises law of known κ: G = κ A(κ), A = I₁/I₀, does not depend on μ.

    Attributes:
        concentration: κ.

    References:
        Mardia and Jupp (2000), Directional Statistics, §5.3.
    """

    concentration: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Circle:
        return Circle(jnp.sqrt(self.concentration * bessel_ratio(self.concentration)))

    def to_space(self, params: Params) -> Array:
        return jnp.asarray(params["loc"])

    def from_space(self, x: Array) -> dict[str, Array]:
        return {"loc": x}

"""Kumaraswamy(a, b): p(x) = a b x^{a−1} (1 − x^a)^{b−1} on the unit interval."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
from numpyro.distributions import constraints

from ..._types import Array, Float
from .base import DataCoordinates, DensityTraits

# ln((1 − e^{-z})/z) = −z/2 + Σ B₂ₖ/(2k (2k)!) z²ᵏ, k = 1, …, 7; below z = ½ the rest is under rounding.
_SERIES = (
    1 / 24,
    -1 / 2880,
    1 / 181440,
    -1 / 9676800,
    1 / 479001600,
    -691 / 15692092416000,
    1 / 1046139494400,
)


def _log_one_minus_power(a: Array, y: Array) -> Array:
    """ln(1 − e^{-ay}), as ln a + ln y + series where ay is small: no derivative divides by a power of y."""
    z = a * y
    small = z < 0.5
    near, far = jnp.where(small, z, 0.0), jnp.where(small, 1.0, z)
    series = jnp.zeros_like(near)
    for coefficient in reversed(_SERIES):
        series = (series + coefficient) * near * near
    return jnp.where(small, jnp.log(a) + jnp.log(y) - near / 2 + series, jnp.log1p(-jnp.exp(-far)))


class _MinusLog(DataCoordinates):
    """y = −ln x: 1 − x^a = 1 − e^{-ay} keeps its digits as x → 1."""

    support: ClassVar[Any] = constraints.positive

    def log_prob(self, distribution: Any, y: Float[Array, "*n"]) -> Float[Array, "..."]:
        a, b = jnp.asarray(distribution.concentration1), jnp.asarray(distribution.concentration0)
        return jnp.log(a) + jnp.log(b) - a * y + (b - 1.0) * _log_one_minus_power(a, y)

    def to_data(self, y: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.exp(-y)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return -jnp.log(x)


class KumaraswamyTraits(DensityTraits):
    coordinates: ClassVar[DataCoordinates | None] = _MinusLog()

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        a, b = params["concentration1"], params["concentration0"]
        y = -jnp.log(x)
        return jnp.log(a) + jnp.log(b) - (a - 1.0) * y + (b - 1.0) * _log_one_minus_power(a, y)

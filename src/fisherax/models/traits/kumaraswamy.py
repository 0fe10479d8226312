"""Kumaraswamy(a, b): p(x) = a b x^{a−1} (1 − x^a)^{b−1} on the unit interval."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
from numpyro.distributions import constraints

from ..._types import Array, Float
from .base import DataCoordinates, Traits


def _log_one_minus_exp(z: Array) -> Array:
    """ln(1 − e^{-z}) for z > 0, without cancellation at either end (Mächler 2012)."""
    small = z < jnp.log(2.0)
    return jnp.where(
        small,
        jnp.log(-jnp.expm1(-jnp.where(small, z, 1.0))),
        jnp.log1p(-jnp.exp(-jnp.where(small, 1.0, z))),
    )


class _MinusLog(DataCoordinates):
    """y = −ln x: 1 − x^a = 1 − e^{-ay} keeps its digits as x → 1."""

    support: ClassVar[Any] = constraints.positive

    def log_prob(self, distribution: Any, y: Float[Array, "*n"]) -> Float[Array, "..."]:
        a, b = distribution.concentration1, distribution.concentration0
        return jnp.log(a) + jnp.log(b) - a * y + (b - 1.0) * _log_one_minus_exp(a * y)

    def to_data(self, y: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.exp(-y)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return -jnp.log(x)


class KumaraswamyTraits(Traits):
    has_log_prob: ClassVar[bool] = True
    coordinates: ClassVar[DataCoordinates | None] = _MinusLog()

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        a, b = params["concentration1"], params["concentration0"]
        log_x = jnp.log(x)
        return jnp.log(a) + jnp.log(b) + (a - 1.0) * log_x + (b - 1.0) * _log_one_minus_exp(-a * log_x)

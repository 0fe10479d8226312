"""Extreme-value laws with a known shape: Weibull and Gumbel, waiting laws with a unit of their own."""

from typing import Any

import jax.numpy as jnp

from ..._types import Array, Scalar
from .base import Parameters
from .waiting import Waiting


class Weibull(Waiting):
    """NumPyro's Weibull(scale λ, concentration k), k known: t = (x/u)ᵏ, β = (u/λ)ᵏ, in units u of x."""

    unit: Any = 1.0
    requires = frozenset({"concentration"})

    def adapted(self, params: Parameters) -> "Weibull":
        """Units of λ, in which t is of order 1: at k = 200 a power of x itself overflows."""
        return Weibull(self.fixed, params["scale"])

    def rate(self, params: Parameters) -> Array:
        return (self.unit / params["scale"]) ** self.fixed["concentration"]

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "scale": self.unit * rate ** (-1.0 / self.fixed["concentration"])}

    def waiting(self, x: Array) -> Array:
        return (x / self.unit) ** self.fixed["concentration"]

    def log_base(self, x: Array) -> Scalar:
        k = self.fixed["concentration"]
        return jnp.log(k / x) + k * jnp.log(x / self.unit)


class Gumbel(Waiting):
    """NumPyro's Gumbel(loc μ, scale s), s known: t = exp(−(x − c)/s), β = exp((μ − c)/s), from a centre c."""

    centre: Any = 0.0
    requires = frozenset({"scale"})

    def adapted(self, params: Parameters) -> "Gumbel":
        """Measured from μ, where t is of order 1."""
        return Gumbel(self.fixed, params["loc"])

    def rate(self, params: Parameters) -> Array:
        return jnp.exp((params["loc"] - self.centre) / self.fixed["scale"])

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "loc": self.centre + self.fixed["scale"] * jnp.log(rate)}

    def waiting(self, x: Array) -> Array:
        return jnp.exp((self.centre - x) / self.fixed["scale"])

    def log_base(self, x: Array) -> Scalar:
        scale = self.fixed["scale"]
        return (self.centre - x) / scale - jnp.log(scale)

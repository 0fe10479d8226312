"""Extreme-value laws as a location and a scale: Gumbel, and Weibull, whose logarithm is one."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from .._types import Array, Params, Scalar
from .family import Family


class ExtremeValueLaw(eqx.Module):
    """v = b (y(x) − a) has the density exp(v − eᵛ), so that

        ln p(x) = ln b + v − eᵛ + ln |dy/dx|.

    Of the data it needs Σ y and Σ e^{by}, a function of one number.

    References:
        Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 22.
    """

    @abstractmethod
    def line(self, x: Array) -> Array:
        """y(x)."""

    @abstractmethod
    def log_jacobian(self, x: Array) -> Array:
        """ln |dy/dx|."""

    @abstractmethod
    def location_and_rate(self, params: Params) -> tuple[Scalar, Scalar]:
        """(a, b)."""

    @abstractmethod
    def from_location_and_rate(self, location: Scalar, rate: Scalar) -> Params:
        """The inverse."""


class WeibullLaw(ExtremeValueLaw):
    """Weibull(scale λ, concentration k): y = ln x, a = ln λ, b = k."""

    def line(self, x: Array) -> Array:
        return jnp.log(x)

    def log_jacobian(self, x: Array) -> Array:
        return -jnp.log(x)

    def location_and_rate(self, params: Params) -> tuple[Scalar, Scalar]:
        return jnp.log(params["scale"]), params["concentration"]

    def from_location_and_rate(self, location: Scalar, rate: Scalar) -> Params:
        return {"scale": jnp.exp(location), "concentration": rate}


class GumbelLaw(ExtremeValueLaw):
    """Gumbel(loc μ, scale s): y = −x, a = −μ, b = 1/s."""

    def line(self, x: Array) -> Array:
        return -x

    def log_jacobian(self, x: Array) -> Array:
        return jnp.zeros_like(x)

    def location_and_rate(self, params: Params) -> tuple[Scalar, Scalar]:
        return -params["loc"], 1.0 / params["scale"]

    def from_location_and_rate(self, location: Scalar, rate: Scalar) -> Params:
        return {"loc": -location, "scale": 1.0 / rate}


_LAWS: dict[Any, ExtremeValueLaw] = {dist.Weibull: WeibullLaw(), dist.Gumbel: GumbelLaw()}


def extreme_value_law(model: Any) -> ExtremeValueLaw | None:
    """The law of a family with both parameters free (with one fixed it is an exponential family); None elsewhere."""
    if not isinstance(model, Family) or model.fixed:
        return None
    return _LAWS.get(model.distribution_type)

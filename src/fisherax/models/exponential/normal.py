"""Normal laws: of x itself, of ln x, and of |x|."""

import math
from abc import abstractmethod
from typing import Any

import jax.numpy as jnp

from ..._types import Array, Scalar
from .base import ExponentialFamily, Natural, Parameters

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class Gaussian(ExponentialFamily):
    """y ~ N(μ, σ²) for some y(x). About a centre c, with m = μ − c,

        −(y − μ)²/2σ² − ln σ = (m/σ²)(y − c) − (1/2σ²)(y − c)² − m²/2σ² − ln σ,

    so T = (y − c, (y − c)²), η = (m/σ², −1/2σ²) and A = m²/2σ² + ln σ = −η₁²/4η₂ − ½ ln(−2η₂).
    """

    centre: Any = 0.0

    @abstractmethod
    def normal(self, x: Array) -> Array:
        """y(x)."""

    @abstractmethod
    def log_jacobian(self, x: Array) -> Array:
        """ln |dy/dx|."""

    def adapted(self, params: Parameters) -> "Gaussian":
        return type(self)(self.fixed, params["loc"])

    def natural(self, params: Parameters) -> Natural:
        precision = 1.0 / jnp.square(params["scale"])
        return {"y": (params["loc"] - self.centre) * precision, "y^2": -0.5 * precision}

    def from_natural(self, natural: Natural) -> Parameters:
        variance = -0.5 / natural["y^2"]
        return {"loc": self.centre + natural["y"] * variance, "scale": jnp.sqrt(variance)}

    def log_partition(self, natural: Natural) -> Scalar:
        return -0.25 * natural["y"] ** 2 / natural["y^2"] - 0.5 * jnp.log(-2.0 * natural["y^2"])

    def statistics(self, x: Array) -> Natural:
        y = self.normal(x) - self.centre
        return {"y": y, "y^2": jnp.square(y)}

    def log_base(self, x: Array) -> Scalar:
        return self.log_jacobian(x) - _HALF_LOG_2PI

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The mean and the standard deviation (divisor n): the maximum of the likelihood."""
        mean = mean_statistics["y"]
        variance = mean_statistics["y^2"] - jnp.square(mean)
        return {"loc": self.centre + mean, "scale": jnp.sqrt(variance)}


class Normal(Gaussian):
    """NumPyro's Normal(loc, scale)."""

    def normal(self, x: Array) -> Array:
        return x

    def log_jacobian(self, x: Array) -> Array:
        return jnp.zeros_like(x)


class LogNormal(Gaussian):
    """NumPyro's LogNormal(loc, scale): ln x is normal."""

    def normal(self, x: Array) -> Array:
        return jnp.log(x)

    def log_jacobian(self, x: Array) -> Array:
        return -jnp.log(x)


class HalfNormal(ExponentialFamily):
    """NumPyro's HalfNormal(scale): √(2/π)/σ exp(−x²/2σ²), so T = x², η = −1/2σ², A = ln σ = −½ ln(−2η)."""

    def natural(self, params: Parameters) -> Natural:
        return {"x^2": -0.5 / jnp.square(params["scale"])}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"scale": jnp.sqrt(-0.5 / natural["x^2"])}

    def log_partition(self, natural: Natural) -> Scalar:
        return -0.5 * jnp.log(-2.0 * natural["x^2"])

    def statistics(self, x: Array) -> Natural:
        return {"x^2": jnp.square(x)}

    def log_base(self, x: Array) -> Scalar:
        return jnp.full_like(x, 0.5 * math.log(2.0 / math.pi))

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """σ² = E x²: the maximum of the likelihood."""
        return {"scale": jnp.sqrt(mean_statistics["x^2"])}

"""Laws of which some function t(x) > 0 of the observation is exponentially distributed."""

import math
from abc import abstractmethod

import jax.numpy as jnp

from ..._types import Array, Scalar
from ..log_exp import log1mexp
from .base import ExponentialFamily, Natural, Parameters


class Waiting(ExponentialFamily):
    """t(x) ~ Exponential(β): the density is exp(−β t + ln β) |dt/dx|, so T = t, η = −β, A = −ln(−η)."""

    @abstractmethod
    def rate(self, params: Parameters) -> Array:
        """β(θ)."""

    @abstractmethod
    def from_rate(self, rate: Array) -> Parameters:
        """θ(β), all parameters."""

    @abstractmethod
    def waiting(self, x: Array) -> Array:
        """t(x)."""

    @abstractmethod
    def log_base(self, x: Array) -> Scalar:
        """ln |dt/dx|, and −ln 2 where two values of x have the same t."""

    def natural(self, params: Parameters) -> Natural:
        return {"t": -self.rate(params)}

    def from_natural(self, natural: Natural) -> Parameters:
        return self.from_rate(-natural["t"])

    def log_partition(self, natural: Natural) -> Scalar:
        return -jnp.log(-natural["t"])

    def statistics(self, x: Array) -> Natural:
        return {"t": self.waiting(x)}

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """β = 1 / E t: the maximum of the likelihood."""
        return self.from_rate(1.0 / mean_statistics["t"])


class Exponential(Waiting):
    """NumPyro's Exponential(rate): t = x."""

    def rate(self, params: Parameters) -> Array:
        return params["rate"]

    def from_rate(self, rate: Array) -> Parameters:
        return {"rate": rate}

    def waiting(self, x: Array) -> Array:
        return x

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(x)


class Laplace(Waiting):
    """NumPyro's Laplace(loc, scale), loc known: t = |x − loc|, β = 1/scale."""

    requires = frozenset({"loc"})

    def rate(self, params: Parameters) -> Array:
        return 1.0 / params["scale"]

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "scale": 1.0 / rate}

    def waiting(self, x: Array) -> Array:
        return jnp.abs(x - self.fixed["loc"])

    def log_base(self, x: Array) -> Scalar:
        return jnp.full_like(x, -math.log(2.0))


class Pareto(Waiting):
    """NumPyro's Pareto(scale, alpha), scale known: t = ln(x / scale), β = alpha."""

    requires = frozenset({"scale"})

    def rate(self, params: Parameters) -> Array:
        return params["alpha"]

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "alpha": rate}

    def waiting(self, x: Array) -> Array:
        return jnp.log(x / self.fixed["scale"])

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x)


class Kumaraswamy(Waiting):
    """NumPyro's Kumaraswamy(concentration1 = a, concentration0 = b), a known: t = −ln(1 − xᵃ), β = b."""

    requires = frozenset({"concentration1"})

    def rate(self, params: Parameters) -> Array:
        return params["concentration0"]

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "concentration0": rate}

    def waiting(self, x: Array) -> Array:
        return -log1mexp(self.fixed["concentration1"] * jnp.log(x))

    def log_base(self, x: Array) -> Scalar:
        # dt/dx = a xᵃ⁻¹ / (1 − xᵃ), and −ln(1 − xᵃ) is t.
        a = self.fixed["concentration1"]
        return jnp.log(a) + (a - 1.0) * jnp.log(x) + self.waiting(x)


class Gompertz(Waiting):
    """NumPyro's Gompertz(concentration, rate = b), b known: t = exp(b x) − 1, β = concentration."""

    requires = frozenset({"rate"})

    def rate(self, params: Parameters) -> Array:
        return params["concentration"]

    def from_rate(self, rate: Array) -> Parameters:
        return {**self.fixed, "concentration": rate}

    def waiting(self, x: Array) -> Array:
        return jnp.expm1(self.fixed["rate"] * x)

    def log_base(self, x: Array) -> Scalar:
        return jnp.log(self.fixed["rate"]) + self.fixed["rate"] * x

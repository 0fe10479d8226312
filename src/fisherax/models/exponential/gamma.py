"""Gamma laws: of x itself, of 1/x, and with a known rate."""

import math
from abc import abstractmethod

import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from ..special import gammaln, inverse_digamma, inverse_log_minus_digamma
from .base import ExponentialFamily, Natural, Parameters


class GammaLaw(ExponentialFamily):
    """y ~ Gamma(κ, β) for some y(x). Against the measure dy/y the density is

        exp(κ ln y − β y − ln Γ(κ) + κ ln β),

    so T = (ln y, y), η = (κ, −β) and A = ln Γ(κ) − κ ln β.
    """

    @abstractmethod
    def gamma(self, x: Array) -> Array:
        """y(x), a power of x with exponent 1 or −1, so that |dy/y| = |dx/x|."""

    def natural(self, params: Parameters) -> Natural:
        return {"log y": params["concentration"], "y": -params["rate"]}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"concentration": natural["log y"], "rate": -natural["y"]}

    def log_partition(self, natural: Natural) -> Scalar:
        concentration = natural["log y"]
        return gammaln(concentration) - concentration * jnp.log(-natural["y"])

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        return (natural["log y"] > 0.0) & (natural["y"] < 0.0)

    def statistics(self, x: Array) -> Natural:
        y = self.gamma(x)
        return {"log y": jnp.log(y), "y": y}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The maximum of the likelihood: β = κ / E y, and ln κ − ψ(κ) = ln E y − E ln y unless κ is known."""
        mean = mean_statistics["y"]
        concentration = self.fixed.get("concentration")
        if concentration is None:
            concentration = inverse_log_minus_digamma(jnp.log(mean) - mean_statistics["log y"])
        return {"concentration": concentration, "rate": concentration / mean}


class Gamma(GammaLaw):
    """NumPyro's Gamma(concentration, rate)."""

    def gamma(self, x: Array) -> Array:
        return x


class InverseGamma(GammaLaw):
    """NumPyro's InverseGamma(concentration, rate): 1/x is a gamma variable."""

    def gamma(self, x: Array) -> Array:
        return 1.0 / x


class Chi2(ExponentialFamily):
    """NumPyro's Chi2(df): Gamma(ν/2, ½), so T = ln x, η = ν/2, A = ln Γ(η) + η ln 2 and h = exp(−x/2)/x."""

    def natural(self, params: Parameters) -> Natural:
        return {"log x": 0.5 * params["df"]}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"df": 2.0 * natural["log x"]}

    def log_partition(self, natural: Natural) -> Scalar:
        return gammaln(natural["log x"]) + math.log(2.0) * natural["log x"]

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        return natural["log x"] > 0.0

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x)}

    def log_base(self, x: Array) -> Scalar:
        return -0.5 * x - jnp.log(x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """ψ(ν/2) = E ln x − ln 2: the maximum of the likelihood."""
        return {"df": 2.0 * inverse_digamma(mean_statistics["log x"] - math.log(2.0))}

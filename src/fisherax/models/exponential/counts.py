"""Counts; among them the Poisson law."""

import jax.numpy as jnp
from jax.scipy.special import rel_entr

from ..._types import Array, Scalar
from ..special import gammaln
from .base import ExponentialFamily, Natural, Parameters
from .renyi import outcomes


def as_float(x: Array) -> Array:
    """A count as a floating-point number."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.result_type(float))


class Poisson(ExponentialFamily):
    """NumPyro's Poisson(rate): exp(x ln λ − λ)/x!, so T = x, η = ln λ and A = exp η."""

    def natural(self, params: Parameters) -> Natural:
        return {"x": jnp.log(params["rate"])}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"rate": jnp.exp(natural["x"])}

    def log_partition(self, natural: Natural) -> Scalar:
        return jnp.exp(natural["x"])

    def statistics(self, x: Array) -> Natural:
        return {"x": as_float(x)}

    def log_base(self, x: Array) -> Scalar:
        return -gammaln(as_float(x) + 1.0)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """λ = E x: the maximum of the likelihood."""
        return {"rate": mean_statistics["x"]}

    def kl(self, params: Parameters, other: Parameters) -> Scalar:
        """As for any other, and at the rate 0, where η = −∞: λ ln (λ/λ′) − λ + λ′ (its derivatives there are NaN)."""
        rate, there = params["rate"], other["rate"]
        edge = (rate == 0.0) | (there == 0.0)
        return jnp.where(edge, rel_entr(rate, there) - rate + there, super().kl(params, other))

    def renyi(self, params: Parameters, other: Parameters, alpha: float) -> Scalar:
        """As for any other, and at the rate 0: ln ∫ pᵅ p′¹⁻ᵅ = λᵅ λ′¹⁻ᵅ − αλ − (1 − α)λ′."""
        rate, there = params["rate"], other["rate"]
        edge = (rate == 0.0) | (there == 0.0)
        log_affinity = outcomes(rate, there, alpha) - alpha * rate - (1.0 - alpha) * there
        return jnp.where(edge, log_affinity / (alpha - 1.0), super().renyi(params, other, alpha))

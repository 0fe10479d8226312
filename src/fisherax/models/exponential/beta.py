"""Beta and Dirichlet laws."""

from typing import Any

import jax
import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from ..special import digamma, inverse_digamma, log_beta, log_multivariate_beta, polygamma
from .base import ExponentialFamily, Natural, Parameters


def dirichlet_estimate(mean_log: Array) -> Array:
    """The α with ψ(αₖ) − ψ(Σα) = E ln xₖ, which is the maximum of a Dirichlet's likelihood.

    The start comes from ψ(a) ≈ ln(a − ½), which gives αₖ = ½ + (K − 1) Gₖ / 2(1 − ΣG), Gₖ = exp E ln xₖ, and
    one step of ψ(αₖ) ← ψ(Σα) + E ln xₖ, which mends small α. Then Newton: the information is
    diag(ψ′(α)) − ψ′(Σα) 11ᵀ, whose inverse Sherman and Morrison's formula gives. A step of length λ in the
    metric of the information is cut to λ/(1 + λ) until it is short, so that no step overshoots.

    References:
        Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, section 25.4;
        Minka (2000), Estimating a Dirichlet distribution, equations 9 and 15-18.
    """
    geometric = jnp.exp(mean_log)
    start = 0.5 + 0.5 * (mean_log.size - 1) * geometric / (1.0 - jnp.sum(geometric))
    start = inverse_digamma(digamma(jnp.sum(start)) + mean_log)

    def step(_: Any, alpha: Array) -> Array:
        total = jnp.sum(alpha)
        score = mean_log - (digamma(alpha) - digamma(total))
        inverse, shared = 1.0 / polygamma(1, alpha), polygamma(1, total)
        pull = jnp.sum(score * inverse) * shared / (1.0 - shared * jnp.sum(inverse))
        move = (score + pull) * inverse
        square = jnp.sum(score * move)
        long = square > 0.01
        length = jnp.where(long, jnp.sqrt(jnp.where(long, square, 1.0)), 0.0)  # √0 has no derivative
        return jnp.maximum(alpha + move / (1.0 + length), 0.25 * alpha)

    return jax.lax.fori_loop(0, 30, step, start)


class Beta(ExponentialFamily):
    """NumPyro's Beta(concentration1 = a, concentration0 = b). Against the measure dx/(x(1 − x)),

    T = (ln x, ln(1 − x)), η = (a, b) and A = ln B(a, b).
    """

    def natural(self, params: Parameters) -> Natural:
        return {"log x": params["concentration1"], "log(1 - x)": params["concentration0"]}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"concentration1": natural["log x"], "concentration0": natural["log(1 - x)"]}

    def log_partition(self, natural: Natural) -> Scalar:
        return log_beta(natural["log x"], natural["log(1 - x)"])

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        return (natural["log x"] > 0.0) & (natural["log(1 - x)"] > 0.0)

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x), "log(1 - x)": jnp.log1p(-x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x) - jnp.log1p(-x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The maximum of the likelihood (see `dirichlet_estimate`)."""
        a, b = dirichlet_estimate(jnp.stack([mean_statistics["log x"], mean_statistics["log(1 - x)"]]))
        return {"concentration1": a, "concentration0": b}


class BetaProportion(ExponentialFamily):
    """NumPyro's BetaProportion(mean μ, concentration φ): Beta(μφ, (1 − μ)φ)."""

    def natural(self, params: Parameters) -> Natural:
        mean, concentration = params["mean"], params["concentration"]
        return {"log x": mean * concentration, "log(1 - x)": (1.0 - mean) * concentration}

    def from_natural(self, natural: Natural) -> Parameters:
        concentration = natural["log x"] + natural["log(1 - x)"]
        return {"mean": natural["log x"] / concentration, "concentration": concentration}

    def log_partition(self, natural: Natural) -> Scalar:
        return log_beta(natural["log x"], natural["log(1 - x)"])

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        return (natural["log x"] > 0.0) & (natural["log(1 - x)"] > 0.0)

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x), "log(1 - x)": jnp.log1p(-x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x) - jnp.log1p(-x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The maximum of the likelihood (see `dirichlet_estimate`)."""
        a, b = dirichlet_estimate(jnp.stack([mean_statistics["log x"], mean_statistics["log(1 - x)"]]))
        return {"mean": a / (a + b), "concentration": a + b}


class Dirichlet(ExponentialFamily):
    """NumPyro's Dirichlet(concentration α). Against the measure Π dxₖ/xₖ, T = ln x, η = α, A = ln B(α)."""

    def natural(self, params: Parameters) -> Natural:
        return {"log x": params["concentration"]}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"concentration": natural["log x"]}

    def log_partition(self, natural: Natural) -> Scalar:
        return log_multivariate_beta(natural["log x"])

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        return jnp.all(natural["log x"] > 0.0)

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.sum(jnp.log(x))

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The maximum of the likelihood (see `dirichlet_estimate`)."""
        return {"concentration": dirichlet_estimate(mean_statistics["log x"])}

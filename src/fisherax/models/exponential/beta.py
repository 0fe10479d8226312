"""Beta and Dirichlet laws."""

import jax
import jax.numpy as jnp

from ..._types import Array, Scalar
from ..special import digamma, inverse_digamma, log_beta, log_multivariate_beta
from .base import ExponentialFamily, Natural, Parameters


def near_dirichlet(mean_log: Array) -> Array:
    """α near the solution of ψ(αₖ) − ψ(Σα) = E ln xₖ, exact as all α grow.

    ψ(a) ≈ ln(a − ½) turns the equations into αₖ = ½ + (K − 1) Gₖ / 2(1 − ΣG) with Gₖ = exp E ln xₖ; then
    three steps of the fixed point ψ(αₖ) ← ψ(Σα) + E ln xₖ, which mend small α.

    References:
        Johnson, Kotz and Balakrishnan (1995), Continuous Univariate Distributions 2, section 25.4;
        Minka (2000), Estimating a Dirichlet distribution, equation 9.
    """
    geometric = jnp.exp(mean_log)
    start = 0.5 + 0.5 * (mean_log.size - 1) * geometric / (1.0 - jnp.sum(geometric))
    return jax.lax.fori_loop(
        0, 3, lambda _, alpha: inverse_digamma(digamma(jnp.sum(alpha)) + mean_log), start
    )


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

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x), "log(1 - x)": jnp.log1p(-x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x) - jnp.log1p(-x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """A start (see `near_dirichlet`): there is no closed form."""
        a, b = near_dirichlet(jnp.stack([mean_statistics["log x"], mean_statistics["log(1 - x)"]]))
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

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x), "log(1 - x)": jnp.log1p(-x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.log(x) - jnp.log1p(-x)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """A start (see `near_dirichlet`): there is no closed form."""
        a, b = near_dirichlet(jnp.stack([mean_statistics["log x"], mean_statistics["log(1 - x)"]]))
        return {"mean": a / (a + b), "concentration": a + b}


class Dirichlet(ExponentialFamily):
    """NumPyro's Dirichlet(concentration α). Against the measure Π dxₖ/xₖ, T = ln x, η = α, A = ln B(α)."""

    def natural(self, params: Parameters) -> Natural:
        return {"log x": params["concentration"]}

    def from_natural(self, natural: Natural) -> Parameters:
        return {"concentration": natural["log x"]}

    def log_partition(self, natural: Natural) -> Scalar:
        return log_multivariate_beta(natural["log x"])

    def statistics(self, x: Array) -> Natural:
        return {"log x": jnp.log(x)}

    def log_base(self, x: Array) -> Scalar:
        return -jnp.sum(jnp.log(x))

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """A start (see `near_dirichlet`): there is no closed form."""
        return {"concentration": near_dirichlet(mean_statistics["log x"])}

"""Failures before a success: geometric and negative binomial."""

from abc import abstractmethod

import jax.numpy as jnp

from ..._types import Array, Scalar
from ..log_exp import log1mexp, softplus
from ..special import gammaln, gammaln_increment
from .base import ExponentialFamily, Natural, Parameters
from .counts import as_float
from .probabilities import Probabilities, log_affinity_before, trials_before


class Failures(ExponentialFamily):
    """Failures before success number r, each with probability q: C(x + r − 1, x) qˣ (1 − q)ʳ.

    T = x, η = ln q < 0, A = −r ln(1 − q). The mean is r q/(1 − q) = r/expm1(−η).
    """

    @abstractmethod
    def successes(self) -> Array | float:
        """r."""

    @abstractmethod
    def log_failure(self, params: Parameters) -> Array:
        """ln q."""

    @abstractmethod
    def from_mean(self, mean: Array) -> Parameters:
        """All parameters, from E x."""

    def natural(self, params: Parameters) -> Natural:
        return {"x": self.log_failure(params)}

    def from_natural(self, natural: Natural) -> Parameters:
        return self.from_mean(self.successes() / jnp.expm1(-natural["x"]))

    def log_partition(self, natural: Natural) -> Scalar:
        return -self.successes() * log1mexp(natural["x"])

    def statistics(self, x: Array) -> Natural:
        return {"x": as_float(x)}

    def log_base(self, x: Array) -> Scalar:
        x = as_float(x)
        return gammaln_increment(jnp.asarray(self.successes(), x.dtype), x) - gammaln(x + 1.0)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The mean matches: the maximum of the likelihood."""
        return self.from_mean(mean_statistics["x"])


class GeometricProbs(Probabilities, Failures):
    """NumPyro's GeometricProbs(probs): r = 1, q = 1 − p, mean (1 − p)/p."""

    def expected_trials(self, params: Parameters) -> Array:
        return trials_before(params["probs"])

    def log_affinity(self, terms: Array) -> Scalar:
        return log_affinity_before(terms[0], terms[1], 1.0)

    def successes(self) -> float:
        return 1.0

    def log_failure(self, params: Parameters) -> Array:
        return jnp.log1p(-params["probs"])

    def from_mean(self, mean: Array) -> Parameters:
        return {"probs": 1.0 / (1.0 + mean)}

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(as_float(x))


class GeometricLogits(Failures):
    """NumPyro's GeometricLogits(logits): q = 1/(1 + exp ℓ), mean exp(−ℓ)."""

    def successes(self) -> float:
        return 1.0

    def log_failure(self, params: Parameters) -> Array:
        return -softplus(params["logits"])

    def from_mean(self, mean: Array) -> Parameters:
        return {"logits": -jnp.log(mean)}

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(as_float(x))


class NegativeBinomialProbs(Probabilities, Failures):
    """NumPyro's NegativeBinomialProbs(total_count, probs), total_count known: q = probs."""

    requires = frozenset({"total_count"})

    def expected_trials(self, params: Parameters) -> Array:
        return self.successes() * trials_before(1.0 - params["probs"])

    def log_affinity(self, terms: Array) -> Scalar:
        return log_affinity_before(terms[1], terms[0], self.successes())

    def successes(self) -> Array:
        return self.fixed["total_count"]

    def log_failure(self, params: Parameters) -> Array:
        return jnp.log(params["probs"])

    def from_mean(self, mean: Array) -> Parameters:
        return {**self.fixed, "probs": mean / (mean + self.successes())}


class NegativeBinomialLogits(Failures):
    """NumPyro's NegativeBinomialLogits(total_count, logits), total_count known: q = 1/(1 + exp(−ℓ))."""

    requires = frozenset({"total_count"})

    def successes(self) -> Array:
        return self.fixed["total_count"]

    def log_failure(self, params: Parameters) -> Array:
        return -softplus(-params["logits"])

    def from_mean(self, mean: Array) -> Parameters:
        return {**self.fixed, "logits": jnp.log(mean / self.successes())}


class NegativeBinomial2(Failures):
    """NumPyro's NegativeBinomial2(mean, concentration), concentration r known: q = μ/(μ + r)."""

    requires = frozenset({"concentration"})

    def successes(self) -> Array:
        return self.fixed["concentration"]

    def log_failure(self, params: Parameters) -> Array:
        return -jnp.log1p(self.successes() / params["mean"])

    def from_mean(self, mean: Array) -> Parameters:
        return {**self.fixed, "mean": mean}


class GammaPoisson(Failures):
    """NumPyro's GammaPoisson(concentration, rate), concentration r known: q = 1/(1 + rate), mean r/rate."""

    requires = frozenset({"concentration"})

    def successes(self) -> Array:
        return self.fixed["concentration"]

    def log_failure(self, params: Parameters) -> Array:
        return -jnp.log1p(params["rate"])

    def from_mean(self, mean: Array) -> Parameters:
        return {**self.fixed, "rate": self.successes() / mean}

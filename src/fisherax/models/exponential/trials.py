"""Successes in a known number of trials: Bernoulli and binomial."""

from abc import abstractmethod

import jax.numpy as jnp

from ..._types import Array, Scalar
from ..log_exp import logistic, softplus
from ..special import gammaln
from .base import ExponentialFamily, Natural, Parameters
from .counts import as_float
from .probabilities import Probabilities


class Trials(ExponentialFamily):
    """x successes in N trials: C(N, x) pˣ (1 − p)ᴺ⁻ˣ, so T = x, η = ln p/(1 − p) and A = N ln(1 + exp η)."""

    @abstractmethod
    def trials(self) -> Array | float:
        """N."""

    @abstractmethod
    def logit(self, params: Parameters) -> Array:
        """η(θ)."""

    @abstractmethod
    def from_logit(self, logit: Array) -> Parameters:
        """θ(η), all parameters."""

    def natural(self, params: Parameters) -> Natural:
        return {"x": self.logit(params)}

    def from_natural(self, natural: Natural) -> Parameters:
        return self.from_logit(natural["x"])

    def log_partition(self, natural: Natural) -> Scalar:
        return self.trials() * softplus(natural["x"])

    def statistics(self, x: Array) -> Natural:
        return {"x": as_float(x)}

    def log_base(self, x: Array) -> Scalar:
        x, n = as_float(x), self.trials()
        return gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """p = E x / N: the maximum of the likelihood."""
        mean = mean_statistics["x"]
        return self.from_logit(jnp.log(mean) - jnp.log(self.trials() - mean))


class BernoulliProbs(Probabilities, Trials):
    """NumPyro's BernoulliProbs(probs)."""

    def expected_trials(self, params: Parameters) -> float:
        return 1.0

    def trials(self) -> float:
        return 1.0

    def logit(self, params: Parameters) -> Array:
        return jnp.log(params["probs"]) - jnp.log1p(-params["probs"])

    def from_logit(self, logit: Array) -> Parameters:
        return {"probs": logistic(logit)}

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(as_float(x))


class BernoulliLogits(Trials):
    """NumPyro's BernoulliLogits(logits)."""

    def trials(self) -> float:
        return 1.0

    def logit(self, params: Parameters) -> Array:
        return params["logits"]

    def from_logit(self, logit: Array) -> Parameters:
        return {"logits": logit}

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(as_float(x))


class BinomialProbs(Probabilities, Trials):
    """NumPyro's BinomialProbs(probs, total_count), total_count known."""

    requires = frozenset({"total_count"})

    def expected_trials(self, params: Parameters) -> Array:
        return self.fixed["total_count"]

    def trials(self) -> Array:
        return self.fixed["total_count"]

    def logit(self, params: Parameters) -> Array:
        return jnp.log(params["probs"]) - jnp.log1p(-params["probs"])

    def from_logit(self, logit: Array) -> Parameters:
        return {**self.fixed, "probs": logistic(logit)}


class BinomialLogits(Trials):
    """NumPyro's BinomialLogits(logits, total_count), total_count known."""

    requires = frozenset({"total_count"})

    def trials(self) -> Array:
        return self.fixed["total_count"]

    def logit(self, params: Parameters) -> Array:
        return params["logits"]

    def from_logit(self, logit: Array) -> Parameters:
        return {**self.fixed, "logits": logit}

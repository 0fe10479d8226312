"""Counts whose probabilities are ratios of beta functions.

NumPyro writes them with `betaln`, whose second derivatives are wrong (by a factor of 800 for a negative
binomial at x = 0 with r = 1). All of them are ln C + …, with ln C = ln Γ(x + r) − ln Γ(r) − ln Γ(x + 1)
= −ln B(r, x + 1) − ln(x + r), which loses nothing when x or r is large.
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from ..._types import Array
from ..log_exp import softplus
from ..size_information import size_information
from ..special import gammaln_increment, log_beta
from .base import DensityTraits, Entries


def _log_ways(r: Array, x: Array) -> Array:
    return -log_beta(r, x + 1.0) - jnp.log(x + r)


def _as_float(x: Array) -> Array:
    return x if jnp.issubdtype(jnp.result_type(x), jnp.floating) else jnp.asarray(x, jnp.result_type(float))


class NegativeBinomialProbsTraits(DensityTraits):
    """p(x) = C p^x (1 − p)^r."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        x, r, p = _as_float(x), params["total_count"], params["probs"]
        return _log_ways(r, x) + r * jnp.log1p(-p) + x * jnp.log(p)

    def information(self, params: Mapping[str, Array]) -> Entries:
        r, p = params["total_count"], params["probs"]
        return {
            ("total_count", "total_count"): size_information(r, p, 1.0 - p) + p / r,
            ("total_count", "probs"): 1.0 / (1.0 - p),
            ("probs", "probs"): r / (p * (1.0 - p) ** 2),
        }


class NegativeBinomialLogitsTraits(DensityTraits):
    """p = 1/(1 + e^{-logits})."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        x, r, logits = _as_float(x), params["total_count"], params["logits"]
        # ln(1 + e^{-|z|}) alone keeps the digits of its second derivative, σ(z) σ(−z).
        chances = jnp.where(
            logits < 0,
            x * logits - (x + r) * softplus(logits),
            -r * logits - (x + r) * softplus(-logits),
        )
        return _log_ways(r, x) + chances

    def information(self, params: Mapping[str, Array]) -> Entries:
        r, logits = params["total_count"], params["logits"]
        p = jax.nn.sigmoid(logits)
        return {
            ("total_count", "total_count"): size_information(r, p, jax.nn.sigmoid(-logits)) + p / r,
            ("total_count", "logits"): p,
            ("logits", "logits"): r * p,
        }


class NegativeBinomial2Traits(DensityTraits):
    """p = μ/(μ + r), with mean μ and variance μ + μ²/r."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        x, r, mean = _as_float(x), params["concentration"], params["mean"]
        return _log_ways(r, x) - r * jnp.log1p(mean / r) - x * jnp.log1p(r / mean)

    def information(self, params: Mapping[str, Array]) -> Entries:
        r, mean = params["concentration"], params["mean"]
        success, failure = mean / (mean + r), r / (mean + r)
        return {
            ("concentration", "concentration"): size_information(r, success, failure),
            ("mean", "mean"): failure / mean,
        }


class GammaPoissonTraits(DensityTraits):
    """p = 1/(1 + rate)."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        x, r, rate = _as_float(x), params["concentration"], params["rate"]
        return _log_ways(r, x) - r * jnp.log1p(1.0 / rate) - x * jnp.log1p(rate)

    def information(self, params: Mapping[str, Array]) -> Entries:
        r, rate = params["concentration"], params["rate"]
        success, failure = 1.0 / (1.0 + rate), rate / (1.0 + rate)
        return {
            ("concentration", "concentration"): size_information(r, success, failure) + success / r,
            ("concentration", "rate"): -success / rate,
            ("rate", "rate"): r * success / rate**2,
        }


class BetaBinomialTraits(DensityTraits):
    """p(x) = C(n, x) B(x + a, n − x + b)/B(a, b), the last two as rising factorials a⁽ˣ⁾ b⁽ⁿ⁻ˣ⁾/(a + b)⁽ⁿ⁾.

    Where the counts are less dispersed than a binomial's, a and b run to infinity, and beta functions lose them.
    """

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        a, b = params["concentration1"], params["concentration0"]
        x, n = _as_float(x), _as_float(params["total_count"])
        log_choose = -log_beta(x + 1.0, n - x + 1.0) - jnp.log(n + 1.0)
        return (
            log_choose + gammaln_increment(a, x) + gammaln_increment(b, n - x) - gammaln_increment(a + b, n)
        )


class BetaNegativeBinomialTraits(DensityTraits):
    """p(x) = C B(x + a, n + b)/B(a, b), with r = n."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        a, b = params["concentration1"], params["concentration0"]
        x, n = _as_float(x), _as_float(params["n"])
        return _log_ways(n, x) + log_beta(x + a, n + b) - log_beta(a, b)

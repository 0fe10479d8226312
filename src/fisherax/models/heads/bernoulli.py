"""Bernoulli observations: logistic and probit regression, two classes, many labels."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..links import Link, as_link, slope
from ..log_exp import softplus


class Bernoulli(Head):
    """y ~ Bernoulli(μ(η)), entry by entry; η is the logit unless another link is given.

    With ℓ(η) = logit μ(η), the information is μ(1 − μ) ℓ'².
    """

    link: Link = eqx.field(static=True)

    def __init__(self, link: Link | str = "logit"):
        self.link = as_link(link)

    def distribution(self, f: PyTree) -> dist.Distribution:
        return dist.BernoulliLogits(self.link.logit_mean(f)).to_event(jnp.ndim(f))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        logit = self.link.logit_mean(f)
        return -jnp.sum(y * softplus(-logit) + (1 - y) * softplus(logit))

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        return jnp.diag(jnp.ravel(bernoulli_root(self.link, f)))


class Binomial(Head):
    """y ~ Binomial(m, μ(η)): the parameter is the pair (η, m), the trials m being data, not estimated.

    `apply` hands m on from its input, so that ∂m/∂θ = 0 and m's rows of L never matter: they are 0.
    """

    link: Link = eqx.field(static=True)

    def __init__(self, link: Link | str = "logit"):
        self.link = as_link(link)

    def distribution(self, f: PyTree) -> dist.Distribution:
        eta, trials = f
        count = jnp.asarray(trials, int)  # NumPyro draws for whole numbers of trials alone
        return dist.BinomialLogits(self.link.logit_mean(eta), total_count=count).to_event(jnp.ndim(eta))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        eta, trials = f
        logit = self.link.logit_mean(eta)
        trials = jax.lax.stop_gradient(trials)
        log_ways = (
            jax.lax.lgamma(trials + 1.0)
            - jax.lax.lgamma(jnp.asarray(y, trials.dtype) + 1.0)
            - jax.lax.lgamma(trials - y + 1.0)
        )
        terms = y * softplus(-logit) + (trials - y) * softplus(logit)
        return jnp.sum(log_ways - terms)

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        eta, trials = f
        root = jnp.ravel(bernoulli_root(self.link, eta) * jnp.sqrt(trials))
        return jnp.diag(jnp.concatenate([root, jnp.zeros(jnp.size(trials), root.dtype)]))


def bernoulli_root(link: Link, eta: Array) -> Array:
    """√(μ(1 − μ)) ℓ'(η), from the logarithms of μ and 1 − μ."""
    logit = link.logit_mean(eta)
    return jnp.exp(-0.5 * (softplus(-logit) + softplus(logit))) * slope(link.logit_mean, eta)

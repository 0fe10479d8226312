"""Bernoulli observations: logistic and probit regression, two classes, many labels."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..link_functions import Link, as_link, slope
from ..log_exp import softplus


class Bernoulli(Head):
    """Zeros and ones, entry by entry: y ~ Bernoulli(μ(η)); η is the logit unless another link is given.

        ln p(y | η) = y ln μ + (1 − y) ln(1 − μ),    I(η) = μ(1 − μ) ℓ′(η)²,   ℓ = logit μ

    The head's parameter is η, of any shape; `targets` are 0 or 1, of that shape behind the axis of observations.

    Args:
        link: The link μ(η), a `Link` or its name; the canonical "logit" by default, with I(η) = μ(1 − μ).

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> head = fx.heads.Bernoulli()
        >>> round(float(head.log_prob(jnp.array(0.0), jnp.array(1.0))), 6)
        -0.693147
        >>> model = fx.Conditional(lambda params, x: params * x, head)
        >>> float(fx.fisher(model, 0.0, jnp.array([1.0, 3.0])).trace())  # the mean of x²/4
        1.25

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 4.
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
    """Successes in m trials, entry by entry: y ~ Binomial(m, μ(η)).

        ln p(y | η, m) = ln C(m, y) + y ln μ + (m − y) ln(1 − μ),    I(η) = m μ(1 − μ) ℓ′(η)²,   ℓ = logit μ

    The head's parameter is the pair (η, m) of arrays of one shape, the trials m being data, not estimated: `apply`
    hands them on from its input, so that ∂m/∂θ = 0 and m's rows of L never matter: they are 0. `targets` are whole
    numbers from 0 to m, of η's shape behind the axis of observations.

    Args:
        link: The link μ(η), a `Link` or its name; the canonical "logit" by default.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> model = fx.Conditional(lambda params, x: (params * x["dose"], x["trials"]), fx.heads.Binomial())
        >>> inputs = {"dose": jnp.array([1.0, 2.0]), "trials": jnp.array([10.0, 20.0])}
        >>> round(float(fx.fisher(model, 0.0, inputs).trace()), 6)  # the mean of m x²/4
        11.25

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §4.3.
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

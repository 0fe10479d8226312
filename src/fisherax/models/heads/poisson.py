"""Poisson observations: counts."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..links import Link, as_link, slope


class Poisson(Head):
    """y ~ Poisson(μ(η)), entry by entry; η is the log rate unless another link is given.

    With ℓ(η) = ln μ(η), the information is μ ℓ'².
    """

    link: Link = eqx.field(static=True)

    def __init__(self, link: Link | str = "log"):
        self.link = as_link(link)

    def distribution(self, f: PyTree) -> dist.Distribution:
        return dist.Poisson(self.link.mean(f)).to_event(jnp.ndim(f))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        log_rate = self.link.log_mean(f)
        log_factorial = jax.lax.lgamma(jnp.asarray(y, log_rate.dtype) + 1.0)
        return jnp.sum(y * log_rate - self.link.mean(f) - log_factorial)

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        root = jnp.exp(0.5 * self.link.log_mean(f)) * slope(self.link.log_mean, f)
        return jnp.diag(jnp.ravel(root))

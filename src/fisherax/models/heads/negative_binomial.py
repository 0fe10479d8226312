"""Negative binomial observations: counts with more spread than Poisson's."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..links import Link, as_link, slope
from ..special import gammaln_increment


class NegativeBinomial(Head):
    """y ~ NB(mean μ(η), concentration r), variance μ + μ²/r, entry by entry; η = ln μ by default.

    The parameter is η where `concentration` is given, and the pair (η, r) where it is None. With
    ℓ = ln μ the information of η is μ/(1 + μ/r) ℓ'². That of r is an infinite sum, so for a learned r
    there is no root in closed form, and the expectation ladder sums it. (The canonical link,
    ln(μ/(μ + r)), is of no use in regression, since η < 0 there: the logarithm is what all packages take.)

    Args:
        concentration: The known r > 0 (1/r is the "alpha" of the NB2 model), or None to learn it.
        link: The link, logarithm by default.
    """

    concentration: Array | float | None
    link: Link = eqx.field(static=True)

    def __init__(self, concentration: Array | float | None = None, link: Link | str = "log"):
        self.concentration = concentration
        self.link = as_link(link)

    def _split(self, f: PyTree) -> tuple[Array, Array | float]:
        return f if self.concentration is None else (f, self.concentration)

    def distribution(self, f: PyTree) -> dist.Distribution:
        eta, r = self._split(f)
        return dist.NegativeBinomial2(self.link.mean(eta), r).to_event(jnp.ndim(eta))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        eta, concentration = self._split(f)
        r = jnp.asarray(concentration)
        y = jnp.asarray(y, jnp.result_type(eta))
        log_mean = self.link.log_mean(eta)
        log_ratio = jnp.log1p(self.link.mean(eta) / r)  # ln((r + μ)/r)
        log_ways = gammaln_increment(r, y) - jax.lax.lgamma(y + 1.0)
        return jnp.sum(log_ways + y * (log_mean - jnp.log(r)) - (y + r) * log_ratio)

    def information_root(self, f: PyTree) -> Float[Array, "d r"] | None:
        if self.concentration is None:
            return None
        mean = self.link.mean(f)
        root = jnp.sqrt(mean / (1.0 + mean / self.concentration)) * slope(self.link.log_mean, f)
        return jnp.diag(jnp.ravel(root))

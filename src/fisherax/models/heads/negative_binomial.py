"""Negative binomial observations: counts with more spread than Poisson's."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..link_functions import Link, as_link, slope
from ..size_information import size_information
from ..special import gammaln_increment


class NegativeBinomial(Head):
    """Counts more spread than Poisson's, entry by entry: y ~ NB of mean μ(η), with variance μ + μ²/r.

        ln p(y | η, r) = ln Γ(y + r) − ln Γ(r) − ln y! + y ln(μ/(μ + r)) + r ln(r/(μ + r))
        I(η) = μ/(1 + μ/r) ℓ′(η)²,   I(η, r) = 0,    ℓ = ln μ

    The head's parameter is η where `concentration` is given, and the pair (η, r) where it is None. `targets` are
    whole numbers from 0, of η's shape behind the axis of observations. I(r) is an infinite sum, which the library takes
    as a smooth integral. (The canonical link, ln(μ/(μ + r)), is of no
    use in regression, since η < 0 there: the logarithm is what all packages take.)

    Args:
        concentration: The known r > 0 (1/r is the "alpha" of the NB2 model), or None to learn it.
        link: The link μ(η), a `Link` or its name; "log" by default.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> head = fx.heads.NegativeBinomial(concentration=2.0)
        >>> root = head.information_root(jnp.log(2.0))
        >>> round(float((root @ root.T)[0, 0]), 6)  # μ/(1 + μ/r)
        1.0
        >>> learned = fx.heads.NegativeBinomial().information_root((jnp.log(2.0), jnp.array(2.0)))
        >>> (learned @ learned.T).round(4)
        Array([[1.    , 0.    ],
               [0.    , 0.0254]], dtype=float64)

    References:
        Lawless (1987), Negative binomial and mixed Poisson regression, Canadian Journal of Statistics 15, 209–225.
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
        eta, concentration = self._split(f)
        mean, r = self.link.mean(eta), jnp.asarray(concentration)
        root = jnp.ravel(jnp.sqrt(mean / (1.0 + mean / r)) * slope(self.link.log_mean, eta))
        if self.concentration is None:
            sizes = size_information(r, mean / (mean + r), r / (mean + r))
            shared = tuple(range(sizes.ndim - r.ndim))  # axes of η that have one r
            root = jnp.concatenate([root, jnp.ravel(jnp.sqrt(jnp.sum(sizes, axis=shared)))])
        return jnp.diag(root)

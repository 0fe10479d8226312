"""Gamma observations: positive, with a standard deviation proportional to the mean."""

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..links import Link, as_link, slope
from ..special import gammaln, trigamma_excess


class Gamma(Head):
    """y ~ Gamma(shape a, mean μ(η)), entry by entry; η = 1/μ, the canonical link, unless another is given.

    The parameter is η where `shape` is given, and the pair (η, a) where it is None. With ℓ = ln μ the
    information is diagonal: a ℓ'² for η and ψ′(a) − 1/a for a (mean and shape are orthogonal).

    Args:
        shape: The known shape a > 0 (1/a is the dispersion of a generalised linear model), or None.
        link: The link; "log" keeps the mean positive for any η, the canonical "inverse" does not.
    """

    shape: Array | float | None
    link: Link = eqx.field(static=True)

    def __init__(self, shape: Array | float | None = None, link: Link | str = "inverse"):
        self.shape = shape
        self.link = as_link(link)

    def _split(self, f: PyTree) -> tuple[Array, Array | float]:
        return f if self.shape is None else (f, self.shape)

    def distribution(self, f: PyTree) -> dist.Distribution:
        eta, shape = self._split(f)
        return dist.Gamma(shape, shape / self.link.mean(eta)).to_event(jnp.ndim(eta))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        eta, shape = self._split(f)
        log_ratio = jnp.log(y) - self.link.log_mean(eta)
        ratio = y / self.link.mean(eta)
        a = jnp.asarray(shape)
        return jnp.sum(a * jnp.log(a) - gammaln(a) + a * (log_ratio - ratio) - jnp.log(y))

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        eta, shape = self._split(f)
        a = jnp.asarray(shape, eta.dtype)
        root = jnp.ravel(jnp.sqrt(a) * slope(self.link.log_mean, eta))
        if self.shape is None:
            shared = eta.size // a.size
            root = jnp.concatenate([root, jnp.ravel(jnp.sqrt(shared * trigamma_excess(a)))])
        return jnp.diag(root)

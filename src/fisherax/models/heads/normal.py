"""Normal observations: squared error is this head with scale 1."""

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..links import Link, as_link, slope


class Normal(Head):
    """y ~ N(μ(η), σ²), entry by entry, with the scale σ known or learned.

    The parameter is η where `scale` is given, and the pair (η, σ) where it is None; σ is a scalar or
    shaped like η. With μ' = dμ/dη the information is diagonal: μ'²/σ² for η and 2/σ² for σ.
    With `scale=1` and the identity link it is 1, so that G = JᵀJ.

    Args:
        scale: The known standard deviation σ > 0, or None to learn it.
        link: The link, identity by default.
    """

    scale: Array | float | None
    link: Link = eqx.field(static=True)

    def __init__(self, scale: Array | float | None = None, link: Link | str = "identity"):
        self.scale = scale
        self.link = as_link(link)

    def _split(self, f: PyTree) -> tuple[Array, Array | float]:
        return f if self.scale is None else (f, self.scale)

    def distribution(self, f: PyTree) -> dist.Distribution:
        eta, scale = self._split(f)
        return dist.Normal(self.link.mean(eta), scale).to_event(jnp.ndim(eta))

    def log_prob(self, f: PyTree, y: Array) -> Array:
        eta, scale = self._split(f)
        residual = (y - self.link.mean(eta)) / scale
        return jnp.sum(-0.5 * residual**2 - jnp.log(scale) - 0.5 * jnp.log(2 * jnp.pi))

    def information_root(self, f: PyTree) -> Float[Array, "d r"]:
        eta, scale = self._split(f)
        sigma = jnp.broadcast_to(jnp.asarray(scale, eta.dtype), eta.shape)
        root = jnp.ravel(slope(self.link.mean, eta) / sigma)
        if self.scale is None:
            shared = eta.size // jnp.size(scale)  # entries of η that one σ serves
            root = jnp.concatenate([root, jnp.sqrt(2.0 * shared) / jnp.ravel(jnp.asarray(scale))])
        return jnp.diag(root)

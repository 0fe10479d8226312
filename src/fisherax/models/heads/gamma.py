"""Gamma observations: positive, with a standard deviation proportional to the mean."""

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..link_functions import Link, as_link, slope
from ..special import gammaln, trigamma_excess


class Gamma(Head):
    """Positive observations, entry by entry: y ~ Gamma of shape a and mean μ(η), with variance μ²/a.

        ln p(y | η, a) = a ln(a/μ) + (a − 1) ln y − a y/μ − ln Γ(a)
        I(η) = a ℓ′(η)²,   I(a) = ψ′(a) − 1/a,   I(η, a) = 0,    ℓ = ln μ

    The head's parameter is η where `shape` is given, and the pair (η, a) where it is None; a is a scalar or shaped
    like η. `targets` are positive, of η's shape behind the axis of observations.

    Args:
        shape: The known shape a > 0 (1/a is the dispersion of a generalised linear model), or None to learn it.
        link: The link μ(η), a `Link` or its name: the canonical "inverse", η = 1/μ, by default. "log" keeps the mean
            positive for any η; "inverse" does not.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> head = fx.heads.Gamma(shape=3.0, link="log")
        >>> root = head.information_root(jnp.array(0.5))
        >>> round(float((root @ root.T)[0, 0]), 6)
        3.0
        >>> learned = fx.heads.Gamma().information_root((jnp.array(1.0), jnp.array(1.0)))
        >>> jnp.round(jnp.diagonal(learned) ** 2, 6)  # of η and a: 1, and π²/6 − 1
        Array([1.      , 0.644934], dtype=float64)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 8; Cox and Reid (1987), Parameter
        orthogonality and approximate conditional inference, JRSS B 49, 1–39.
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

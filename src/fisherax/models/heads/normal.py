"""Normal observations: squared error is this head with scale 1."""

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..link_functions import Link, as_link, slope


class Normal(Head):
    """Normal observations, entry by entry: y ~ N(μ(η), σ²), with the scale σ known or learned.

        ln p(y | η, σ) = −(y − μ)²/(2σ²) − ln σ − ½ ln 2π
        I(η) = μ′(η)²/σ²,   I(σ) = 2/σ²,   I(η, σ) = 0

    The head's parameter is η where `scale` is given, and the pair (η, σ) where it is None; σ is a scalar, which all
    entries share, or shaped like η. `targets` are real numbers, of η's shape behind the axis of observations. With
    `scale=1` and the identity link I(η) = 1, so that G = JᵀJ.

    Args:
        scale: The known standard deviation σ > 0, in the units of y, or None to learn it.
        link: The link μ(η), a `Link` or its name; the canonical "identity" by default.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> model = fx.Conditional(lambda params, x: x @ params, fx.heads.Normal(scale=2.0))
        >>> inputs = jnp.array([[1.0, 0.0], [1.0, 2.0]])
        >>> fx.fisher(model, jnp.zeros(2), inputs).as_matrix()  # XᵀX/(2σ²)
        Array([[0.25, 0.25],
               [0.25, 0.5 ]], dtype=float64)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 3.
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

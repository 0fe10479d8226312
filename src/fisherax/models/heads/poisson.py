"""Poisson observations: counts."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._types import Array, Float, PyTree
from ..base import Head
from ..link_functions import Link, as_link, slope


class Poisson(Head):
    """Poisson counts, entry by entry: y ~ Poisson(μ(η)); η is the log rate unless another link is given.

        ln p(y | η) = y ln μ − μ − ln y!,    I(η) = μ ℓ′(η)²,   ℓ = ln μ

    The head's parameter is η, of any shape; `targets` are whole numbers from 0, of that shape behind the axis of
    observations.

    Args:
        link: The link μ(η), a `Link` or its name; the canonical "log" by default, with I(η) = μ.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> head = fx.heads.Poisson()
        >>> round(float(head.log_prob(jnp.log(2.0), jnp.array(0.0))), 6)
        -2.0
        >>> model = fx.Conditional(lambda params, x: x @ params, head)
        >>> inputs = jnp.array([[1.0, 0.0], [1.0, 1.0]])
        >>> fx.fisher(model, jnp.zeros(2), inputs).as_matrix()  # XᵀX/2 where all means are 1
        Array([[1. , 0.5],
               [0.5, 0.5]], dtype=float64)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 6.
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

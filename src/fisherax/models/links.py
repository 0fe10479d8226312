"""Link functions: the mean of an observation as a function of the linear predictor η."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtri

from .._types import Array
from .log_exp import log1mexp, logistic, softplus


class Link(eqx.Module):
    """μ = mean(η), with the logarithms that stay exact where μ itself would round."""

    @abstractmethod
    def mean(self, eta: Array) -> Array:
        """μ(η)."""

    @abstractmethod
    def predictor(self, mean: Array) -> Array:
        """η(μ), the inverse of `mean`."""

    def log_mean(self, eta: Array) -> Array:
        """ln μ(η)."""
        return jnp.log(self.mean(eta))

    def logit_mean(self, eta: Array) -> Array:
        """ln μ − ln(1 − μ), for a mean that is a probability."""
        mean = self.mean(eta)
        return jnp.log(mean) - jnp.log1p(-mean)

    @property
    def name(self) -> str:
        return type(self).__name__.lower()


class Identity(Link):
    """μ = η."""

    def mean(self, eta: Array) -> Array:
        return eta

    def predictor(self, mean: Array) -> Array:
        return mean


class Log(Link):
    """μ = exp η."""

    def mean(self, eta: Array) -> Array:
        return jnp.exp(eta)

    def predictor(self, mean: Array) -> Array:
        return jnp.log(mean)

    def log_mean(self, eta: Array) -> Array:
        return eta

    def logit_mean(self, eta: Array) -> Array:
        return eta - log1mexp(eta)


class Logit(Link):
    """μ = 1/(1 + exp(−η))."""

    def mean(self, eta: Array) -> Array:
        return logistic(eta)

    def predictor(self, mean: Array) -> Array:
        return jnp.log(mean) - jnp.log1p(-mean)

    def log_mean(self, eta: Array) -> Array:
        return -softplus(-eta)

    def logit_mean(self, eta: Array) -> Array:
        return eta


class Probit(Link):
    """μ = Φ(η), the standard normal distribution function."""

    def mean(self, eta: Array) -> Array:
        return jnp.exp(log_ndtr(eta))

    def predictor(self, mean: Array) -> Array:
        return ndtri(mean)

    def log_mean(self, eta: Array) -> Array:
        return log_ndtr(eta)

    def logit_mean(self, eta: Array) -> Array:
        return log_ndtr(eta) - log_ndtr(-eta)


class Inverse(Link):
    """μ = 1/η."""

    def mean(self, eta: Array) -> Array:
        return 1.0 / eta

    def predictor(self, mean: Array) -> Array:
        return 1.0 / mean

    def log_mean(self, eta: Array) -> Array:
        return -jnp.log(eta)


_LINKS: dict[str, Link] = {link.name: link for link in (Identity(), Log(), Logit(), Probit(), Inverse())}


def link_names() -> tuple[str, ...]:
    return tuple(_LINKS)


def as_link(link: Link | str) -> Link:
    """A link by its name (as formulas and the command line write it), or the link itself."""
    if isinstance(link, Link):
        return link
    if link not in _LINKS:
        raise ValueError(f"There is no link {link!r}; known links: {', '.join(_LINKS)}.")
    return _LINKS[link]


def slope(fun: object, eta: Array) -> Array:
    """dfun/dη, entry by entry."""
    return jax.jvp(fun, (eta,), (jnp.ones_like(eta),))[1]  # pyright: ignore[reportArgumentType]

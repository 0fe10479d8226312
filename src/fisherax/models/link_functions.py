"""Link functions: the mean of an observation as a function of the linear predictor η."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr, ndtri

from .._types import Array
from .log_exp import log1mexp, logistic, softplus


class Link(eqx.Module):
    """A link function: the mean μ of an observation as a function of the linear predictor η.

        μ = mean(η),    η = predictor(μ)

    A subclass gives these two, entry by entry; it may give `log_mean` and `logit_mean` too, where they stay exact
    though μ itself would round. A head takes a link, or the name of one of this library.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> class CLogLog(fx.links.Link):
        ...     def mean(self, eta):
        ...         return -jnp.expm1(-jnp.exp(eta))
        ...
        ...     def predictor(self, mean):
        ...         return jnp.log(-jnp.log1p(-mean))
        >>> head = fx.heads.Bernoulli(CLogLog())
        >>> round(float(jnp.exp(head.log_prob(jnp.array(0.0), jnp.array(1.0)))), 6)  # 1 − 1/e
        0.632121

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §2.2.3.
    """

    @abstractmethod
    def mean(self, eta: Array) -> Array:
        """μ(η), entry by entry.

        Args:
            eta: η, an array of any shape.

        Returns:
            An array of the same shape, in the units of an observation.
        """

    @abstractmethod
    def predictor(self, mean: Array) -> Array:
        """η(μ), the inverse of `mean`.

        Args:
            mean: μ, an array of any shape, in the units of an observation.

        Returns:
            An array of the same shape.
        """

    def log_mean(self, eta: Array) -> Array:
        """ln μ(η), for a mean that is positive.

        Args:
            eta: η, an array of any shape.

        Returns:
            An array of the same shape.
        """
        return jnp.log(self.mean(eta))

    def logit_mean(self, eta: Array) -> Array:
        """ln μ − ln(1 − μ), for a mean that is a probability.

        Args:
            eta: η, an array of any shape.

        Returns:
            An array of the same shape.
        """
        mean = self.mean(eta)
        return jnp.log(mean) - jnp.log1p(-mean)

    @property
    def name(self) -> str:
        """The name that heads, formulas and the command line take."""
        return type(self).__name__.lower()


class Identity(Link):
    """The mean itself: the canonical link of normal observations.

        μ = η

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> link = fx.links.Identity()
        >>> float(link.mean(jnp.array(1.5))), float(link.predictor(jnp.array(1.5)))
        (1.5, 1.5)
    """

    def mean(self, eta: Array) -> Array:
        return eta

    def predictor(self, mean: Array) -> Array:
        return mean


class Log(Link):
    """The logarithm: the canonical link of Poisson observations. Effects multiply the mean.

        μ = exp η,    η = ln μ

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> link = fx.links.Log()
        >>> round(float(link.mean(jnp.array(1.0))), 6), round(float(link.predictor(jnp.array(2.0))), 6)
        (2.718282, 0.693147)
    """

    def mean(self, eta: Array) -> Array:
        return jnp.exp(eta)

    def predictor(self, mean: Array) -> Array:
        return jnp.log(mean)

    def log_mean(self, eta: Array) -> Array:
        return eta

    def logit_mean(self, eta: Array) -> Array:
        return eta - log1mexp(eta)


class Logit(Link):
    """The log-odds: the canonical link of Bernoulli observations. Effects multiply the odds.

        μ = 1/(1 + exp(−η)),    η = ln(μ/(1 − μ))

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> link = fx.links.Logit()
        >>> float(link.mean(jnp.array(0.0))), round(float(link.predictor(jnp.array(0.75))), 6)  # ln 3
        (0.5, 1.098612)
        >>> float(link.log_mean(jnp.array(-800.0)))  # μ itself would be 0
        -800.0

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §4.3.1.
    """

    def mean(self, eta: Array) -> Array:
        return logistic(eta)

    def predictor(self, mean: Array) -> Array:
        return jnp.log(mean) - jnp.log1p(-mean)

    def log_mean(self, eta: Array) -> Array:
        return -softplus(-eta)

    def logit_mean(self, eta: Array) -> Array:
        return eta


class Probit(Link):
    """The normal quantile: a probability as the share of a standard normal variable below η.

        μ = Φ(η),    η = Φ⁻¹(μ)

    with Φ the standard normal distribution function.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> link = fx.links.Probit()
        >>> round(float(link.mean(jnp.array(1.0))), 6), round(float(link.predictor(jnp.array(0.975))), 6)
        (0.841345, 1.959964)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §4.3.1.
    """

    def mean(self, eta: Array) -> Array:
        return jnp.exp(log_ndtr(eta))

    def predictor(self, mean: Array) -> Array:
        return ndtri(mean)

    def log_mean(self, eta: Array) -> Array:
        return log_ndtr(eta)

    def logit_mean(self, eta: Array) -> Array:
        return log_ndtr(eta) - log_ndtr(-eta)


class Inverse(Link):
    """The reciprocal: up to its sign the canonical link of gamma observations. μ is positive for η > 0 alone.

        μ = 1/η,    η = 1/μ

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> link = fx.links.Inverse()
        >>> float(link.mean(jnp.array(4.0))), float(link.predictor(jnp.array(0.25)))
        (0.25, 4.0)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., chapter 8.
    """

    def mean(self, eta: Array) -> Array:
        return 1.0 / eta

    def predictor(self, mean: Array) -> Array:
        return 1.0 / mean

    def log_mean(self, eta: Array) -> Array:
        return -jnp.log(eta)


_LINKS: dict[str, Link] = {link.name: link for link in (Identity(), Log(), Logit(), Probit(), Inverse())}


def link_names() -> tuple[str, ...]:
    """The names of the links of this library, as heads, `glm` and the command line take them.

    Returns:
        A tuple of names.

    Examples:
        >>> import fisherax as fx
        >>> fx.links.link_names()
        ('identity', 'log', 'logit', 'probit', 'inverse')
    """
    return tuple(_LINKS)


def as_link(link: Link | str) -> Link:
    """A link by its name, or the link itself.

    Args:
        link: One of `link_names()`, or a `Link`, which is returned as it is.

    Returns:
        A `Link`.

    Raises:
        ValueError: There is no link of this name.

    Examples:
        >>> import fisherax as fx
        >>> type(fx.links.as_link("log")).__name__
        'Log'
    """
    if isinstance(link, Link):
        return link
    if link not in _LINKS:
        raise ValueError(f"There is no link {link!r}; known links: {', '.join(_LINKS)}.")
    return _LINKS[link]


def slope(fun: object, eta: Array) -> Array:
    """dfun/dη, entry by entry."""
    return jax.jvp(fun, (eta,), (jnp.ones_like(eta),))[1]  # pyright: ignore[reportArgumentType]

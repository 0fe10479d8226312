"""ln(1 ± exp x) and the logistic function, with derivatives that are right in both tails.

JAX's own are not: the derivative of `logistic` is s (1 − s), so at x = 30 the second derivative of `softplus`
is off by a percent; that of `expm1` is (exp x − 1) + 1, so at x = −30 it is off by as much.
"""

import jax
import jax.numpy as jnp

from .._types import Array


@jax.custom_jvp
def softplus(x: Array) -> Array:
    """ln(1 + exp x)."""
    return jax.nn.softplus(x)


@softplus.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    return softplus(x), logistic(x) * tangents[0]


@jax.custom_jvp
def logistic(x: Array) -> Array:
    """s(x) = 1/(1 + exp(−x)), with s′ = s(x) s(−x)."""
    return jax.nn.sigmoid(x)


@logistic.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    return logistic(x), logistic(x) * logistic(-x) * tangents[0]


@jax.custom_jvp
def log1mexp(x: Array) -> Array:
    """ln(1 − exp x) for x < 0.

    References:
        Mächler (2012), Accurately computing log(1 − exp(−|a|)), equation 7.
    """
    close = x > -0.6931471805599453
    return jnp.where(
        close, jnp.log(-jnp.expm1(jnp.where(close, x, -1.0))), jnp.log1p(-jnp.exp(jnp.where(close, -1.0, x)))
    )


@log1mexp.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    return log1mexp(x), -_odds(x) * tangents[0]


@jax.custom_jvp
def _odds(x: Array) -> Array:
    """o(x) = exp x / (1 − exp x), with o′ = o (1 + o)."""
    return -jnp.exp(x) / jnp.expm1(x)


@_odds.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    return _odds(x), _odds(x) * (1.0 + _odds(x)) * tangents[0]

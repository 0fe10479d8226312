"""Beta(a, b): p(x) = x^{a−1} (1 − x)^{b−1}/B(a, b) on the unit interval, by either of NumPyro's parameterisations."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints

from ..._types import Array, Float
from ..log_exp import softplus
from ..special import log_beta
from .base import DataCoordinates, Traits

# Rough quantiles in standard deviations of logit x.
_SPREAD = np.array([-2.3, -1.6, -0.7, 0.0, 0.7, 1.6, 2.3])


class _Logit(DataCoordinates):
    """y = ln x − ln(1 − x): with b = 0.3 one part in 10⁵ of the mass has 1 − x < 10⁻¹⁶, and is lost in x."""

    support: ClassVar[Any] = constraints.real

    def log_prob(self, distribution: Any, y: Float[Array, "*n"]) -> Float[Array, "..."]:
        a, b = jnp.asarray(distribution.concentration1), jnp.asarray(distribution.concentration0)
        return -a * softplus(-y) - b * softplus(y) - log_beta(a, b)

    def to_data(self, y: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jax.nn.sigmoid(y)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        limits = jnp.finfo(x.dtype)
        inside = jnp.clip(x, limits.tiny, 1.0 - limits.epsneg)
        return jnp.log(inside) - jnp.log1p(-inside)


class BetaTraits(Traits):
    coordinates: ClassVar[DataCoordinates | None] = _Logit()

    def landmarks(self, distribution: Any) -> Array:
        """logit x has mean ψ(a) − ψ(b) ≈ ln a/b and variance ψ′(a) + ψ′(b), ψ′(a) ≈ 1/a + 1/a²."""
        a, b = jnp.asarray(distribution.concentration1), jnp.asarray(distribution.concentration0)
        deviation = jnp.sqrt(1.0 / a + 1.0 / a**2 + 1.0 / b + 1.0 / b**2)
        shape = (-1,) + (1,) * jnp.ndim(deviation)
        spread = jnp.reshape(jnp.asarray(_SPREAD, deviation.dtype), shape)
        return jax.nn.sigmoid(_log_median(a) - _log_median(b) + deviation * spread)


def _log_median(a: Array) -> Array:
    """Roughly the logarithm of the median of a Gamma(a, 1): ln a − 1/(3a), or −ln 2/a where a is small."""
    return jnp.where(a > 1.0, jnp.log(a) - 1.0 / (3.0 * a), -0.7 / a + 0.36)

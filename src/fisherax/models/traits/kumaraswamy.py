"""Kumaraswamy(a, b): p(x) = a b x^{a−1} (1 − x^a)^{b−1} on the unit interval."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints

from ..._types import Array, Float
from ..half_line import half_line
from .base import DataCoordinates, DensityTraits, Entries

# ln((1 − e^{-z})/z) = −z/2 + Σ B₂ₖ/(2k (2k)!) z²ᵏ, k = 1, …, 7; below z = ½ the rest is under rounding.
_SERIES = (
    1 / 24,
    -1 / 2880,
    1 / 181440,
    -1 / 9676800,
    1 / 479001600,
    -691 / 15692092416000,
    1 / 1046139494400,
)


def _log_one_minus_power(a: Array, y: Array) -> Array:
    """ln(1 − e^{-ay}), as ln a + ln y + series where ay is small: no derivative divides by a power of y."""
    z = a * y
    small = z < 0.5
    near, far = jnp.where(small, z, 0.0), jnp.where(small, 1.0, z)
    series = jnp.zeros_like(near)
    for coefficient in reversed(_SERIES):
        series = (series + coefficient) * near * near
    return jnp.where(small, jnp.log(a) + jnp.log(y) - near / 2 + series, jnp.log1p(-jnp.exp(-far)))


def _weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """ln(1 − e^{-t}) at fixed nodes t, and the weights of −r′, of −v′, and of (1 − r) e^{-t}/(1 − e^{-t}).

    ln(sinh(t/2)/(t/2)) = −½ ln r is the series above without its first term; half of its slope is −r′/2r.
    """
    s, t, weights = half_line(-38.0, 72.0, 0.25)
    small = t < 0.5
    near, far = np.where(small, t, 0.0), np.where(small, 1.0, t)
    powers = 2 * np.arange(1, len(_SERIES) + 1)
    log = np.where(small, near[:, None] ** powers @ _SERIES, np.log(np.sinh(far / 2) / (far / 2)))
    slope = np.where(
        small, near[:, None] ** (powers - 1) @ (2 * powers * _SERIES), 1 / np.tanh(far / 2) - 2 / far
    )
    r, v = np.exp(-2 * log), np.exp(-log - t / 2)
    rest = -np.expm1(-2 * log) * weights * np.exp(-s)
    return -np.logaddexp(0.0, -s), weights * r * slope, 0.5 * weights * v * (1 + slope), rest


_LOG, _SQUARE, _CROSS, _REST = _weights()


class _MinusLog(DataCoordinates):
    """y = −ln x: 1 − x^a = 1 − e^{-ay} keeps its digits as x → 1."""

    support: ClassVar[Any] = constraints.positive

    def log_prob(self, distribution: Any, y: Float[Array, "*n"]) -> Float[Array, "..."]:
        a, b = jnp.asarray(distribution.concentration1), jnp.asarray(distribution.concentration0)
        return jnp.log(a) + jnp.log(b) - a * y + (b - 1.0) * _log_one_minus_power(a, y)

    def to_data(self, y: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.exp(-y)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return -jnp.log(x)


class KumaraswamyTraits(DensityTraits):
    coordinates: ClassVar[DataCoordinates | None] = _MinusLog()

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        a, b = params["concentration1"], params["concentration0"]
        y = -jnp.log(x)
        return jnp.log(a) + jnp.log(b) - (a - 1.0) * y + (b - 1.0) * _log_one_minus_power(a, y)

    def information(self, params: Mapping[str, Array]) -> Entries:
        """With y = −a ln x, whose law P(y < t) = (1 − e^{-t})ᵇ does not depend on a,

            a² I_aa = E[1 − r] + b E[r],  a I_ab = −E[v],  b² I_bb = 1,   v = y/(e^y − 1), r = v² e^y

        Jones' digammas (2009, equations 5.1 to 5.3) are 0/0 at b = 1 and b = 2, and cancel next to them. Here E[r] is
        −∫ r′(t) (1 − e^{-t})ᵇ dt, and E[v] likewise, of fixed r′ < 0 and v′ < 0: sums of positive terms.
        """
        a, b = params["concentration1"], params["concentration0"]
        power = jnp.exp(b[..., None] * jnp.asarray(_LOG, b.dtype))

        def integral(weights: np.ndarray) -> Array:
            return jnp.sum(power * jnp.asarray(weights, b.dtype), axis=-1)

        return {
            ("concentration1", "concentration1"): b * (integral(_SQUARE) + integral(_REST)) / a**2,
            ("concentration1", "concentration0"): -integral(_CROSS) / a,
            ("concentration0", "concentration0"): 1.0 / b**2,
        }

"""Variables of integration: smooth maps u ↦ x from the real line onto a support.

Each makes an algebraic tail or a power at a boundary decay exponentially in u, so that a mesh in u
reaches 10¹⁴⁰ or 10⁻³⁰⁰ with a few dozen panels.
"""

import math
from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Float, Scalar

# Distances from a component's median at which panels begin, in half ranges of its quartiles (0.67 σ).
_FLANKS = (-40.0, -15.0, -6.0, -2.5, 2.5, 6.0, 15.0, 40.0)
# Distances from the outermost landmark at which panels begin, in u.
_STEPS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)


class Axis(eqx.Module):
    """A map u ↦ x onto a support, with the logarithm of its slope dx/du."""

    @abstractmethod
    def to_data(self, u: Float[Array, " n"]) -> Float[Array, " n"]: ...

    @abstractmethod
    def log_slope(self, u: Float[Array, " n"]) -> Float[Array, " n"]: ...

    @abstractmethod
    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]: ...

    @abstractmethod
    def limits(self, dtype: jnp.dtype) -> tuple[float, float]:
        """The range of u that floating point allows."""

    def edges(self, landmarks: Float[Array, "l k"]) -> Float[Array, " e"]:
        """Where the first panels begin, given quantiles of each component (see `landmarks`).

        At the quantiles; beyond each component's, in multiples of its own half range of quartiles, so that
        no panel hides the flank of a narrow component; and in growing steps beyond all of them.
        """
        low, high = self.limits(landmarks.dtype)
        # A landmark that floating point has put on the boundary, or beyond, says nothing.
        u = jnp.clip(jnp.nan_to_num(self.from_data(landmarks)), low, high)
        middle = u.shape[0] // 2
        half_range = jnp.abs(u[middle + 1] - u[middle - 1]) / 2
        flanks = u[middle] + half_range * jnp.asarray(_FLANKS, u.dtype)[:, None]
        steps = jnp.asarray(_STEPS, u.dtype)
        edges = jnp.concatenate([jnp.ravel(u), jnp.ravel(flanks), jnp.min(u) - steps, jnp.max(u) + steps])
        return jnp.sort(jnp.clip(edges, low, high))


def _log_max(dtype: jnp.dtype) -> float:
    return math.log(float(jnp.finfo(dtype).max))


class RealAxis(Axis):
    """x = c + s sinh u for the real line: |x|^{-α-1} dx ~ e^{-α|u|} du."""

    center: Scalar
    scale: Scalar

    def to_data(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return self.center + self.scale * jnp.sinh(u)

    def log_slope(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.log(self.scale) + jnp.logaddexp(u, -u) - jnp.log(2.0)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.arcsinh((x - self.center) / self.scale)

    def limits(self, dtype: jnp.dtype) -> tuple[float, float]:
        return -0.48 * _log_max(dtype), 0.48 * _log_max(dtype)  # x² must not overflow


class HalfAxis(Axis):
    """x = a ± e^u for the half line that begins at a: x^{α-1} dx ~ e^{αu} du as u → −∞."""

    origin: Scalar
    sign: float = eqx.field(static=True)

    def to_data(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return self.origin + self.sign * jnp.exp(u)

    def log_slope(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return u

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.log(self.sign * (x - self.origin))

    def limits(self, dtype: jnp.dtype) -> tuple[float, float]:
        return -0.97 * _log_max(dtype), 0.48 * _log_max(dtype)


class IntervalAxis(Axis):
    """x = a + (b − a)/(1 + e^{-u}) for a bounded interval."""

    low: Scalar
    high: Scalar

    def to_data(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        width = self.high - self.low
        near = width * jax.nn.sigmoid(
            -jnp.abs(u)
        )  # the distance from the nearer end, exact to the last digit
        return jnp.where(u < 0, self.low + near, self.high - near)

    def log_slope(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.log(self.high - self.low) - jax.nn.softplus(u) - jax.nn.softplus(-u)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return jnp.log(x - self.low) - jnp.log(self.high - x)

    def limits(self, dtype: jnp.dtype) -> tuple[float, float]:
        return -0.97 * _log_max(dtype), 0.97 * _log_max(dtype)


class CircleAxis(Axis):
    """x = u on a period [a, b] of the circle."""

    low: float = eqx.field(static=True)
    high: float = eqx.field(static=True)

    def to_data(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return u

    def log_slope(self, u: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.zeros_like(u)

    def from_data(self, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
        return x

    def limits(self, dtype: jnp.dtype) -> tuple[float, float]:
        return self.low, self.high

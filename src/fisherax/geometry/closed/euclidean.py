"""Flat space, and its half-lines: what every family of one parameter is, measured by arc length."""

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from .space import ModelSpace


class Euclidean(ModelSpace):
    """ℝᵏ, or a box in it, with a metric that is the same everywhere:

        ⟨u, v⟩ = (R u)·(R v)

    Coordinates need not be measured in unit lengths, so that differences of large numbers are exact.

    Args:
        root: R, a number for points of any shape, or a matrix for vectors.
        lower: Below every entry of a point, or −∞.
        upper: Above every entry, or ∞.

    Examples:
        >>> import jax.numpy as jnp
        >>> line = Euclidean(jnp.asarray(3.0), lower=0.0)
        >>> x, v = jnp.asarray(1.0), jnp.asarray(-2.0)
        >>> bool(line.contains(line.exp(x, v))), float(line.exit_time(x, v)), float(line.distance(x, x + v))
        (False, 0.5, 6.0)
    """

    root: Array
    lower: float = eqx.field(static=True, default=-float("inf"))
    upper: float = eqx.field(static=True, default=float("inf"))

    def inner(self, x: Array, u: Array, v: Array) -> Scalar:
        return jnp.sum(self._measured(u) * self._measured(v))

    def exp(self, x: Array, v: Array) -> Array:
        return x + v

    def log(self, x: Array, y: Array) -> Array:
        return y - x

    def transport(self, x: Array, v: Array, y: Array) -> Array:
        return v

    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        return jnp.zeros_like(w)

    def contains(self, x: Array) -> Bool[Array, ""]:
        return jnp.all(jnp.isfinite(x) & (x > self.lower) & (x < self.upper))

    def exit_time(self, x: Array, v: Array) -> Scalar:
        moving = jnp.where(v == 0.0, 1.0, v)
        room = jnp.where(v > 0.0, self.upper - x, self.lower - x)
        return jnp.min(jnp.where(v == 0.0, jnp.inf, room / moving), initial=jnp.inf)

    def _measured(self, v: Array) -> Array:
        """R v."""
        return self.root @ v if self.root.ndim else self.root * v

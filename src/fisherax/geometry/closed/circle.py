"""The circle by its angle: what a direction with a known concentration is."""

import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from .space import ModelSpace


class Circle(ModelSpace):
    """Angles x modulo 2π on a circle of radius r: ⟨u, v⟩ = r² u v. Results of `exp` are in [−π, π).

    Args:
        radius: r.

    Examples:
        >>> import jax.numpy as jnp
        >>> circle = Circle(jnp.asarray(2.0))
        >>> round(float(circle.distance(jnp.asarray(3.0), jnp.asarray(-3.0)) / (2 * jnp.pi - 6)), 12)
        2.0
    """

    radius: Scalar

    def inner(self, x: Scalar, u: Scalar, v: Scalar) -> Scalar:
        return jnp.square(self.radius) * u * v

    def exp(self, x: Scalar, v: Scalar) -> Scalar:
        return _turned_back(x + v)

    def log(self, x: Scalar, y: Scalar) -> Scalar:
        return _turned_back(y - x)

    def transport(self, x: Scalar, v: Scalar, y: Scalar) -> Scalar:
        return v

    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        return jnp.zeros_like(w)

    def contains(self, x: Scalar) -> Bool[Array, ""]:
        return jnp.isfinite(x)


def _turned_back(angle: Scalar) -> Scalar:
    """The same angle in [−π, π), untouched where it is there."""
    return angle - 2.0 * jnp.pi * jnp.floor((angle + jnp.pi) / (2.0 * jnp.pi))

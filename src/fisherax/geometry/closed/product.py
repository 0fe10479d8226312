"""Several spaces side by side: what independent entries of one observation are."""

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from .space import ModelSpace, length


class Product(ModelSpace):
    """M₁ × … × Mₙ, spaces of one kind: ⟨u, v⟩ = Σ ⟨uᵢ, vᵢ⟩ᵢ, and geodesics run in every factor by themselves.

    Points and vectors have a leading axis over the factors.

    Args:
        each: The factors, as one space whose arrays have that leading axis.

    Examples:
        >>> import equinox as eqx, jax.numpy as jnp
        >>> from fisherax.geometry.closed.hyperbolic import Hyperbolic
        >>> planes = Product(eqx.filter_vmap(Hyperbolic)(jnp.ones(2)))
        >>> x, y = jnp.asarray([[0.0, 1.0], [0.0, 1.0]]), jnp.asarray([[0.0, jnp.e], [0.0, jnp.e]])
        >>> round(float(planes.squared_distance(x, y)), 12)
        2.0
    """

    each: ModelSpace

    def inner(self, x: Array, u: Array, v: Array) -> Scalar:
        return jnp.sum(eqx.filter_vmap(lambda space, x, u, v: space.inner(x, u, v))(self.each, x, u, v))

    def exp(self, x: Array, v: Array) -> Array:
        return eqx.filter_vmap(lambda space, x, v: space.exp(x, v))(self.each, x, v)

    def log(self, x: Array, y: Array) -> Array:
        return eqx.filter_vmap(lambda space, x, y: space.log(x, y))(self.each, x, y)

    def squared_distance(self, x: Array, y: Array) -> Scalar:
        return jnp.sum(eqx.filter_vmap(lambda space, x, y: space.squared_distance(x, y))(self.each, x, y))

    def bounds(self, x: Array, y: Array) -> tuple[Scalar, Scalar]:
        lower, upper = eqx.filter_vmap(lambda space, x, y: space.bounds(x, y))(self.each, x, y)
        return length(jnp.sum(jnp.square(lower))), length(jnp.sum(jnp.square(upper)))

    def transport(self, x: Array, v: Array, y: Array) -> Array:
        return eqx.filter_vmap(lambda space, x, v, y: space.transport(x, v, y))(self.each, x, v, y)

    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        return eqx.filter_vmap(lambda space, x, u, v, w: space.curvature(x, u, v, w))(self.each, x, u, v, w)

    def contains(self, x: Array) -> Bool[Array, ""]:
        return jnp.all(eqx.filter_vmap(lambda space, x: space.contains(x))(self.each, x))

    def exit_time(self, x: Array, v: Array) -> Scalar:
        times = eqx.filter_vmap(lambda space, x, v: space.exit_time(x, v))(self.each, x, v)
        return jnp.min(times, initial=jnp.inf)

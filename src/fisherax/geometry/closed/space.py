"""What a model space is: a manifold whose geodesics are known in closed form, in coordinates of its own."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Bool, Scalar


class ModelSpace(eqx.Module):
    """A Riemannian manifold with its exponential map, for ONE point x, an array.

        exp_x(log_x y) = y,    d(x, y)² = ⟨log_x y, log_x y⟩

    To add a space, write one small file with these formulas. They hold under `jit`, `vmap` and any nesting of
    derivatives, also at x = y and at v = 0; only `distance` itself has a kink there, as |x| has, and gets the slope 0:
    differentiate `squared_distance`. Points and vectors are not checked: a vector is tangent, a point is in the space.
    Where the minimal geodesic is not unique (opposite points of a sphere) the answers are not numbers, or any of the
    many.
    """

    @abstractmethod
    def inner(self, x: Array, u: Array, v: Array) -> Scalar:
        """⟨u, v⟩ at x."""

    @abstractmethod
    def exp(self, x: Array, v: Array) -> Array:
        """The end of the geodesic that leaves x with the velocity v, after unit time."""

    @abstractmethod
    def log(self, x: Array, y: Array) -> Array:
        """The velocity at x of the minimal geodesic that is at y after unit time."""

    @abstractmethod
    def transport(self, x: Array, v: Array, y: Array) -> Array:
        """The vector v at x, moved to y without turning along the minimal geodesic."""

    @abstractmethod
    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        """R(u, v)w = ∇ᵤ∇ᵥw − ∇ᵥ∇ᵤw − ∇₍ᵤ,ᵥ₎w, of sectional curvature ⟨R(u, v)v, u⟩/(⟨u, u⟩⟨v, v⟩ − ⟨u, v⟩²)."""

    @abstractmethod
    def contains(self, x: Array) -> Bool[Array, ""]:
        """Whether x is a point of the open manifold: a result of `exp` may have left it."""

    def exit_time(self, x: Array, v: Array) -> Scalar:
        """The time at which the geodesic from x with velocity v leaves the open manifold; ∞ if never.

        `exp` goes on beyond it, in the space that the manifold is a piece of, and may even come back.
        """
        del v
        return jnp.full((), jnp.inf, x.dtype)

    def squared_distance(self, x: Array, y: Array) -> Scalar:
        """d(x, y)², smooth at x = y."""
        v = self.log(x, y)
        return self.inner(x, v, v)

    def distance(self, x: Array, y: Array) -> Scalar:
        """The length of the minimal geodesic."""
        return length(self.squared_distance(x, y))

    def bounds(self, x: Array, y: Array) -> tuple[Scalar, Scalar]:
        """Two numbers between which the distance is; where a formula gives it, both are the distance."""
        found = self.distance(x, y)
        return found, found

    def geodesic(self, x: Array, y: Array, t: Array | float) -> Array:
        """The minimal geodesic from x at t = 0 to y at t = 1, at constant speed."""
        return self.exp(x, t * self.log(x, y))


def length(squared: Scalar) -> Scalar:
    """√s, with the slope 0 at 0."""
    apart = squared > 0.0
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, squared, 1.0)), 0.0 * squared)

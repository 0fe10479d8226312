"""One scalar entry of the parameters as a function of the unconstrained coordinates."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import biject_to
from numpyro.distributions import constraints as C

from .._types import Array, Float, Int, Matrix, Scalar, Vector
from ..models.coordinates import Coordinates
from .held import Hypothesis, flat


class Entry(eqx.Module):
    """w(z): an entry θᵢ on a scale without ends, w = θᵢ, ln(θᵢ − a) or ln((θᵢ − a)/(b − θᵢ)).

    Where θᵢ is a function of one coordinate, w is that coordinate itself. An entry of a probability vector or of a
    matrix depends on several of them, and w(z) is curved. The indices are arrays, so that all entries of one
    kind share compiled programs, and may be mapped over. w always increases with θᵢ.

    Attributes:
        coordinates: z ↔ θ.
        curved: Whether the entry depends on several coordinates.
        index: Its position among the entries of θ.
        position: The coordinate, where it depends on one.
        orientation: 1 if the entry increases with that coordinate, −1 if it decreases.
        lower: The infimum a of its values; −∞ if there is none.
        upper: Their supremum b; ∞ if there is none.
    """

    coordinates: Coordinates = eqx.field(static=True)
    curved: bool = eqx.field(static=True)
    index: Int[Array, "*batch"]
    position: Int[Array, "*batch"]
    orientation: Float[Array, "*batch"]
    lower: Float[Array, "*batch"]
    upper: Float[Array, "*batch"]

    def value(self, z: Vector) -> Scalar:
        """θᵢ(z)."""
        return flat(self.coordinates.to_params(z))[self.index]

    def __call__(self, z: Vector) -> Scalar:
        """w(z)."""
        return self.to_line(self.value(z)) if self.curved else self.orientation * z[self.position]

    def slope(self, z: Vector) -> Vector:
        """∂w/∂z."""
        return jax.grad(self.__call__)(z)

    def bend(self, z: Vector) -> Matrix:
        """∂²w/∂z²."""
        return jax.hessian(self.__call__)(z)

    def to_line(self, value: Scalar) -> Scalar:
        """θᵢ → w on the scale without ends."""
        below, above = jnp.isfinite(self.lower), jnp.isfinite(self.upper)
        # The branch that is not taken must have a finite derivative too.
        from_below = jnp.where(below, value - self.lower, 1.0)
        from_above = jnp.where(above, self.upper - value, 1.0)
        ends = jnp.log(from_below) - jnp.log(from_above)
        return jnp.where(below | above, ends, value)

    def basis(self, z: Vector) -> Float[Array, "k free"]:
        """An orthonormal basis of the directions in which w does not change."""
        if self.curved:
            return jnp.linalg.qr(self.slope(z)[:, None], mode="complete")[0][:, 1:]
        others = jnp.arange(z.size - 1)
        return jnp.eye(z.size, dtype=z.dtype)[:, others + (others >= self.position)]

    def at(self, w: Scalar) -> "Slice":
        """The hypothesis that the entry has the value at w."""
        return Slice(self, jnp.asarray(w))


class Slice(Hypothesis):
    """w(z) = target: one entry held, the others free."""

    entry: Entry
    target: Scalar

    def basis(self, z: Vector) -> Float[Array, "k free"]:
        return self.entry.basis(z)

    def bend(self, z: Vector, score: Vector) -> Matrix:
        if not self.entry.curved:
            return jnp.zeros((z.size, z.size), z.dtype)
        slope = self.entry.slope(z)
        return jnp.dot(slope, score) / jnp.dot(slope, slope) * self.entry.bend(z)

    def retract(self, z: Vector) -> Vector:
        if not self.entry.curved:
            return z.at[self.entry.position].set(self.entry.orientation * self.target)

        def step(_: int, z: Vector) -> Vector:
            slope = self.entry.slope(z)
            return z + slope * (self.target - self.entry(z)) / jnp.dot(slope, slope)

        return jax.lax.fori_loop(0, 12, step, z)


def entry_of(coordinates: Coordinates, index: int) -> Entry:
    """Entry number `index` of the parameters."""
    first, start = 0, 0
    for shape, free, constraint in zip(
        coordinates.shapes, coordinates.free_shapes, coordinates.constraints, strict=True
    ):
        size, free_size = math.prod(shape), math.prod(free)
        if index < first + size:
            base = _base(constraint.value)
            curved = base.event_dim > 0
            within = np.unravel_index(index - first, shape) if shape else ()
            lower, upper = _range(base, tuple(int(i) for i in within))
            position = 0 if curved else start + index - first
            return Entry(
                coordinates,
                curved,
                jnp.asarray(index),
                jnp.asarray(position),
                jnp.asarray(1.0 if curved else _orientation(base)),
                jnp.asarray(lower),
                jnp.asarray(upper),
            )
        first, start = first + size, start + free_size
    raise IndexError(index)


def _base(constraint: Any) -> Any:
    """The constraint of one number, for a vector whose entries are constrained each on its own."""
    while hasattr(constraint, "base_constraint"):
        constraint = constraint.base_constraint
    return constraint


def _orientation(constraint: Any) -> float:
    """Whether numbers under this constraint rise or fall with their coordinate."""
    to_value = biject_to(constraint)
    return 1.0 if float(to_value(1.0)) > float(to_value(0.0)) else -1.0


def _range(constraint: Any, within: tuple[int, ...]) -> tuple[float, float]:
    """Infimum and supremum of an entry."""
    if constraint.event_dim == 0:
        lower, upper = (getattr(constraint, bound, None) for bound in ("lower_bound", "upper_bound"))
        return (
            -math.inf if lower is None else float(lower),
            math.inf if upper is None else float(upper),
        )
    if constraint is C.simplex:
        return 0.0, 1.0
    diagonal = len(within) >= 2 and within[-1] == within[-2]
    return (0.0 if diagonal else -math.inf), math.inf

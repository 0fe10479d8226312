"""One scalar entry of the parameters as a function of the unconstrained coordinates."""

import dataclasses
import math
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import biject_to
from numpyro.distributions import constraints as C

from .._types import Array, Float, Int, Matrix, Scalar, Vector
from ..models.coordinates import Coordinates, base_constraint
from .held import Hypothesis
from .likelihood.chart import flat


@dataclasses.dataclass(frozen=True)
class Entry:
    """w(z): an entry θᵢ on a scale without ends, w = θᵢ, ln(θᵢ − a) or ln((θᵢ − a)/(b − θᵢ)).

    Where θᵢ is a function of one coordinate, w is that coordinate itself (or its negative, so that w always
    increases with θᵢ). An entry of a probability vector or of a matrix depends on several of them, and w(z)
    is curved.

    Attributes:
        coordinates: z ↔ θ.
        index: The entry's position among the entries of θ.
        position: The coordinate that it is a function of; None if there are several.
        orientation: 1 if the entry increases with that coordinate, −1 if it decreases.
        lower: The infimum a of its values; −∞ if there is none.
        upper: Their supremum b; ∞ if there is none.
        period: 2π for an angle, which is the same after a turn; ∞ for all others.
    """

    coordinates: Coordinates
    index: int
    position: int | None
    orientation: float
    lower: float
    upper: float
    period: float = math.inf

    @property
    def is_periodic(self) -> bool:
        """Whether it is an angle."""
        return math.isfinite(self.period)

    @property
    def is_bounded(self) -> bool:
        """Whether its values have an infimum or a supremum, so that one in w means the same for all data."""
        return math.isfinite(self.lower) or math.isfinite(self.upper)

    def value(self, z: np.ndarray) -> float:
        """θᵢ(z)."""
        return float(np.asarray(_values(self.coordinates, z))[self.index])

    def __call__(self, z: np.ndarray) -> float:
        """w(z)."""
        if self.position is not None:
            return self.orientation * float(z[self.position])
        return float(self._line(z)[0])

    def slope(self, z: np.ndarray) -> np.ndarray:
        """∂w/∂z."""
        if self.position is not None:
            return self.orientation * np.eye(z.size)[self.position]
        return np.asarray(self._line(z)[1])

    def bend(self, z: np.ndarray) -> np.ndarray:
        """∂²w/∂z²."""
        if self.position is not None:
            return np.zeros((z.size, z.size))
        bounds = jnp.asarray([self.lower, self.upper])
        return np.asarray(_line_bend(self.coordinates, jnp.asarray(z), jnp.asarray(self.index), bounds))

    def _line(self, z: np.ndarray) -> tuple[Array, Array]:
        bounds = jnp.asarray([self.lower, self.upper])
        return _line_slope(self.coordinates, jnp.asarray(z), jnp.asarray(self.index), bounds)

    def multiplier(self, z: np.ndarray, score: np.ndarray) -> float:
        """λ with ∂ℓ/∂z = λ ∂w/∂z in least squares: at a maximum over the other parameters, dpl/dw."""
        slope = self.slope(z)
        return float(slope @ score) / float(slope @ slope)

    def to_line(self, value: float) -> float:
        """θᵢ → w, for Wald intervals there."""
        return float(to_line(jnp.asarray(value), jnp.asarray([self.lower, self.upper])))

    def from_line(self, w: float) -> float:
        """The inverse of `to_line`."""
        if math.isfinite(self.lower) and math.isfinite(self.upper):
            return self.lower + (self.upper - self.lower) * float(jax.nn.sigmoid(w))
        if math.isfinite(self.lower):
            return self.lower + math.exp(w)
        return self.upper - math.exp(-w) if math.isfinite(self.upper) else w

    def basis(self, z: np.ndarray) -> np.ndarray:
        """An orthonormal basis of the directions in which w does not change."""
        if self.position is not None:
            return np.delete(np.eye(z.size), self.position, axis=1)
        return np.linalg.qr(self.slope(z)[:, None], mode="complete")[0][:, 1:]

    def at(self, w: float) -> "Slice":
        """The hypothesis that the entry has the value that it has at w."""
        return Slice(self, w)


class Slice(Hypothesis):
    """w(z) = target: one entry held, the others free.

    Held on its line an entry keeps its digits near the ends of its range.
    """

    def __init__(self, entry: Entry, target: float):
        self.entry = entry
        self.target = target

    def basis(self, z: np.ndarray) -> np.ndarray:
        return self.entry.basis(z)

    def bend(self, z: np.ndarray, score: np.ndarray) -> np.ndarray:
        return self.entry.multiplier(z, score) * self.entry.bend(z)

    def retract(self, z: np.ndarray) -> np.ndarray:
        z = np.array(z, dtype=float)
        if self.entry.position is not None:
            z[self.entry.position] = self.entry.orientation * self.target
            return z
        for _ in range(50):
            miss = self.target - self.entry(z)
            if abs(miss) <= 1e-14 * max(1.0, abs(self.target)):
                break
            slope = self.entry.slope(z)
            square = float(slope @ slope)
            if not 0 < square < math.inf:
                return np.full_like(z, math.nan)  # out of reach in floating point
            z = z + slope * miss / square
        return z


@lru_cache(maxsize=1024)
def entry_of(coordinates: Coordinates, index: int) -> Entry:
    """Entry number `index` of the parameters."""
    first, start = 0, 0
    for shape, free, constraint in zip(
        coordinates.shapes, coordinates.free_shapes, coordinates.constraints, strict=True
    ):
        size = math.prod(shape)
        if index < first + size:
            base = base_constraint(constraint.value)
            within = np.unravel_index(index - first, shape) if shape else ()
            lower, upper = _range(base, tuple(int(i) for i in within))
            if base.event_dim > 0:
                return Entry(coordinates, index, None, 1.0, lower, upper)
            if constraint.is_angle:
                return Entry(coordinates, index, start + index - first, 1.0, -math.inf, math.inf, 2 * math.pi)
            return Entry(coordinates, index, start + index - first, _orientation(base), lower, upper)
        first, start = first + size, start + math.prod(free)
    raise IndexError(index)


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


def to_line(value: Scalar, bounds: Float[Array, "2"]) -> Scalar:
    """θᵢ → w, for a number with an infimum and a supremum (±∞ where it has none) on a scale without ends."""
    below, above = jnp.isfinite(bounds[0]), jnp.isfinite(bounds[1])
    # The branch that is not taken must have a finite derivative too.
    from_below = jnp.where(below, value - bounds[0], 1.0)
    from_above = jnp.where(above, bounds[1] - value, 1.0)
    return jnp.where(below | above, jnp.log(from_below) - jnp.log(from_above), value)


@partial(jax.jit, static_argnums=0)
def _values(coordinates: Coordinates, z: Vector | np.ndarray) -> Float[Array, " size"]:
    return flat(coordinates.to_params(jnp.asarray(z)))


# The index is traced, so that all entries share one program.
def _on_line(coordinates: Coordinates, z: Vector, index: Int[Array, ""], bounds: Float[Array, "2"]) -> Scalar:
    return to_line(flat(coordinates.to_params(z))[index], bounds)


@partial(jax.jit, static_argnums=0)
def _line_slope(
    coordinates: Coordinates, z: Vector, index: Int[Array, ""], bounds: Float[Array, "2"]
) -> tuple[Scalar, Vector]:
    return jax.value_and_grad(_on_line, argnums=1)(coordinates, z, index, bounds)


@partial(jax.jit, static_argnums=0)
def _line_bend(
    coordinates: Coordinates, z: Vector, index: Int[Array, ""], bounds: Float[Array, "2"]
) -> Matrix:
    return jax.hessian(_on_line, argnums=1)(coordinates, z, index, bounds)

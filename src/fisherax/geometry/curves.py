"""A geodesic as a function of time."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .._tree import record
from .._types import Array, Params, Scalar, Vector
from .closed.isometry import Isometry
from .compiled import compiled
from .field import Field
from .flow import Slowed, Spray, acceleration, default_tolerance, flow_and_jacobian
from .mesh import Path, position

Times = Array | np.ndarray


class Curve(ABC):
    """t ↦ θ(t), at many times.

    Attributes:
        method: How it was found.
    """

    method: ClassVar[str]

    @abstractmethod
    def points(self, t: Times) -> Params:
        """θ(t)."""

    @abstractmethod
    def velocities(self, t: Times) -> Params:
        """θ̇(t)."""


@record
class ClosedCurve(Curve):
    """A geodesic of a model space, seen in the parameters."""

    method = "closed form"
    isometry: Isometry
    x: Array
    v: Array

    def points(self, t: Times) -> Params:
        return _closed(self.isometry, self.x, self.v, t)

    def velocities(self, t: Times) -> Params:
        return _closed_velocities(self.isometry, self.x, self.v, t)


@record
class MeshCurve(Curve):
    """A path on a mesh, with the point and the velocity that it starts with, on which its derivatives depend."""

    method = "relaxation"
    field: Field
    path: Path
    elements: Scalar
    start: Vector
    first: Vector

    def points(self, t: Times) -> Params:
        return _mesh(self.field, self.path, self.elements, self.start, self.first, t)

    def velocities(self, t: Times) -> Params:
        return _mesh_velocities(self.field, self.path, self.elements, self.start, self.first, t)


@compiled
def _closed(isometry: Isometry, x: Array, v: Array, t: Times) -> Params:
    return _over(t, lambda t: isometry.from_space(isometry.space.exp(x, t * v)))


@compiled
def _closed_velocities(isometry: Isometry, x: Array, v: Array, t: Times) -> Params:
    return _over(t, _slope(lambda t: isometry.from_space(isometry.space.exp(x, t * v))))


@compiled
def _mesh(field: Field, path: Path, elements: Scalar, start: Vector, first: Vector, t: Times) -> Params:
    return _over(t, _on_mesh(field, path, elements, start, first))


@compiled
def _mesh_velocities(
    field: Field, path: Path, elements: Scalar, start: Vector, first: Vector, t: Times
) -> Params:
    return _over(t, _slope(_on_mesh(field, path, elements, start, first)))


def _on_mesh(
    field: Field, path: Path, elements: Scalar, start: Vector, first: Vector
) -> Callable[[Scalar], Params]:
    return lambda t: field.coordinates.to_params(_reached(field, path, elements, start, first, t)[0])


def _over(t: Times, at: Callable[[Scalar], Params]) -> Params:
    """A function of one time at all of them."""
    for _ in range(t.ndim):
        at = jax.vmap(at)
    return at(jnp.asarray(t))


def _slope(at: Callable[[Scalar], Params]) -> Callable[[Scalar], Params]:
    return lambda t: jax.jvp(at, (t,), (jnp.ones_like(t),))[1]


@eqx.filter_custom_jvp
def _reached(
    field: Field, path: Path, elements: Scalar, start: Vector, first: Vector, t: Scalar
) -> tuple[Vector, Vector]:
    """z(t) and ż(t)."""
    return jax.jvp(lambda t: start + position(path, elements, t), (t,), (jnp.ones_like(t),))


@_reached.def_jvp
def _(primals: Any, tangents: Any) -> tuple[tuple[Vector, Vector], tuple[Vector, Vector]]:
    # The nodes are where they are; it is the flow that tells how the path moves with its start.
    field, _, _, start, first, t = primals
    *_, d_start, d_first, d_t = tangents
    z, v = _reached(*primals)
    d_z, d_v = jnp.zeros_like(z), jnp.zeros_like(z)
    if d_t is not None:
        d_z, d_v = d_z + v * d_t, d_v + acceleration(field, z, v) * d_t
    if d_start is not None or d_first is not None:
        state = jnp.concatenate([start, first])
        moved = [jnp.zeros_like(z) if d is None else d for d in (d_start, d_first)]
        _, jacobian = flow_and_jacobian(Slowed(Spray(field), t), state, default_tolerance(z.dtype))
        change = jacobian @ jnp.concatenate(moved)
        d_z, d_v = d_z + change[: z.size], d_v + change[z.size :]
    return (z, v), (d_z, d_v)


@record
class Geodesic:
    """The shortest path between two members of a model, at constant speed.

        γ(0) = p,  γ(1) = q,  ∇_γ̇ γ̇ = 0

    Made by `Manifold.geodesic`.

    Attributes:
        length: Its length, the distance of p and q.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> M = fx.Manifold(fx.Family(dist.Normal))
        >>> path = M.geodesic({"loc": -1.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0})
        >>> middle = path(0.5)  # the half-circle's top: √(1 + 1/2)
        >>> abs(float(middle["loc"])) < 1e-12, round(float(middle["scale"]), 12)
        (True, 1.224744871392)

    References:
        Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapters 4 to 6.
    """

    curve: Curve
    length: Scalar

    @property
    def method(self) -> str:
        """How it was found: "closed form" or "relaxation"."""
        return self.curve.method

    def __call__(self, t: Array | np.ndarray | float | int) -> Params:
        """γ(t).

        Args:
            t: Times in [0, 1], a number or an array.

        Returns:
            Parameters, each leaf with the axes of t first.

        Raises:
            ValueError: A time is outside [0, 1]: `Manifold.exp(p, t v)` goes on beyond the ends.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> path = fx.Manifold(fx.Family(dist.Poisson)).geodesic({"rate": 1.0}, {"rate": 9.0})
            >>> float(path(0.5)["rate"])  # √λ moves at constant speed
            4.0
        """
        return self.curve.points(_times(t))

    def velocity(self, t: Array | np.ndarray | float | int) -> Params:
        """γ̇(t), a tangent vector at γ(t).

        Args:
            t: Times in [0, 1], a number or an array.

        Returns:
            A pytree like the parameters, each leaf with the axes of t first.

        Raises:
            ValueError: As for γ(t).

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> path = fx.Manifold(fx.Family(dist.Poisson)).geodesic({"rate": 1.0}, {"rate": 9.0})
            >>> float(path.velocity(0.5)["rate"])  # d(1 + 2t)²/dt
            8.0
        """
        return self.curve.velocities(_times(t))

    def __repr__(self) -> str:
        length = self.length
        known = "" if isinstance(length, Tracer) else f"length {float(length):.6g}, "
        return f"Geodesic({known}{self.method})"


def _times(t: Array | np.ndarray | float | int) -> Times:
    if isinstance(t, Tracer):
        return jnp.asarray(t, jnp.result_type(float))
    times = np.asarray(t, float)
    if not ((times >= 0) & (times <= 1)).all():
        raise ValueError(
            f"geodesic: times run from 0 at the start to 1 at the end, but {t} was given; M.exp(p, t * v) goes beyond."
        )
    return times

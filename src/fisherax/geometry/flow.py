"""The geodesic from a point with a velocity: z̈ = −Γ(ż, ż), integrated to the tolerance asked for.

The end of a flow is differentiable to any order, forwards and backwards: its derivative is the flow of the linearised
equation, which is integrated beside it.

References:
    Hairer, Nørsett and Wanner (1993), Solving Ordinary Differential Equations I, §I.14 and §II.5 (DOP853).
"""

from abc import abstractmethod
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Matrix, Scalar, Vector
from .elimination import eliminated
from .field import Field

MAX_STEPS = 20_000


class VectorField(eqx.Module):
    """ẏ = f(y)."""

    @abstractmethod
    def __call__(self, y: Vector) -> Vector: ...


class Spray(VectorField):
    """The geodesic equation of y = (z, ż).

    In the momentum it is Hamilton's; here G z̈ = ½ ∂(żᵀGż)/∂z − (D_ż G) ż, so that no Christoffel symbol is formed.
    """

    field: Field

    def __call__(self, y: Vector) -> Vector:
        k = y.size // 2
        z, v = y[:k], y[k:]
        return jnp.concatenate([v, acceleration(self.field, z, v)])


def acceleration(field: Field, z: Vector, v: Vector) -> Vector:
    """−Γ(v, v) in unconstrained coordinates."""
    to_params = field.coordinates.to_params
    slope = jax.jacfwd if z.size <= 4 else jax.grad  # forward over forward compiles faster
    force = slope(lambda z: 0.5 * field.square(to_params, z, v))(z)
    matrix, change = jax.jvp(lambda z: field.pulled(to_params, z), (z,), (v,))
    return eliminated(matrix, (force - change @ v)[:, None])[:, 0]


def bilinear(field: Field, z: Vector, v: Vector, w: Vector) -> Vector:
    """−Γ(v, w)."""
    to_params = field.coordinates.to_params
    matrix_at = lambda z: field.pulled(to_params, z)  # noqa: E731
    matrix, along_v = jax.jvp(matrix_at, (z,), (v,))
    _, along_w = jax.jvp(matrix_at, (z,), (w,))
    force = jax.jacfwd(lambda z: v @ matrix_at(z) @ w)(z)
    return eliminated(matrix, 0.5 * (force - along_v @ w - along_w @ v)[:, None])[:, 0]


class Transport(VectorField):
    """The geodesic equation with a vector carried along: y = (z, ż, w), ẇ = −Γ(ż, w)."""

    field: Field

    def __call__(self, y: Vector) -> Vector:
        z, v, w = jnp.split(y, 3)
        return jnp.concatenate([v, acceleration(self.field, z, v), bilinear(self.field, z, v, w)])


class Slowed(VectorField):
    """ẏ = s f(y), which is at time 1 where ẏ = f(y) is at time s."""

    inner: VectorField
    factor: Scalar

    def __call__(self, y: Vector) -> Vector:
        return self.factor * self.inner(y)


class Linearised(VectorField):
    """A vector field with its derivative along r directions: y and the columns of an (m, r) matrix."""

    inner: VectorField
    columns: int = eqx.field(static=True)

    def __call__(self, y: Vector) -> Vector:
        size = y.size // (self.columns + 1)
        point, directions = y[:size], y[size:].reshape(self.columns, size)
        value = self.inner(point)
        moved = jax.vmap(lambda d: jax.jvp(self.inner, (point,), (d,))[1])(directions)
        return jnp.concatenate([value, moved.ravel()])


@eqx.filter_custom_jvp
def flow(vector_field: VectorField, y: Vector, tolerance: Scalar) -> Vector:
    """y(1) from y(0) = y, to a tolerance relative and absolute; NaN where the solution does not reach so far."""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, y, field: field(y)),
        diffrax.Dopri8(),
        0.0,
        1.0,
        None,
        y,
        args=vector_field,
        saveat=diffrax.SaveAt(t1=True),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        max_steps=MAX_STEPS,
        adjoint=diffrax.DirectAdjoint(),
        throw=False,
    )
    assert solution.ys is not None
    return jnp.where(solution.result == diffrax.RESULTS.successful, solution.ys[0], jnp.nan)


@flow.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Vector, Vector]:
    # The metric is a constant here: derivatives are with respect to where the flow starts.
    vector_field, y, tolerance = primals
    direction = tangents[1]
    end, jacobian = flow_and_jacobian(vector_field, y, tolerance)
    return end, jnp.zeros_like(end) if direction is None else jacobian @ direction


def flow_and_jacobian(vector_field: VectorField, y: Vector, tolerance: Scalar) -> tuple[Vector, Matrix]:
    """y(1), and its derivative in y(0)."""
    size = y.size
    start = jnp.concatenate([y, jnp.eye(size, dtype=y.dtype).ravel()])
    end = flow(Linearised(vector_field, size), start, tolerance)
    return end[:size], end[size:].reshape(size, size).T


def default_tolerance(dtype: Any) -> Array:
    """What the arithmetic allows of an integration."""
    return jnp.asarray(1e-11 if dtype == jnp.float64 else 1e-5, dtype)

"""The compiled programs behind the geodesics: by a model space, by a flow, by a mesh."""

import functools
from typing import Any

import jax
import jax.numpy as jnp

from .._types import Array, Bool, Matrix, Params, Scalar, Vector
from .boundary import Solution, energy_and_momenta, half_square, joined, one_by_one
from .closed import Isometry
from .compiled import compiled
from .curves import MeshCurve
from .field import Field
from .flow import Spray, Transport, default_tolerance, flow
from .points import Place, all_finite, from_chart, inside, nearest_turn, only_if, to_chart

Flag = Bool[Array, ""]
"""Whether the result is one."""

# ---- a model space ----------------------------------------------------------------------------------------------


@compiled
def exp_closed(place: Place, p: Params, v: Params) -> tuple[Params, Flag]:
    """exp_p(v); NaN where the geodesic leaves the manifold."""
    isometry = _isometry(place)
    x, u = isometry.push(p, v)
    end = isometry.from_space(isometry.space.exp(x, u))
    stays = inside(place.field, p) & (isometry.space.exit_time(x, u) > 1.0)
    end = only_if(stays, end)
    return end, stays & all_finite(end)


@compiled
def log_closed(place: Place, p: Params, q: Params) -> Params:
    """log_p(q)."""
    isometry = _isometry(place)
    x, y = isometry.to_space(p), isometry.to_space(q)
    return only_if(_both(place, p, q), isometry.pull(x, isometry.space.log(x, y))[1])


@compiled
def distance_closed(place: Place, p: Params, q: Params) -> Scalar:
    """d(p, q)."""
    isometry = _isometry(place)
    return only_if(_both(place, p, q), isometry.space.distance(isometry.to_space(p), isometry.to_space(q)))


@compiled
def square_closed(place: Place, p: Params, q: Params) -> Scalar:
    """d(p, q)²."""
    isometry = _isometry(place)
    square = isometry.space.squared_distance(isometry.to_space(p), isometry.to_space(q))
    return only_if(_both(place, p, q), square)


@compiled
def bounds_closed(place: Place, p: Params, q: Params) -> tuple[Scalar, Scalar]:
    """Two numbers between which d(p, q) is."""
    isometry = _isometry(place)
    return only_if(_both(place, p, q), isometry.space.bounds(isometry.to_space(p), isometry.to_space(q)))


@compiled
def leaving(place: Place, p: Params, q: Params) -> tuple[Array, Array, Scalar]:
    """Where p is in the space, with what velocity the geodesic to q leaves, and how long it is."""
    isometry = _isometry(place)
    x, y = isometry.to_space(p), isometry.to_space(q)
    return only_if(_both(place, p, q), (x, isometry.space.log(x, y), isometry.space.distance(x, y)))


@compiled
def carried_closed(place: Place, p: Params, v: Params, q: Params) -> Params:
    """v at p, carried to q."""
    isometry = _isometry(place)
    x, u = isometry.push(p, v)
    y = isometry.to_space(q)
    return only_if(_both(place, p, q), isometry.pull(y, isometry.space.transport(x, u, y))[1])


def _isometry(place: Place) -> Isometry:
    assert place.isometry is not None
    return place.isometry


def _both(place: Place, p: Params, q: Params) -> Flag:
    return inside(place.field, p) & inside(place.field, q)


# ---- a flow -----------------------------------------------------------------------------------------------------


def tolerance_of(field: Field, tolerance: float | None) -> Scalar:
    """The tolerance asked for, or what the arithmetic allows."""
    if tolerance is not None and not 0 < tolerance < 1:
        raise ValueError(f"exp: the tolerance must be between 0 and 1, but is {tolerance}.")
    return _tolerance(field.tangent.dtypes, None if tolerance is None else float(tolerance))


@functools.lru_cache(maxsize=256)
def _tolerance(dtypes: tuple[Any, ...], tolerance: float | None) -> Scalar:
    with jax.ensure_compile_time_eval():
        dtype = jnp.result_type(*dtypes) if dtypes else jnp.result_type(float)
        return default_tolerance(dtype) if tolerance is None else jnp.asarray(tolerance, dtype)


@compiled
def exp_flow(field: Field, p: Params, v: Params, tolerance: Scalar) -> tuple[Params, Flag]:
    """exp_p(v); NaN where the geodesic does not get so far."""
    end = _arrival(field, *to_chart(field, only_if(inside(field, p), p), v), tolerance)
    params = field.coordinates.to_params(end)
    return params, all_finite(end)


def _arrival(field: Field, z: Vector, v: Vector, tolerance: Scalar) -> Vector:
    return flow(Spray(field), jnp.concatenate([z, v]), tolerance)[: z.size]


@compiled
def exp_jacobian(place: Place, p: Params, v: Params) -> Matrix:
    """∂ exp_p(v)/∂v, in coordinates of the tangent spaces."""
    tangent = place.field.tangent

    def moved(u: Vector) -> Vector:
        vector = tangent.unravel(u)
        if place.isometry is not None:
            end, _ = exp_closed(place, p, vector)
        else:
            end, _ = exp_flow(place.field, p, vector, tolerance_of(place.field, None))
        return tangent.ravel(end)

    return jax.jacfwd(moved)(tangent.ravel(v))


# ---- a mesh -----------------------------------------------------------------------------------------------------
# In steps, each compiled: so that distances, logarithms, paths and their derivatives share the one that takes longest.


@compiled
def _ends(field: Field, p: Params, q: Params) -> tuple[Vector, Vector]:
    start = field.coordinates.to_vector(p)
    ends = start, nearest_turn(field, start, field.coordinates.to_vector(q))
    return only_if(inside(field, p) & inside(field, q), ends)


def solved(field: Field, p: Params, q: Params) -> Solution:
    """The geodesic with all that is known of it."""
    return one_by_one(field, *_ends(field, p, q))


def log_mesh(field: Field, p: Params, q: Params) -> tuple[Params, Flag]:
    """log_p(q)."""
    start, end = _ends(field, p, q)
    first = joined(field, start, end).start
    return _vector(field, start, first), all_finite(first)


def square_mesh(field: Field, p: Params, q: Params) -> tuple[Scalar, Flag]:
    """d(p, q)²."""
    found = 2.0 * half_square(field, *_ends(field, p, q))
    return found, all_finite(found)


def distance_mesh(field: Field, p: Params, q: Params) -> tuple[Scalar, Flag]:
    """d(p, q), whose slope at p = q is given as 0."""
    square, good = square_mesh(field, p, q)
    return _root(square, good), good


def path(field: Field, p: Params, q: Params) -> tuple[MeshCurve, Scalar, Flag]:
    """The geodesic, its length."""
    start, end = _ends(field, p, q)
    found = joined(field, start, end)
    good = all_finite(found.start)
    length = _root(2.0 * energy_and_momenta(field, start, end, found)[0], good)
    return MeshCurve(field, found.path, found.elements, start, found.start), length, good


def carried_mesh(field: Field, p: Params, v: Params, q: Params) -> tuple[Params, Flag]:
    """v at p, carried to q."""
    start, end = _ends(field, p, q)
    found = _carried(field, p, v, start, end, joined(field, start, end).start)
    return found, all_finite(found)


@compiled
def _vector(field: Field, z: Vector, vector: Vector) -> Params:
    return from_chart(field, z, vector)[1]


@jax.jit
def _root(square: Scalar, good: Flag) -> Scalar:
    apart = (square > 0) | ~good
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, square, 1.0)), 0.0 * square)


@compiled
def _carried(field: Field, p: Params, v: Params, start: Vector, end: Vector, first: Vector) -> Params:
    _, vector = to_chart(field, p, v)
    state = jnp.concatenate([start, first, vector])
    carried = flow(Transport(field), state, tolerance_of(field, None))[2 * start.size :]
    return from_chart(field, end, carried)[1]

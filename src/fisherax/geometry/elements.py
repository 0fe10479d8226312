"""The energy of a path, a few elements at a time: its value, its expansion, and Newton's step.

What is inside an element meets the others through its two ends alone: elements are eliminated by themselves, a few at
once, and a block-tridiagonal system for their joints remains.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._types import Array, Bool, Float, Scalar, Vector
from .elimination import eliminated_with_pivot
from .field import Field
from .mesh import COARSEST, DEGREE, FINEST, SLOPES, WEIGHTS, Count, Path

_INDEX = np.arange(COARSEST)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]
_ENDS, _INNER = np.array([0, DEGREE]), np.arange(1, DEGREE)


# ---- the energy, a few elements at a time ----------------------------------------------------------------------


def _lagrangian(field: Field, y: Float[Array, " y"]) -> Scalar:
    k = y.size // 2
    return 0.5 * field.square(field.coordinates.to_params, y[:k], y[k:])


def _states(path: Path, elements: Count, first: Array, count: int = COARSEST) -> Float[Array, "e points y"]:
    """Points and velocities at the nodes of a few elements, the first of them given."""
    rows = lax.dynamic_slice_in_dim(path, first * DEGREE, count * DEGREE + 1)[_INDEX[:count]]
    velocities = elements * jnp.einsum("ij,ejk->eik", jnp.asarray(SLOPES, path.dtype), rows)
    return jnp.concatenate([rows, velocities], axis=-1)


def over(elements: Count, part: Callable[[Array, Any], Any], start: Any) -> Any:
    """Loop over all elements, COARSEST at a time: carry → part(first element, carry)."""
    return lax.fori_loop(0, elements // COARSEST, lambda i, carry: part(i * COARSEST, carry), start)


def energy(field: Field, path: Path, elements: Count) -> Scalar:
    """E of the path."""
    weights = jnp.asarray(WEIGHTS, path.dtype)

    def part(first: Array, total: Scalar) -> Scalar:
        values = jax.vmap(jax.vmap(lambda y: _lagrangian(field, y)))(_states(path, elements, first))
        return total + jnp.sum(weights * values) / elements

    return over(elements, part, jnp.zeros((), path.dtype))


class _Reduced(NamedTuple):
    """The expansion of E about a path, with all that is inside an element eliminated; a row for each element."""

    ends: Float[Array, "e a"]  # the gradient at the two ends, reduced
    schur: Float[Array, "e a a"]
    coupled: Float[Array, "e s a"]  # inner nodes = −alone − coupled · ends
    alone: Float[Array, "e s"]
    inner: Float[Array, "e s"]  # the gradient at the inner nodes
    plain: Float[Array, "e a"]  # that at the two ends
    pivot: Float[Array, " e"]  # the smallest pivot of the elimination


def _expanded(field: Field, states: Array, elements: Count, whole: Scalar) -> tuple[Array, Array]:
    """E's gradient on the nodes of some elements (e, d+1, k), and its Hessian there (e, d+1, k, d+1, k).

    With `whole` 0 instead of 1 the Hessian is that of a metric that does not move.
    """
    dtype, k = states.dtype, states.shape[-1] // 2
    weights, matrix = jnp.asarray(WEIGHTS, dtype) / elements, jnp.asarray(SLOPES, dtype) * elements
    value = lambda y: _lagrangian(field, y)  # noqa: E731

    def at(y: Array) -> tuple[Array, Array]:
        # Forward over forward compiles faster, and costs no more for a few coordinates.
        gradient = jax.jacfwd(value) if k <= 4 else jax.grad(value)
        return jax.jacfwd(lambda y: (gradient(y),) * 2, has_aux=True)(y)

    bends, slopes = jax.vmap(jax.vmap(at))(states)
    slopes, bends = weights[:, None] * slopes, weights[:, None, None] * bends
    bends = bends.at[..., :k, :].multiply(whole).at[..., k:, :k].multiply(whole)
    eye = jnp.eye(DEGREE + 1, dtype=dtype)
    gradient = slopes[..., :k] + jnp.einsum("na,enk->eak", matrix, slopes[..., k:])
    cross = jnp.einsum("enij,nb->enibj", bends[..., :k, k:], matrix)
    hessian = (
        jnp.einsum("enij,na,nb->eaibj", bends[..., :k, :k], eye, eye)
        + jnp.einsum("na,enibj->eaibj", eye, cross)
        + jnp.einsum("na,enibj->ebjai", eye, cross)
        + jnp.einsum("enij,na,nb->eaibj", bends[..., k:, k:], matrix, matrix)
    )
    return gradient, hessian


def _reduced(field: Field, states: Array, elements: Count, whole: Scalar) -> _Reduced:
    gradient, hessian = _expanded(field, states, elements, whole)
    count, k = gradient.shape[0], gradient.shape[2]
    size, both = _INNER.size * k, 2 * k
    a = hessian[:, _INNER][..., _INNER, :].reshape(count, size, size)
    b = hessian[:, _INNER][..., _ENDS, :].reshape(count, size, both)
    c = hessian[:, _ENDS][..., _ENDS, :].reshape(count, both, both)
    inner, plain = gradient[:, _INNER].reshape(count, size), gradient[:, _ENDS].reshape(count, both)
    solved, pivot = jax.vmap(eliminated_with_pivot)(a, jnp.concatenate([b, inner[..., None]], axis=-1))
    coupled, alone = solved[..., :-1], solved[..., -1]
    schur = c - jnp.einsum("esi,esj->eij", b, coupled)
    return _Reduced(plain - jnp.einsum("esi,es->ei", b, alone), schur, coupled, alone, inner, plain, pivot)


# ---- Newton's step ----------------------------------------------------------------------------------------------


def newton(field: Field, path: Path, elements: Count, whole: Scalar) -> tuple[Path, Scalar, Bool[Array, ""]]:
    """−H⁻¹g with the ends of the path held, gᵀH⁻¹g, and whether H is positive definite."""
    k, dtype = path.shape[1], path.dtype
    size = _INNER.size * k
    both = 2 * k
    shapes = (both,), (both, both), (size, both), (size,), (size,), (both,)
    ends, schur, coupled, alone, inner, plain = (jnp.zeros((FINEST, *shape), dtype) for shape in shapes)
    empty = _Reduced(ends, schur, coupled, alone, inner, plain, jnp.ones(FINEST, dtype))

    def part(first: Array, table: _Reduced) -> _Reduced:
        rows = _reduced(field, _states(path, elements, first), elements, whole)
        return _Reduced(
            *(lax.dynamic_update_slice_in_dim(a, b, first, 0) for a, b in zip(table, rows, strict=True))
        )

    table = over(elements, part, empty)
    joints, pivot = _joints(table, elements, k)
    outer = jnp.concatenate([joints[:-1], joints[1:]], axis=-1)
    inside = -table.alone - jnp.einsum("esi,ei->es", table.coupled, outer)
    gained = jnp.sum(table.inner * inside) + jnp.sum(table.plain * outer)
    steps = jnp.concatenate([joints[:-1, None], inside.reshape(FINEST, DEGREE - 1, k)], axis=1)
    steps = jnp.concatenate([steps.reshape(FINEST * DEGREE, k), joints[-1:]])
    return steps, -gained, (pivot > 0) & (jnp.min(table.pivot) > 0)


def _joints(table: _Reduced, elements: Count, k: int) -> tuple[Float[Array, "joints k"], Scalar]:
    """The step of the joints, by block elimination from the first to the last and back; both ends are held."""
    here, there = slice(0, k), slice(k, 2 * k)
    zero = jnp.zeros((FINEST + 1, k), table.ends.dtype)
    unit = jnp.zeros((FINEST + 1, k, k), table.ends.dtype)

    def forwards(i: Array, carry: tuple[Array, Array, Scalar]) -> tuple[Array, Array, Scalar]:
        # Joint i lies between the elements i − 1 and i: step_i = base_i + slope_i step_{i+1}.
        base, slope, least = carry
        left, right = table.schur[i - 1], table.schur[i]
        diagonal = left[there, there] + right[here, here] + left[there, here] @ slope[i - 1]
        force = table.ends[i - 1, there] + table.ends[i, here] + left[there, here] @ base[i - 1]
        solved, pivot = eliminated_with_pivot(
            diagonal, -jnp.concatenate([force[:, None], right[here, there]], axis=1)
        )
        return base.at[i].set(solved[:, 0]), slope.at[i].set(solved[:, 1:]), jnp.minimum(least, pivot)

    base, slope, least = lax.fori_loop(1, elements, forwards, (zero, unit, jnp.ones((), zero.dtype)))

    def backwards(j: Array, steps: Array) -> Array:
        i = elements - j
        return steps.at[i].set(base[i] + slope[i] @ steps[i + 1])

    return lax.fori_loop(1, elements, backwards, zero), least


# ---- what the path says ------------------------------------------------------------------------------------------


def joint_jump(field: Field, path: Path, elements: Count, energy: Scalar) -> Scalar:
    """The largest jump of the velocity where two elements meet, relative to the speed.

    A minimum of the energy makes the momentum continuous only as far as the polynomials can: the jump is of the
    order of the error of the path's derivative, and its square of that of the energy.
    """
    k = path.shape[1]

    def part(first: Array, carry: tuple[Scalar, Vector]) -> tuple[Scalar, Vector]:
        largest, before = carry
        states = _states(path, elements, first)
        points, velocities = states[:, 0, :k], states[..., k:]
        jumps = velocities[:, 0] - jnp.concatenate([before[None], velocities[:-1, -1]])
        squares = jax.vmap(lambda z, v: field.square(field.coordinates.to_params, z, v))(points, jumps)
        inside = first + jnp.arange(COARSEST) > 0  # the path's start is no joint
        return jnp.maximum(largest, jnp.max(jnp.where(inside, squares, 0.0))), velocities[-1, -1]

    largest, _ = over(elements, part, (jnp.zeros((), path.dtype), jnp.zeros(k, path.dtype)))
    return jnp.sqrt(largest / jnp.where(energy > 0, 2 * energy, 1.0))


def momenta(field: Field, path: Path, elements: Count) -> tuple[Vector, Vector]:
    """The momentum Gż at both ends of a path of least energy: −∂E/∂z(0) and ∂E/∂z(1), as good as the energy is."""

    def gradient(first: Array) -> Float[Array, "e points k"]:
        states = _states(path, elements, first, 1)
        k = path.shape[1]
        slopes = jax.vmap(jax.vmap(jax.jacfwd(lambda y: _lagrangian(field, y))))(states)
        slopes = jnp.asarray(WEIGHTS, path.dtype)[:, None] * slopes / elements
        return slopes[..., :k] + elements * jnp.einsum(
            "na,enk->eak", jnp.asarray(SLOPES, path.dtype), slopes[..., k:]
        )

    return -gradient(jnp.zeros((), int))[0, 0], gradient(elements - 1)[-1, -1]

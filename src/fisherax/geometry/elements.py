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
from .elimination import eliminated, eliminated_with_pivot
from .field import Field
from .mesh import COARSEST, DEGREE, FINEST, SLOPES, WEIGHTS, Count, Path

_INDEX = np.arange(COARSEST)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]
_ENDS, _INNER = np.array([0, DEGREE]), np.arange(1, DEGREE)


# ---- the energy, a few elements at a time ----------------------------------------------------------------------


def _lagrangian(field: Field, y: Float[Array, " y"]) -> Scalar:
    k = y.size // 2
    return 0.5 * field.square(field.coordinates.to_params, y[:k], y[k:])


def _states(path: Path, elements: Count, first: Array) -> Float[Array, "e points y"]:
    """Points and velocities at the nodes of COARSEST elements, the first of them given."""
    rows = lax.dynamic_slice_in_dim(path, first * DEGREE, COARSEST * DEGREE + 1)[_INDEX]
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
    metric: Float[Array, "e points k k"]  # at all nodes
    value: Float[Array, " e"]  # the element's share of E


def _expanded(
    field: Field, states: Array, elements: Count, whole: Scalar
) -> tuple[Array, Array, Array, Array]:
    """E's gradient on the nodes of some elements (e, d+1, k), its Hessian (e, d+1, k, d+1, k), the metric, and E.

    With `whole` 0 instead of 1 the Hessian is that of a metric that does not move.
    """
    dtype, k = states.dtype, states.shape[-1] // 2
    weights, matrix = jnp.asarray(WEIGHTS, dtype) / elements, jnp.asarray(SLOPES, dtype) * elements
    # Forward over forward compiles faster, and costs no more for a few coordinates.
    slope = jax.jacfwd if k <= 4 else jax.grad

    def gradient(y: Array) -> tuple[Array, tuple[Array, Array]]:
        found, value = slope(lambda y: (_lagrangian(field, y),) * 2, has_aux=True)(y)
        return found, (found, value)

    bends, (slopes, values) = jax.vmap(jax.vmap(jax.jacfwd(gradient, has_aux=True)))(states)
    metric, total = bends[..., k:, k:], jnp.sum(weights * values, axis=-1)
    slopes, bends = weights[:, None] * slopes, weights[:, None, None] * bends
    bends = bends.at[..., :k, :].multiply(whole).at[..., k:, :k].multiply(whole)
    eye = jnp.eye(DEGREE + 1, dtype=dtype)
    first = slopes[..., :k] + jnp.einsum("na,enk->eak", matrix, slopes[..., k:])
    cross = jnp.einsum("enij,nb->enibj", bends[..., :k, k:], matrix)
    hessian = (
        jnp.einsum("enij,na,nb->eaibj", bends[..., :k, :k], eye, eye)
        + jnp.einsum("na,enibj->eaibj", eye, cross)
        + jnp.einsum("na,enibj->ebjai", eye, cross)
        + jnp.einsum("enij,na,nb->eaibj", bends[..., k:, k:], matrix, matrix)
    )
    return first, hessian, metric, total


def _reduced(field: Field, states: Array, elements: Count, whole: Scalar) -> _Reduced:
    gradient, hessian, metric, value = _expanded(field, states, elements, whole)
    count, k = gradient.shape[0], gradient.shape[2]
    size, both = _INNER.size * k, 2 * k
    a = hessian[:, _INNER][..., _INNER, :].reshape(count, size, size)
    b = hessian[:, _INNER][..., _ENDS, :].reshape(count, size, both)
    c = hessian[:, _ENDS][..., _ENDS, :].reshape(count, both, both)
    inner, plain = gradient[:, _INNER].reshape(count, size), gradient[:, _ENDS].reshape(count, both)
    solved, pivot = jax.vmap(eliminated_with_pivot)(a, jnp.concatenate([b, inner[..., None]], axis=-1))
    coupled, alone = solved[..., :-1], solved[..., -1]
    schur = c - jnp.einsum("esi,esj->eij", b, coupled)
    ends = plain - jnp.einsum("esi,es->ei", b, alone)
    return _Reduced(ends, schur, coupled, alone, inner, plain, pivot, metric, value)


# ---- Newton's step ----------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """Newton's step from a path with its ends held, and what is known of E there."""

    change: Path
    """−H⁻¹g."""
    decrement: Scalar
    """gᵀH⁻¹g."""
    energy: Scalar
    """E before the step."""
    definite: Bool[Array, ""]
    """Whether H is positive definite."""
    furthest: Scalar
    """The longest step of a node, in the metric where it is."""
    first: Vector
    """ż at the start after the step, from the momentum −∂E/∂z(0), which is as good as E is."""
    last: Vector
    """ż at the end after the step, from ∂E/∂z(1)."""
    metric: Float[Array, "e points k k"]
    """At the nodes of every element, before the step."""


def newton(field: Field, path: Path, elements: Count, whole: Scalar) -> Step:
    """Newton's step; with `whole` 0 that of a metric that does not move, whose H is definite."""
    k, dtype = path.shape[1], path.dtype
    size = _INNER.size * k
    both = 2 * k
    shapes = (both,), (both, both), (size, both), (size,), (size,), (both,)
    zeros = [jnp.zeros((FINEST, *shape), dtype) for shape in shapes]
    empty = _Reduced(
        *zeros,
        pivot=jnp.ones(FINEST, dtype),
        metric=jnp.zeros((FINEST, DEGREE + 1, k, k), dtype),
        value=jnp.zeros(FINEST, dtype),
    )

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
    squares = jnp.einsum("eik,eikl,eil->ei", steps, table.metric[:, :-1], steps)
    # The gradient at the two ends of the path, as the expansion has it after the step.
    final = elements - 1
    momentum = jnp.stack(
        [
            -(table.ends[0] + table.schur[0] @ outer[0])[:k],
            (table.ends[final] + table.schur[final] @ outer[final])[k:],
        ]
    )
    first, last = (
        eliminated(metric, momentum[end][:, None])[:, 0]
        for end, metric in enumerate((table.metric[0, 0], table.metric[final, -1]))
    )
    change = jnp.concatenate([steps.reshape(FINEST * DEGREE, k), joints[-1:]])
    definite = (pivot > 0) & (jnp.min(table.pivot) > 0)
    furthest = jnp.sqrt(jnp.max(squares))
    return Step(change, -gained, jnp.sum(table.value), definite, furthest, first, last, table.metric)


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


def joint_jump(path: Path, elements: Count, metric: Float[Array, "e points k k"], energy: Scalar) -> Scalar:
    """The largest jump of the velocity where two elements meet, relative to the speed.

    A minimum of the energy makes the momentum continuous only as far as the polynomials can: the jump is of the
    order of the error of the path's derivative, and its square of that of the energy.
    """
    rows = path[np.arange(FINEST)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]]
    last, first = jnp.asarray(SLOPES[-1], path.dtype), jnp.asarray(SLOPES[0], path.dtype)
    jumps = elements * (jnp.einsum("j,ejk->ek", first, rows[1:]) - jnp.einsum("j,ejk->ek", last, rows[:-1]))
    squares = jnp.einsum("ek,ekl,el->e", jumps, metric[1:, 0], jumps)
    squares = jnp.where(jnp.arange(1, FINEST) < elements, squares, 0.0)
    return jnp.sqrt(jnp.max(squares) / jnp.where(energy > 0, 2 * energy, 1.0))

"""The path of least energy between two points, on a mesh of high-order elements.

    E(z) = ½ ∫₀¹ żᵀ G(z) ż dt,     distance² = 2 E at the minimum

The path is a polynomial on each element, known by its values at the element's Gauss–Lobatto points; the energy is
summed by Lobatto's rule, and minimised by Newton's method with step control. A geodesic has constant speed, so equal
elements are the right ones. At the minimum the energy is superconvergent: its error is the square of the path's.

What is inside an element meets the others through its two ends alone: elements are eliminated by themselves, a few at
once, and a block-tridiagonal system for their joints remains.

References:
    Canuto, Hussaini, Quarteroni and Zang (2007), Spectral Methods: Evolution to Complex Geometries, §5.3.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._types import Array, Bool, Float, Int, Scalar, Vector
from .elimination import eliminated
from .field import Field
from .mesh import COARSEST, DEGREE, FINEST, SLOPES, WEIGHTS, Count, Path, times

_INDEX = np.arange(COARSEST)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]
_ENDS, _INNER = np.array([0, DEGREE]), np.arange(1, DEGREE)


# ---- the energy, a few elements at a time ----------------------------------------------------------------------


def _lagrangian(field: Field, y: Float[Array, " 2k"]) -> Scalar:
    k = y.size // 2
    return 0.5 * field.square(field.coordinates.to_params, y[:k], y[k:])


def _states(path: Path, elements: Count, first: Array) -> Float[Array, "e nodes 2k"]:
    """Points and velocities at the nodes of COARSEST elements, the first of them given."""
    rows = lax.dynamic_slice_in_dim(path, first * DEGREE, COARSEST * DEGREE + 1)[_INDEX]
    velocities = elements * jnp.einsum("ij,ejk->eik", jnp.asarray(SLOPES, path.dtype), rows)
    return jnp.concatenate([rows, velocities], axis=-1)


def _over(elements: Count, part: Callable[[Array, Any], Any], start: Any) -> Any:
    """Loop over all elements, COARSEST at a time: carry → part(first element, carry)."""
    return lax.fori_loop(0, elements // COARSEST, lambda i, carry: part(i * COARSEST, carry), start)


def energy(field: Field, path: Path, elements: Count) -> Scalar:
    """E of the path."""
    weights = jnp.asarray(WEIGHTS, path.dtype)

    def part(first: Array, total: Scalar) -> Scalar:
        values = jax.vmap(jax.vmap(lambda y: _lagrangian(field, y)))(_states(path, elements, first))
        return total + jnp.sum(weights * values) / elements

    return _over(elements, part, jnp.zeros((), path.dtype))


class _Reduced(NamedTuple):
    """The expansion of E about a path, with all that is inside an element eliminated; a row for each element."""

    ends: Float[Array, "e a"]  # the gradient at the two ends, reduced
    schur: Float[Array, "e a a"]
    coupled: Float[Array, "e s a"]  # inner nodes = −alone − coupled · ends
    alone: Float[Array, "e s"]
    inner: Float[Array, "e s"]  # the gradient at the inner nodes
    plain: Float[Array, "e a"]  # that at the two ends


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
        return gradient(y), jax.jacfwd(gradient)(y)

    slopes, bends = jax.vmap(jax.vmap(at))(states)
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
    solved = jax.vmap(eliminated)(a, jnp.concatenate([b, inner[..., None]], axis=-1))
    coupled, alone = solved[..., :-1], solved[..., -1]
    schur = c - jnp.einsum("esi,esj->eij", b, coupled)
    return _Reduced(plain - jnp.einsum("esi,es->ei", b, alone), schur, coupled, alone, inner, plain)


# ---- Newton's step ----------------------------------------------------------------------------------------------


def _newton(field: Field, path: Path, elements: Count, whole: Scalar) -> tuple[Path, Scalar]:
    """−H⁻¹g with the ends of the path held, and gᵀH⁻¹g."""
    k, dtype = path.shape[1], path.dtype
    size = _INNER.size * k
    shapes = _Reduced((2 * k,), (2 * k, 2 * k), (size, 2 * k), (size,), (size,), (2 * k,))
    empty = _Reduced(*(jnp.zeros((FINEST, *shape), dtype) for shape in shapes))

    def part(first: Array, table: _Reduced) -> _Reduced:
        rows = _reduced(field, _states(path, elements, first), elements, whole)
        return _Reduced(
            *(lax.dynamic_update_slice_in_dim(a, b, first, 0) for a, b in zip(table, rows, strict=True))
        )

    table = _over(elements, part, empty)
    joints = _joints(table, elements, k)
    outer = jnp.concatenate([joints[:-1], joints[1:]], axis=-1)
    inside = -table.alone - jnp.einsum("esi,ei->es", table.coupled, outer)
    gained = jnp.sum(table.inner * inside) + jnp.sum(table.plain * outer)
    steps = jnp.concatenate([joints[:-1, None], inside.reshape(FINEST, DEGREE - 1, k)], axis=1)
    steps = jnp.concatenate([steps.reshape(FINEST * DEGREE, k), joints[-1:]])
    return steps, -gained


def _joints(table: _Reduced, elements: Count, k: int) -> Float[Array, "joints k"]:
    """The step of the joints, by block elimination from the first to the last and back; both ends are held."""
    here, there = slice(0, k), slice(k, 2 * k)
    zero = jnp.zeros((FINEST + 1, k), table.ends.dtype)
    unit = jnp.zeros((FINEST + 1, k, k), table.ends.dtype)

    def forwards(i: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        # Joint i lies between the elements i − 1 and i: step_i = base_i + slope_i step_{i+1}.
        base, slope = carry
        left, right = table.schur[i - 1], table.schur[i]
        diagonal = left[there, there] + right[here, here] + left[there, here] @ slope[i - 1]
        force = table.ends[i - 1, there] + table.ends[i, here] + left[there, here] @ base[i - 1]
        solved = eliminated(diagonal, -jnp.concatenate([force[:, None], right[here, there]], axis=1))
        return base.at[i].set(solved[:, 0]), slope.at[i].set(solved[:, 1:])

    base, slope = lax.fori_loop(1, elements, forwards, (zero, unit))

    def backwards(j: Array, steps: Array) -> Array:
        i = elements - j
        return steps.at[i].set(base[i] + slope[i] @ steps[i + 1])

    return lax.fori_loop(1, elements, backwards, zero)


# ---- minimisation -----------------------------------------------------------------------------------------------

_REACH = 2.0
"""How far, in the metric itself, a step may move a node: there the metric is another one."""
_NEAR = 4.0
"""Over this distance, in the metric along the straight line, that line is a start."""
_PATIENCE = 100
"""Newton steps on one mesh."""


class Relaxed(NamedTuple):
    """The end of a minimisation.

    Attributes:
        path: The nodes, ends included.
        energy: E there.
        iterations: Newton steps.
        converged: Whether nothing is left to gain.
    """

    path: Path
    energy: Scalar
    iterations: Int[Array, ""]
    converged: Bool[Array, ""]


class _Walk(NamedTuple):
    path: Path
    energy: Scalar
    decrement: Scalar
    whole: Scalar  # 1 for Newton's matrix, 0 for Gauss and Newton's
    share: Scalar
    way: Scalar  # where the path ends so far: this share of the chord
    count: Int[Array, ""]
    done: Bool[Array, ""]


def connect(
    field: Field, elements: Count, start: Vector, end: Vector, near: Path, known: Bool[Array, ""]
) -> Relaxed:
    """The path of least energy between two points.

    It begins with the straight line to a point on the chord that is near in the metric, and the end moves away by a
    factor of two as soon as the path to it has settled: far apart, a geodesic has nothing of the straight line. A
    Newton step that does not lower the energy is replaced by one with the metric held (Gauss and Newton's, whose
    matrix is definite), and that one is shortened until it does.

    Args:
        field: The metric.
        elements: How many.
        start: One end.
        end: The other.
        near: A path.
        known: Whether that path is near the geodesic, so that it is the one to begin with.
    """
    dtype = start.dtype
    eps = float(jnp.finfo(dtype).eps)
    enough = max(1e-18, (1e3 * eps) ** 2)
    to_params = field.coordinates.to_params
    chord = end - start
    share_of = field.pulled(to_params, start) @ chord
    whole_chord = jnp.where(share_of @ chord > 0, share_of @ chord, 1.0)
    last = elements * DEGREE

    def proceed(walk: _Walk) -> _Walk:
        step, decrement = _newton(field, walk.path, elements, walk.whole)
        furthest = _furthest(field, walk.path, step, elements)
        share = jnp.minimum(walk.share, _REACH / jnp.maximum(furthest, _REACH))
        trial = walk.path + share * step
        value = energy(field, trial, elements)
        newton = walk.whole > 0
        good = (decrement >= 0) & (value <= walk.energy * (1 + 16 * eps))  # not where it is NaN
        # Closer than the energy's own rounding it says nothing any more, and Newton's steps are trusted.
        small = jnp.abs(decrement) <= 1e4 * eps * walk.energy
        close = newton & (walk.way >= 1) & small & jnp.isfinite(value)
        good = good | close
        path, value = jnp.where(good, trial, walk.path), jnp.where(good, value, walk.energy)
        # On to a point further away, with the path stretched along the chord.
        settled = newton & good & (decrement <= 0.3 * value)
        way = jnp.where(settled, jnp.minimum(1.0, 2 * walk.way), walk.way)
        moved = way != walk.way
        along = (path - start) @ share_of / whole_chord
        path = path + ((way / walk.way - 1) * along)[:, None] * chord
        return _Walk(
            path.at[last].set(start + way * chord),
            jnp.where(moved, energy(field, path, elements), value),
            decrement,
            jnp.where(good, 1.0, 0.0).astype(dtype),
            jnp.where(good, jnp.minimum(1.0, 4 * share), jnp.where(newton, 1.0, 0.25 * share)),
            way,
            walk.count + 1,
            close & ((jnp.abs(decrement) <= enough * value) | (decrement >= 0.1 * walk.decrement)),
        )

    def goes_on(walk: _Walk) -> Bool[Array, ""]:
        return ~walk.done & (walk.count < _PATIENCE) & (walk.share > 1e-10)

    one = jnp.ones((), dtype)
    share, length = _run_through(field, start, chord)
    way = jnp.where(known, 1.0, jnp.minimum(1.0, _NEAR / jnp.maximum(length, _NEAR)))
    way = way.astype(dtype)
    line = jnp.where(way < 1, times(elements), share(times(elements)))
    first = jnp.where(known, near, start + (way * line)[:, None] * chord).astype(dtype)
    first = first.at[last].set(start + way * chord)
    nothing = jnp.zeros((), int), jnp.zeros((), bool)
    walk = _Walk(first, energy(field, first, elements), one * jnp.inf, one, one, way, *nothing)
    end_of = lax.while_loop(goes_on, proceed, walk)
    return Relaxed(end_of.path, end_of.energy, end_of.count, end_of.done)


def _furthest(field: Field, path: Path, step: Path, elements: Count) -> Scalar:
    """The longest of the steps of the nodes, in the metric where each is."""

    def part(first: Array, longest: Scalar) -> Scalar:
        cut = lambda a: lax.dynamic_slice_in_dim(a, first * DEGREE, COARSEST * DEGREE)  # noqa: E731
        squares = jax.vmap(lambda z, v: field.square(field.coordinates.to_params, z, v))(cut(path), cut(step))
        return jnp.maximum(longest, jnp.sqrt(jnp.max(squares)))

    return _over(elements, part, jnp.zeros((), path.dtype))


def _run_through(field: Field, start: Vector, chord: Vector) -> tuple[Callable[[Array], Array], Scalar]:
    """The share of the chord that has been covered at a time, at constant speed, and the chord's length."""
    grid = jnp.linspace(0.0, 1.0, 129, dtype=start.dtype)

    def speed(t: Scalar) -> Scalar:
        return jnp.sqrt(field.square(field.coordinates.to_params, start + t * chord, chord))

    speeds = jax.vmap(speed)(grid)
    lengths = jnp.concatenate([jnp.zeros(1, start.dtype), jnp.cumsum(0.5 * (speeds[1:] + speeds[:-1]))])
    total = lengths[-1]
    covered = jnp.where(total > 0, lengths / jnp.where(total > 0, total, 1.0), grid)
    return lambda at: jnp.interp(at, covered, grid), total / 128


# ---- what the path says ------------------------------------------------------------------------------------------


def joint_jump(field: Field, path: Path, elements: Count) -> Scalar:
    """The largest jump of the velocity where two elements meet, relative to the speed.

    A minimum of the energy makes the momentum continuous only as far as the polynomials can: the jump is of the
    order of the error of the path's derivative, and its square of that of the energy.
    """
    rows = path[np.arange(FINEST)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]]
    last, first = jnp.asarray(SLOPES[-1], path.dtype), jnp.asarray(SLOPES[0], path.dtype)
    jumps = elements * (jnp.einsum("j,ejk->ek", first, rows[1:]) - jnp.einsum("j,ejk->ek", last, rows[:-1]))
    jumps = jnp.where((jnp.arange(1, FINEST) < elements)[:, None], jumps, 0.0)
    at = jnp.where((jnp.arange(1, FINEST) < elements)[:, None], rows[1:, 0], path[0])
    squares = jax.vmap(lambda z, v: field.square(field.coordinates.to_params, z, v))(at, jumps)
    twice = 2 * energy(field, path, elements)
    return jnp.sqrt(jnp.max(squares) / jnp.where(twice > 0, twice, 1.0))


def momenta(field: Field, path: Path, elements: Count) -> tuple[Vector, Vector]:
    """The momentum Gż at both ends of a path of least energy: −∂E/∂z(0) and ∂E/∂z(1), as good as the energy is."""

    def gradient(first: Array) -> Float[Array, "e nodes k"]:
        states = _states(path, elements, first)
        k = path.shape[1]
        slopes = jax.vmap(jax.vmap(jax.jacfwd(lambda y: _lagrangian(field, y))))(states)
        slopes = jnp.asarray(WEIGHTS, path.dtype)[:, None] * slopes / elements
        return slopes[..., :k] + elements * jnp.einsum(
            "na,enk->eak", jnp.asarray(SLOPES, path.dtype), slopes[..., k:]
        )

    return -gradient(jnp.zeros((), int))[0, 0], gradient(elements - COARSEST)[-1, -1]

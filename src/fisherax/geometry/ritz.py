"""The path of least energy between two points, on a mesh of high-order elements.

    E(z) = ½ ∫₀¹ żᵀ G(z) ż dt,     distance² = 2 E at the minimum

The path is a polynomial on each element, known by its values at the element's Gauss–Lobatto points; the energy is
summed by Lobatto's rule, and minimised by Newton's method with step control. A geodesic has constant speed, so equal
elements are the right ones. At the minimum the energy is superconvergent: its error is the square of the path's.

References:
    Canuto, Hussaini, Quarteroni and Zang (2007), Spectral Methods: Evolution to Complex Geometries, §5.3.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .._types import Array, Bool, Int, Scalar, Vector
from .elements import Step, energy, joint_jump, newton
from .field import Field
from .mesh import DEGREE, Count, Path, times

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
        first: ż at the start.
        last: ż at the end.
        jump: How far from smooth the path is (see `joint_jump`).
        iterations: Newton steps.
        converged: Whether nothing is left to gain.
        minimal: Whether the second variation is positive, so that every path near it is longer.
    """

    path: Path
    first: Vector
    last: Vector
    jump: Scalar
    iterations: Int[Array, ""]
    converged: Bool[Array, ""]
    minimal: Bool[Array, ""]


class _Walk(NamedTuple):
    path: Path
    step: Step  # the last one
    whole: Scalar  # 1 for Newton's matrix, 0 for Gauss and Newton's
    share: Scalar
    way: Scalar  # where the path ends so far: this share of the chord
    steps: Int[Array, ""]
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
        step = newton(field, walk.path, elements, walk.whole)
        decrement = step.decrement
        share = jnp.minimum(walk.share, _REACH / jnp.maximum(step.furthest, _REACH))
        trial = walk.path + share * step.change
        value = energy(field, trial, elements)
        whole = walk.whole > 0
        good = (decrement >= 0) & (value <= step.energy * (1 + 16 * eps))  # not where it is NaN
        # Closer than the energy's own rounding it says nothing any more, and Newton's steps are trusted.
        small = jnp.abs(decrement) <= 1e4 * eps * step.energy
        close = whole & (walk.way >= 1) & small & jnp.isfinite(value)
        good = good | close
        path = jnp.where(good, trial, walk.path)
        # On to a point further away, with the path stretched along the chord.
        settled = whole & good & (decrement <= 0.3 * value)
        way = jnp.where(settled, jnp.minimum(1.0, 2 * walk.way), walk.way)
        along = (path - start) @ share_of / whole_chord
        path = path + ((way / walk.way - 1) * along)[:, None] * chord
        return _Walk(
            path.at[last].set(start + way * chord),
            step,
            jnp.where(good, 1.0, 0.0).astype(dtype),
            jnp.where(good, jnp.minimum(1.0, 4 * share), jnp.where(whole, 1.0, 0.25 * share)),
            way,
            walk.steps + 1,
            close
            & (share >= 1)
            & (
                (jnp.abs(decrement) <= enough * value)
                | (jnp.abs(decrement) >= 0.1 * jnp.abs(walk.step.decrement))
            ),
        )

    def goes_on(walk: _Walk) -> Bool[Array, ""]:
        return ~walk.done & (walk.steps < _PATIENCE) & (walk.share > 1e-10)

    one = jnp.ones((), dtype)
    share, length = _run_through(field, start, chord)
    way = jnp.where(known, 1.0, jnp.minimum(1.0, _NEAR / jnp.maximum(length, _NEAR)))
    way = way.astype(dtype)
    line = jnp.where(way < 1, times(elements), share(times(elements)))
    first = jnp.where(known, near, start + (way * line)[:, None] * chord).astype(dtype)
    first = first.at[last].set(start + way * chord)
    unknown = jax.tree.map(
        lambda leaf: jnp.zeros(leaf.shape, leaf.dtype),
        jax.eval_shape(lambda path: newton(field, path, elements, one), first),
    )
    unknown = unknown._replace(decrement=one * jnp.inf)
    walk = _Walk(first, unknown, one, one, way, jnp.zeros((), int), jnp.zeros((), bool))
    walk = lax.while_loop(goes_on, proceed, walk)
    step = walk.step
    jump = joint_jump(walk.path, elements, step.metric, step.energy)
    return Relaxed(walk.path, step.first, step.last, jump, walk.steps, walk.done, step.definite)


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

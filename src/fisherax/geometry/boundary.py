"""The geodesic between two points, on a mesh as fine as it needs, with its derivatives.

The mesh is made finer until the path is smooth enough, which is read off the path itself: by how much the velocity
jumps where elements meet.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax import custom_batching

from .._types import Array, Bool, Float, Scalar, Vector
from .elimination import eliminated
from .field import Around, Field
from .flow import Spray, default_tolerance, flow_and_jacobian
from .mesh import COARSEST, FINEST, ROWS, Count, Path, halved
from .ritz import connect


def smooth_enough(dtype: Any) -> float:
    """The jump of the velocity up to which a mesh will do: the error of a distance is of the order of its square."""
    return 3e-6 if dtype == jnp.float64 else 1e-3


_ON_THE_FINEST = 10.0
"""By how much it may be larger where no finer mesh is left."""


class Solution(NamedTuple):
    """A geodesic between two points.

    Attributes:
        path: The nodes, less the start.
        elements: The mesh.
        start: ż(0).
        end: ż(1).
        jump: How far from smooth the path is (see `joint_jump`).
        found: Whether the minimisation ended.
        minimal: Whether every path near it is longer: no point before the end is conjugate to the start.
    """

    path: Path
    elements: Count
    start: Vector
    end: Vector
    jump: Scalar
    found: Bool[Array, ""]
    minimal: Bool[Array, ""]

    @property
    def good(self) -> Bool[Array, ""]:
        """Whether it is a geodesic: found, and on a mesh that is fine enough."""
        slack = jnp.where(self.elements < FINEST, 1.0, _ON_THE_FINEST)
        return self.found & (self.jump <= slack * smooth_enough(self.path.dtype))


def _on_mesh(field: Field, elements: Count, start: Vector, end: Vector, near: Path, known: Array) -> Solution:
    relaxed = connect(field, elements, start, end, near, known)
    return Solution(
        relaxed.path, elements, relaxed.first, relaxed.last, relaxed.jump, relaxed.converged, relaxed.minimal
    )


def solve(field: Field, start: Vector, end: Vector) -> Solution:
    """The geodesic between two points: elements are halved until it is smooth enough.

    It is sought as a difference from its start, so that paths of any length are known to the same relative precision.
    """
    field, end = Around.at(field, start), end - start
    start = jnp.zeros_like(start)

    def finer(known: Solution) -> Solution:
        elements = 2 * known.elements
        return _on_mesh(field, elements, start, end, halved(known.path), known.found)

    def goes_on(known: Solution) -> Bool[Array, ""]:
        return ~known.good & (known.elements < FINEST)

    k, dtype = start.size, start.dtype
    nowhere = jnp.zeros(k, dtype)
    nothing = (
        jnp.asarray(COARSEST // 2),
        nowhere,
        nowhere,
        jnp.asarray(jnp.inf, dtype),
        jnp.asarray(False),
        jnp.asarray(False),
    )
    return jax.lax.while_loop(goes_on, finer, Solution(jnp.zeros((ROWS, k), dtype), *nothing))


def one_by_one(field: Field, start: Vector, end: Vector) -> Solution:
    """`solve`, which under `vmap` solves one pair after the other.

    Pairs differ in the mesh and the steps that they need, and a batch in lockstep would do for all what the hardest
    one needs; the nodes of one mesh fill the machine's vectors already.
    """
    leaves, static = eqx.partition(field, eqx.is_array)

    @custom_batching.custom_vmap
    def one(leaves: Any, start: Vector, end: Vector) -> Solution:
        return _solve(eqx.combine(leaves, static), start, end)

    @one.def_vmap
    def _(size: int, batched: Any, *arguments: Any) -> tuple[Solution, Any]:
        each = jtu.tree_map(
            lambda a, is_batched: a if is_batched else jnp.broadcast_to(a, (size, *a.shape)),
            arguments,
            tuple(batched),
        )
        found = _solve_all(static, *each)
        return found, jtu.tree_map(lambda _: True, found)

    return one(leaves, start, end)


# Compiled here, so that calls that are not themselves compiled share them.
_solve = eqx.filter_jit(solve)


@eqx.filter_jit
def _solve_all(static: Any, leaves: Any, starts: Array, ends: Array) -> Solution:
    return jax.lax.map(
        lambda pair: one_by_one(eqx.combine(pair[0], static), *pair[1:]), (leaves, starts, ends)
    )


class Joined(NamedTuple):
    """What is kept of a geodesic between two points; NaN where none was found.

    Attributes:
        start: ż(0).
        end: ż(1).
        path: The nodes, less the start, without a derivative of their own.
        elements: The mesh, as a floating-point number.
    """

    start: Vector
    end: Vector
    path: Path
    elements: Scalar


@eqx.filter_custom_jvp
def joined(field: Field, start: Vector, end: Vector) -> Joined:
    """The shortest geodesic between two points."""
    found = one_by_one(field, start, end)
    good = found.good & found.minimal
    first, last, path = (jnp.where(good, part, jnp.nan) for part in (found.start, found.end, found.path))
    return Joined(first, last, path, found.elements.astype(start.dtype))


@joined.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Joined, Joined]:
    # exp(p, v) = q: ∂q/∂p dp + ∂q/∂v dv = dq, with derivatives from the linearised flow.
    field, start, end = primals
    d_start, d_end = (jnp.zeros_like(start) if t is None else t for t in tangents[1:])
    found = joined(field, start, end)
    by_start, by_end = _slopes(field, start, found.start)
    d_first, d_last = jnp.split(by_start @ d_start + by_end @ d_end, 2)
    still = jnp.zeros_like(found.path), jnp.zeros_like(found.elements)
    return found, Joined(d_first, d_last, *still)


@eqx.filter_jit
def _slopes(field: Field, start: Vector, velocity: Vector) -> tuple[Float[Array, "m p"], Float[Array, "m p"]]:
    """The derivatives of ż(0) and ż(1), one above the other, in the start and in the end."""
    k = start.size
    state = jnp.concatenate([start, velocity])
    _, jacobian = flow_and_jacobian(Spray(field), state, default_tolerance(start.dtype))
    inverse = eliminated(jacobian[:k, k:], jnp.eye(k, dtype=start.dtype))
    by_start = -inverse @ jacobian[:k, :k]
    last = jacobian[k:, k:]
    return (
        jnp.concatenate([by_start, jacobian[k:, :k] + last @ by_start]),
        jnp.concatenate([inverse, last @ inverse]),
    )


@eqx.filter_custom_jvp
def half_square(field: Field, start: Vector, end: Vector) -> Scalar:
    """½ distance²: the energy of the geodesic."""
    return energy_and_momenta(field, start, end, joined(field, start, end))[0]


@half_square.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Scalar, Scalar]:
    # The first variation of the energy: ⟨ż(1), dq⟩ − ⟨ż(0), dp⟩.
    field, start, end = primals
    value, first, last = energy_and_momenta(field, start, end, joined(field, start, end))
    change = jnp.zeros_like(value)
    if tangents[1] is not None:
        change = change - first @ tangents[1]
    if tangents[2] is not None:
        change = change + last @ tangents[2]
    return value, change


@eqx.filter_jit
def energy_and_momenta(
    field: Field, start: Vector, end: Vector, ways: Joined
) -> tuple[Scalar, Vector, Vector]:
    """½ |ż(0)|², and G ż at both ends."""
    to_params = field.coordinates.to_params
    first, last = field.pulled(to_params, start) @ ways.start, field.pulled(to_params, end) @ ways.end
    return 0.5 * ways.start @ first, first, last

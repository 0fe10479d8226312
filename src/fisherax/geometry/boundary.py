"""The geodesic between two points, on a mesh as fine as it needs, with its derivatives.

The mesh is made finer until the path is smooth enough, which is read off the path itself: by how much the velocity
jumps where elements meet.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import custom_batching

from .._types import Array, Bool, Scalar, Vector
from .elements import joint_jump, momenta
from .elimination import eliminated
from .field import Field
from .flow import Spray, default_tolerance, flow_and_jacobian
from .mesh import COARSEST, FINEST, ROWS, Count, Path, halved
from .ritz import connect


def smooth_enough(dtype: Any) -> float:
    """The jump of the velocity up to which a mesh will do: its square bounds the error of the distance."""
    return 3e-5 if dtype == jnp.float64 else 1e-3


class Solution(NamedTuple):
    """A geodesic between two points.

    Attributes:
        path: The nodes.
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
        return self.found & (self.jump <= smooth_enough(self.path.dtype))


def _on_mesh(field: Field, elements: Count, start: Vector, end: Vector, near: Path, known: Array) -> Solution:
    relaxed = connect(field, elements, start, end, near, known)
    first, last = momenta(field, relaxed.path, elements)
    to_params = field.coordinates.to_params
    v0 = eliminated(field.pulled(to_params, start), first[:, None])[:, 0]
    v1 = eliminated(field.pulled(to_params, end), last[:, None])[:, 0]
    jump = joint_jump(field, relaxed.path, elements, relaxed.energy)
    return Solution(relaxed.path, elements, v0, v1, jump, relaxed.converged, relaxed.minimal)


def solve(field: Field, start: Vector, end: Vector) -> Solution:
    """The geodesic between two points: elements are halved until it is smooth enough."""

    def finer(known: Solution) -> Solution:
        elements = 2 * known.elements
        near = jax.lax.cond(known.elements < COARSEST, lambda path: path, halved, known.path)
        return _on_mesh(field, elements, start, end, near, known.found)

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

    @custom_batching.sequential_vmap
    def one(leaves: Any, start: Vector, end: Vector) -> Solution:
        return solve(eqx.combine(leaves, static), start, end)

    return one(leaves, start, end)


@eqx.filter_custom_jvp
def velocities(field: Field, start: Vector, end: Vector) -> tuple[Vector, Vector]:
    """ż at both ends of the geodesic between two points; NaN where none was found."""
    found = one_by_one(field, start, end)
    bad = ~(found.good & found.minimal)
    return jnp.where(bad, jnp.nan, found.start), jnp.where(bad, jnp.nan, found.end)


@velocities.def_jvp
def _(primals: Any, tangents: Any) -> tuple[tuple[Vector, Vector], tuple[Vector, Vector]]:
    # exp(p, v) = q: ∂q/∂p dp + ∂q/∂v dv = dq, with derivatives from the linearised flow.
    field, start, end = primals
    d_start, d_end = (jnp.zeros_like(start) if t is None else t for t in tangents[1:])
    first, last = velocities(field, start, end)
    k = start.size
    state = jnp.concatenate([start, first])
    _, jacobian = flow_and_jacobian(Spray(field), state, default_tolerance(start.dtype))
    d_first = eliminated(jacobian[:k, k:], (d_end - jacobian[:k, :k] @ d_start)[:, None])[:, 0]
    d_last = jacobian[k:, :k] @ d_start + jacobian[k:, k:] @ d_first
    return (first, last), (d_first, d_last)


@eqx.filter_custom_jvp
def half_square(field: Field, start: Vector, end: Vector) -> Scalar:
    """½ distance²: the energy of the geodesic."""
    first, _ = velocities(field, start, end)
    return 0.5 * field.square(field.coordinates.to_params, start, first)


@half_square.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Scalar, Scalar]:
    # The first variation of the energy: ⟨ż(1), dq⟩ − ⟨ż(0), dp⟩.
    field, start, end = primals
    first, last = velocities(field, start, end)
    to_params = field.coordinates.to_params
    change = jnp.zeros_like(start[0])
    if tangents[1] is not None:
        change = change - first @ field.pulled(to_params, start) @ tangents[1]
    if tangents[2] is not None:
        change = change + last @ field.pulled(to_params, end) @ tangents[2]
    return 0.5 * field.square(to_params, start, first), change

"""A product of matrices, or of many: dense layers, attention, experts, einsum."""

import dataclasses
from collections.abc import Sequence

from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import Kind, Use, arranged, sizes_of
from ..views import View, shape_of

Groups = tuple[tuple[int, ...], ...]


@dataclasses.dataclass(frozen=True)
class Product(Use):
    """`dot_general` of a parameter with something else.

    Axes that are contracted are inputs, those of the parameter alone outputs, those of the other operand alone
    positions, and shared ones independent blocks.

    Attributes:
        roles: The parameter's axes as blocks, inputs and outputs.
        others: The other operand's axes as blocks, positions and inputs.
        outputs: The output's axes as blocks, positions and outputs.
        shape: (s, t, i, o).
    """

    roles: Groups
    others: Groups
    outputs: Groups
    shape: tuple[int, int, int, int]

    @property
    def kind(self) -> Kind:
        return "matrix"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return self.shape

    @property
    def output_axes(self) -> tuple[int, ...]:
        return (*self.outputs[0], *self.outputs[2])

    def activation(self, *others: Array) -> Array:
        return arranged(others[0], self.others)

    def cotangent(self, output: Array) -> Array:
        return arranged(output, self.outputs)

    def weight(self, viewed: Array) -> Array:
        return arranged(viewed, self.roles)


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its only parameter."""
    if all(views):
        return None
    contracted, batch = equation.params["dimension_numbers"]
    mine = 0 if views[0] is not None else 1
    view = views[mine]
    assert view is not None
    shape, other = (shape_of(equation.invars[k]) for k in (mine, 1 - mine))
    roles = (tuple(batch[mine]), tuple(contracted[mine]), _rest(shape, batch[mine], contracted[mine]))
    free = _rest(other, batch[1 - mine], contracted[1 - mine])
    others = (tuple(batch[1 - mine]), free, tuple(contracted[1 - mine]))
    # The output has the blocks first, then the left operand's free axes, then the right one's.
    first, second = (roles[2], free) if mine == 0 else (free, roles[2])
    blocks = tuple(range(len(batch[0])))
    left = tuple(range(len(blocks), len(blocks) + len(first)))
    right = tuple(range(len(blocks) + len(first), len(blocks) + len(first) + len(second)))
    outputs = (blocks, right, left) if mine == 0 else (blocks, left, right)
    s, i, o = sizes_of(shape, roles)
    (t,) = sizes_of(other, (free,))
    return Product(view, "dot_general", roles, others, outputs, (s, t, i, o))


def _rest(shape: Sequence[int], *taken: Sequence[int]) -> tuple[int, ...]:
    used = {axis for group in taken for axis in group}
    return tuple(axis for axis in range(len(shape)) if axis not in used)

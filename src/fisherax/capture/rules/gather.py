"""Rows looked up by their numbers: embeddings."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax.extend.core import JaxprEqn
from jax.lax import GatherScatterMode

from ..._types import Array
from ..uses import Kind, Use, arranged
from ..views import Shape, View, shape_of


@dataclasses.dataclass(frozen=True)
class Lookup(Use):
    """output[position] = parameter[number of the position].

    As a product it is one with indicators of the rows, which are never formed: the input's second moments are counts.

    Attributes:
        roles: The parameter's axes as ones that are looked up and ones that are kept.
        index: The lengths of the former, in the order of the numbers.
        outputs: The output's axes as positions and outputs.
        shape: The output's.
        clips: Whether a number out of range is moved to the nearest that is in range; otherwise nothing is looked up.
    """

    roles: tuple[tuple[int, ...], tuple[int, ...]]
    index: Shape
    outputs: tuple[tuple[int, ...], tuple[int, ...]]
    shape: Shape
    clips: bool

    @property
    def kind(self) -> Kind:
        return "lookup"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        t, o = (math.prod(self.shape[axis] for axis in group) for group in self.outputs)
        return 1, t, math.prod(self.index), o

    def activation(self, *others: Array) -> Array:
        """Numbers of rows (1, t); one past the last where nothing is looked up."""
        numbers = others[0] if len(others) == 1 else jnp.stack(others, axis=-1)
        numbers = jnp.reshape(numbers, (-1, len(self.index)))
        last = jnp.asarray(self.index) - 1
        inside = jnp.all((numbers >= 0) & (numbers <= last), axis=-1)
        row = jnp.zeros(numbers.shape[0], int)
        for k, length in enumerate(self.index):
            row = row * length + jnp.clip(numbers[:, k], 0, length - 1)
        return (row if self.clips else jnp.where(inside, row, math.prod(self.index)))[None]

    def cotangent(self, output: Array) -> Array:
        return arranged(jnp.reshape(output, self.shape), ((), *self.outputs))

    def weight(self, viewed: Array) -> Array:
        return arranged(viewed, ((), *self.roles))


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its only parameter, if whole rows are looked up in it."""
    view = views[0]
    if view is None or any(views[1:]):
        return None
    told = equation.params
    numbers, sizes = told["dimension_numbers"], tuple(told["slice_sizes"])
    looked_up = tuple(numbers.start_index_map)
    kept = tuple(axis for axis in range(len(view.shape)) if axis not in looked_up)
    if (
        numbers.operand_batching_dims
        or tuple(sorted(looked_up)) != tuple(numbers.collapsed_slice_dims)
        or any(sizes[axis] != view.shape[axis] for axis in kept)
    ):
        return None
    shape = shape_of(equation.outvars[0])
    outputs = tuple(numbers.offset_dims)
    positions = tuple(axis for axis in range(len(shape)) if axis not in outputs)
    clips = told["mode"] == GatherScatterMode.CLIP
    index = tuple(view.shape[axis] for axis in looked_up)
    return Lookup(view, "gather", (looked_up, kept), index, (positions, outputs), shape, clips)

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
        columns: Which of the numbers that belong together are those of rows.
    """

    roles: tuple[tuple[int, ...], tuple[int, ...]]
    index: Shape
    outputs: tuple[tuple[int, ...], tuple[int, ...]]
    shape: Shape
    clips: bool
    columns: tuple[int, ...]

    @property
    def kind(self) -> Kind:
        return "lookup"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        t, o = (math.prod(self.shape[axis] for axis in group) for group in self.outputs)
        return 1, t, math.prod(self.index), o

    def activation(self, *others: Array) -> Array:
        """Numbers of rows (1, t); one past the last where nothing is looked up."""
        numbers = jnp.reshape(others[0], (-1, others[0].shape[-1]))[:, self.columns]
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
    whole = tuple(size == length for size, length in zip(sizes, view.shape, strict=True))
    collapsed, starts = tuple(numbers.collapsed_slice_dims), tuple(numbers.start_index_map)
    clips = told["mode"] == GatherScatterMode.CLIP
    # Where a whole axis has a number too, that is moved to 0: a slice of one row, under `vmap`.
    looked_up = tuple(axis for axis in starts if axis in collapsed or not whole[axis])
    kept = tuple(axis for axis in range(len(view.shape)) if axis not in looked_up)
    if (
        numbers.operand_batching_dims
        or not set(collapsed) <= set(looked_up)
        or any(sizes[axis] != 1 for axis in looked_up)
        or not all(whole[axis] for axis in kept)
        or not (clips or set(starts) == set(looked_up))
    ):
        return None
    shape = shape_of(equation.outvars[0])
    slices = [axis for axis in range(len(view.shape)) if axis not in collapsed]
    offsets = dict(zip(slices, numbers.offset_dims, strict=True))
    outputs = tuple(offsets[axis] for axis in kept)
    positions = tuple(axis for axis in range(len(shape)) if axis not in outputs)
    index = tuple(view.shape[axis] for axis in looked_up)
    columns = tuple(starts.index(axis) for axis in looked_up)
    groups = (looked_up, kept), (positions, outputs)
    return Lookup(view, "gather", groups[0], index, groups[1], shape, clips, columns)

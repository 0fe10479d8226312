"""One row, looked up by its number."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import Use
from ..views import View, shape_of
from .gather import Lookup


@dataclasses.dataclass(frozen=True)
class Row(Lookup):
    """A slice of one row; its start is moved into range."""

    def activation(self, *others: Array) -> Array:
        return super().activation(jnp.stack([others[axis] for axis in self.roles[0]], axis=-1))


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its only parameter, if it takes single rows of it."""
    view = views[0]
    if view is None or any(views[1:]):
        return None
    sizes = tuple(equation.params["slice_sizes"])
    axes = range(len(sizes))
    looked_up = tuple(axis for axis in axes if sizes[axis] == 1 and view.shape[axis] != 1)
    kept = tuple(axis for axis in axes if axis not in looked_up)
    if not looked_up or any(sizes[axis] != view.shape[axis] for axis in kept):
        return None
    index = tuple(view.shape[axis] for axis in looked_up)
    shape, columns = shape_of(equation.outvars[0]), tuple(range(len(looked_up)))
    return Row(view, "dynamic_slice", (looked_up, kept), index, (looked_up, kept), shape, True, columns)

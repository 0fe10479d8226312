"""What an addition and a product entry by entry have in common: the parameter is broadcast over some axes."""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import arranged
from ..views import Shape, View, shape_of


@dataclasses.dataclass(frozen=True)
class Entries:
    """An output's axes as those of the parameter and those that share it.

    Attributes:
        shape: The output's.
        own: The axes along which the parameter's entries lie.
    """

    shape: Shape
    own: tuple[int, ...]

    @property
    def shared(self) -> tuple[int, ...]:
        """The axes along which one entry of the parameter is used again and again."""
        return tuple(axis for axis in range(len(self.shape)) if axis not in self.own)

    @property
    def size(self) -> int:
        return math.prod(self.shape[axis] for axis in self.own)

    @property
    def positions(self) -> int:
        return math.prod(self.shape[axis] for axis in self.shared)

    def arranged(self, output: Array) -> Array:
        """(1, t, o)."""
        return arranged(jnp.broadcast_to(output, self.shape), ((), self.shared, self.own))

    def weight(self, viewed: Array) -> Array:
        """(1, 1, o), from the parameter before it was broadcast."""
        return jnp.reshape(viewed, (1, 1, self.size))


def entries(equation: JaxprEqn, views: Sequence[View | None], mine: int) -> tuple[View, Entries] | None:
    """The parameter before it was broadcast, and how it lies in the output; None if that cannot be told."""
    view = views[mine]
    assert view is not None
    return entries_of(view, shape_of(equation.outvars[0]))


def entries_of(view: View, shape: Shape) -> tuple[View, Entries] | None:
    """The same for an output of that shape."""
    if not view.shape:  # one number for all
        return view, Entries(shape, ())
    if len(view.shape) != len(shape) or any(
        size not in (1, length) for size, length in zip(view.shape, shape, strict=True)
    ):
        return None
    steps = list(view.steps)
    if steps and steps[-1].name == "broadcast":
        _, dims, before = steps.pop().told
        own = tuple(dim for dim, size in zip(dims, before, strict=True) if size != 1)
        view = View(view.leaf, tuple(steps), before)
    else:
        # An axis of length 1 goes with the positions, so that a bias has the axes of its layer's outputs.
        own = tuple(axis for axis, size in enumerate(view.shape) if size != 1)
    return view, Entries(shape, own)

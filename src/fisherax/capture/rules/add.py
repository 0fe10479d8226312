"""An addition: a bias, or anything else that shifts."""

import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import Kind, Use
from ..views import View
from .entrywise import Entries, entries, entries_of


@dataclasses.dataclass(frozen=True)
class Shift(Use):
    """output = other ± parameter.

    Attributes:
        entries: Which axes of the output are the parameter's own.
        sign: 1, or −1 where it is subtracted.
    """

    entries: Entries
    sign: float

    @property
    def kind(self) -> Kind:
        return "shift"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return 1, self.entries.positions, 1, self.entries.size

    @property
    def activation_sign(self) -> float:
        return self.sign

    def activation(self, *others: Array) -> Array:
        return jnp.full((1, self.entries.positions, 1), self.sign, others[0].dtype)

    def cotangent(self, output: Array) -> Array:
        return self.entries.arranged(output)

    def weight(self, viewed: Array) -> Array:
        return self.entries.weight(viewed)


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its only parameter."""
    if all(views):
        return None
    mine = 0 if views[0] is not None else 1
    found = entries(equation, views, mine)
    if found is None:
        return None
    view, axes = found
    sign = -1.0 if equation.primitive.name == "sub" and mine == 1 else 1.0
    return Shift(view, equation.primitive.name, axes, sign)


def of_its_own(view: View, primitive: str) -> Shift | None:
    """A parameter that is an activation: a first state, a token among others. It is a shift of nothing."""
    found = entries_of(view, view.shape)
    return None if found is None else Shift(found[0], primitive, found[1], 1.0)

"""A product entry by entry: the gain of a norm, a gate, a scale."""

import dataclasses
from collections.abc import Sequence

from jax.extend.core import JaxprEqn

from ..._types import Array
from ..uses import Kind, Use
from ..views import View
from .entrywise import Entries, entries


@dataclasses.dataclass(frozen=True)
class Scale(Use):
    """output = other · parameter, entry by entry.

    Attributes:
        entries: Which axes of the output are the parameter's own.
    """

    entries: Entries

    @property
    def kind(self) -> Kind:
        return "scale"

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return 1, self.entries.positions, 1, self.entries.size

    def activation(self, *others: Array) -> Array:
        return self.entries.arranged(others[0])

    def cotangent(self, output: Array) -> Array:
        return self.entries.arranged(output)

    def weight(self, viewed: Array) -> Array:
        return self.entries.weight(viewed)


def use(equation: JaxprEqn, views: Sequence[View | None]) -> Use | None:
    """The use that this equation makes of its only parameter."""
    if all(views):
        return None
    found = entries(equation, views, 0 if views[0] is not None else 1)
    return None if found is None else Scale(found[0], "mul", found[1])

"""What is known of a value of a program, beside the value."""

from typing import Any, NamedTuple

from .joins import Output
from .views import View


class Pieces(NamedTuple):
    """A value is several ones behind each other along an axis.

    Attributes:
        axis: Along which.
        values: The pieces.
        known: What is known of each of them.
    """

    axis: int
    values: tuple[Any, ...]
    known: tuple["Known", ...]

    @property
    def lengths(self) -> tuple[int, ...]:
        """How long each of them is."""
        return tuple(value.shape[self.axis] for value in self.values)


class Known(NamedTuple):
    """What is known of a value.

    Attributes:
        view: It is a parameter, seen so.
        output: It is the output of a layer, and seen nowhere else.
        pieces: It is made of others, some of which are known.
    """

    view: View | None = None
    output: Output | None = None
    pieces: Pieces | None = None

    @property
    def views(self) -> tuple[View, ...]:
        """The parameters in it."""
        if self.pieces is not None:
            return tuple(view for what in self.pieces.known for view in what.views)
        return () if self.view is None else (self.view,)

    def elsewhere(self) -> "Known":
        """The same where other equations see the value too: no cotangent of a sum is that of an output then."""
        pieces = self.pieces
        if pieces is not None:
            pieces = pieces._replace(known=tuple(what.elsewhere() for what in pieces.known))
        return Known(self.view, None, pieces)


NOTHING = Known()

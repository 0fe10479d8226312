"""What is written down while a program runs: uses, what was multiplied, and where outputs may be disturbed."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax

from .._types import Array
from .uses import Use


@dataclasses.dataclass
class Tape:
    """A record of one run.

    Attributes:
        taps: What is added to the output of each use, in order, with None for what joins another; zeros if None.
        uses: The uses, in order.
        activations: Their other operands, as the uses arrange them.
        outputs: The shapes of their outputs; None for a use that joins another, and has its output.
        unknown: Leaves that are used in a way that no rule knows, with the primitives by which they are.
    """

    taps: Sequence[Array | None] | None = None
    uses: list[Use] = dataclasses.field(default_factory=list)
    activations: list[Array] = dataclasses.field(default_factory=list)
    outputs: list[Any] = dataclasses.field(default_factory=list)
    unknown: dict[int, list[str]] = dataclasses.field(default_factory=dict)

    def write(self, use: Use, activation: Array, output: Array) -> Array:
        """One use; its output with what is to be added to it."""
        index = len(self.uses)
        self.uses.append(use)
        self.activations.append(activation)
        if use.joins is not None:
            self.outputs.append(None)
            return output
        self.outputs.append(jax.ShapeDtypeStruct(output.shape, output.dtype))
        tap = None if self.taps is None else self.taps[index]
        return output if tap is None else output + tap

    def note(self, leaf: int, primitive: str) -> None:
        """A use that no rule knows."""
        names = self.unknown.setdefault(leaf, [])
        if primitive not in names:
            names.append(primitive)

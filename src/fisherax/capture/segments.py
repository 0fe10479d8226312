"""A leaf that is split before its use is as many parameters as it has parts."""

import dataclasses
from typing import NamedTuple

from .place import Place, place
from .program import Program
from .views import Shape, View

Window = tuple[tuple[int, int], ...]
"""(start, stop) along each axis of a leaf."""


class Segment(NamedTuple):
    """Entries of a leaf that are used together.

    Attributes:
        leaf: The leaf.
        window: Which of its entries; None for all.
        uses: The numbers of the uses that see them.
    """

    leaf: int
    window: Window | None
    uses: tuple[int, ...]

    def place(self, program: Program, k: int) -> Place | None:
        """Where its entries stand in the matrix of one of its uses."""
        use, shape = program.uses[k], tuple(program.leaves[self.leaf].shape)
        if self.window is None:
            return place(use, shape)
        _, view = _window(use.view, shape)
        return place(dataclasses.replace(use, view=view), tuple(stop - start for start, stop in self.window))


def segments(program: Program, leaf: int) -> tuple[Segment, ...]:
    """The parts of a leaf that its uses see: more than one if they are apart, along one axis."""
    uses, shape = program.uses_of(leaf), tuple(program.leaves[leaf].shape)
    seen: dict[Window, list[int]] = {}
    for k in uses:
        seen.setdefault(_window(program.uses[k].view, shape)[0], []).append(k)
    whole = tuple((0, size) for size in shape)
    axes = {axis for window in seen for axis in range(len(shape)) if window[axis] != whole[axis]}
    if leaf in program.unknown or whole in seen or len(axes) != 1:
        return (Segment(leaf, None, uses),)
    (axis,) = axes
    found, end = [], 0
    for window in sorted(seen):
        start, stop = window[axis]
        if start < end:  # they have entries in common
            return (Segment(leaf, None, uses),)
        if start > end:
            found.append(Segment(leaf, (*whole[:axis], (end, start), *whole[axis + 1 :]), ()))
        found.append(Segment(leaf, window, tuple(seen[window])))
        end = stop
    if end < shape[axis]:
        found.append(Segment(leaf, (*whole[:axis], (end, shape[axis]), *whole[axis + 1 :]), ()))
    return tuple(found)


def _window(view: View, leaf: Shape) -> tuple[Window, View]:
    """What a view takes of the leaf before it does anything else, and what it does then."""
    window = [(0, size) for size in leaf]
    first, kept = 0, []
    for k, step in enumerate(view.steps):
        if step.name == "each":
            first += 1
            kept.append(step)
        elif step.name == "slice" and all(stride == 1 for stride in step.told[2]):
            for axis, (low, high) in enumerate(zip(step.told[0], step.told[1], strict=True), start=first):
                start = window[axis][0]
                window[axis] = (start + low, start + high)
        elif step.name not in ("convert", "copy"):
            kept.extend(view.steps[k:])
            break
    return tuple(window), View(view.leaf, tuple(kept), view.shape)

"""Where the entries of a block stand among the coordinates of the tangent space, and whether blocks cover them all."""

from collections.abc import Sequence

import numpy as np

from .._types import Any
from ..models.tangent import Directions, Free, Tangent
from .blocks import Block
from .layout import Layout
from .vectors import check_holds


def coordinate_shape(directions: Directions) -> tuple[int, ...]:
    """The shape in which a layout sees a leaf: its own, or one row of free directions where entries are tied."""
    return directions.shape if isinstance(directions, Free) else (directions.dim,)


def index(layout: Layout, tangent: Tangent) -> np.ndarray:
    """The coordinate of each entry of a block, (s, n) in row-major order of (i, o)."""
    slices = tangent.slices()
    rows = []
    for part in layout.parts:
        s = slices[part.leaf]
        leaf = np.arange(s.start, s.stop).reshape(part.split)
        rows.append(np.transpose(leaf, part.axes).reshape(part.shape))
    return np.concatenate(rows, axis=1).reshape(layout.shape[0], -1)


def check_cover(blocks: Sequence[Block], tangent: Tangent) -> None:
    """Raise ValueError unless the blocks lay out every leaf exactly once, in its own shape."""
    covered = [0] * len(tangent.leaves)
    for block in blocks:
        for part in block.layout.parts:
            if not 0 <= part.leaf < len(covered):
                raise ValueError(
                    f"BlockwiseOperator: a block lays out leaf {part.leaf}, but the parameters have the "
                    f"{len(covered)} leaves {', '.join(tangent.names)}, counted from 0."
                )
            shape = coordinate_shape(tangent.leaves[part.leaf])
            if part.leaf_shape != shape:
                raise ValueError(
                    f"BlockwiseOperator: a block lays out leaf {tangent.names[part.leaf]!r} as one of shape "
                    f"{part.leaf_shape}, but it has shape {shape}."
                )
            covered[part.leaf] += 1
    wrong = [
        f"{name!r} is in {'no block' if times == 0 else f'{times} blocks'}"
        for name, times in zip(tangent.names, covered, strict=True)
        if times != 1
    ]
    if wrong:
        raise ValueError(
            f"BlockwiseOperator: every leaf of the parameters belongs to exactly one block, but {', '.join(wrong)}."
        )


def check_dtypes(blocks: Sequence[Block], tangent: Tangent) -> None:
    """Raise ValueError unless the blocks share one dtype, which holds the parameters'."""
    found: list[Any] = list(dict.fromkeys(block.dtype for block in blocks))
    if len(found) > 1:
        raise ValueError(
            f"BlockwiseOperator: the blocks have different dtypes, {', '.join(map(str, found))}: cast them to one."
        )
    if found:
        check_holds(found[0], tangent, "BlockwiseOperator: each of the blocks")

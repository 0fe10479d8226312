"""Where the entries of a block stand among the coordinates of the tangent space, and whether blocks cover them all."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from .._types import Any, Array
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
        leaf = np.arange(s.start, s.stop).reshape(part.leaf_shape)[part.inside]
        rows.append(np.transpose(leaf.reshape(part.split), part.axes).reshape(part.shape))
    return np.concatenate(rows, axis=1).reshape(layout.shape[0], -1)


def spread(layouts: Sequence[Layout], parts: Sequence[Array]) -> dict[int, Array]:
    """The leaves whose parts these are, one array for each layout; a leaf in several of them is put together."""
    leaves: dict[int, Array] = {}
    for layout, w in zip(layouts, parts, strict=True):
        for part, rows in zip(layout.parts, layout.scatter(w), strict=True):
            if part.window is None:
                leaves[part.leaf] = rows
            else:
                leaf = leaves.get(part.leaf, jnp.zeros(part.leaf_shape, rows.dtype))
                leaves[part.leaf] = leaf.at[part.inside].set(rows)
    return leaves


def check_cover(blocks: Sequence[Block], tangent: Tangent) -> None:
    """Raise ValueError unless the blocks lay out every leaf exactly once, in its own shape."""
    covered = [np.zeros(coordinate_shape(directions), int) for directions in tangent.leaves]
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
            covered[part.leaf][part.inside] += 1
    wrong = [
        f"{name!r} is {_how_often(times)}"
        for name, times in zip(tangent.names, covered, strict=True)
        if np.any(times != 1)
    ]
    if wrong:
        raise ValueError(
            f"BlockwiseOperator: every leaf of the parameters belongs to exactly one block, but {', '.join(wrong)}."
        )


def _how_often(times: np.ndarray) -> str:
    low, high = np.min(times), np.max(times)
    if low == high:
        return "in no block" if low == 0 else f"in {low} blocks"
    return "in no block in part" if low == 0 else f"in {high} blocks in part"


def check_dtypes(blocks: Sequence[Block], tangent: Tangent) -> None:
    """Raise ValueError unless the blocks share one dtype, which holds the parameters'."""
    found: list[Any] = list(dict.fromkeys(block.dtype for block in blocks))
    if len(found) > 1:
        raise ValueError(
            f"BlockwiseOperator: the blocks have different dtypes, {', '.join(map(str, found))}: cast them to one."
        )
    if found:
        check_holds(found[0], tangent, "BlockwiseOperator: each of the blocks")

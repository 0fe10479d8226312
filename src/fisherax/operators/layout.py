r"""Which leaves of the parameters belong together, and how they become one array of inputs × outputs.

A layer's kernel and bias act as one matrix on the input with a 1 appended, whatever the order of their axes:

    f = Wᵀ [x; 1],   W of shape (i, o)

so the bias is one more row. Where a layer is several independent ones (groups of a convolution, heads of an
attention, models of an ensemble) they are stacked along one more axis, and the whole has shape (s, i, o).
"""

import dataclasses
import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from .._types import Array, Float


@dataclasses.dataclass(frozen=True)
class Part:
    r"""One leaf of the parameters as an array (s, i, o): its axes are permuted, then merged.

    Attributes:
        leaf: which leaf it is, counted in the order in which JAX flattens the parameters (`tangent.names`).
        leaf_shape: the leaf's shape; (d,) with d its free directions where its entries are tied to each other.
        axes: the order of the leaf's axes before they are merged.
        shape: (s, i, o), of as many entries as the leaf.
        fine: the leaf's shape with axes split, where one axis is partly input and partly output; `axes` are these.
        window: (start, stop) along each axis of the leaf, where the part is but some of its entries; None for all of
            them. `fine` and `shape` are of these.

    Raises:
        ValueError: the axes are no permutation, the two shapes do not have the same size, or the window is outside.

    Examples:
        >>> Part(0, (5, 3), (0, 1), (1, 5, 3)) == Part.of(0, (5, 3), inputs=(0,), outputs=(1,))
        True
    """

    leaf: int
    leaf_shape: tuple[int, ...]
    axes: tuple[int, ...]
    shape: tuple[int, int, int]
    fine: tuple[int, ...] | None = None
    window: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self):
        if self.window is not None and (
            len(self.window) != len(self.leaf_shape)
            or any(not 0 <= a <= b <= n for (a, b), n in zip(self.window, self.leaf_shape, strict=True))
        ):
            raise ValueError(
                f"Part: the window {self.window} is not within a leaf of shape {self.leaf_shape}."
            )
        if sorted(self.axes) != list(range(len(self.split))) or math.prod(self.split) != math.prod(self.seen):
            raise ValueError(
                f"Part: the axes {self.axes} are not each axis of a leaf of shape {self.split} once: name "
                "every axis as stacked, input or output."
            )
        if len(self.shape) != 3 or math.prod(self.shape) != math.prod(self.seen):
            raise ValueError(
                f"Part: a leaf of shape {self.seen} cannot be laid out as (stacked, inputs, outputs) = "
                f"{self.shape}: the numbers of entries differ."
            )

    @staticmethod
    def of(
        leaf: int,
        shape: tuple[int, ...],
        *,
        inputs: tuple[int, ...] = (),
        outputs: tuple[int, ...] = (),
        stacked: tuple[int, ...] = (),
    ) -> "Part":
        """A leaf from what each of its axes is; axes of one kind are merged in the order given.

        Args:
            leaf: which leaf it is, in the order of `tangent.names`.
            shape: its shape.
            inputs: the axes that are summed over with the layer's input; none for a bias, which is one row.
            outputs: the axes that the layer's output has.
            stacked: the axes along which layers are independent of each other.

        Returns:
            A `Part` of shape (s, i, o), the products of the sizes of the axes named.

        Raises:
            ValueError: an axis is named twice or not at all.

        Examples:
            >>> Part.of(1, (3, 3, 8, 16), inputs=(0, 1, 2), outputs=(3,)).shape  # a convolution's kernel
            (1, 72, 16)
            >>> Part.of(0, (16,), outputs=(0,)).shape  # its bias
            (1, 1, 16)

        References:
            Grosse and Martens (2016), A Kronecker-factored approximate Fisher matrix for convolution layers.
        """
        axes = (*stacked, *inputs, *outputs)
        if not set(axes) <= set(range(len(shape))):
            raise ValueError(f"Part: the axes {axes} are not all axes of a leaf of shape {shape}.")
        sizes = [math.prod(shape[axis] for axis in kind) for kind in (stacked, inputs, outputs)]
        return Part(leaf, tuple(shape), axes, (sizes[0], sizes[1], sizes[2]))

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of the window, or of the leaf if it is whole."""
        return self.leaf_shape if self.window is None else tuple(stop - start for start, stop in self.window)

    @property
    def split(self) -> tuple[int, ...]:
        """The leaf's shape before its axes are permuted."""
        return self.seen if self.fine is None else self.fine

    @property
    def inside(self) -> tuple[slice, ...]:
        """The window as an index of the leaf."""
        return () if self.window is None else tuple(slice(*ends) for ends in self.window)

    def lay(self, leaf: Array) -> Float[Array, "s i o"]:
        """The leaf, or what the window shows of it, as (s, i, o)."""
        seen = leaf if self.window is None else leaf[self.inside]
        return jnp.reshape(jnp.transpose(jnp.reshape(seen, self.split), self.axes), self.shape)

    def restore(self, rows: Float[Array, "s i o"]) -> Array:
        """The leaf, or its window, that `lay` makes these rows of."""
        permuted = jnp.reshape(rows, [self.split[axis] for axis in self.axes])
        leaf = jnp.transpose(permuted, [int(k) for k in np.argsort(self.axes)])
        return jnp.reshape(leaf, self.seen)


@dataclasses.dataclass(frozen=True)
class Layout:
    r"""How some leaves become one array of shape (s, i, o); static, hashable, compared by value.

        w[:, i_1:i_2, :] = part_1(leaf_1),   w[:, i_2:i_3, :] = part_2(leaf_2),   …

    The leaves' rows stand one after another along the input axis, in the order of the parts.

    Attributes:
        parts: one `Part` for each leaf; all agree on s and o.

    Raises:
        ValueError: there is no part, a leaf comes twice, or the parts disagree on s or o.

    Examples:
        >>> kernel = Part.of(1, (5, 3), inputs=(0,), outputs=(1,))
        >>> layout = Layout((kernel, Part.of(0, (3,), outputs=(0,))))  # the bias is the last row
        >>> layout.shape, layout.leaves
        ((1, 6, 3), (1, 0))
        >>> w = layout.gather((jnp.ones((5, 3)), jnp.zeros(3)))
        >>> [leaf.shape for leaf in layout.scatter(w)]
        [(5, 3), (3,)]
    """

    parts: tuple[Part, ...]

    def __post_init__(self):
        if not self.parts:
            raise ValueError("Layout: there is no part; a block has one leaf of the parameters or more.")
        if len(set(self.leaves)) != len(self.leaves):
            raise ValueError(f"Layout: a leaf comes twice in {self.leaves}; each has one place.")
        ends = {(part.shape[0], part.shape[2]) for part in self.parts}
        if len(ends) > 1:
            shapes = ", ".join(str(part.shape) for part in self.parts)
            raise ValueError(
                f"Layout: leaves of shapes (stacked, inputs, outputs) = {shapes} do not stack along the inputs: "
                "their first and last sizes must agree."
            )

    @staticmethod
    def flat(leaves: Sequence[int], shapes: Sequence[tuple[int, ...]]) -> "Layout":
        """Leaves without inputs or outputs: their entries one after another, as (1, n, 1).

        Args:
            leaves: which leaves, in the order of `tangent.names`.
            shapes: their shapes.

        Returns:
            The layout of a `DenseBlock` or a `DiagonalBlock` over these leaves.

        Examples:
            >>> Layout.flat([0, 2], [(2, 2), ()]).shape
            (1, 5, 1)
        """
        return Layout(
            tuple(
                Part.of(leaf, tuple(shape), inputs=tuple(range(len(shape))))
                for leaf, shape in zip(leaves, shapes, strict=True)
            )
        )

    @property
    def leaves(self) -> tuple[int, ...]:
        """Which leaves, in the order of the parts."""
        return tuple(part.leaf for part in self.parts)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(s, i, o)."""
        s, _, o = self.parts[0].shape
        return s, sum(part.shape[1] for part in self.parts), o

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def gather(self, leaves: Sequence[Array]) -> Float[Array, "s i o"]:
        """The leaves, given in the order of the parts, as one array.

        Args:
            leaves: one array for each part, of its `leaf_shape`.

        Returns:
            An array (s, i, o), of the widest dtype of the leaves.

        Raises:
            ValueError: the leaves have other shapes.

        Examples:
            >>> Layout.flat([0], [(2, 2)]).gather([jnp.eye(2)])[0, :, 0]
            Array([1., 0., 0., 1.], dtype=float64)
        """
        found = [jnp.shape(leaf) for leaf in leaves]
        wanted = [part.leaf_shape for part in self.parts]
        if found != wanted:
            raise ValueError(f"Layout: leaves of shapes {found} where those of the parts are {wanted}.")
        rows = [part.lay(leaf) for part, leaf in zip(self.parts, leaves, strict=True)]
        return rows[0] if len(rows) == 1 else jnp.concatenate(rows, axis=1)

    def scatter(self, w: Float[Array, "s i o"]) -> tuple[Array, ...]:
        """The leaves, in the order of the parts: the inverse of `gather`, and its transpose.

        Args:
            w: an array of the layout's shape.

        Returns:
            One array for each part: the leaf, or its window.

        Examples:
            >>> Layout.flat([0], [(2, 2)]).scatter(jnp.ones((1, 4, 1)))[0].shape
            (2, 2)
        """
        stops = np.cumsum([part.shape[1] for part in self.parts])[:-1].tolist()
        rows = jnp.split(w, stops, axis=1) if stops else [w]
        return tuple(part.restore(piece) for part, piece in zip(self.parts, rows, strict=True))

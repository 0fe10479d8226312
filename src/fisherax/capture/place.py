"""Where the entries of a leaf stand in the matrix that a use sees: its axes split, reordered and merged."""

import dataclasses
import math

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn

from .uses import Use
from .views import Shape, shape_of


@dataclasses.dataclass(frozen=True)
class Place:
    """leaf.reshape(fine).transpose(axes).reshape(s, i, o).

    Attributes:
        fine: The leaf's shape with its axes split as far as is needed.
        axes: The order of those.
        shape: (s, i, o).
        ends: How many of them, in that order, make up s, and how many s and i together.
    """

    fine: Shape
    axes: tuple[int, ...]
    shape: tuple[int, int, int]
    ends: tuple[int, int]

    @property
    def turned(self) -> "Place":
        """The same with inputs and outputs in each other's places."""
        first, second = self.ends
        stacked, inputs, outputs = self.axes[:first], self.axes[first:second], self.axes[second:]
        s, i, o = self.shape
        return Place(self.fine, (*stacked, *outputs, *inputs), (s, o, i), (first, first + len(outputs)))


def place(use: Use, leaf: Shape) -> Place | None:
    """The place of a leaf of that shape; None if the use sees but a part of it, or in an order of another kind."""
    if not use.view.is_whole or any(step.name == "rev" for step in use.view.steps):
        return None
    jaxpr = jax.make_jaxpr(use.of_leaf)(jax.ShapeDtypeStruct(leaf, "float32"))
    atoms = _Atoms(leaf)
    if not atoms.follow(jaxpr.jaxpr):
        return None
    return atoms.place()


class _Atoms:
    """Pieces of the leaf's axes that stay together, in the leaf's order, and how the axes seen are made of them."""

    def __init__(self, shape: Shape):
        self.sizes = [size for size in shape if size != 1]
        self.order = list(range(len(self.sizes)))  # in the leaf
        names = iter(self.order)
        self.axes = [[next(names)] if size != 1 else [] for size in shape]

    def follow(self, jaxpr: Jaxpr) -> bool:
        """Take every step of a program of one operand; False if one of them is none that is known."""
        return all(self._step(equation) for equation in jaxpr.eqns)

    def _step(self, equation: JaxprEqn) -> bool:
        name = equation.primitive.name
        if name == "transpose":
            self.axes = [self.axes[axis] for axis in equation.params["permutation"]]
            return True
        if name in ("convert_element_type", "copy"):
            return True
        inner = equation.params.get("jaxpr")
        if isinstance(inner, ClosedJaxpr):
            return self.follow(inner.jaxpr)
        known = name in ("reshape", "squeeze", "expand_dims", "broadcast_in_dim")
        same = math.prod(shape_of(equation.outvars[0])) == math.prod(shape_of(equation.invars[0]))
        return known and same and self._reshape(shape_of(equation.outvars[0]))

    def _reshape(self, shape: Shape) -> bool:
        waiting = [atom for axis in self.axes for atom in axis]
        axes: list[list[int]] = []
        for size in shape:
            axis, filled = [], 1
            while filled < size:
                atom, wanted = waiting.pop(0), size // filled
                if size % filled or (self.sizes[atom] > wanted and self.sizes[atom] % wanted):
                    return False
                if self.sizes[atom] > wanted:
                    rest = self._split(atom, wanted)
                    waiting.insert(0, rest)
                axis.append(atom)
                filled *= self.sizes[atom]
            if filled != size:
                return False
            axes.append(axis)
        self.axes = axes
        return True

    def _split(self, atom: int, size: int) -> int:
        """The atom keeps its first `size`; its rest becomes another, right behind it."""
        rest = len(self.sizes)
        self.sizes.append(self.sizes[atom] // size)
        self.sizes[atom] = size
        self.order.insert(self.order.index(atom) + 1, rest)
        return rest

    def place(self) -> Place:
        """Of the three axes that are seen in the end, with neighbours that stayed together put together again."""
        groups: list[list[list[int]]] = []
        for axis in self.axes:
            merged: list[list[int]] = []
            for atom in axis:
                behind = self.order.index(atom)
                if merged and behind > 0 and self.order[behind - 1] == merged[-1][-1]:
                    merged[-1].append(atom)
                else:
                    merged.append([atom])
            groups.append(merged)
        pieces = [piece for group in groups for piece in group]
        ordered = sorted(pieces, key=lambda piece: self.order.index(piece[0]))
        fine = tuple(math.prod(self.sizes[atom] for atom in piece) for piece in ordered)
        s, i, o = (math.prod(self.sizes[atom] for piece in group for atom in piece) for group in groups)
        first = len(groups[0])
        axes = tuple(ordered.index(piece) for piece in pieces)
        return Place(fine, axes, (s, i, o), (first, first + len(groups[1])))

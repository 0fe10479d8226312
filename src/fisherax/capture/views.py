"""A parameter as it is seen on its way to where it is used: transposed, reshaped, sliced, broadcast.

Every step moves entries and computes nothing, so that what becomes of a gradient on the way back is known exactly: the
transpose of the same steps.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from .._types import Array

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Step:
    """One movement of entries: its name, and what it is told."""

    name: str
    told: tuple[Any, ...] = ()

    def __call__(self, x: Array) -> Array:
        return _STEPS[self.name](x, *self.told)


@dataclasses.dataclass(frozen=True)
class View:
    """A leaf of the parameters behind some steps.

    Attributes:
        leaf: Which leaf, by its place in the flattened parameters.
        steps: What happens to it, in order. After `each` (of so many), steps are those of every entry of the first
            axis: a scan that walks along it.
        shape: The shape of what is seen (of one entry, after `each`).
    """

    leaf: int
    steps: tuple[Step, ...]
    shape: Shape

    def then(self, step: Step, shape: Shape) -> "View":
        """The view behind one more step."""
        return View(self.leaf, (*self.steps, step), shape)

    def each(self) -> "View":
        """One entry of the first axis."""
        return View(self.leaf, (*self.steps, Step("each", (self.shape[0],))), self.shape[1:])

    def unturned(self) -> tuple["View", tuple[int, ...]]:
        """The view without the reversals since its axes were last changed, and the axes that were reversed."""
        steps, turned = list(self.steps), set()
        axes = list(range(len(self.shape)))  # which of the axes seen in the end those before a step are
        for k in reversed(range(len(self.steps))):
            step = self.steps[k]
            if step.name == "transpose":
                (order,) = step.told
                axes = [axes[order.index(axis)] for axis in range(len(order))]
            elif step.name == "rev":
                turned ^= {axes[axis] for axis in step.told[0]}
                del steps[k]
            elif step.name not in ("convert", "copy"):
                break
        return View(self.leaf, tuple(steps), self.shape), tuple(sorted(turned))

    @property
    def stacked(self) -> Shape:
        """How many entries were walked along, outermost first."""
        return tuple(step.told[0] for step in self.steps if step.name == "each")

    @property
    def is_whole(self) -> bool:
        """Whether every entry of the leaf is seen, and once."""
        return not any(step.name in ("slice", "broadcast") for step in self.steps)

    def __call__(self, leaf: Array, then: Callable[[Array], Array] = lambda x: x) -> Array:
        """What is seen of the leaf, and a further function of it; with a leading axis for each of `stacked`."""

        def onward(x: Array, steps: tuple[Step, ...]) -> Array:
            for k, step in enumerate(steps):
                if step.name == "each":
                    return jax.vmap(lambda entry: onward(entry, steps[k + 1 :]))(x)  # noqa: B023
                x = step(x)
            return then(x)

        return onward(leaf, self.steps)


def shape_of(atom: Any) -> Shape:
    """The shape of a variable of a program."""
    return tuple(atom.aval.shape)


def step_of(equation: JaxprEqn) -> Step | None:
    """The step that an equation takes with its first operand; None if it does something else."""
    made = _MADE.get(equation.primitive.name)
    return None if made is None else made(equation)


def _reshaped(equation: JaxprEqn) -> Step | None:
    if equation.primitive.name == "reshape" and equation.params.get("dimensions") is not None:
        return None
    return Step("reshape", (shape_of(equation.outvars[0]),))


def _sliced(equation: JaxprEqn) -> Step:
    told = equation.params
    strides = told["strides"] or (1,) * len(told["start_indices"])
    return Step("slice", (tuple(told["start_indices"]), tuple(told["limit_indices"]), tuple(strides)))


def _broadcast(equation: JaxprEqn) -> Step | None:
    if len(equation.invars) > 1:  # a shape that is not known
        return None
    shape, dims = tuple(equation.params["shape"]), tuple(equation.params["broadcast_dimensions"])
    before = shape_of(equation.invars[0])
    if math.prod(shape) == math.prod(before):
        return Step("reshape", (shape,)) if list(dims) == sorted(dims) else None
    return Step("broadcast", (shape, dims, before))


_MADE: dict[str, Callable[[JaxprEqn], Step | None]] = {
    "transpose": lambda e: Step("transpose", (tuple(e.params["permutation"]),)),
    "reshape": _reshaped,
    "squeeze": _reshaped,
    "expand_dims": _reshaped,
    "slice": _sliced,
    "broadcast_in_dim": _broadcast,
    "convert_element_type": lambda e: Step("convert", (e.params["new_dtype"],)),
    "reduce_precision": lambda e: Step("convert", (e.params["mantissa_bits"],)),
    "rev": lambda e: Step("rev", (tuple(e.params["dimensions"]),)),
    "copy": lambda e: Step("copy"),
    "copy_p": lambda e: Step("copy"),
    "name": lambda e: Step("copy"),
    "sharding_constraint": lambda e: Step("copy"),
    "optimization_barrier": lambda e: Step("copy"),
}

_STEPS: dict[str, Callable[..., Array]] = {
    "transpose": lambda x, permutation: jnp.transpose(x, permutation),
    "reshape": lambda x, shape: jnp.reshape(x, shape),
    "slice": lambda x, start, limit, strides: jax.lax.slice(x, start, limit, strides),
    "broadcast": lambda x, shape, dims, before: jax.lax.broadcast_in_dim(x, shape, dims),
    "convert": lambda x, dtype: x,  # a gradient is computed in the precision that it arrives in
    "rev": lambda x, dimensions: jax.lax.rev(x, dimensions),
    "copy": lambda x: x,
}

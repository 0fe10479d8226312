"""Which layer's output a value is, so that a bias knows what it is added to."""

import dataclasses
import math
from collections import Counter
from typing import NamedTuple

from jax.extend.core import Jaxpr, JaxprEqn, Literal

from .rules.add import Shift
from .uses import Use
from .views import Shape, shape_of, step_of


class Output(NamedTuple):
    """A value that changes a layer's output entry by entry, one for one, on its way to everything that sees it.

    Attributes:
        use: The number of the layer's use.
        own: Its axes that are the layer's blocks and outputs, in that order; those of length 1 are left out.
    """

    use: int
    own: tuple[int, ...]


def outputs_of(use: Use, index: int, shape: Shape) -> Output | None:
    """The output of a use, if it is that of a layer."""
    if use.kind != "matrix":
        return None
    return Output(index, tuple(axis for axis in use.output_axes if shape[axis] != 1))


def moved(equation: JaxprEqn, outputs: list[Output | None]) -> Output | None:
    """What an equation makes of a layer's output: moved entries, another dtype, or a sum with something else."""
    name, shape = equation.primitive.name, shape_of(equation.outvars[0])
    if name in ("add", "add_any"):
        whole = zip(outputs, equation.invars, strict=True)
        return next((out for out, atom in whole if out is not None and shape_of(atom) == shape), None)
    output, step = outputs[0], step_of(equation)
    if output is None or step is None:
        return None
    if step.name in ("convert", "copy"):
        return output
    if step.name == "transpose":
        (order,) = step.told
        return output._replace(own=tuple(order.index(axis) for axis in output.own))
    if step.name == "reshape":
        own = _reshaped(output.own, shape_of(equation.invars[0]), shape)
        return None if own is None else output._replace(own=own)
    return None


def joined(use: Use, outputs: list[Output | None], uses: list[Use]) -> Use:
    """A bias knows the layer whose output it is added to: it has one entry for each of the layer's outputs."""
    output = next((output for output in outputs if output is not None), None)
    if output is None or not isinstance(use, Shift):
        return use
    s, _, _, o = uses[output.use].sizes
    if output.own != use.entries.own or s * o != use.entries.size:
        return use
    return dataclasses.replace(use, joins=output.use)


def seen_once(jaxpr: Jaxpr) -> set[object]:
    """The variables that one equation sees, or that are outputs once.

    Only there is the cotangent of a sum that of what is summed: an output that goes elsewhere too has another.
    """
    atoms = [atom for equation in jaxpr.eqns for atom in equation.invars] + list(jaxpr.outvars)
    counted = Counter(atom for atom in atoms if not isinstance(atom, Literal))
    return {atom for atom, times in counted.items() if times == 1}


def _reshaped(own: tuple[int, ...], before: Shape, after: Shape) -> tuple[int, ...] | None:
    """Where the own axes are after a reshape; None if one of them is mixed with another axis."""
    if 0 in before:
        return None
    segments = {old[0]: (old, new) for old, new in _segments(before, after)}
    rest, found = list(own), []
    while rest:
        old, new = segments.get(rest[0], ([], []))
        if not old or rest[: len(old)] != old:
            return None
        found += new
        rest = rest[len(old) :]
    return tuple(found)


def _segments(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """Axes longer than 1 of either shape in the smallest runs of the same number of entries."""
    old = [axis for axis, size in enumerate(before) if size != 1]
    new = [axis for axis, size in enumerate(after) if size != 1]
    found: list[tuple[list[int], list[int]]] = []
    while old and new:
        left, right = [old.pop(0)], [new.pop(0)]
        while (sizes := _sizes(before, left, after, right))[0] != sizes[1]:
            if sizes[0] < sizes[1]:
                left.append(old.pop(0))
            else:
                right.append(new.pop(0))
        found.append((left, right))
    return found


def _sizes(before: Shape, left: list[int], after: Shape, right: list[int]) -> tuple[int, int]:
    return math.prod(before[axis] for axis in left), math.prod(after[axis] for axis in right)

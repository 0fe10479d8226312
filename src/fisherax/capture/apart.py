"""Parameters behind each other in one array: what is done to the array is done to each of them.

x @ [W₁ W₂] + [b₁ b₂] = [x @ W₁ + b₁, x @ W₂ + b₂]
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import JaxprEqn

from .known import NOTHING, Known, Pieces
from .tape import Tape
from .views import Step, shape_of


class _Way(NamedTuple):
    """How an equation is done piece by piece.

    Attributes:
        cut: For each operand the axis along which it is cut; None where every piece takes it whole.
        axis: Along which the results stand behind each other; None where they are added.
        shape: The shape of the result, for an equation that is told it.
    """

    cut: tuple[int | None, ...]
    axis: int | None
    shape: tuple[int, ...] | None = None


def concatenated(equation: JaxprEqn, operands: Sequence[Any], known: Sequence[Known]) -> Known:
    """What is known of parameters behind each other; NOTHING of those that are in pieces themselves."""
    told = equation.params
    if equation.primitive.name == "concatenate":
        return Known(pieces=Pieces(told["dimension"], tuple(operands), tuple(known)))
    values, found = [], []
    for value, what in zip(operands, known, strict=True):
        shape = list(jnp.shape(value))
        shape.insert(told["axis"], 1)
        step = Step("reshape", (tuple(shape),))
        values.append(step(value))
        assert what.view is not None
        found.append(Known(what.view.then(step, tuple(shape))))
    return Known(pieces=Pieces(told["axis"], tuple(values), tuple(found)))


def apart(
    equation: JaxprEqn, operands: Sequence[Any], known: Sequence[Known], tape: Tape
) -> tuple[list[Any], list[Known]] | None:
    """The equation, done to each piece; None if it cannot be."""
    from .run import bound, run  # it runs programs itself

    mine = next(k for k, what in enumerate(known) if what.pieces is not None)
    pieces, find = known[mine].pieces, _WAYS.get(equation.primitive.name)
    assert pieces is not None
    way = None if find is None else find(equation, mine, pieces.axis)
    if way is None:
        return None
    columns = [
        _cut(value, what, axis, pieces.lengths)
        for value, what, axis in zip(operands, known, way.cut, strict=True)
    ]
    if None in columns:
        return None
    values, found = [], []
    for k, length in enumerate(pieces.lengths):
        given = [column[k][0] for column in columns if column is not None]
        told = dict(equation.params)
        if way.shape is not None and way.axis is not None:
            shape = (*way.shape[: way.axis], length, *way.shape[way.axis + 1 :])
            told["shape" if "shape" in told else "new_sizes"] = shape
        one = equation.replace(params=told)
        program = jax.make_jaxpr(lambda *given: bound(one, given))(*given)  # noqa: B023
        entering = [column[k][1] for column in columns if column is not None]
        (value,), (what,) = run(program.jaxpr, program.consts, given, entering, tape)
        values.append(value)
        found.append(what)
    if way.axis is None:
        return [functools.reduce(jnp.add, values)], [Known(output=found[0].output)]
    whole = jnp.concatenate(values, axis=way.axis)
    return [whole], [Known(pieces=Pieces(way.axis, tuple(values), tuple(found)))]


def _cut(value: Any, what: Known, axis: int | None, lengths: Sequence[int]) -> list[tuple[Any, Known]] | None:
    """What each piece takes of an operand; None if it is in other pieces."""
    if what.pieces is not None:
        same = (what.pieces.axis, what.pieces.lengths) == (axis, tuple(lengths))
        return list(zip(what.pieces.values, what.pieces.known, strict=True)) if same else None
    if axis is None or value.shape[axis] != sum(lengths):  # it is broadcast along the axis
        return [(value, what._replace(output=None))] * len(lengths)
    found, start = [], 0
    for length in lengths:
        low, high = [0] * value.ndim, list(value.shape)
        low[axis], high[axis] = start, start + length
        step = Step("slice", (tuple(low), tuple(high), (1,) * value.ndim))
        part = step(value)
        found.append((part, NOTHING if what.view is None else Known(what.view.then(step, part.shape))))
        start += length
    return found


def _entrywise(equation: JaxprEqn, mine: int, axis: int) -> _Way:
    return _Way(tuple(axis if shape_of(atom) else None for atom in equation.invars), axis)


def _product(equation: JaxprEqn, mine: int, axis: int) -> _Way:
    contracted, batch = equation.params["dimension_numbers"]
    other: int | None = None
    if axis in contracted[mine]:
        other, out = contracted[1 - mine][tuple(contracted[mine]).index(axis)], None
    elif axis in batch[mine]:
        out = tuple(batch[mine]).index(axis)
        other = batch[1 - mine][out]
    else:
        free = [
            [k for k in range(len(shape_of(atom))) if k not in (*contracted[side], *batch[side])]
            for side, atom in enumerate(equation.invars)
        ]
        out = len(batch[0]) + (len(free[0]) if mine == 1 else 0) + free[mine].index(axis)
    return _Way((axis, other) if mine == 0 else (other, axis), out)


def _transposed(equation: JaxprEqn, mine: int, axis: int) -> _Way:
    return _Way((axis,), tuple(equation.params["permutation"]).index(axis))


def _broadcast(equation: JaxprEqn, mine: int, axis: int) -> _Way | None:
    if len(equation.invars) > 1:
        return None
    out, shape = equation.params["broadcast_dimensions"][axis], tuple(equation.params["shape"])
    return _Way((axis,), out, shape) if shape[out] == shape_of(equation.invars[0])[axis] else None


def _reshaped(equation: JaxprEqn, mine: int, axis: int) -> _Way | None:
    before, after = shape_of(equation.invars[0]), shape_of(equation.outvars[0])
    if equation.params.get("dimensions") is not None:
        return None
    for out, size in enumerate(after):
        if size == before[axis] and math.prod(after[:out]) == math.prod(before[:axis]):
            return _Way((axis,), out, after)
    return None


_WAYS: dict[str, Callable[[JaxprEqn, int, int], _Way | None]] = {
    **dict.fromkeys(("add", "add_any", "sub", "mul", "convert_element_type", "copy", "name"), _entrywise),
    "dot_general": _product,
    "transpose": _transposed,
    "broadcast_in_dim": _broadcast,
    "reshape": _reshaped,
}

"""A scan that parameters enter: its body is run with the same eyes, and its uses are those of all steps."""

from collections.abc import Sequence
from typing import Any

import jax
from jax.extend.core import JaxprEqn

from .known import NOTHING, Known
from .run import run, settled, unknown
from .tape import Tape
from .uses import Repeated


def scanned(
    equation: JaxprEqn, operands: Sequence[Any], known: Sequence[Known], tape: Tape
) -> tuple[list[Any], list[Known]]:
    """The scan's outputs, with disturbances of its uses as further inputs and activations as further outputs."""
    told = equation.params
    body, consts, carries, length = told["jaxpr"], told["num_consts"], told["num_carry"], told["length"]
    start = consts + carries
    unknown([what for what in known[start:] if what.view is None], "scan", tape)
    first = settled(operands[consts:start], known[consts:start], "scan", tape)
    shared = [what.elsewhere() for what in known[:consts]]
    walked = [Known(None if what.view is None else what.view.each()) for what in known[start:]]
    entering = [*shared, *[NOTHING] * carries, *walked]

    def step(carry: Any, entries: Any, taps: Any) -> tuple[Any, Tape]:
        inner = Tape(taps)
        inputs = [*operands[:consts], *carry, *entries]
        outputs, leaving = run(body.jaxpr, body.consts, inputs, entering, inner)
        return settled(outputs, leaving, "scan", inner), inner

    inner = _dry(step, first, operands[start:])
    for leaf, names in inner.unknown.items():
        for name in names:
            tape.note(leaf, name)
    offset = len(tape.uses)
    taps = None if tape.taps is None else list(tape.taps[offset : offset + len(inner.uses)])

    def whole(carry: Any, entries: Any) -> Any:
        outputs, inner = step(carry, entries[0], entries[1])
        return outputs[:carries], (outputs[carries:], inner.activations)

    given = [None] * len(inner.uses) if taps is None else taps
    carry, (stacked, activations) = jax.lax.scan(
        whole,
        first,
        (list(operands[start:]), given),
        length=length,
        reverse=told["reverse"],
        unroll=told["unroll"],
    )
    for use, activation, output in zip(inner.uses, activations, inner.outputs, strict=True):
        joins = None if use.joins is None else use.joins + offset
        walks = bool(use.view.stacked) and any(
            what.view is not None and what.view.leaf == use.view.leaf for what in walked
        )
        repeated = Repeated(use.view, use.primitive, use, length, walks, joins=joins)
        tape.uses.append(repeated)
        tape.activations.append(repeated.merged(activation))
        tape.outputs.append(
            None if output is None else jax.ShapeDtypeStruct((length, *output.shape), output.dtype)
        )
    return [*carry, *stacked], [NOTHING] * len(equation.outvars)


def _dry(step: Any, carry: Sequence[Any], entries: Sequence[Any]) -> Tape:
    """What one step writes down; nothing is computed."""
    found: list[Tape] = []

    def once(carry: Any, entries: Any) -> Any:
        outputs, inner = step(carry, [entry[0] for entry in entries], None)
        found.append(inner)
        return outputs

    jax.eval_shape(once, list(carry), list(entries))
    return found[0]

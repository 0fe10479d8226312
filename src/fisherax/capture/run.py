"""A JAX program run equation by equation, with an eye on where its parameters go."""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal

from .apart import apart, concatenated
from .joins import joined, moved, outputs_of, seen_once
from .known import NOTHING, Known
from .rules import RULES
from .rules.add import of_its_own
from .tape import Tape
from .views import Step, View, shape_of, step_of

_NOT_INLINED = frozenset(
    "scan while cond custom_jvp_call custom_vjp_call custom_vjp_call_jaxpr shard_map pallas_call".split()
)
"""Primitives whose inner programs are not run once, on these operands, with their own derivatives."""


def run(
    jaxpr: Jaxpr, consts: Sequence[Any], operands: Sequence[Any], known: Sequence[Known], tape: Tape
) -> tuple[list[Any], list[Known]]:
    """The program's outputs, and what is known of them."""
    values: dict[Any, Any] = dict(zip(jaxpr.constvars, consts, strict=True))
    values.update(zip(jaxpr.invars, operands, strict=True))
    knowledge: dict[Any, Known] = dict(zip(jaxpr.invars, known, strict=True))
    once = seen_once(jaxpr)

    def value(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else values[atom]

    def known_of(atom: Any) -> Known:
        if isinstance(atom, Literal):
            return NOTHING
        what = knowledge.get(atom, NOTHING)
        return what if atom in once else what.elsewhere()

    for equation in jaxpr.eqns:
        entering = [known_of(atom) for atom in equation.invars]
        outputs, leaving = _one(equation, [value(atom) for atom in equation.invars], entering, tape)
        values.update(zip(equation.outvars, outputs, strict=True))
        knowledge.update(
            (var, what)
            for var, what in zip(equation.outvars, leaving, strict=True)
            if any(part is not None for part in what)
        )
    return [value(atom) for atom in jaxpr.outvars], [known_of(atom) for atom in jaxpr.outvars]


def _one(
    equation: JaxprEqn, operands: list[Any], known: list[Known], tape: Tape
) -> tuple[list[Any], list[Known]]:
    """One equation."""
    name = equation.primitive.name
    if name == "optimization_barrier":  # it does nothing, to many
        return bound(equation, operands), known
    seen = any(what.views for what in known)
    if not seen:
        known = [what._replace(pieces=None) for what in known]
    views, of_layers = [what.view for what in known], [what.output for what in known]
    if not seen and (not any(of_layers) or _program(equation) is None):
        output = moved(equation, of_layers) if any(of_layers) else None
        return bound(equation, operands), [Known(output=output)] * len(equation.outvars)
    if name == "scan":
        from .scan import scanned  # it runs programs itself

        return scanned(equation, operands, known, tape)
    inner = _program(equation)
    if inner is not None:
        return run(inner.jaxpr, inner.consts, operands, known, tape)
    if name in ("concatenate", "stack"):
        if all(what.views for what in known):
            return bound(equation, operands), [concatenated(equation, operands, known)]
        # Beside what is computed a parameter is computed too: a token of its own, a first state.
        return bound(equation, settled(operands, known, name, tape)), [NOTHING]
    if any(what.pieces for what in known):
        found = apart(equation, operands, known, tape)
        if found is not None:
            return found
        unknown(known, name, tape)
        return bound(equation, operands), [NOTHING] * len(equation.outvars)
    outputs = bound(equation, operands)
    if name == "stop_gradient":
        return outputs, [NOTHING]
    if name == "split":
        return outputs, _parts(equation, views[0])
    if views[0] is not None and not any(views[1:]):
        step = step_of(equation)
        if step is not None:
            return outputs, [Known(views[0].then(step, shape_of(equation.outvars[0])))]
    if name in RULES and sum(view is not None for view in views) > 1:
        return _one(equation, *_alone(operands, known, name, tape), tape)
    use = RULES[name](equation, views) if name in RULES else None
    if use is None:
        unknown(known, name, tape)
        return outputs, [NOTHING] * len(outputs)
    use = joined(use, of_layers, tape.uses)
    others = [jnp.asarray(operand) for operand, view in zip(operands, views, strict=True) if view is None]
    output = tape.write(use, use.activation(*others), outputs[0])
    return [output], [Known(output=outputs_of(use, len(tape.uses) - 1, output.shape))]


def settled(values: Sequence[Any], known: Sequence[Known], name: str, tape: Tape) -> list[Any]:
    """Values of which those that are parameters are activations from now on, each with a disturbance of its own."""
    found = []
    for value, what in zip(values, known, strict=True):
        use = None if what.view is None else of_its_own(what.view, name)
        if use is None:
            unknown([what], name, tape)
        found.append(value if use is None else tape.write(use, use.activation(value), value))
    return found


def _alone(operands: list[Any], known: list[Known], name: str, tape: Tape) -> tuple[list[Any], list[Known]]:
    """Of several parameters that an equation brings together, the largest; the others are taken as activations."""
    sizes = [0 if what.view is None else math.prod(what.view.shape) for what in known]
    largest = sizes.index(max(sizes))
    left = [what if k == largest else NOTHING for k, what in enumerate(known)]
    others = [NOTHING if k == largest else what for k, what in enumerate(known)]
    return settled(operands, others, name, tape), left


def bound(equation: JaxprEqn, operands: Sequence[Any]) -> list[Any]:
    """The equation as it is."""
    told = equation.primitive.get_bind_params(equation.params)
    functions, told = told if isinstance(told, tuple) else ((), told)  # JAX before 0.10 gives functions apart
    with equation.ctx.manager:
        found = equation.primitive.bind(*functions, *operands, **told)
    return list(found) if equation.primitive.multiple_results else [found]


def unknown(known: Sequence[Known], name: str, tape: Tape) -> None:
    """Leaves that are used in a way that no rule knows."""
    for what in known:
        for view in what.views:
            tape.note(view.leaf, name)


def _program(equation: JaxprEqn) -> ClosedJaxpr | None:
    """The program inside of an equation that runs it once, on its own operands, whatever the primitive is called."""
    if equation.primitive.name in _NOT_INLINED:
        return None
    inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    if isinstance(inner, Jaxpr):
        inner = ClosedJaxpr(inner, ())
    if not isinstance(inner, ClosedJaxpr):
        return None
    inside = [shape_of(var) for var in (*inner.jaxpr.invars, *inner.jaxpr.outvars)]
    outside = [shape_of(atom) for atom in (*equation.invars, *equation.outvars)]
    return inner if inside == outside else None


def _parts(equation: JaxprEqn, view: View | None) -> list[Known]:
    """The views that `split` makes of one."""
    assert view is not None
    axis, start, found = equation.params["axis"], 0, []
    for length, var in zip(equation.params["sizes"], equation.outvars, strict=True):
        low, high = [0] * len(view.shape), list(view.shape)
        low[axis], high[axis] = start, start + int(length)
        step = Step("slice", (tuple(low), tuple(high), (1,) * len(low)))
        found.append(Known(view.then(step, shape_of(var))))
        start += int(length)
    return found

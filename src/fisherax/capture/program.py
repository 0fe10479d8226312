"""A function of parameters and one input as a program, with every use that it makes of every parameter."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.extend.core import ClosedJaxpr

from .._tree import leaf_names
from .._types import Array, Params, PyTree
from .known import Known
from .run import run, settled
from .tape import Tape
from .uses import Use
from .views import View


@dataclasses.dataclass(frozen=True)
class Program:
    """What ONE input of a function tells: the uses, and how to run it with disturbances.

        f(θ, x; ε) with ε added to the output of every use;    ∂f/∂θ = Σ_uses Σ_t activation ⊗ ∂f/∂ε

    Made by `trace`.

    Attributes:
        names: The names of the leaves of the parameters.
        leaves: Their shapes and dtypes.
        uses: The uses, in the order of the program.
        outputs: The shapes of the uses' outputs; None for one that joins another.
        unknown: Leaves used in a way that no rule knows, with the primitives by which they are.
    """

    jaxpr: ClosedJaxpr
    result: Any
    names: tuple[str, ...]
    leaves: tuple[jax.ShapeDtypeStruct, ...]
    uses: tuple[Use, ...]
    outputs: tuple[jax.ShapeDtypeStruct | None, ...]
    unknown: dict[int, list[str]]

    def __call__(
        self, params: Params, x: PyTree, taps: Sequence[Array | None] | None = None
    ) -> tuple[PyTree, list[Array]]:
        """f(θ, x; ε), and the uses' activations."""
        tape = Tape(taps)
        outputs = _run(self.jaxpr, jtu.tree_leaves(params), jtu.tree_leaves(x), tape)
        return jtu.tree_unflatten(self.result, outputs), tape.activations

    def zeros(self) -> list[Array | None]:
        """ε = 0."""
        return [None if out is None else jnp.zeros(out.shape, out.dtype) for out in self.outputs]

    def uses_of(self, leaf: int) -> tuple[int, ...]:
        """The numbers of the uses of one leaf."""
        return tuple(k for k, use in enumerate(self.uses) if use.view.leaf == leaf)


def trace(function: Callable[[Params, PyTree], PyTree], params: Params, x: PyTree) -> Program:
    """The program of a function, from the shapes of its parameters and of ONE input."""
    shapes = lambda tree: jtu.tree_map(lambda a: jax.ShapeDtypeStruct(jnp.shape(a), jnp.result_type(a)), tree)  # noqa: E731
    params, x = shapes(params), shapes(x)
    leaves, treedef = jtu.tree_flatten(params)
    inputs, inputs_treedef = jtu.tree_flatten(x)

    def flat(leaves: list[Array], inputs: list[Array]) -> PyTree:
        return function(jtu.tree_unflatten(treedef, leaves), jtu.tree_unflatten(inputs_treedef, inputs))

    jaxpr, result = jax.make_jaxpr(flat, return_shape=True)(leaves, inputs)
    tapes: list[Tape] = []

    def once(leaves: list[Array], inputs: list[Array]) -> list[Array]:
        tapes.append(Tape())
        return _run(jaxpr, leaves, inputs, tapes[-1])

    jax.eval_shape(once, leaves, inputs)
    tape = tapes[0]
    return Program(
        jaxpr,
        jtu.tree_structure(result),
        leaf_names(params),
        tuple(leaves),
        tuple(tape.uses),
        tuple(tape.outputs),
        tape.unknown,
    )


def _run(jaxpr: ClosedJaxpr, leaves: Sequence[Array], inputs: Sequence[Array], tape: Tape) -> list[Array]:
    known = [Known(View(k, (), tuple(leaf.shape))) for k, leaf in enumerate(leaves)]
    known += [Known()] * len(inputs)
    outputs, leaving = run(jaxpr.jaxpr, jaxpr.consts, [*leaves, *inputs], known, tape)
    return settled(outputs, leaving, "output", tape)

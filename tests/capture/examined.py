"""Many small networks seen at once: one program, one compilation, and what is found of each of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from fisherax.capture import layers

from .cases import draw
from .test_capture import both


class Case(NamedTuple):
    """A network, and its layers: leaves joined by "+" with (s, i, o), or with the kind if that is no matrix."""

    apply: Any
    params: Any
    x: Any
    layers: dict[str, Any]


def drawn(params):
    """Parameters of the same shapes, in float64, none of them zero."""
    leaves, treedef = jax.tree.flatten(params)
    return jax.tree.unflatten(treedef, [draw(k, *np.shape(leaf)) for k, leaf in enumerate(leaves)])


def part(window):
    """The window of a leaf as one writes it: [:, 0:6]."""
    return "" if window is None else "[" + ", ".join(f"{start}:{stop}" for start, stop in window) + "]"


class Examined:
    """Gradients rebuilt and gradients of JAX of all cases, and their layers.

    Cases are functions that make them: tests that are not run build no network.
    """

    def __init__(self, made: dict[str, Callable[[], Case]]):
        self.cases = cases = {name: make() for name, make in made.items()}

        def everything(params, x):
            return {name: case.apply(params[name], x[name]) for name, case in cases.items()}

        params, x = ({name: case[k] for name, case in cases.items()} for k in (1, 2))
        self.program, _, self.rebuilt, _, self.expected = both(everything, params, x)
        self.layers = layers(self.program)

    def check(self, name: str) -> None:
        """The gradients of one case, and its layers."""
        program, count = self.program, 0
        for leaf, found, wanted in zip(program.names, self.rebuilt, self.expected, strict=True):
            if leaf.startswith(f"{name}."):
                assert np.any(wanted)
                np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=leaf)
                count += 1
        assert count == len(jax.tree.leaves(self.cases[name].params))
        seen = {}
        for layer in self.layers:
            names = [program.names[leaf] for leaf in layer.leaves]
            if names[0].startswith(f"{name}."):
                short = [leaf.removeprefix(f"{name}.").removesuffix(".value") for leaf in names]
                windows = layer.windows or (None,) * len(short)
                short = [leaf + part(window) for leaf, window in zip(short, windows, strict=True)]
                seen["+".join(short)] = layer.shape if layer.kind == "matrix" else layer.kind
        assert seen == self.cases[name].layers, seen

"""Activations and cotangents of all uses for one observation, and gradients made of them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as jtu

from .._types import Array, Params, PyTree
from .program import Program
from .uses import Use


class Pairs(NamedTuple):
    """What one observation gives for every use, with r cotangents of the output pulled back at once.

    Attributes:
        activations: For each use, as it arranges them: (s, t, i) for a product.
        cotangents: For each use, (r, s, t, o).
        direct: For each leaf that has a use no rule knows, its gradients (r, …); None for the others.
    """

    activations: list[Array]
    cotangents: list[Array]
    direct: list[Array | None]


def pairs(program: Program, params: Params, x: PyTree, cotangents_of: Any) -> tuple[PyTree, Pairs]:
    """The output f(θ, x), and the pairs.

    Args:
        program: The traced function.
        params: θ.
        x: One input.
        cotangents_of: From the output to r cotangents of it, a pytree like it with a leading axis.
    """
    leaves, treedef = jtu.tree_flatten(params)
    direct = [k for k in range(len(leaves)) if k in program.unknown]

    def disturbed(taps: list[Array | None], some: list[Array]) -> tuple[PyTree, list[Array]]:
        given = list(leaves)
        for k, leaf in zip(direct, some, strict=True):
            given[k] = leaf
        return program(jtu.tree_unflatten(treedef, given), x, taps)

    output, pullback, activations = jax.vjp(
        disturbed, program.zeros(), [leaves[k] for k in direct], has_aux=True
    )
    taps, some = jax.vmap(pullback)(cotangents_of(output))
    cotangents = []
    for use, tap in zip(program.uses, taps, strict=True):
        if use.joins is None:
            cotangents.append(jax.vmap(use.cotangent)(tap))
        else:
            cotangents.append(_of_bias(cotangents[use.joins], use))
    gradients: list[Array | None] = [None] * len(leaves)
    for k, gradient in zip(direct, some, strict=True):
        gradients[k] = gradient
    return output, Pairs(activations, cotangents, gradients)


def gradients(program: Program, pairs: Pairs) -> list[Array]:
    """The r gradients of every leaf (r, …), rebuilt from the pairs: what tells that the capture is right."""
    found = []
    rows = next((len(c) for c in (*pairs.cotangents, *(d for d in pairs.direct if d is not None))), 0)
    for k, leaf in enumerate(program.leaves):
        direct = pairs.direct[k]
        if direct is not None:
            found.append(direct)
            continue
        total = jnp.zeros((rows, *leaf.shape), jnp.promote_types(leaf.dtype, jnp.float32))
        for index in program.uses_of(k):
            use, activation = program.uses[index], pairs.activations[index]
            gradient = jax.vmap(lambda c: use.to_leaf(use.gradient(activation, c), leaf))  # noqa: B023
            total = total + gradient(pairs.cotangents[index])
        found.append(total)
    return found


def _of_bias(cotangents: Array, bias: Use) -> Array:
    """Cotangents (r, s, t, o) of a bias, from those of its layer, whose outputs may be in several blocks."""
    blocks, positions, _, entries = bias.sizes
    rows, stacked, _, outputs = cotangents.shape
    apart = jnp.reshape(cotangents, (rows, blocks, stacked // blocks, positions, outputs))
    return jnp.reshape(jnp.swapaxes(apart, 2, 3), (rows, blocks, positions, entries))

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
    return [gradient(program, pairs, leaf) for leaf in range(len(program.leaves))]


def gradient(program: Program, pairs: Pairs, leaf: int) -> Array:
    """The r gradients of one leaf (r, …), over all of its uses."""
    direct, like = pairs.direct[leaf], program.leaves[leaf]
    if direct is not None:
        return direct
    rows = next((len(c) for c in (*pairs.cotangents, *(d for d in pairs.direct if d is not None))), 0)
    total = jnp.zeros((rows, *like.shape), jnp.promote_types(like.dtype, jnp.float32))
    for k in program.uses_of(leaf):
        use, activation = program.uses[k], pairs.activations[k]
        found = jax.vmap(lambda c: use.to_leaf(use.gradient(activation, c), like))  # noqa: B023
        total = total + found(pairs.cotangents[k])
    return total


def _of_bias(cotangents: Array, bias: Use) -> Array:
    """Cotangents (r, s, t, o) of a bias, from those of its layer, whose outputs may be in several blocks."""
    blocks, positions, _, entries = bias.sizes
    rows, stacked, _, outputs = cotangents.shape
    apart = jnp.reshape(cotangents, (rows, blocks, stacked // blocks, positions, outputs))
    return jnp.reshape(jnp.swapaxes(apart, 2, 3), (rows, blocks, positions, entries))

"""Leaves that belong together: a layer's weight and its bias, and what kind of use is made of them."""

import dataclasses
from typing import Literal

import jax.numpy as jnp

from .._types import Array, Float
from .pairs import Pairs
from .program import Program
from .uses import Use

LayerKind = Literal["matrix", "lookup", "entries", "direct", "unused"]


@dataclasses.dataclass(frozen=True)
class Layer:
    """Some leaves of the parameters with all of their uses.

    Attributes:
        kind: "matrix" or "lookup", a weight W of shape (s, i, o), perhaps with a bias as a further row of it;
            "entries", a shift or a scale, whose gradients are known entry by entry; "direct", a leaf used in a way
            that no rule knows; "unused".
        leaves: The leaf, or the weight and the bias.
        uses: The numbers of the uses of the first leaf.
        turned: For each of them, whether inputs and outputs change places, as where an embedding is used once more
            as the last layer.
    """

    kind: LayerKind
    leaves: tuple[int, ...]
    uses: tuple[int, ...] = ()
    turned: tuple[bool, ...] = ()

    @property
    def has_bias(self) -> bool:
        """Whether the last row of W is a bias."""
        return len(self.leaves) > 1

    def pair(self, program: Program, pairs: Pairs, k: int) -> tuple[Array, Float[Array, "r s t o"]]:
        """Activation (s, t, i), with ones for a bias, and cotangents (r, s, t, o) of the k-th use.

        A lookup has its numbers of rows in place of an activation.
        """
        use = program.uses[self.uses[k]]
        activation, cotangents = pairs.activations[self.uses[k]], pairs.cotangents[self.uses[k]]
        if self.has_bias:
            one = jnp.ones((*activation.shape[:-1], 1), activation.dtype)
            activation = jnp.concatenate([activation, one], axis=-1)
        del use
        return activation, cotangents


def layers(program: Program) -> tuple[Layer, ...]:
    """Every leaf of the parameters, in one layer each."""
    biases = {weight: bias for bias, weight in _joined(program).items()}
    found = []
    for leaf in range(len(program.leaves)):
        if leaf in biases.values():
            continue
        uses = program.uses_of(leaf)
        if leaf in program.unknown:
            found.append(Layer("direct", (leaf,)))
        elif not uses:
            found.append(Layer("unused", (leaf,)))
        elif all(program.uses[k].kind in ("shift", "scale") for k in uses):
            found.append(Layer("entries", (leaf,), uses, (False,) * len(uses)))
        else:
            found.append(_weight(program, leaf, uses, biases.get(leaf)))
    return tuple(found)


def _weight(program: Program, leaf: int, uses: tuple[int, ...], bias: int | None) -> Layer:
    """The layer of a weight; it is direct where its uses do not see it in the same way."""
    known = [program.uses[k] for k in uses]
    first = known[0]
    turned = tuple(_turned(first, use) for use in known)
    if not all(use.view.is_whole for use in known) or any(turn is None for turn in turned):
        return Layer("direct", (leaf,))
    kind: LayerKind = "lookup" if any(use.kind == "lookup" for use in known) else "matrix"
    leaves = (leaf,) if bias is None else (leaf, bias)
    return Layer(kind, leaves, uses, tuple(bool(turn) for turn in turned))


def _turned(first: Use, other: Use) -> bool | None:
    """Whether another use has inputs and outputs the other way round; None if it sees another matrix altogether."""
    if _same(first, other, False):
        return False
    return True if _same(first, other, True) else None


def _same(first: Use, other: Use, turned: bool) -> bool:
    """Whether two uses see one matrix, or its transpose: looked up in an array of numbers in small."""
    s, _, i, o = first.sizes
    expected = (s, o, i) if turned else (s, i, o)
    return (other.sizes[0], *other.sizes[2:]) == expected and _order(first, turned) == _order(other, False)


def _order(use: Use, turned: bool) -> tuple[object, ...]:
    """What a use does to a leaf, step by step, without steps that move nothing."""
    raise NotImplementedError


def _joined(program: Program) -> dict[int, int]:
    """Biases that belong to a weight: every use of the one joins a use of the other, and every one of those is joined."""
    found: dict[int, int] = {}
    for leaf in range(len(program.leaves)):
        uses = program.uses_of(leaf)
        joins = [program.uses[k].joins for k in uses]
        if leaf in program.unknown or not uses or any(join is None for join in joins):
            continue
        weights = {program.uses[join].view.leaf for join in joins if join is not None}
        if len(weights) != 1:
            continue
        (weight,) = weights
        if set(joins) == set(program.uses_of(weight)) and weight not in program.unknown and weight not in found.values():
            found[leaf] = weight
    return found

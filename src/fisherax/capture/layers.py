"""Leaves that belong together: a layer's weight and its bias, and what kind of use is made of them."""

import dataclasses
import functools
from typing import Literal

import jax
import jax.numpy as jnp

from .._types import Array, Float
from .pairs import Pairs
from .place import Place
from .program import Program
from .segments import Segment, Window, segments

LayerKind = Literal["matrix", "entries", "direct", "unused"]


@dataclasses.dataclass(frozen=True)
class Layer:
    """Some leaves of the parameters with all of their uses.

    Attributes:
        kind: "matrix", a weight W of shape (s, i, o), perhaps with a bias as a further row of it; "entries", a shift
            or a scale, whose gradients are known entry by entry; "direct", a leaf used in a way that no rule knows, or
            that no one matrix describes; "unused".
        leaves: The leaf, or the weight and the bias.
        uses: The numbers of the uses of the first leaf.
        turned: For each of them, whether inputs and outputs change places, as where an embedding is used once more
            as the last layer.
        places: Where the entries of the leaves stand in W, for a matrix.
        windows: Which entries of each leaf, where its parts are layers of their own; empty where leaves are whole.
    """

    kind: LayerKind
    leaves: tuple[int, ...]
    uses: tuple[int, ...] = ()
    turned: tuple[bool, ...] = ()
    places: tuple[Place, ...] = ()
    windows: tuple[Window | None, ...] = ()

    @property
    def has_bias(self) -> bool:
        """Whether the last row of W is a bias."""
        return len(self.leaves) > 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """(s, i, o) of W with its bias."""
        s, i, o = self.places[0].shape
        return s, i + self.has_bias, o

    def is_lookup(self, program: Program) -> bool:
        """Whether all inputs are numbers of rows, so that their second moments are counts."""
        return all(program.uses[k].kind == "lookup" for k in self.uses)

    def pair(self, program: Program, pairs: Pairs, k: int) -> tuple[Array, Float[Array, "r s t o"]]:
        """Activation (s, t, i), with ones for a bias, and cotangents (r, s, t, o) of the k-th use.

        A lookup has numbers of rows (s, t) in place of an activation. Where inputs and outputs change places, the
        activation has an axis of cotangents too: (r, s, t, i), and the "cotangents" are (1, s, t, o).
        """
        index = self.uses[k]
        activation, cotangents = pairs.activations[index], pairs.cotangents[index]
        if self.turned[k]:
            return cotangents, activation[None]
        if self.has_bias:
            one = jnp.ones((*activation.shape[:-1], 1), activation.dtype)
            activation = jnp.concatenate([activation, one], axis=-1)
        return activation, cotangents

    def gradients(self, program: Program, pairs: Pairs) -> Float[Array, "r s i o"]:
        """The r gradients of W, with its bias."""
        found = [self._gradient(program, pairs, k) for k in range(len(self.uses))]
        return functools.reduce(jnp.add, found)

    def _gradient(self, program: Program, pairs: Pairs, k: int) -> Float[Array, "r s i o"]:
        use, activation = program.uses[self.uses[k]], pairs.activations[self.uses[k]]
        cotangents = pairs.cotangents[self.uses[k]]
        found = jax.vmap(lambda cotangent: use.gradient(activation, cotangent))(cotangents)
        if self.turned[k]:
            return jnp.swapaxes(found, 2, 3)
        if self.has_bias:
            shift = jnp.sum(cotangents.astype(found.dtype), axis=2, keepdims=True)
            found = jnp.concatenate([found, shift], axis=2)
        return found


def layers(program: Program) -> tuple[Layer, ...]:
    """Every entry of every leaf of the parameters, in one layer each."""
    every = [segment for leaf in range(len(program.leaves)) for segment in segments(program, leaf)]
    biases = _biases(program, every)
    found, taken = {}, set()
    # Weights first: a bias is a layer of its own unless its weight took it.
    for k in sorted(range(len(every)), key=lambda k: k in biases.values()):
        if k in taken:
            continue
        bias = biases.get(k)
        layer = _layer(program, every[k], None if bias is None else every[bias])
        parts = [every[k], every[bias]] if bias is not None and layer.has_bias else [every[k]]
        taken |= {bias} if layer.has_bias else set()
        windows = tuple(part.window for part in parts)
        found[k] = dataclasses.replace(layer, windows=windows if any(windows) else ())
    return tuple(found[k] for k in sorted(found))


def _layer(program: Program, segment: Segment, bias: Segment | None) -> Layer:
    if segment.leaf in program.unknown:
        return Layer("direct", (segment.leaf,))
    if not segment.uses:
        return Layer("unused", (segment.leaf,))
    seen = [segment.place(program, k) for k in segment.uses]
    if {program.uses[k].kind for k in segment.uses} <= {"shift", "scale"}:
        if seen[0] is None or any(other != seen[0] for other in seen):
            return Layer("direct", (segment.leaf,))
        return Layer("entries", (segment.leaf,), segment.uses, (False,) * len(seen), (seen[0],))
    return _matrix(program, segment, seen, bias)


def _matrix(program: Program, segment: Segment, seen: list[Place | None], bias: Segment | None) -> Layer:
    """The layer of a weight; direct where its uses do not all see the same matrix."""
    leaf, uses, first = segment.leaf, segment.uses, seen[0]
    turned = tuple(other != first for other in seen)
    if (
        first is None
        or any(other not in (first, first.turned) for other in seen)
        or any(program.uses[k].kind not in ("matrix", "lookup") for k in uses)
        or any(turn and program.uses[k].kind == "lookup" for turn, k in zip(turned, uses, strict=True))
        or (any(turned) and any(program.uses[k].sizes[0] != 1 for k in uses))
    ):
        return Layer("direct", (leaf,))
    under = None if bias is None else bias.place(program, bias.uses[0])
    if bias is None or under is None or any(turned):
        return Layer("matrix", (leaf,), uses, turned, (first,))
    row = dataclasses.replace(under, shape=(first.shape[0], 1, first.shape[2]))  # of each block
    return Layer("matrix", (leaf, bias.leaf), uses, turned, (first, row))


def _biases(program: Program, every: list[Segment]) -> dict[int, int]:
    """Weights with a bias: every use of the bias joins a use of the weight, and every one of those is joined."""
    owner = {k: number for number, segment in enumerate(every) for k in segment.uses}
    found: dict[int, int] = {}
    for number, segment in enumerate(every):
        joins = [program.uses[k].joins for k in segment.uses]
        if segment.leaf in program.unknown or not joins or None in joins:
            continue
        weights = {owner[join] for join in joins if join is not None}
        weight = min(weights)
        everywhere = sorted(join for join in joins if join is not None) == sorted(every[weight].uses)
        added = all(program.uses[k].activation_sign == 1.0 for k in segment.uses)
        known = every[weight].leaf not in program.unknown
        if len(weights) == 1 and everywhere and added and known and weight not in found:
            found[weight] = number
    return found

"""What is known of one use of a parameter, whatever primitive it is used by.

A use is brought to one form. Seen as W of shape (s, i, o), so many independent blocks with inputs and outputs,

    output (s, t, o) = activation (s, t, i) @ W,    ∂/∂W = Σ_t activation ⊗ cotangent

with t running over the positions that share the parameter: of a sequence, of an image, of the steps of a scan.
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import Any, Literal

import jax
import jax.numpy as jnp

from .._types import Array, Float
from .views import Shape, View

Kind = Literal["matrix", "lookup", "shift", "scale"]
"""A product; rows looked up by their numbers; an addition; a product entry by entry."""


@dataclasses.dataclass(frozen=True)
class Use(ABC):
    """One equation that uses a view of one parameter.

    Attributes:
        view: The parameter, as it is seen.
        primitive: By which primitive it is used.
        joins: The number of the use whose output this one is added to, as a bias of that layer; None elsewhere.
    """

    view: View
    primitive: str
    joins: int | None = dataclasses.field(default=None, kw_only=True)

    @property
    @abstractmethod
    def kind(self) -> Kind: ...

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int, int, int]:
        """(s, t, i, o); i is 1 for a shift, and for a scale, whose o entries have an input each."""

    @property
    def output_axes(self) -> tuple[int, ...]:
        """The axes of the equation's output that are blocks and outputs of a layer, in their order."""
        return ()

    @property
    def activation_sign(self) -> float:
        """−1 for a shift that is subtracted."""
        return 1.0

    @abstractmethod
    def activation(self, *others: Array) -> Array:
        """From the other operands: (s, t, i); numbers of rows (s, t) for a lookup; (s, t, o) for a scale."""

    @abstractmethod
    def cotangent(self, output: Array) -> Float[Array, "s t o"]:
        """From what is shaped like the output of the equation."""

    @abstractmethod
    def weight(self, viewed: Array) -> Float[Array, "s i o"]:
        """The parameter as (s, i, o), from what is seen of it in the equation."""

    def of_leaf(self, leaf: Array) -> Float[Array, "s i o"]:
        """The parameter as (s, i, o), from the leaf; linear, its transpose brings gradients back."""
        found = self.view(leaf, self.weight)
        return jnp.reshape(found, (-1, *found.shape[-2:]))

    def gradient(self, activation: Array, cotangent: Float[Array, "s t o"]) -> Float[Array, "s i o"]:
        """Σ_t activation ⊗ cotangent, in the precision of float32 or better."""
        _, _, i, _ = self.sizes
        precise = jnp.promote_types(cotangent.dtype, jnp.float32)
        cotangent = cotangent.astype(precise)
        if self.kind == "lookup":

            def rows(numbers: Array, cotangent: Array) -> Array:
                return jnp.zeros((i, cotangent.shape[-1]), precise).at[numbers].add(cotangent, mode="drop")

            return jax.vmap(rows)(activation, cotangent)
        activation = activation.astype(precise)
        if self.kind == "scale":
            return jnp.sum(activation * cotangent, axis=1, keepdims=True)
        return jnp.einsum("sti,sto->sio", activation, cotangent)

    def to_leaf(self, gradient: Float[Array, "s i o"], leaf: Any) -> Array:
        """A gradient with respect to the leaf (an array, or its shape), from that with respect to (s, i, o)."""
        like = jax.ShapeDtypeStruct(leaf.shape, gradient.dtype)
        return jax.linear_transpose(self.of_leaf, like)(gradient)[0]


@dataclasses.dataclass(frozen=True)
class Repeated(Use):
    """A use in the body of a scan, in all of its steps.

    A parameter that the scan walks along gives every step a block of its own; any other is shared by the steps.

    Attributes:
        inner: The use in one step.
        length: The number of steps.
        walked: Whether the scan walks along the parameter.
    """

    inner: Use
    length: int
    walked: bool

    @property
    def kind(self) -> Kind:
        return self.inner.kind

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        s, t, i, o = self.inner.sizes
        return (s * self.length, t, i, o) if self.walked else (s, t * self.length, i, o)

    @property
    def activation_sign(self) -> float:
        return self.inner.activation_sign

    def activation(self, *others: Array) -> Array:
        return self.merged(jax.vmap(self.inner.activation)(*others))

    def cotangent(self, output: Array) -> Array:
        return self.merged(jax.vmap(self.inner.cotangent)(output))

    def weight(self, viewed: Array) -> Array:
        return self.inner.weight(viewed)

    def merged(self, steps: Array) -> Array:
        """From what every step has, arranged, with a leading axis over the steps."""
        if self.walked:
            return jnp.reshape(steps, (-1, *steps.shape[2:]))
        moved = jnp.moveaxis(steps, 0, 1)
        return jnp.reshape(moved, (moved.shape[0], -1, *moved.shape[3:]))


def arranged(array: Array, groups: tuple[tuple[int, ...], ...]) -> Array:
    """The axes of an array brought into groups, each of them one axis."""
    order = [axis for group in groups for axis in group]
    shape = tuple(math.prod(array.shape[axis] for axis in group) for group in groups)
    return jnp.reshape(jnp.transpose(array, order), shape)


def sizes_of(shape: Shape, groups: tuple[tuple[int, ...], ...]) -> Shape:
    """The sizes of those groups."""
    return tuple(math.prod(shape[axis] for axis in group) for group in groups)

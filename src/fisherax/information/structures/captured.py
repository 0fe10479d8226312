"""Structures that are made of what a network's layers multiply, not of the rows of JᵀL."""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import NoReturn

import jax.numpy as jnp

from ..._types import Array, Float, PyTree
from ...capture import Layer, Pairs, Program, gradient
from ...models.tangent import Tangent
from ...operators import Layout, Part
from .base import Curvature, Structure


class Captured(Structure):
    """A structure whose state is a sum over observations of what their layers' activations and cotangents give."""

    def check(self, tangent: Tangent) -> None:
        if not tangent.is_free:
            raise ValueError(
                f"A {self.name} information takes parameters whose entries move freely, as a network's do: use "
                "structure=Dense() where some are tied to each other."
            )

    @abstractmethod
    def from_pairs(self, program: Program, layers: Sequence[Layer], pairs: Pairs) -> PyTree:
        """The state, from the pairs of many observations, with a leading axis."""

    def from_rows(self, rows: Float[Array, "m p"], tangent: Tangent) -> NoReturn:
        self._refuse()

    def from_products(self, product: Curvature, tangent: Tangent, like: Array) -> NoReturn:
        self._refuse()

    def from_matrix(self, matrix: Float[Array, "p p"], tangent: Tangent) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ValueError(
            f"A {self.name} information is made of a network's layers: it takes a Conditional, and the Exact, "
            "MonteCarlo or Empirical estimator. Use structure=Dense(), Diagonal() or BlockDiagonal() here."
        )


def layout_of(program: Program, layer: Layer) -> Layout:
    """The leaves of a layer as one array (s, i, o); a leaf that no matrix describes is one row."""
    shapes = [tuple(program.leaves[leaf].shape) for leaf in layer.leaves]
    windows = layer.windows or (None,) * len(layer.leaves)
    if not layer.places:
        (leaf,), (shape,), (window,) = layer.leaves, shapes, windows
        size = math.prod(shape if window is None else (stop - start for start, stop in window))
        return Layout((Part(leaf, shape, (0,), (1, 1, size), (size,), window),))
    return Layout(
        tuple(
            Part(leaf, shape, place.axes, place.shape, place.fine, window)
            for leaf, shape, place, window in zip(layer.leaves, shapes, layer.places, windows, strict=True)
        )
    )


def row_gradients(program: Program, layer: Layer, pairs: Pairs) -> Float[Array, "r s i o"]:
    """The r gradients of a layer for ONE observation, as its layout has them."""
    if layer.kind != "direct":
        return layer.gradients(program, pairs)
    found = gradient(program, pairs, layer.leaves[0])
    if layer.windows:
        (part,) = layout_of(program, layer).parts
        found = found[(slice(None), *part.inside)]
    precise = jnp.promote_types(found.dtype, jnp.float32)
    return jnp.reshape(found, (found.shape[0], 1, 1, -1)).astype(precise)

"""A family of distributions as a model space: the map between its parameters and the points of the space."""

import math
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._tree import as_arrays
from ..._types import Array, Params
from .product import Product
from .space import ModelSpace


class Isometry(eqx.Module):
    """θ ↦ x, under which the Fisher information is the metric of a model space: ⟨dx, dx⟩ = dθᵀ G(θ) dθ.

    To add a family, give the two maps, and one row in the registry.
    """

    @property
    @abstractmethod
    def space(self) -> ModelSpace:
        """The model space."""

    @abstractmethod
    def to_space(self, params: Params) -> Array:
        """x(θ), from the family's dict of free parameters."""

    @abstractmethod
    def from_space(self, x: Array) -> dict[str, Array]:
        """θ(x), for a point that the space contains; elsewhere it means nothing."""

    def push(self, params: Params, vector: Params) -> tuple[Array, Array]:
        """A point and a tangent vector at it, from the parameters to the space."""
        params = as_arrays(params)
        tangent = jax.tree.map(lambda p, v: jnp.asarray(v, p.dtype), params, dict(vector))
        return jax.jvp(self.to_space, (params,), (tangent,))

    def pull(self, x: Array, vector: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """A point and a tangent vector at it, from the space to the parameters."""
        return jax.jvp(self.from_space, (x,), (vector,))


class Entries(Isometry):
    """Independent entries of one observation, each with parameters of its own: a product of spaces.

    Attributes:
        each: The isometry of every entry: one whose arrays have a leading axis.
        batch: The shape of the entries.
    """

    each: Isometry
    batch: tuple[int, ...] = eqx.field(static=True)

    @property
    def space(self) -> Product:
        return Product(
            eqx.filter_vmap(lambda isometry: isometry.space, axis_size=math.prod(self.batch))(self.each)
        )

    def to_space(self, params: Params) -> Array:
        flat = {
            key: jnp.reshape(value, (-1, *value.shape[len(self.batch) :])) for key, value in _items(params)
        }
        return eqx.filter_vmap(lambda isometry, params: isometry.to_space(params))(self.each, flat)

    def from_space(self, x: Array) -> dict[str, Array]:
        flat = eqx.filter_vmap(lambda isometry, x: isometry.from_space(x))(self.each, x)
        return {key: jnp.reshape(value, (*self.batch, *value.shape[1:])) for key, value in flat.items()}


def _items(params: Any) -> Any:
    return as_arrays(dict(params)).items()

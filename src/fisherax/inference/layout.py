"""The coordinates of a model's parameters, made once for each model."""

import dataclasses
import math
from functools import partial
from typing import Any

import jax
import numpy as np
from numpyro.distributions import constraints as C

from .._types import Params, Vector
from ..models.coordinates import Coordinates
from ..models.family import Family
from ..models.mixture import Mixture
from ..models.tangent import Tangent
from ..models.unconditional import Unconditional


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """What depends on the shapes of a model's parameters alone; made once for each model and shapes.

    As there is one of each, it hashes by identity, which costs nothing where it is static under `jit`.
    """

    coordinates: Coordinates
    tangent: Tangent
    unit: np.ndarray

    def to_vector(self, params: Params) -> Vector:
        """z of these parameters."""
        return _to_vector(self.coordinates, params)

    def cut(self, entries: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters by name from all their entries in one array."""
        params, first = {}, 0
        for name, shape in zip(self.coordinates.names, self.coordinates.shapes, strict=True):
            size = math.prod(shape)
            params[name] = entries[first : first + size].reshape(shape)
            first += size
        return params


_layouts: dict[Any, Layout] = {}


def layout_of(model: Unconditional, params: Params) -> Layout:
    """The layout of parameters shaped like these."""
    family = model.component if isinstance(model, Mixture) else model
    assert isinstance(family, Family)
    shapes = tuple(np.shape(leaf) for leaf in params.values())
    key = (type(model), family.distribution_type, family.parameters, family._constraints, shapes)
    found = _layouts.get(key)
    if found is None:
        coordinates = model.coordinates(params)
        found = Layout(coordinates, model.tangent(params), units(coordinates))
        _layouts[key] = found
    return found


@partial(jax.jit, static_argnums=0)
def _to_vector(coordinates: Coordinates, params: Params) -> Vector:
    return coordinates.to_vector(params)


def units(coordinates: Coordinates) -> np.ndarray:
    """The natural unit of each coordinate (see `scoring.Controls`): ∞ where it has the data's own units."""
    parts = []
    for name, shape, constraint in zip(
        coordinates.names, coordinates.free_shapes, coordinates.constraints, strict=True
    ):
        has_units = constraint.value in (C.real, C.real_vector) and not name.startswith("logit")
        parts.append(np.full(int(np.prod(shape, dtype=int)), np.inf if has_units else 1.0))
    return np.concatenate(parts) if parts else np.zeros(0)

"""Parameters that a user gives to start from, and where there must be some."""

from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays
from .._types import Params
from ..models.base import Model
from ..models.family import Family
from .observations import describe_support


def given_start(model: Model, init: Any) -> Params:
    """Them as arrays.

    Raises:
        ValueError: Where an entry is not finite or lies outside its space.
    """
    params = as_arrays(init)
    coordinates = model.coordinates(params)
    leaves = jtu.tree_leaves(params)
    for name, constraint, leaf in zip(coordinates.names, coordinates.constraints, leaves, strict=True):
        if not np.all(np.isfinite(leaf)):
            raise ValueError(f"fit: init[{name!r}] holds a value that is not finite: start from numbers.")
        if not constraint.is_angle and not bool(jnp.all(constraint.value(leaf))):
            raise ValueError(
                f"fit: init[{name!r}] = {np.array2string(np.asarray(leaf), threshold=8)} lies outside its space "
                f"({describe_support(constraint.value)}): start from inside it."
            )
    return params


def check_start_known(model: Model) -> None:
    """Raise ValueError where nothing says which entries of an observation share a parameter."""
    if not isinstance(model, Family):
        return
    for key in model.known_entries:
        raise ValueError(
            f"fit: {model.name}'s fixed {key!r} has the shape {np.shape(model.fixed[key])}, so one observation is a "
            "batch of entries: pass init=, whose shapes say which parameters are each entry's own and which are shared."
        )

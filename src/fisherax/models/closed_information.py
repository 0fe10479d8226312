"""An information in closed form, from its entries by name to coordinates."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from .._types import Array, Float
from .traits import Entries


def information_matrix(
    entries: Entries, free: Mapping[str, Array], batch: tuple[int, ...]
) -> Float[Array, "d d"]:
    """The matrix over free parameters, each a number or an array of numbers that broadcasts to `batch`.

    Coordinates are the parameters' values, leaf by leaf in JAX's order (names sorted). Entries of a batch are
    independent, and their informations add up.
    """
    names = sorted(free)
    given = {**entries, **{(second, first): value for (first, second), value in entries.items()}}
    values = {(a, b): given[a, b] for a in names for b in names if (a, b) in given}
    dtype = jnp.result_type(*values.values())
    rows = [
        jnp.stack(
            [jnp.broadcast_to(jnp.asarray(values.get((a, b), 0.0), dtype), batch) for b in names], axis=-1
        )
        for a in names
    ]
    matrix = jnp.stack(rows, axis=-2)
    if all(not free[key].shape for key in names):
        return jnp.sum(matrix, axis=tuple(range(len(batch))))
    places, size = [], 0
    for key in names:
        shape = free[key].shape
        index = size + np.arange(free[key].size).reshape(shape)
        places.append(np.ravel(np.broadcast_to(index, batch)))
        size += free[key].size
    place = np.stack(places, axis=-1)
    flat = jnp.reshape(matrix, (-1, len(names), len(names)))
    return jnp.zeros((size, size), dtype).at[place[:, :, None], place[:, None, :]].add(flat)

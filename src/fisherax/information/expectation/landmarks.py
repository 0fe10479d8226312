"""Values of the data that show where a distribution lives, for a mesh to begin from."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from ..._types import Array, Float
from ...models.traits import traits

_LEVELS = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
_DRAWS = 512


def landmarks(distribution: Any) -> Float[Array, "l k"]:
    """Quantiles, in increasing order, of each of the k components of a mixture, however small its weight.

    The middle row is the median and its neighbours are the quartiles. By the inverse distribution function
    where NumPyro has it, else from a fixed set of draws: only the first mesh depends on them, so they need
    not be exact.
    """
    if isinstance(distribution, dist.MixtureGeneral):
        columns = [landmarks(component) for component in distribution.component_distributions]
        rows = min(column.shape[0] for column in columns)
        return jnp.concatenate([_middle(column, rows) for column in columns], axis=1)
    if isinstance(distribution, dist.MixtureSameFamily):
        distribution = distribution.component_distribution
    size = int(np.prod(distribution.batch_shape, dtype=int))
    rows = 7 if size <= 2 else 3
    return _middle(jnp.reshape(_quantiles(distribution), (-1, size)), rows)


def _middle(rows: Array, count: int) -> Array:
    start = (rows.shape[0] - count) // 2
    return rows[start : start + count]


def _quantiles(distribution: Any) -> Array:
    known = traits(type(distribution)).landmarks(distribution)
    if known is not None:
        return known
    try:
        return distribution.icdf(
            jnp.reshape(
                jnp.asarray(_LEVELS, jnp.result_type(float)), (-1, *(1 for _ in distribution.batch_shape))
            )
        )
    except (NotImplementedError, ImportError):
        draws = jnp.sort(distribution.sample(jax.random.key(0), (_DRAWS,)), axis=0)
        return draws[np.round(_LEVELS * (_DRAWS - 1)).astype(int)]


def center_and_scale(quantiles: Float[Array, "l k"]) -> tuple[Array, Array]:
    """The median of all landmarks, and half the distance between their quartiles."""
    ordered = jnp.sort(jnp.ravel(quantiles))
    size = ordered.size
    low, center, high = ordered[size // 4], ordered[size // 2], ordered[(3 * size) // 4]
    spread = (high - low) / 2
    least = jnp.finfo(ordered.dtype).eps * (1e-3 + jnp.abs(center))
    return center, jnp.maximum(spread, least)

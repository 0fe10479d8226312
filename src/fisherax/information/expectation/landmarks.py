"""Values of the data that show where a distribution lives, for a mesh to begin from."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from ..._types import Array, Float
from ...models.traits import traits

_LEVELS = (1e-4, 0.01, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 0.99, 0.9999)
_MAX_LANDMARKS = 44
_DRAWS = 512


def quantiles(distribution: Any) -> Float[Array, " l"]:
    """Quantiles of a real-valued distribution; of every component of a mixture, however small its weight.

    By the inverse distribution function where NumPyro has it, else from a fixed set of draws. Only the
    first mesh depends on them, so they need not be exact.
    """
    if isinstance(distribution, dist.MixtureSameFamily):
        component = distribution.component_distribution
        size = max(1, int(np.prod(component.batch_shape, dtype=int)))
        return jnp.ravel(_quantiles(component, _levels(_MAX_LANDMARKS // size)))
    return jnp.ravel(_quantiles(distribution, _levels(len(_LEVELS))))


def _levels(count: int) -> np.ndarray:
    """At most `count` of the levels, spread evenly and with the median."""
    count = min(max(count, 1), len(_LEVELS))
    return np.asarray(_LEVELS)[
        np.unique(np.linspace(0, len(_LEVELS) - 1, count + 2).round().astype(int)[1:-1])
    ]


def _quantiles(distribution: Any, levels: np.ndarray) -> Array:
    known = traits(type(distribution)).landmarks(distribution)
    if known is not None:
        return known
    shape = (levels.size,) + (1,) * len(distribution.batch_shape)
    try:
        return distribution.icdf(jnp.reshape(jnp.asarray(levels), shape))
    except (NotImplementedError, ImportError):
        draws = jnp.sort(distribution.sample(jax.random.key(0), (_DRAWS,)), axis=0)
        return draws[np.round(levels * (_DRAWS - 1)).astype(int)]


def center_and_scale(landmarks: Float[Array, " l"]) -> tuple[Array, Array]:
    """The median of the landmarks, and half the distance between their quartiles."""
    ordered = jnp.sort(landmarks)
    size = landmarks.size
    low, center, high = ordered[size // 4], ordered[size // 2], ordered[(3 * size) // 4]
    spread = (high - low) / 2
    least = jnp.finfo(landmarks.dtype).eps * (1e-3 + jnp.abs(center))
    return center, jnp.maximum(spread, least)

"""Exact sums over a support that can be listed."""

import math
from typing import Any

import jax.core
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints

from .rule import WeightedRule

MAX_POINTS = 4096


def enumeration_rule(support: Any, event_shape: tuple[int, ...]) -> WeightedRule | None:
    """Every point of a finite support, with weight 1; None if it is not known to be small."""
    points = _points(support, event_shape) if is_discrete(support) else None
    if points is None:
        return None
    ones = jnp.ones(points.shape[0])
    return WeightedRule(
        points=jnp.asarray(points),
        weights=ones,
        differences=jnp.zeros_like(ones),
        groups=jnp.zeros(points.shape[0], int),
        edges=jnp.zeros(0, int),
        edge_weights=jnp.zeros(0),
        num_groups=1,
        method="sum",
    )


def _points(support: Any, event_shape: tuple[int, ...]) -> np.ndarray | None:
    if event_shape and isinstance(support, type(constraints.multinomial(1))):
        total = concrete(support.upper_bound)
        return None if total is None else _compositions(total, event_shape[-1])
    if event_shape:
        return None
    if support is constraints.boolean:
        return np.arange(2)
    low, high = getattr(support, "lower_bound", None), getattr(support, "upper_bound", None)
    if low is None or high is None:
        return None
    low, high = concrete(low), concrete(high)
    if low is None or high is None or high - low >= MAX_POINTS:
        return None
    return np.arange(low, high + 1)


def is_discrete(support: Any) -> bool | None:
    """Whether observations are counts; None if the support does not say."""
    try:
        return bool(support.is_discrete)
    except NotImplementedError:
        return None


def concrete(bound: Any) -> int | None:
    """A bound as a whole number, if it is known while tracing and the same for all."""
    if isinstance(bound, jax.core.Tracer):
        return None
    values = np.unique(np.asarray(bound))
    return int(values[0]) if values.size == 1 else None


def _compositions(total: int, parts: int) -> np.ndarray | None:
    """All ways to write `total` as an ordered sum of `parts` counts, if there are not too many."""
    if math.comb(total + parts - 1, parts - 1) > MAX_POINTS:
        return None

    def rows(total: int, parts: int) -> list[tuple[int, ...]]:
        if parts == 1:
            return [(total,)]
        return [(first, *rest) for first in range(total + 1) for rest in rows(total - first, parts - 1)]

    return np.array(rows(total, parts))

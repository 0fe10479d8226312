"""A family with a batch of parameters, free or fixed, as independent entries."""

from collections.abc import Callable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._types import Array, Params
from ..models.declared import declared, spread
from ..models.family import Family
from .expectation import Expectation


def over_entries(
    function: Callable[..., Expectation], model: Family, *points: Params, batch: tuple[int, ...] | None = None
) -> Expectation:
    """`function(family, θ_b, φ_b, …)` at each entry b of a batch of parameters, along a leading axis.

    The family of an entry has its fixed values. One that is a known whole number, such as `total_count`, stays known:
    a finite support is listed by it. So entries are taken together that have the same one.
    """
    batch = model.batch_shape(points[0]) if batch is None else batch
    elements = [model.elements(point, batch) for point in points]
    known = _known(model, batch)
    counts = {key: value for key, value in known.items() if _is_known_count(model, key, value)}
    mapped = {key: value for key, value in known.items() if key not in counts}

    def over(rows: Array | slice, family: Family) -> Expectation:
        chosen = jtu.tree_map(lambda value: value[rows], (mapped, elements))
        return jax.vmap(lambda values, parts: function(_knowing(family, values), *parts))(*chosen)

    if not counts:
        return over(slice(None), model)
    table = np.stack([np.asarray(value) for value in counts.values()], axis=1)
    kinds, kind = np.unique(table, axis=0, return_inverse=True)
    groups = [np.flatnonzero(np.ravel(kind) == index) for index in range(len(kinds))]
    parts = [
        over(jnp.asarray(rows), _knowing(model, dict(zip(counts, map(jnp.asarray, row), strict=True))))
        for rows, row in zip(groups, kinds, strict=True)
    ]
    return _in_order(parts, np.argsort(np.concatenate(groups)))


def first_entry(model: Family, params: Params) -> tuple[Family, Params]:
    """The family of the first entry, and its parameters."""
    batch = model.batch_shape(params)
    both = _known(model, batch), model.elements(params, batch)
    known, element = jtu.tree_map(lambda value: value[0], both)
    return _knowing(model, known), element


def _known(model: Family, batch: tuple[int, ...]) -> dict[str, Array]:
    """The fixed values that have a batch shape, each with a leading axis over the entries."""
    return {key: spread(model.fixed[key], model.event_dims[key], batch) for key in model.known_entries}


def _knowing(model: Family, values: Mapping[str, Array]) -> Family:
    """The same family with other values of parameters that are fixed."""
    return eqx.tree_at(lambda family: family.fixed, model, {**model.fixed, **values})


def _is_known_count(model: Family, key: str, value: Array) -> bool:
    if value.ndim != 1 or isinstance(value, Tracer):
        return False
    constraint = declared(model.distribution_type).get(key)
    if constraint is None:  # of a function of the user's own
        return bool(jnp.issubdtype(value.dtype, jnp.integer))
    return bool(getattr(constraint, "is_discrete", False))


def _in_order(parts: list[Expectation], order: np.ndarray) -> Expectation:
    """Groups of entries as one; their methods may differ, since a long list is summed in windows."""
    values = jnp.concatenate([part.value for part in parts])[order]
    errors = [part.error for part in parts if part.error is not None]
    error = jnp.concatenate(errors)[order] if len(errors) == len(parts) else None
    return Expectation(values, error, " + ".join(sorted({part.method for part in parts})))

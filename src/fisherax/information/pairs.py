"""A divergence between two members of a model, from that between two members of its head."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from .._tree import leading_size
from .._types import Params, PyTree
from ..models.base import Head, Model
from ..models.family import Family
from ..models.unconditional import Unconditional
from .checks import check_params
from .entries import over_entries
from .expectation import Expectation, refuse_unresolved
from .strays import refuse_strays
from .traced import factor_of, times, unknown_inside

Divergence = Callable[[Head, PyTree, PyTree], Expectation]


def pairwise(
    call: str,
    what: str,
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None,
    divergence: Divergence,
) -> Expectation:
    """The divergence at each input (a leading axis), or of a model without inputs (a scalar).

    Independent entries of a batch of parameters add up, so `divergence` must be additive.

    Raises:
        ValueError: If a parameter is outside its space, inputs are missing, or a divergence is mostly error.
    """
    inside = []
    for point in (params, other):
        check_params(call, model, point)
        inside.append(unknown_inside(model, point))
    factor = factor_of(*inside)
    if isinstance(model, Family):
        batch = jnp.broadcast_shapes(model.batch_shape(params), model.batch_shape(other))
        if batch:
            parts = over_entries(divergence, model, params, other, batch=batch)
            refuse_unresolved(model.name, parts, what)
            error = None if parts.error is None else jnp.sum(parts.error)
            return times(factor, Expectation(jnp.sum(parts.value), error, parts.method))
    if isinstance(model, Unconditional):
        return times(factor, divergence(model, params, other))
    if data is None:
        raise ValueError(f"The {what} of a Conditional is an average over inputs: pass them as data.")
    inputs, _ = model.split(data, targets=False)
    leading_size(inputs)
    for point in (params, other):
        inside.append(refuse_strays(call, model, point, inputs, None))
    factor = factor_of(*inside)

    def one(x: PyTree) -> Expectation:
        return divergence(model.head, model.output(params, x), model.output(other, x))

    parts = jax.vmap(one)(inputs)
    refuse_unresolved(str(getattr(model.head, "name", type(model.head).__name__)), parts, what)
    return times(factor, parts)


def refuse_no_number(call: str, result: Expectation) -> None:
    """Raise ValueError where a divergence is known to be NaN."""
    if not isinstance(result.value, Tracer) and np.isnan(result.value):
        raise ValueError(
            f"{call}: the divergence is not a number: a parameter is at the boundary of its space, or so far out that "
            "the densities cannot be computed."
        )

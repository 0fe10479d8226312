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
from .checks import check_params, only_inside
from .entries import over_entries
from .expectation import Expectation, refuse_unresolved
from .spaces import in_space
from .strays import refuse_strays

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
    for point in (params, other):
        check_params(call, model, point)
    if isinstance(model, Family):
        batch = jnp.broadcast_shapes(model.batch_shape(params), model.batch_shape(other))
        if batch:
            parts = over_entries(divergence, model, params, other, batch=batch)
            refuse_unresolved(model.name, parts, what)
            error = None if parts.error is None else jnp.sum(parts.error)
            value = only_inside(model, [params, other], jnp.sum(parts.value))
            return Expectation(value, error, parts.method)
    if isinstance(model, Unconditional):
        found = divergence(model, params, other)
        return Expectation(only_inside(model, [params, other], found.value), found.error, found.method)
    if data is None:
        raise ValueError(f"The {what} of a Conditional is an average over inputs: pass them as data.")
    inputs, _ = model.split(data, targets=False)
    leading_size(inputs)
    for point in (params, other):
        refuse_strays(call, model, point, inputs, None)

    def one(x: PyTree) -> Expectation:
        f, g = model.output(params, x), model.output(other, x)
        found = divergence(model.head, f, g)
        good = in_space(model.head, f) & in_space(model.head, g)
        return Expectation(jnp.where(good, found.value, jnp.nan), found.error, found.method)

    parts = jax.vmap(one)(inputs)
    refuse_unresolved(str(getattr(model.head, "name", type(model.head).__name__)), parts, what)
    return parts


def refuse_no_number(call: str, result: Expectation) -> None:
    """Raise ValueError where a divergence is known to be NaN."""
    if not isinstance(result.value, Tracer) and np.isnan(result.value):
        raise ValueError(
            f"{call}: the divergence is not a number: a parameter is at the boundary of its space, or so far out that "
            "the densities cannot be computed."
        )

"""Conditional models with data in memory: their likelihood, and where its maximisation starts."""

from typing import Any

import jax
import jax.numpy as jnp

from .._tree import as_arrays
from .._types import Params
from ..models.base import Model
from ..models.conditional import Conditional
from .families import Problem
from .layout import units
from .likelihood import InMemory, Rows
from .likelihood.linear_terms import is_linear
from .likelihood.model_terms import ModelTerms
from .linear_start import linear_start
from .observations import as_rows, check_enough, check_inputs, check_targets
from .regression import block_length, check_linear_rows, linear_terms

ENTRIES = 2**21
"""Entries of an array of rows by parameters in one block."""


def conditional_problem(model: Model, data: Any, weights: Any, init: Params | None) -> Problem:
    """A conditional model: a generalised linear one by dense products, any other by differentiation."""
    assert isinstance(model, Conditional)
    rows = as_rows(model, data, weights)
    if is_linear(model):
        return _linear_problem(model, rows, init)
    if init is None:
        raise ValueError(
            "fit: a Conditional with a function of its own needs init=, a pytree of parameters to start from."
        )
    params = as_arrays(init)
    check_inputs(rows)
    check_head_targets(model, params, rows)
    coordinates = model.coordinates(params)
    length = max(64, min(2**13, ENTRIES // max(coordinates.dim, 1)))
    likelihood = InMemory(ModelTerms(model, coordinates), rows, params, length)
    check_enough(likelihood.num_observations, coordinates.dim)
    return Problem(likelihood, [coordinates.to_vector(params)], units(coordinates))


def _linear_problem(model: Conditional, rows: Rows, init: Params | None) -> Problem:
    terms = linear_terms(model)
    check_linear_rows(terms, rows)
    params = terms.coordinates.to_params(jnp.zeros(terms.coordinates.dim))
    likelihood = InMemory(terms, rows, params, block_length(terms.size))
    check_enough(likelihood.num_observations, terms.coordinates.dim)
    begin = linear_start(terms, likelihood.sum, init)
    return begin.problem(likelihood)


def check_head_targets(model: Conditional, params: Params, rows: Rows, start: int = 0) -> None:
    """Raise ValueError where a target lies outside the support of the head at the first input."""
    first = jax.tree.map(lambda a: a[0], rows.inputs)
    output = model.output(params, first)
    if not all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(output)):
        raise ValueError(
            "fit: at the parameters to start from, the model's output for the first input is not finite: "
            "start elsewhere."
        )
    distribution = model.head.distribution(output)
    shape = (*distribution.batch_shape, *distribution.event_shape)
    check_targets(model, distribution.support, tuple(shape), rows, start)

"""Observations outside the support, and outputs of `apply` outside the head's space: counted in the same pass.

A log-density is often a finite number where it has no meaning (a Poisson's at −1), so that nothing else tells.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._types import Array, Bool, Int, Params, PyTree
from ..models.base import Head, Model
from ..models.unconditional import Unconditional
from .checks import check_density, shown
from .estimators import Estimator
from .expectation.law import Law
from .spaces import allows, in_space, is_real, parameters_of, words


def strays(
    model: Model, estimator: Estimator | None, params: Params, x: Any, y: Array | None
) -> Bool[Array, "2"]:
    """For one observation: is the head's parameter outside its space, is the target outside the support?

    Raises:
        ValueError: If the target is not shaped like one observation, or the estimator does not fit the head,
            both of which are known while JAX traces.
    """
    f = model.output(params, x)
    if estimator is not None and not isinstance(model, Unconditional):
        check_density(estimator, model.head, f)
    # The parameters of a model without inputs are looked at once, and not for each observation.
    outside = jnp.zeros((), bool) if isinstance(model, Unconditional) else ~in_space(model.head, f)
    return jnp.stack([outside, jnp.zeros((), bool) if y is None else ~_supported(model.head, f, y)])


def _supported(head: Head, f: PyTree, y: Array) -> Bool[Array, ""]:
    distribution = Law(head).distribution(f)
    event = tuple(distribution.event_shape)
    if jnp.shape(y) != event:
        raise ValueError(
            f"fisher: one observation of {_name(head)} has shape {event}, so the observations must have shape "
            f"{_rows(event)}, but they have {_rows(jnp.shape(y))}."
        )
    try:
        legal = jnp.asarray(allows(distribution.support, y))
    except NotImplementedError:  # a support that is not described excludes nothing
        return jnp.ones((), bool)
    finite = jnp.all(jnp.isfinite(y)) if jnp.issubdtype(y.dtype, jnp.inexact) else True
    return jnp.all(legal) & finite


def _rows(event: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, ('n', *event)))}{',' if not event else ''})"


def _name(head: Head) -> str:
    return str(getattr(head, "name", "") or f"the {type(head).__name__} head")


def refuse_strays(
    call: str,
    model: Model,
    params: Params,
    inputs: PyTree,
    targets: Array | None,
    counts: Int[Array, "2"] | None = None,
    start: int = 0,
) -> Bool[Array, ""] | None:
    """Raise ValueError at the first row that strays, if any is known to; `start` rows came before these.

    Returns:
        Whether no row strays, where that is not known yet; None where it is.
    """
    if counts is None:
        counts = jnp.sum(_rows_that_stray(model, params, inputs, targets), axis=0)
    if isinstance(counts, Tracer):
        return jnp.all(counts == 0)
    if not np.any(np.asarray(counts)):
        return None
    flags = np.asarray(_rows_that_stray(model, params, inputs, targets))
    kind = 0 if flags[:, 0].any() else 1
    index = int(np.argmax(flags[:, kind]))
    x = jtu.tree_map(lambda a: a[index], inputs)
    f = model.output(params, x)
    if kind == 0:
        raise ValueError(
            f"{call}: at input {start + index}, {_name(model.head)} is given a parameter outside its space: "
            f"{_violation(model.head, f)}. Keep what apply returns inside, for instance by a logarithmic link "
            "or an exponential."
        )
    assert targets is not None
    y = np.asarray(targets[index])
    support = Law(model.head).distribution(f).support
    what = "missing (NaN)" if np.any(np.isnan(y)) else f"{shown(y)}, outside the support"
    raise ValueError(
        f"{call}: observation {start + index} is {what}; an observation of {_name(model.head)} must be "
        f"{words(support)}: correct or remove it, or choose another model."
    )


@eqx.filter_jit
def _rows_that_stray(
    model: Model, params: Params, inputs: PyTree, targets: Array | None
) -> Bool[Array, "n 2"]:
    """For each row: is the head's parameter outside its space, is the target outside the support?"""
    return jax.lax.map(lambda row: strays(model, None, params, *row), (inputs, targets), batch_size=256)


def _violation(head: Head, f: PyTree) -> str:
    for name, value, constraint in parameters_of(head, f):
        value = np.asarray(value)
        good = np.asarray(~np.isnan(value) if is_real(constraint) else allows(constraint, value))
        if not good.all():
            bad = value[tuple(np.argwhere(~good)[0].tolist())] if good.ndim else value
            return f"{name} = {shown(bad)}, which must be {words(constraint)}"
    return "it is not a number"

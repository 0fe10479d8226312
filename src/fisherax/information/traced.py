"""While JAX traces, values are not known and nothing can be refused: what is outside gives NaN, and no number.

The result is multiplied by 1 or NaN, not chosen, so that every derivative of it is NaN there too. Where all is inside
this leaves a number as it is, and each of its derivatives.
"""

from typing import TypeVar

import jax.numpy as jnp
import jax.tree_util as jtu
from jax import lax
from jax.core import Tracer

from .._types import Array, Bool, Params, Scalar
from ..models.base import Model
from .spaces import allows, constrained

T = TypeVar("T")


def unknown_inside(model: Model, params: Params) -> Bool[Array, ""] | None:
    """Whether all parameters that are not known are inside their spaces; None where all are known."""
    good = None
    for _, value, constraint in constrained(model, params):
        if isinstance(value, Tracer):
            legal = jnp.all(jnp.asarray(allows(constraint, lax.stop_gradient(value))))
            good = legal if good is None else good & legal
    return good


def factor_of(*good: Bool[Array, ""] | None) -> Scalar | None:
    """1 where all is inside, NaN elsewhere; None where nothing has to be said."""
    told = [flag for flag in good if flag is not None]
    return jnp.where(jnp.all(jnp.stack(told)), 1.0, jnp.nan) if told else None


def times(factor: Scalar | None, tree: T) -> T:
    """A pytree of numbers, or NaN."""
    return tree if factor is None else jtu.tree_map(lambda leaf: leaf * factor.astype(leaf.dtype), tree)

"""Between pytrees shaped like the parameters and the coordinates of the tangent space."""

import math
from collections.abc import Callable

import jax
import jax.core
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Any, Matrix, Params, Scalar, Vector
from ..models.tangent import Free, Tangent


def common_dtype(tangent: Tangent) -> np.dtype:
    """The dtype of coordinates and matrices: the widest of the parameters' own."""
    return np.dtype(jnp.result_type(*tangent.dtypes) if tangent.dtypes else jnp.result_type(float))


def coordinates(tangent: Tangent, vector: Params) -> Vector:
    """Bᵀ v, for a v of the parameters' own dtypes: nothing is promoted without being asked."""
    leaves, treedef = jtu.tree_flatten(vector)
    if treedef == tangent.treedef:
        for name, leaf, dtype in zip(tangent.names, leaves, tangent.dtypes, strict=True):
            found = jax.typeof(leaf)
            if found.dtype != dtype and not found.weak_type:
                raise ValueError(
                    f"Leaf {name!r} of the vector has dtype {found.dtype}, but that parameter has dtype "
                    f"{dtype}, and nothing is promoted silently: cast the vector with "
                    f"`.astype({str(dtype)!r})`, or compute the information at {found.dtype} parameters."
                )
        leaves = [jnp.asarray(leaf, dtype) for leaf, dtype in zip(leaves, tangent.dtypes, strict=True)]
        vector = jtu.tree_unflatten(treedef, leaves)
    return tangent.ravel(vector)


def entries_diagonal(tangent: Tangent, diagonal: Vector, block: Callable[[slice], Matrix]) -> Params:
    """The diagonal of B A Bᵀ as a pytree, from A's diagonal and its diagonal blocks.

    B does not mix leaves, so leaf l needs diag(B_l A_ll B_lᵀ) alone, and a free one (B_l = 1) A's diagonal.
    """
    leaves = []
    for direction, s, dtype in zip(tangent.leaves, tangent.slices(), tangent.dtypes, strict=True):
        if isinstance(direction, Free):
            leaf = diagonal[s]
        else:
            rows = jax.vmap(direction.unravel)(jnp.eye(direction.dim, dtype=diagonal.dtype))
            basis = rows.reshape(direction.dim, math.prod(direction.shape))
            leaf = jnp.sum(basis * (block(s) @ basis), axis=0)
        leaves.append(jnp.reshape(leaf, direction.shape).astype(dtype))
    return jtu.tree_unflatten(tangent.treedef, leaves)


def as_count(count: Any, dtype: Any) -> Scalar:
    """A number of observations, or any factor, in the operator's dtype, so that scaling keeps every dtype."""
    return jnp.asarray(count, dtype)


def as_damping(damping: Any, dtype: Any) -> Scalar:
    """λ ≥ 0, in the operator's dtype."""
    if jnp.ndim(damping) != 0:
        raise ValueError(f"damped: λ is one number, but it has shape {jnp.shape(damping)}.")
    if not isinstance(damping, jax.core.Tracer) and not float(damping) >= 0:
        raise ValueError(f"damped: λ must not be negative, but it is {damping}.")
    return as_count(damping, dtype)


def positive(factor: Any, call: str, dtype: Any) -> Scalar:
    """The n of `n * G`: a number of observations."""
    if jnp.ndim(factor) != 0:
        raise ValueError(
            f"{call}: n is a number of observations, one number, but it has shape {jnp.shape(factor)}."
        )
    if not isinstance(factor, jax.core.Tracer) and not 0 < float(factor) < math.inf:
        raise ValueError(
            f"{call}: n is a number of observations and must be positive and finite, but it is {factor}; "
            "for another multiple take the matrix (`as_matrix`), for a difference lineax's `G - H`."
        )
    return as_count(factor, dtype)


def check_size(found: int, tangent: Tangent, dtype: Any, what: str) -> None:
    """Raise ValueError unless an array of `found` directions and this dtype belongs to the tangent space."""
    if found != tangent.dim:
        raise ValueError(
            f"{what} is for {found} directions, but the tangent space of the parameters has {tangent.dim}: "
            "give it in the coordinates of `tangent` (see `Tangent.ravel`)."
        )
    check_holds(dtype, tangent, what)


def check_holds(dtype: Any, tangent: Tangent, what: str) -> None:
    """Raise ValueError if numbers of this dtype lose digits of the parameters'; a wider one is welcome."""
    wanted = common_dtype(tangent)
    if jnp.promote_types(dtype, wanted) != dtype:
        raise ValueError(
            f"{what} has dtype {dtype}, but the parameters have {wanted}, which loses digits in it: cast one of them."
        )

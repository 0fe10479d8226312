"""The shape vocabulary of the library.

Dimension names used in annotations:

    n  observations        p  coordinates of the tangent space (free directions of the parameters)
    d  coordinates of the head's parameter (what `apply` returns, for one input)
    r  columns of a square root of an information matrix
"""

from typing import Any

from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree, Scalar

Params = PyTree[Any]
"""A pytree of floating-point arrays: a point of parameter space, or a tangent vector at one."""

Vector = Float[Array, " p"]
Matrix = Float[Array, "p p"]
Data = Any
"""Arrays with a leading axis of observations, or an iterable of such batches."""

__all__ = [
    "Array",
    "Bool",
    "Data",
    "Float",
    "Int",
    "Matrix",
    "PRNGKeyArray",
    "Params",
    "PyTree",
    "Scalar",
    "Vector",
]

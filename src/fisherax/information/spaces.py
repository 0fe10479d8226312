"""Which values a constraint allows: the space of a parameter, the support of an observation."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from numpyro.distributions import constraints as C

from .._tree import leaf_name
from .._types import Array, Bool, Params, PyTree
from ..models.base import Head, Model
from ..models.cholesky import cholesky
from ..models.family import Family
from ..models.mixture import Mixture
from ..models.unconditional import Unconditional
from .expectation.law import Law

_SIMPLEX, _REAL, _INDEPENDENT = type(C.simplex), type(C.real), type(C.independent(C.real, 1))
_WORDS = {
    "Positive": "positive",
    "Nonnegative": "at least 0",
    "UnitInterval": "between 0 and 1",
    "Simplex": "probabilities that sum to 1",
    "Boolean": "0 or 1",
    "IntegerNonnegative": "a whole number ≥ 0",
    "IntegerPositive": "a whole number > 0",
    "Real": "a finite number",
    "RealVector": "finite numbers",
    "Circular": "an angle between −π and π",
    "PositiveDefinite": "a symmetric, positive definite matrix",
    "PositiveSemidefinite": "a symmetric, positive semidefinite matrix",
    "LowerCholesky": "lower triangular, with a positive diagonal",
}


def words(constraint: Any) -> str:
    """What a value must be."""
    if isinstance(constraint, _INDEPENDENT):
        constraint = constraint.base_constraint
    kind = type(constraint).__name__.lstrip("_")
    low, high = getattr(constraint, "lower_bound", None), getattr(constraint, "upper_bound", None)
    if kind in _WORDS:
        return _WORDS[kind]
    if kind.startswith("Integer") and low is not None and high is not None:
        return f"a whole number from {_plain(low)} to {_plain(high)}"
    closed = "Eq" in kind or "Integer" in kind
    ends = [] if low is None else [f"{'at least' if closed else 'above'} {_plain(low)}"]
    ends += [] if high is None else [f"at most {_plain(high)}"]
    return " and ".join(ends) or f"in {constraint}"


def _plain(bound: Any) -> str:
    array = np.asarray(bound)
    return f"{array.item():g}" if array.ndim == 0 else "its bound"


def allows(constraint: Any, value: Any) -> Any:
    """Whether the constraint holds, value by value.

    NumPyro's, but for probabilities: they may miss their sum of 1 by the rounding of their own precision. In a
    compiled program a positive definite matrix is one that has a Cholesky factor, which is quicker than eigenvalues.
    """
    if isinstance(constraint, _INDEPENDENT):
        inner = allows(constraint.base_constraint, value)
        everywhere = (
            np.all if isinstance(inner, np.ndarray) else lambda a, axis: jnp.all(jnp.asarray(a), axis)
        )
        return everywhere(inner, axis=tuple(range(-constraint.reinterpreted_batch_ndims, 0)))
    if isinstance(constraint, _SIMPLEX):
        slack = 1e-6 + 4.0 * value.shape[-1] * float(jnp.finfo(value.dtype).eps)
        return (value >= 0).all(axis=-1) & (abs(value.sum(axis=-1) - 1) <= slack)
    if constraint is C.positive_definite and isinstance(value, jax.Array):
        return _positive_definite(value)
    return constraint(value)


def _positive_definite(matrices: Array) -> Bool[Array, "*batch"]:
    symmetric = jnp.isclose(matrices, jnp.swapaxes(matrices, -2, -1)).all(axis=(-2, -1))
    factors = jnp.vectorize(cholesky, signature="(d,d)->(d,d)")(matrices)
    return symmetric & jnp.isfinite(factors).all(axis=(-2, -1))


def parameters_of(head: Head, f: PyTree) -> Iterator[tuple[str, Any, Any]]:
    """(name, value, constraint) of all that a distribution is made of, given its parameter f.

    A family's own parameters; for another head those of the NumPyro distribution that it makes of f, so that a
    negative mean is found whatever the link.
    """
    if isinstance(head, Mixture):
        component = head.component
        values = {**component.fixed, **f}
        known = {**_declared(component.distribution_type), **head.constraints}
    elif isinstance(head, Family):
        values = head.all_parameters(f)
        known = {**_declared(head.distribution_type), **head.constraints}
    else:
        distribution: Any = Law(head).distribution(f)
        while hasattr(distribution, "base_dist"):
            distribution = distribution.base_dist
        values, known = distribution.get_args(), _declared(type(distribution))
    for name, value in values.items():
        if name in known and not C.is_dependent(known[name]):
            yield name, value, known[name]


def constrained(model: Model, params: Params) -> Iterator[tuple[str, Any, Any]]:
    """(name, value, constraint) of all parameters of a model that have one, free or fixed."""
    if isinstance(model, Unconditional):
        yield from parameters_of(model, params)
        return
    leaves = {leaf_name(path): leaf for path, leaf in jtu.tree_leaves_with_path(params)}
    for name, constraint in getattr(model, "constraints", {}).items():
        if name in leaves:
            yield name, leaves[name], constraint


def _declared(kind: Any) -> Mapping[str, Any]:
    found = getattr(kind, "arg_constraints", {})
    return found if isinstance(found, Mapping) else {}


def in_space(head: Head, f: PyTree) -> Bool[Array, ""]:
    """Whether f is inside its space. A number that may be any must not be NaN; −∞ is a legal logit."""
    good = jnp.ones((), bool)
    for _, value, constraint in parameters_of(head, f):
        value = jnp.asarray(value)
        legal = ~jnp.isnan(value) if is_real(constraint) else allows(constraint, value)
        good = good & jnp.all(jnp.asarray(legal))
    return good


def is_real(constraint: Any) -> bool:
    if isinstance(constraint, _INDEPENDENT):
        return is_real(constraint.base_constraint)
    return isinstance(constraint, _REAL)

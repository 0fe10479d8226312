"""What a NumPyro distribution declares of its parameters: names, constraints, which are free, which way they move."""

import inspect
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

from .._types import Array
from .tangent import Directions, Free, LowerTriangular, Simplex, Symmetric

# NumPyro's factories choose a class by the keyword they are given; the model is the class.
FACTORIES: dict[Any, type[dist.Distribution]] = {
    dist.Bernoulli: dist.BernoulliProbs,
    dist.Binomial: dist.BinomialProbs,
    dist.Geometric: dist.GeometricProbs,
    dist.Categorical: dist.CategoricalProbs,
    dist.Multinomial: dist.MultinomialProbs,
    dist.NegativeBinomial: dist.NegativeBinomialProbs,
}
# Of several parameterisations of one thing, the first stands unless `fixed` or `parameters` say otherwise.
_ALTERNATIVES = (
    ("covariance_matrix", "precision_matrix", "scale_tril"),
    ("scale_matrix", "rate_matrix", "scale_tril"),  # Wishart's
)
# Parameters that count: never estimated, so they must be fixed, at these values if none is given.
_COUNTS = {"total_count"}
# Angles that NumPyro declares to be real numbers.
_ANGLES: dict[Any, tuple[str, ...]] = {dist.VonMises: ("loc",)}


def check_kind(distribution: Any) -> None:
    """Raise ValueError for what is neither a distribution class nor a function."""
    if isinstance(distribution, dist.Distribution):
        raise ValueError(
            "Family takes a distribution's class, not a distribution: write "
            f"Family({type(distribution).__name__})."
        )
    if not callable(distribution):
        raise ValueError(
            f"Family takes a NumPyro distribution class, such as dist.Gamma, or a function that returns a "
            f"distribution, not {distribution!r}."
        )


def check_names(name: str, known: Mapping[str, Any], given: tuple[str, ...]) -> None:
    """Raise ValueError at a name that is no parameter's."""
    for key in given:
        if key not in known:
            raise ValueError(f"{name} has no parameter {key!r}; it has {', '.join(known)}.")


def arg_constraints(kind: Any, name: str) -> dict[str, Any]:
    """The constraint of each parameter of a distribution class; ValueError where it declares none."""
    if not inspect.isclass(kind):
        raise ValueError(
            f"{name} is a function: name its parameters with constraints={{name: NumPyro constraint, ...}}."
        )
    if not declared(kind):
        raise ValueError(f"{name} declares no parameters: use fx.Mixture, or a function with constraints.")
    return {**declared(kind), **dict.fromkeys(_ANGLES.get(kind, ()), C.circular)}


def declared(kind: Any) -> Mapping[str, Any]:
    """NumPyro's own declaration; empty for a function."""
    return getattr(kind, "arg_constraints", {})


def default_parameters(known: dict[str, Any], fixed: Mapping[str, Any]) -> tuple[str, ...]:
    """The free parameters where none are named: those not fixed, of alternatives the first."""
    free = [key for key in known if key not in fixed]
    for group in _ALTERNATIVES:
        present = [key for key in group if key in known]
        given = any(key in fixed for key in present)
        drop = present if given else present[1:]
        free = [key for key in free if key not in drop]
    return tuple(free)


def check_counts(name: str, known: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
    """Raise ValueError where a parameter that counts is not fixed."""
    unfixed = [
        count
        for count in known
        if count in _COUNTS and getattr(known[count], "is_discrete", False) and count not in fixed
    ]
    if unfixed:
        raise ValueError(
            f"{name}'s {unfixed[0]!r} is a count and cannot be estimated: give it as "
            f'fixed={{"{unfixed[0]}": ...}}.'
        )


def check_described(name: str, free: Mapping[str, Any]) -> None:
    """Raise ValueError where NumPyro does not say in advance where a free parameter may be."""
    for key, constraint in free.items():
        try:
            _ = constraint.event_dim
        except NotImplementedError as error:  # NumPyro's word for a constraint that depends on other values
            raise ValueError(
                f"{name}'s parameter {key!r} has no constraint that NumPyro states in advance: give the family as a "
                "function of its parameters, with constraints={name: NumPyro constraint, ...}."
            ) from error


def signature(event_dims: tuple[int, ...]) -> str:
    """NumPy's signature of a scalar function of arguments with these numbers of core axes."""
    cores = (",".join(f"a{i}_{j}" for j in range(dim)) for i, dim in enumerate(event_dims))
    return ",".join(f"({core})" for core in cores) + "->()"


def spread(value: Any, event_dim: int, batch: tuple[int, ...]) -> Array:
    """A parameter's value of each entry of a batch, along one leading axis."""
    value = jnp.asarray(value)
    event = value.shape[value.ndim - event_dim :]
    return jnp.reshape(jnp.broadcast_to(value, (*batch, *event)), (-1, *event))


def directions_of(constraint: Any, name: str, key: str) -> type[Directions]:
    """The directions that a parameter with this constraint may move in; ValueError on a curved set."""
    if constraint is C.simplex:
        return Simplex
    if constraint in (C.positive_definite, C.positive_semidefinite):
        return Symmetric
    if constraint in (C.lower_cholesky, C.softplus_lower_cholesky):
        return LowerTriangular
    if constraint in (C.corr_matrix, C.corr_cholesky, C.sphere, C.scaled_unit_lower_cholesky):
        raise ValueError(
            f"{name}'s parameter {key!r} lives on a curved set ({constraint}); "
            "give the family as a function of flat parameters, with their constraints."
        )
    return Free

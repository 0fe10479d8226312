"""What the front door refuses: arguments of the wrong kind, parameters outside their space, irregular families.

Values are looked at only where they are known; while JAX traces, kinds, shapes and supports are.
"""

from typing import Any

import jax
import numpy as np
from jax.core import Tracer
from numpyro.distributions import constraints as C

from .._types import Params, PyTree
from ..models.base import Head, Model
from ..models.declared import declared
from ..models.family import Family
from ..models.mixture import Mixture
from ..models.unconditional import Unconditional
from .entries import first_entry
from .estimators import Estimator, Observed
from .expectation.law import Law
from .expectation.regularity import check_support, name_of, nonsmooth
from .spaces import allows, constrained, words
from .structures import Structure

_KINDS: dict[str, tuple[type, str]] = {
    "model": (Model, "a Family, a Mixture or a Conditional"),
    "estimator": (Estimator, "Exact(), MonteCarlo(key, num_samples), Empirical() or Observed()"),
    "structure": (Structure, "Dense(), Diagonal() or BlockDiagonal()"),
}


def check_arguments(call: str, **given: Any) -> None:
    """Raise ValueError where `model`, `estimator` or `structure` is of another kind."""
    for argument, value in given.items():
        kind, choices = _KINDS[argument]
        if isinstance(value, kind):
            continue
        if isinstance(value, type) and issubclass(value, kind):
            raise ValueError(
                f"{call}: {argument} is the class {value.__name__}: make one of it, with parentheses ({choices})."
            )
        if argument == "model":
            choices += ", such as fx.Family(dist.Normal)"
        raise ValueError(f"{call}: {argument} must be {choices}, not {value!r}.")


def check_params(call: str, model: Model, params: Params) -> None:
    """Raise ValueError at the first parameter outside its space, of those that are known."""
    for name, value, constraint in constrained(model, params):
        check_parameter(call, name, value, constraint)


def check_fixed(call: str, model: Model) -> None:
    """Raise ValueError at the first fixed parameter outside its space, of a family, a component or a head."""
    head = getattr(model, "head", model)
    family = getattr(head, "component", head)
    if not isinstance(family, Family):
        return
    known = declared(family.distribution_type)
    for name, value in family.fixed.items():
        if name in known and not C.is_dependent(known[name]):
            check_parameter(call, name, value, known[name])


def check_parameter(call: str, name: str, value: Any, constraint: Any) -> None:
    """Raise ValueError if a parameter that is known is outside its space."""
    shape, axes = np.shape(value), constraint.event_dim
    matrix = constraint in (C.positive_definite, C.positive_semidefinite, C.lower_cholesky)
    if len(shape) < axes or (matrix and shape[-1] != shape[-2]):
        raise ValueError(
            f"{call}: parameter {name!r} must be {words(constraint)}, but has shape {tuple(shape)}."
        )
    if isinstance(value, Tracer):
        return
    value = np.asarray(value)
    with jax.ensure_compile_time_eval():
        good = np.asarray(allows(constraint, value))
    if good.all():
        return
    index = tuple(np.argwhere(~good)[0].tolist()) if good.ndim else ()
    at = f"[{', '.join(map(str, index))}]" if index else ""
    raise ValueError(
        f"{call}: parameter {name!r}{at} is {shown(value[index])}, which is outside its space: it must be "
        f"{words(constraint)}."
    )


def shown(value: Any) -> str:
    """A number or an array in a message."""
    if np.ndim(value) == 0:
        return f"{np.asarray(value).item():.8g}"
    return np.array2string(np.asarray(value), precision=8, threshold=9, separator=", ").replace("\n", "")


def check_density(estimator: Estimator, head: Head, f: PyTree) -> None:
    """Raise ValueError where the family has no information, or none that this estimator may take.

    A support that moves with a parameter leaves none at all. A kink that moves with one, as Laplace's at its
    location, leaves the score form: the Hessian at the data misses the kink's point mass.
    """
    head.check_regular(f)
    if not isinstance(head, Unconditional):
        return
    law, one = Law(head), f
    if isinstance(head, Mixture):
        component = {key: jax.tree.map(lambda a: a[0], f[key]) for key in head.component.parameters}
        check_support(Law(head.component), component)
    elif isinstance(head, Family) and head.batch_shape(f):
        family, one = first_entry(head, f)
        law = Law(family)
    check_support(law, one)
    names = nonsmooth(law, one) if isinstance(estimator, Observed) else ()
    if names:
        refuse_kink(name_of(law, one), names, "the empirical or the exact one, Empirical() or Exact()")


def refuse_kink(name: str, parameters: tuple[str, ...], remedy: str) -> None:
    moved = ", ".join(map(repr, parameters))
    raise ValueError(
        f"The observed information of {name} does not exist: its log-density has a kink that moves with {moved}, "
        f"where the second derivative is a point mass that the Hessian at the data misses. Use {remedy}."
    )

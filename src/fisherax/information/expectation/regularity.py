"""Is there a Fisher information at all? Supports that move, scores that jump, means that are not zero."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.extend import core as jex
from numpyro.distributions import constraints as C

from ..._tree import leaf_names
from ..._types import Array, PyTree
from .law import Law


def moving(function: Callable[[PyTree], Any], f: PyTree) -> tuple[str, ...]:
    """The leaves of f that function(f) depends on, read off its program: which equation uses what."""
    closed = jax.make_jaxpr(function)(f)
    names = leaf_names(f)
    uses = _uses(closed.jaxpr, [frozenset({i}) for i in range(len(names))])
    return tuple(names[i] for i in sorted(frozenset().union(*uses)))


def _uses(jaxpr: Any, inputs: list[frozenset[int]]) -> list[frozenset[int]]:
    """For each output of a jaxpr the union of what its inputs stand for."""
    known: dict[Any, frozenset[int]] = dict(zip(jaxpr.invars, inputs, strict=True))

    def of(atom: Any) -> frozenset[int]:
        return frozenset() if isinstance(atom, jex.Literal) else known.get(atom, frozenset())

    for equation in jaxpr.eqns:
        arguments = [of(atom) for atom in equation.invars]
        inner = equation.params.get("jaxpr")
        if isinstance(inner, jex.ClosedJaxpr) and len(inner.jaxpr.invars) == len(arguments):
            outputs = _uses(inner.jaxpr, arguments)
        else:
            outputs = [frozenset().union(*arguments)] * len(equation.outvars)
        known.update(zip(equation.outvars, outputs, strict=True))
    return [of(atom) for atom in jaxpr.outvars]


def check_support(law: Law, f: PyTree) -> None:
    """Raise where the support depends on a parameter."""
    declared = getattr(getattr(law.head, "distribution_type", None), "support", None)
    if isinstance(declared, C.ParameterFreeConstraint):
        return  # the same for all parameters, by declaration: no program has to be read

    def bounds(f: PyTree) -> list[Array]:
        support = law.distribution(f).support
        try:
            return [jnp.asarray(bound) for bound in jtu.tree_leaves(support)]
        except NotImplementedError:  # a support that cannot be described has no bounds to move
            return []

    names = moving(bounds, f)
    if names:
        raise ValueError(
            f"The Fisher information of {name_of(law, f)} is undefined: the support moves with "
            f"{_list(names)}, so the likelihood is not differentiable there. Fix {_list(names)}, or use an "
            "estimator made for boundaries (the sample's extremes)."
        )


def nonsmooth(law: Law, f: PyTree) -> tuple[str, ...]:
    """The parameters that move a kink of the density, in which ln p is not twice differentiable."""
    if law.kinks(f) is None:
        return ()
    return moving(law.kinks, f)


def refuse_nonsmooth(law: Law, f: PyTree, form: str) -> None:
    names = nonsmooth(law, f)
    if names:
        raise ValueError(
            f"The {form} of the information of {name_of(law, f)} does not exist: its log-density has a kink "
            f"that moves with {_list(names)}, where the second derivative is a point mass, not a function. "
            "Use the score form, ScoreForm()."
        )


def name_of(law: Law, f: PyTree) -> str:
    """What to call the distribution in a message."""
    return str(getattr(law.head, "name", "") or type(law.distribution(f)).__name__)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names))

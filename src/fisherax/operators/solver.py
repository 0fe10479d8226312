"""Solving with an operator's own algebra, inside lineax and optimistix."""

from typing import Any

import jax.numpy as jnp
import lineax as lx

from .._types import Array, Params, PyTree, Scalar
from .base import Information


class InverseSolver(lx.AbstractLinearSolver[Information]):
    r"""A lineax solver whose state is the operator and whose solve is `operator.solve`.

    lineax's own solvers see a matrix: `AutoLinearSolver` makes a structured operator dense without a word.
    This one asks the operator, and looks through what lineax and optimistix wrap around it (tags, scalar
    multiples, and the G + λ1 of Levenberg–Marquardt steps, which becomes `G.damped(λ)` and stays structured).
    On a simplex or symmetric matrices it returns the solution in the tangent space. A singular operator gives
    `lx.RESULTS.singular`, so a caller with `throw=False` can take another step.

    Examples:
        >>> import jax.numpy as jnp
        >>> from fisherax.models.tangent import Tangent
        >>> from fisherax.operators import DiagonalOperator, InverseSolver, Provenance
        >>> provenance = Provenance("exact", "diagonal", "closed form")
        >>> G = DiagonalOperator(jnp.array([1.0, 3.0]), Tangent.of(jnp.zeros(2)), provenance)
        >>> damped = G + 1.0 * lx.IdentityLinearOperator(G.in_structure())
        >>> lx.linear_solve(damped, jnp.array([2.0, 4.0]), InverseSolver()).value
        Array([1., 1.], dtype=float64)
    """

    def init(self, operator: lx.AbstractLinearOperator, options: dict[str, Any]) -> Information:
        del options
        found = unwrapped(operator)
        if found is None:
            raise ValueError(
                "InverseSolver solves with an information operator, or with λ1 added to one, but it was "
                f"given a {type(operator).__name__}: use one of lineax's own solvers."
            )
        return found

    def compute(
        self, state: Information, vector: PyTree[Array], options: dict[str, Any]
    ) -> tuple[Params, lx.RESULTS, dict[str, Any]]:
        del options
        value, failed = state._solve(state._coordinates(vector))
        # lineax reads a value that is not finite as a singular operator.
        solution = state.tangent.unravel(jnp.where(failed, jnp.nan, value))
        result = lx.RESULTS.where(failed, lx.RESULTS.singular, lx.RESULTS.successful)
        return solution, result, {}

    def transpose(self, state: Information, options: dict[str, Any]) -> tuple[Information, dict[str, Any]]:
        return state, options

    def conj(self, state: Information, options: dict[str, Any]) -> tuple[Information, dict[str, Any]]:
        return state, options

    def assume_full_rank(self) -> bool:
        # On the tangent space, which does not move with the operator, so lineax's derivative of a
        # nonsingular solve, x' = A⁻¹(b' − A'x), holds for B A⁻¹ Bᵀ as well.
        return True


def unwrapped(operator: lx.AbstractLinearOperator) -> Information | None:
    """The information inside lineax's wrappers, damped if λ1 was added; None if there is none."""
    if isinstance(operator, Information):
        return operator
    if isinstance(operator, lx.TaggedLinearOperator):
        return unwrapped(operator.operator)
    if isinstance(operator, lx.MulLinearOperator | lx.DivLinearOperator):
        inner = unwrapped(operator.operator)
        if inner is None:
            return None
        factor = operator.scalar if isinstance(operator, lx.MulLinearOperator) else 1 / operator.scalar
        return inner._scaled(jnp.asarray(factor, inner.dtype))
    if isinstance(operator, lx.AddLinearOperator):
        for one, other in (
            (operator.operator1, operator.operator2),
            (operator.operator2, operator.operator1),
        ):
            inner, damping = unwrapped(one), _multiple_of_identity(other)
            if inner is not None and damping is not None:
                return inner.damped(damping)
        first, second = unwrapped(operator.operator1), unwrapped(operator.operator2)
        if first is not None and second is not None:
            total = first + second
            return total if isinstance(total, Information) else None
    return None


def _multiple_of_identity(operator: lx.AbstractLinearOperator) -> Scalar | float | None:
    """λ if the operator is λ1."""
    if isinstance(operator, lx.IdentityLinearOperator):
        return 1.0
    if isinstance(operator, lx.TaggedLinearOperator):
        return _multiple_of_identity(operator.operator)
    if isinstance(operator, lx.MulLinearOperator | lx.DivLinearOperator):
        inner = _multiple_of_identity(operator.operator)
        if inner is None:
            return None
        return (
            inner * operator.scalar if isinstance(operator, lx.MulLinearOperator) else inner / operator.scalar
        )
    return None

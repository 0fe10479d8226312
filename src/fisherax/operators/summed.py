"""G + H where no structure holds both."""

from typing import Any, NoReturn

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .diagonal import DiagonalOperator
from .provenance import Provenance


def add(first: Information, second: Information) -> Information:
    """The sum of two compatible informations, in closed form if either structure has one.

    Raises:
        ValueError: the two are of different estimators, or of different parameters.
    """
    first.provenance.check_compatible(second.provenance)
    if first.tangent != second.tangent:
        raise ValueError(
            f"G + H: the two are informations of different parameters, {_named(first.tangent)} and "
            f"{_named(second.tangent)}: express both in the same parameters first (`pullback` carries an "
            "information from one parametrisation to another)."
        )
    for left, right in ((first, second), (second, first)):
        total = left._plus(right)
        if total is not None:
            return total
    return SummedOperator((first, second))


class SummedOperator(Information):
    r"""G_1 + … + G_k, each in its own structure: products, traces and diagonals, and no inverse.

    Made by `+` where the structures have no common algebra (a sum of Kronecker products is no such product), rather
    than densifying without a word. The verbs that need one matrix (`solve`, roots, `logdet`, `eigh`) refuse;
    `to_dense()` makes it, of p² numbers.

    Args:
        operators: the terms, compatible with each other.

    Raises:
        ValueError: two of them are of different estimators.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
        >>> total = SummedOperator((G, 2 * G))
        >>> float(total.trace()), float(total.count)
        (2.25, 3.0)
        >>> total.to_dense().eigenvalues()
        Array([0.75, 1.5 ], dtype=float64)
    """

    operators: tuple[Information, ...]
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(self, operators: tuple[Information, ...]):
        first, *others = operators
        provenance = first.provenance
        for other in others:
            provenance = provenance.combined(other.provenance)
        errors = [operator.error for operator in operators if operator.error is not None]
        self.operators = operators
        self.tangent = first.tangent
        self.provenance = provenance
        self.count = _total(operator.count for operator in operators)
        self.error = _total(errors) if errors else None

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(jnp.result_type(*(operator.dtype for operator in self.operators)))

    @property
    def is_diagonal(self) -> bool:
        return all(operator.is_diagonal for operator in self.operators)

    def coordinates_matrix(self) -> Matrix:
        return _total(operator.coordinates_matrix() for operator in self.operators)

    def _mv(self, u: Vector) -> Vector:
        return _total(operator._mv(u) for operator in self.operators)

    def _diagonal(self) -> Vector:
        return _total(operator._diagonal() for operator in self.operators)

    def _block(self, s: slice) -> Matrix:
        return _total(operator._block(s) for operator in self.operators)

    def _solve(self, u: Vector) -> NoReturn:
        self._refuse("solve")

    def _sqrt_mv(self, u: Vector) -> NoReturn:
        self._refuse("sqrt_mv")

    def _inv_sqrt_mv(self, u: Vector) -> NoReturn:
        self._refuse("inv_sqrt_mv")

    def _logdet(self) -> NoReturn:
        self._refuse("logdet")

    def _eigenvalues(self) -> NoReturn:
        self._refuse("eigh")

    def _eigenvectors(self) -> NoReturn:
        self._refuse("eigh")

    def _inverted(self) -> NoReturn:
        self._refuse("inverse_diagonal")

    def _scaled(self, factor: Scalar) -> Information:
        return SummedOperator(tuple(operator._scaled(factor) for operator in self.operators))

    def _plus(self, other: Information) -> Information | None:
        terms = other.operators if isinstance(other, SummedOperator) else (other,)
        return SummedOperator((*self.operators, *terms))

    def shifted(self, damping: Scalar) -> Information:
        identity = jnp.full((self.tangent.dim,), damping, self.dtype)
        provenance = self.provenance
        return SummedOperator(
            (*self.operators, DiagonalOperator(identity, self.tangent, provenance, count=0.0))
        )

    def _refuse(self, verb: str) -> NoReturn:
        structures = ", ".join(operator.provenance.structure for operator in self.operators)
        raise ValueError(
            f"{verb}: a sum of informations that no one structure holds ({structures}) has no inverse, root or "
            "spectrum in any of theirs: call `to_dense()` first if p × p numbers are affordable, or solve with "
            "an iterative lineax solver such as CG, which needs `mv` alone."
        )


def _total(terms: Any) -> Any:
    first, *others = terms
    return sum(others, start=first)


def _named(tangent: Tangent) -> str:
    shapes = (
        f"{n}{list(d.shape) if d.shape else ''}" for n, d in zip(tangent.names, tangent.leaves, strict=True)
    )
    return "{" + ", ".join(shapes) + "}"

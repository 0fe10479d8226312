"""G + λ1, with G's structure kept."""

from typing import Any

import equinox as eqx
import numpy as np

from .._types import Array, Int, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .factorization import Failed
from .printing import describe, number
from .provenance import Provenance
from .vectors import as_damping


class DampedOperator(Information):
    r"""G + λ1 on the tangent space: B (A + λ1) Bᵀ, exactly, in the algebra of G's own structure.

    It is what trust regions, Levenberg–Marquardt and ridge penalties solve with. `operator` and
    `damping` stay apart, so λ may be changed or differentiated; `n * (G + λ1)` is nG + nλ1.

    Args:
        operator: G.
        damping: λ ≥ 0, one number; it may be traced.

    Raises:
        ValueError: λ is negative or not one number.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
        >>> damped = G.damped(0.25)
        >>> float(damped.damping), {name: float(value) for name, value in damped.diagonal().items()}
        (0.25, {'loc': 0.5, 'scale': 0.75})

    References:
        D. W. Marquardt (1963), "An algorithm for least-squares estimation of nonlinear parameters".
    """

    operator: Information
    damping: Scalar
    # Static copies: an abstract variable is a field, not a property.
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(self, operator: Information, damping: Any):
        self.operator = operator
        self.damping = as_damping(damping, operator.dtype)
        self.tangent = operator.tangent
        self.provenance = operator.provenance
        self.count = operator.count
        self.error = operator.error

    @property
    def is_diagonal(self) -> bool:
        return self.operator.is_diagonal

    def coordinates_matrix(self) -> Matrix:
        return self._sum.coordinates_matrix()

    def _mv(self, u: Vector) -> Vector:
        return self.operator._mv(u) + self.damping * u

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        return self._sum._solve(u)

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._sum._sqrt_mv(u)

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._sum._inv_sqrt_mv(u)

    def _inverse_root(self, u: Vector) -> tuple[Vector, Failed]:
        return self._sum._inverse_root(u)

    def _logdet(self) -> tuple[Scalar, Failed]:
        return self._sum._logdet()

    def _diagonal(self) -> Vector:
        return self.operator._diagonal() + self.damping

    def _block(self, s: slice) -> Matrix:
        return self._sum._block(s)

    def _eigenvalues(self) -> Vector:
        return self.operator._eigenvalues() + self.damping

    def _eigenvectors(self) -> Matrix:
        return self.operator._eigenvectors()

    def _inverted(self) -> tuple[Information, Failed]:
        return self._sum._inverted()

    def _scaled(self, factor: Scalar) -> Information:
        return DampedOperator(self.operator._scaled(factor), self.damping * factor)

    def _plus(self, other: Information) -> Information | None:
        if isinstance(other, DampedOperator):
            added, damping = other.operator, self.damping + other.damping
        else:
            added, damping = other, self.damping
        operator = self.operator + added
        return DampedOperator(operator, damping) if isinstance(operator, Information) else None

    def shifted(self, damping: Scalar) -> Information:
        return self.operator.shifted(self.damping + damping)

    def damped(self, damping: Any) -> Information:
        return DampedOperator(self.operator, self.damping + damping)

    def _scaled_eigenvalues(self) -> Vector:
        return self._sum._scaled_eigenvalues()

    def _rank(self) -> Int[Array, ""]:
        return self._sum._rank()

    def _null_space(self) -> np.ndarray:
        return self._sum._null_space()

    def _reason(self, verb: str) -> str:
        return self._sum._reason(verb)

    def _traced_reason(self, verb: str) -> str:
        return self._sum._traced_reason(verb)

    @property
    def dtype(self) -> np.dtype:
        return self.operator.dtype

    @property
    def _sum(self) -> Information:
        return self.operator.shifted(self.damping)

    def __repr__(self) -> str:
        extra = f"damped by {number(self.damping)}"
        return describe(self.tangent, self.provenance, self.count, self.error, extra)

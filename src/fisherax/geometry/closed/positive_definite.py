"""Positive definite matrices: what normal laws with a known mean are, by their covariance."""

import jax.numpy as jnp

from ..._types import Array, Bool, Float, Scalar
from ...models.cholesky import cholesky, inverse_lower
from .matrix_logarithm import exponential, logarithm
from .space import ModelSpace

Square = Float[Array, "k k"]


class PositiveDefinite(ModelSpace):
    """Symmetric positive definite matrices with the metric that every x ↦ B x Bᵀ leaves as it is:

        ⟨u, v⟩ = w tr(x⁻¹ u x⁻¹ v),    d² = w Σ ln² λᵢ,    λ the eigenvalues of x⁻¹ y

    With x = L Lᵀ and x̂ = L⁻¹ x L⁻ᵀ = 1 all is as at the identity: exp v̂ and ln ŷ are functions of one matrix.

    Args:
        weight: w, ½ for the information of a normal law.

    Examples:
        >>> import jax.numpy as jnp
        >>> space = PositiveDefinite(jnp.asarray(0.5))
        >>> x, y = jnp.eye(2), jnp.diag(jnp.asarray([jnp.e**2, 1.0]))
        >>> round(float(space.squared_distance(x, y)), 12)  # ½ · 2²
        2.0

    References:
        Skovgaard (1984), A Riemannian geometry of the multivariate normal model, Scandinavian Journal of Statistics
        11, 211–223. Bhatia (2007), Positive Definite Matrices, theorem 6.1.6.
    """

    weight: Scalar

    def inner(self, x: Square, u: Square, v: Square) -> Scalar:
        inverse = inverse_lower(cholesky(x))
        return self.weight * jnp.sum(_congruent(inverse, u) * _congruent(inverse, v))

    def exp(self, x: Square, v: Square) -> Square:
        root = cholesky(x)
        return _congruent(root, exponential(_congruent(inverse_lower(root), v)))

    def log(self, x: Square, y: Square) -> Square:
        root = cholesky(x)
        return _congruent(root, self._log(inverse_lower(root), x, y))

    def squared_distance(self, x: Square, y: Square) -> Scalar:
        return self.weight * jnp.sum(jnp.square(self._log(inverse_lower(cholesky(x)), x, y)))

    def transport(self, x: Square, v: Square, y: Square) -> Square:
        # E v Eᵀ with E = (y x⁻¹)^½ = L ŷ^½ L⁻¹.
        root = cholesky(x)
        inverse = inverse_lower(root)
        half = exponential(0.5 * self._log(inverse, x, y))
        return _congruent(root @ half, _congruent(inverse, v))

    def curvature(self, x: Square, u: Square, v: Square, w: Square) -> Square:
        # −¼ [[û, v̂], ŵ], as for every symmetric space up to the factor.
        root = cholesky(x)
        u, v, w = (_congruent(inverse_lower(root), each) for each in (u, v, w))
        turn = u @ v - v @ u
        return _congruent(root, -0.25 * (turn @ w - w @ turn))

    def contains(self, x: Square) -> Bool[Array, ""]:
        return jnp.all(jnp.diagonal(cholesky(x)) > 0.0)

    def _log(self, inverse: Square, x: Square, y: Square) -> Square:
        """ln ŷ, from L⁻¹."""
        return logarithm(_congruent(inverse, y - x), inverse @ cholesky(y))


def _congruent(factor: Square, matrix: Square) -> Square:
    """F A Fᵀ, symmetric to the last digit."""
    product = factor @ (0.5 * (matrix + matrix.T)) @ factor.T
    return 0.5 * (product + product.T)

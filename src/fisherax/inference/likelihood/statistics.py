"""The log-likelihood of an exponential family as a function of its sufficient statistics."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.flatten_util import ravel_pytree

from ..._tree import record
from ..._types import Array, Float, Matrix, Scalar, Vector
from ...models.coordinates import Coordinates
from ...models.exponential import ExponentialFamily
from .evaluation import Evaluation
from .objective import Objective

Statistic = Float[Array, " m"]
"""η, T, or its mean, ravelled: m entries, which may be more than the parameters are."""


@record
class Sums:
    """Sums of one pass: the number of observations, of T, and of ln h."""

    count: Scalar
    statistics: dict[str, Array]
    log_base: Scalar

    def __add__(self, other: "Sums") -> "Sums":
        return jtu.tree_map(jnp.add, self, other)

    @property
    def mean(self) -> dict[str, Array]:
        return jtu.tree_map(lambda total: total / self.count, self.statistics)


def sums(form: ExponentialFamily, x: Array, weights: Float[Array, " n"] | None) -> Sums:
    """Σ wᵢ, Σ wᵢ T(xᵢ) and Σ wᵢ ln h(xᵢ)."""
    statistics = jax.vmap(form.statistics)(x)
    log_base = jax.vmap(form.log_base)(x)
    if weights is None:
        total: Callable[[Array], Array] = lambda a: jnp.sum(a, axis=0)  # noqa: E731
        count = jnp.asarray(float(x.shape[0]))
    else:
        total = lambda a: jnp.tensordot(weights, a, axes=1)  # noqa: E731
        count = jnp.sum(weights)
    return Sums(count, jtu.tree_map(total, statistics), total(log_base))


class StatisticsObjective(Objective):
    """ℓ = n (⟨η(z), T̄⟩ − A(η(z)) + mean ln h).

    With r = T̄ − ∇A the score is n J_ηᵀ r, the expected information n J_ηᵀ ∇²A J_η, and the observed
    one n (J_ηᵀ ∇²A J_η − ⟨r, ∂²η/∂z²⟩): equal where r = 0, as at the maximum of a family with nothing fixed.
    """

    form: ExponentialFamily
    totals: Sums
    coordinates: Coordinates = eqx.field(static=True)

    def natural(self, z: Vector) -> Statistic:
        """η(z), ravelled."""
        params = self.coordinates.to_params(z)
        return ravel_pytree(self.form.natural({**self.form.fixed, **params}))[0]

    def _log_partition(self, natural: Statistic) -> Scalar:
        like = self.totals.statistics
        return self.form.log_partition(ravel_pytree(like)[1](natural))

    def _mean(self) -> Statistic:
        return ravel_pytree(self.totals.mean)[0]

    def value(self, z: Vector) -> Scalar:
        natural = self.natural(z)
        return self.totals.count * (jnp.dot(natural, self._mean()) - self._log_partition(natural)) + (
            self.totals.log_base
        )

    def parts(self, z: Vector) -> tuple[Scalar, Vector, Matrix, Matrix]:
        """Value, score, expected and observed information."""
        directions = jnp.eye(z.size, dtype=z.dtype)

        def slope(z: Vector) -> tuple[Statistic, Float[Array, "m p"]]:
            return self.natural(z), jax.jacfwd(self.natural)(z)

        # ∂J/∂zᵢ of shape (k, m, k); η and J themselves do not depend on the direction.
        (natural, jacobian), (_, bends) = jax.vmap(
            lambda v: jax.jvp(slope, (z,), (v,)), out_axes=((None, None), (0, 0))
        )(directions)
        gradient_of = jax.value_and_grad(self._log_partition)
        (log_partition, gradient), (_, hessian) = jax.vmap(
            lambda v: jax.jvp(gradient_of, (natural,), (v,)), out_axes=((None, None), (0, 0))
        )(jnp.eye(natural.size, dtype=z.dtype))
        mean, count = self._mean(), self.totals.count
        residual = mean - gradient
        value = count * (jnp.dot(natural, mean) - log_partition) + self.totals.log_base
        expected = count * (jacobian.T @ hessian @ jacobian)
        observed = expected - count * jnp.einsum("m,imj->ij", residual, bends)
        symmetric = lambda a: 0.5 * (a + a.T)  # noqa: E731
        return value, count * (jacobian.T @ residual), symmetric(expected), symmetric(observed)

    def evaluate(self, z: Vector) -> Evaluation:
        value, score, _, observed = self.parts(z)
        return Evaluation(value, score, observed)

    def observed(self, z: Vector) -> Matrix:
        return self.parts(z)[3]

    def expected(self, z: Vector) -> Matrix:
        """n times the Fisher information."""
        return self.parts(z)[2]

    def centre(self, z: Vector) -> tuple[Statistic, Float[Array, "m p"]]:
        """∇A and J_η at z: a score is J_ηᵀ (T − ∇A)."""
        return jax.grad(self._log_partition)(self.natural(z)), jax.jacobian(self.natural)(z)

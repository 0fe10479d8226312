"""The likelihood of an exponential family, which needs its sufficient statistics and no more."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.flatten_util import ravel_pytree

from ..._types import Array, Float, Matrix, Scalar, Vector
from ...models.coordinates import Coordinates
from ...models.exponential import ExponentialFamily
from ...models.family import Family
from ...models.tangent import Tangent
from .base import Likelihood
from .evaluation import Evaluation
from .objective import Objective
from .rows import Rows

Statistic = Float[Array, " m"]
"""η, T, or its mean, ravelled: m entries, which may be more than the parameters are."""


class Sums(eqx.Module):
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


class SufficientStatistics(Likelihood):
    """ln p summed over data that are read once.

    Afterwards every value, score and information costs the same for any number of observations. Only the
    outer product of single scores needs the data again: the second moments of T are read when first asked
    for, and kept.

    Args:
        family: A family with an exponential form.
        form: That form, adapted to the data.
        totals: The sums of the first pass.
        coordinates: z ↔ θ.
        tangent: The tangent space of the parameters.
        source: Gives the rows again, in the order of the first pass.
        num_rows: How many they are.
    """

    def __init__(
        self,
        family: Family,
        form: ExponentialFamily,
        totals: Sums,
        coordinates: Coordinates,
        tangent: Tangent,
        source: Callable[[], Any],
        num_rows: int,
    ):
        self.model = family
        self.coordinates = coordinates
        self.tangent = tangent
        self.num_observations = float(totals.count)
        self.num_rows = num_rows
        self.passes = 1
        self._objective = StatisticsObjective(form, totals, coordinates)
        self._source = source
        self._moments: tuple[Array, Array] | None = None

    @property
    def objective(self) -> StatisticsObjective:
        return self._objective

    @property
    def is_cheap(self) -> bool:
        return True

    @property
    def rows(self) -> Rows | None:
        source = self._source()
        return source[0] if isinstance(source, list) else None

    def evaluate(self, z: Vector) -> Evaluation:
        """The curvature is the observed information where that is definite, and the expected one elsewhere."""
        value, score, expected, observed = (np.asarray(part) for part in _parts(self._objective, z))
        d = np.sqrt(np.abs(np.diagonal(expected)))
        d = np.where(d > 0, d, 1.0)
        scaled = observed / d[:, None] / d[None, :]
        definite = bool(np.all(np.isfinite(scaled))) and np.linalg.eigvalsh(scaled)[0] > 1e-3
        return Evaluation(value, score, observed if definite else expected)  # pyright: ignore

    def expand(self, z: Vector) -> Evaluation:
        value, score, _, observed = _parts(self._objective, z)
        return Evaluation(value, score, observed)

    def value(self, z: Vector) -> Scalar:
        return _value(self._objective, z)

    def observed(self, z: Vector) -> Matrix:
        return _parts(self._objective, z)[3]

    def expected(self, z: Vector) -> Matrix:
        return _parts(self._objective, z)[2]

    def opg(self, z: Vector) -> Matrix:
        """J_ηᵀ Σ wᵢ (Tᵢ − ∇A)(Tᵢ − ∇A)ᵀ J_η, from the second moments of T about its mean."""
        if self._moments is None:
            mean = self._objective._mean()
            total: Array | float = 0.0
            for rows in self._source():
                total = total + _second_moments(self._objective.form, rows, mean)
            self.passes += 1
            self._moments = mean, jnp.asarray(total)
        mean, moments = self._moments
        gradient, jacobian = _centre(self._objective, z)
        shift = mean - gradient
        spread = moments + self._objective.totals.count * jnp.outer(shift, shift)
        return jacobian.T @ spread @ jacobian

    def clustered_opg(self, z: Vector, clusters: np.ndarray) -> Matrix:
        gradient, jacobian = _centre(self._objective, z)
        num_clusters = int(clusters.max()) + 1
        total: Array | float = 0.0
        start = 0
        for rows in self._source():
            stop = start + rows.size
            part = _cluster_moments(
                self._objective.form, rows, gradient, jnp.asarray(clusters[start:stop]), num_clusters
            )
            total, start = total + part, stop
        self.passes += 1
        scores = total @ jacobian
        return scores.T @ scores


def _ravelled(form: ExponentialFamily, x: Array) -> Float[Array, "n m"]:
    return jax.vmap(lambda x: ravel_pytree(form.statistics(x))[0])(x)


@eqx.filter_jit
def _second_moments(form: ExponentialFamily, rows: Rows, mean: Statistic) -> Float[Array, "m m"]:
    centred = _ravelled(form, rows.targets) - mean
    weighted = centred if rows.weights is None else rows.weights[:, None] * centred
    return weighted.T @ centred


@eqx.filter_jit
def _cluster_moments(
    form: ExponentialFamily, rows: Rows, gradient: Statistic, clusters: Array, num_clusters: int
) -> Array:
    centred = _ravelled(form, rows.targets) - gradient
    weighted = centred if rows.weights is None else rows.weights[:, None] * centred
    return jax.ops.segment_sum(weighted, clusters, num_clusters)


@jax.jit
def _value(objective: StatisticsObjective, z: Vector) -> Scalar:
    return objective.value(z)


@jax.jit
def _parts(objective: StatisticsObjective, z: Vector) -> tuple[Scalar, Vector, Matrix, Matrix]:
    return objective.parts(z)


@jax.jit
def _centre(objective: StatisticsObjective, z: Vector) -> tuple[Statistic, Float[Array, "m p"]]:
    return objective.centre(z)

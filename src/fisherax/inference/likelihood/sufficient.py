"""The likelihood of an exponential family, which needs its sufficient statistics and no more."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from ..._types import Array, Float, Matrix, Scalar, Vector
from ...models.coordinates import Coordinates
from ...models.exponential import ExponentialFamily
from ...models.family import Family
from ...models.tangent import Tangent
from .base import Likelihood
from .chart import Chart
from .evaluation import Evaluation
from .rows import Rows
from .statistics import Statistic, StatisticsObjective, Sums


class Sheet(NamedTuple):
    """All that is known of ℓ at one z, on the host."""

    value: np.ndarray
    score: np.ndarray
    expected: np.ndarray
    observed: np.ndarray

    @staticmethod
    def cut(packed: np.ndarray, k: int) -> "Sheet":
        """From one array: what is moved from the device in one piece arrives in a quarter of the time."""
        square = k * k
        return Sheet(
            packed[0:1].reshape(()),
            packed[1 : 1 + k],
            packed[1 + k : 1 + k + square].reshape(k, k),
            packed[1 + k + square : 1 + k + 2 * square].reshape(k, k),
        )

    @staticmethod
    def size(k: int) -> int:
        """Numbers in it."""
        return 1 + k + 2 * k * k


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
        num_observations: Σ wᵢ, if it is known on the host.
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
        num_observations: float | None = None,
    ):
        self.model = family
        self.coordinates = coordinates
        self.tangent = tangent
        self.num_observations = float(totals.count) if num_observations is None else num_observations
        self.num_rows = num_rows
        self.passes = 1
        self._objective = StatisticsObjective(form, totals, coordinates)
        self._source = source
        self._moments: tuple[Array, Array] | None = None
        self._last: tuple[bytes, Sheet] | None = None
        self._chart: tuple[bytes, Chart] | None = None

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

    def sheet(self, z: Vector | np.ndarray) -> Sheet:
        """Value, score and informations at z; those of the last z are kept."""
        point = np.asarray(z)
        key = point.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = key, Sheet.cut(np.asarray(_sheet(self._objective, z)), point.size)
        return self._last[1]

    def know(self, z: np.ndarray, sheet: Sheet, chart: Chart) -> None:
        """Keep what has been found at z already."""
        key = z.tobytes()
        self._last, self._chart = (key, sheet), (key, chart)

    def chart(self, z: Vector | np.ndarray) -> Chart:
        if self._chart is not None and self._chart[0] == np.asarray(z).tobytes():
            return self._chart[1]
        return super().chart(z)

    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        """The curvature is the observed information where that is definite, and the expected one elsewhere."""
        at = self.sheet(z)
        d = np.sqrt(np.abs(np.diagonal(at.expected)))
        d = np.where(d > 0, d, 1.0)
        scaled = at.observed / d[:, None] / d[None, :]
        definite = bool(np.all(np.isfinite(scaled))) and np.linalg.eigvalsh(scaled)[0] > 1e-3
        return Evaluation(at.value, at.score, at.observed if definite else at.expected)

    def expand(self, z: Vector | np.ndarray) -> Evaluation:
        at = self.sheet(z)
        return Evaluation(at.value, at.score, at.observed)

    def value(self, z: Vector) -> Scalar:
        return _value(self._objective, z)

    def observed(self, z: Vector) -> Matrix:
        return jnp.asarray(self.sheet(z).observed)

    def expected(self, z: Vector) -> Matrix:
        return jnp.asarray(self.sheet(z).expected)

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


def packed(objective: StatisticsObjective, z: Vector) -> Float[Array, " s"]:
    """What a `Sheet` is cut from."""
    value, score, expected, observed = objective.parts(z)
    return jnp.concatenate([value[None], score, jnp.ravel(expected), jnp.ravel(observed)])


_sheet = jax.jit(packed)


@jax.jit
def _centre(objective: StatisticsObjective, z: Vector) -> tuple[Statistic, Float[Array, "m p"]]:
    return objective.centre(z)

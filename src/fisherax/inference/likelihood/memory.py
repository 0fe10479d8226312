"""The likelihood of data held in memory."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ..._types import Array, Matrix, Params, Scalar, Vector
from ...information import fisher
from ...models.base import Model
from ...models.coordinates import Coordinates
from ...models.tangent import Tangent
from ...models.unconditional import Unconditional
from .base import Likelihood
from .chart import Chart
from .evaluation import Evaluation
from .objective import Objective
from .rows import Rows
from .terms import Block, Terms

SMALLEST_SHAPE = 16
LARGEST_SHAPE = 2**13
"""Up to so many rows are padded to a power of two, so that data sets of many sizes share compiled programs."""


class RowsObjective(Objective):
    """ℓ(z) summed over blocks of rows: one pass, in memory that does not grow with their number."""

    terms: Terms
    rows: Rows
    length: int = eqx.field(static=True)

    def sum(self, part: Callable[[Block], Any]) -> Any:
        """Σ part(block) over all rows."""
        if self.rows.size <= self.length:
            return part(self.rows.whole())
        blocks = -(-self.rows.size // self.length)
        shapes = jax.eval_shape(lambda: part(self.rows.block(0, self.length)))
        zeros = jtu.tree_map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)

        def add(i: Array, total: Any) -> Any:
            return total + part(self.rows.block(i * self.length, self.length))

        return jax.lax.fori_loop(0, blocks, add, zeros)

    def value(self, z: Vector) -> Scalar:
        return self.sum(lambda block: self.terms.value(z, block))

    def evaluate(self, z: Vector) -> Evaluation:
        return self.sum(lambda block: self.terms.evaluate(z, block))

    def observed(self, z: Vector) -> Matrix:
        return self.sum(lambda block: self.terms.observed(z, block))

    def expected(self, z: Vector) -> Matrix:
        return self.sum(lambda block: self.terms.expected(z, block))

    def opg(self, z: Vector) -> Matrix:
        return self.sum(lambda block: self.terms.opg(z, block))


class InMemory(Likelihood):
    """The log-likelihood of arrays; every evaluation is one compiled pass over them.

    Args:
        terms: What a block of rows adds.
        rows: The data.
        params: Any parameters, for their shapes.
        length: Rows to a block.
        kinks: The parameters that move a kink of the density: its curvature is then the expected information.
    """

    def __init__(self, terms: Terms, rows: Rows, params: Params, length: int, kinks: tuple[str, ...] = ()):
        self.kinks = kinks
        self.model: Model = terms.model
        self.coordinates: Coordinates = terms.coordinates
        self.tangent: Tangent = self.model.tangent(params)
        self.num_rows = rows.size
        self.num_observations = float(rows.size if rows.weights is None else jnp.sum(rows.weights))
        self.passes = 0
        if rows.size <= LARGEST_SHAPE:
            rows = rows.padded(max(SMALLEST_SHAPE, 1 << (rows.size - 1).bit_length()))
        self._objective = RowsObjective(terms, rows, length)

    @property
    def objective(self) -> RowsObjective:
        return self._objective

    @property
    def terms(self) -> Terms:
        return self._objective.terms

    @property
    def rows(self) -> Rows:
        """The data, perhaps padded with rows of weight 0."""
        return self._objective.rows

    def sum(self, part: Callable[[Block], Any]) -> Any:
        """Σ part(block) over all data, one pass; `part` is a pytree, so that another instance compiles nothing."""
        self.passes += 1
        return _sum(self._objective, part)

    def sample(self) -> Block:
        return self.rows.block(0, min(self.rows.size, self._objective.length))

    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        z = jnp.asarray(z)
        self.passes += 1
        if not self.kinks:
            return _evaluate(self._objective, z)
        return Evaluation(*_value_and_score(self._objective, z), self.expected(z))

    def value(self, z: Vector) -> Scalar:
        self.passes += 1
        return _value(self._objective, z)

    def observed(self, z: Vector) -> Matrix:
        self.check_smooth()
        if self.terms.steps_with_observed(z.size):
            return jnp.asarray(self.evaluate(z).information)  # a program that is compiled already
        self.passes += 1
        return _observed(self._objective, z)

    def expected(self, z: Vector) -> Matrix:
        if isinstance(self.model, Unconditional):
            return family_expected(self.model, self.coordinates, self.tangent, z, self.num_observations)
        self.passes += 1
        return _expected(self._objective, z)

    def opg(self, z: Vector) -> Matrix:
        self.passes += 1
        return _opg(self._objective, z)

    def clustered_opg(self, z: Vector, clusters: np.ndarray) -> Matrix:
        self.passes += 1
        padded = np.zeros(self.rows.size, int)
        padded[: self.num_rows] = clusters
        sums = _cluster_sums(self._objective, z, jnp.asarray(padded), int(clusters.max()) + 1)
        return sums.T @ sums


def family_expected(
    model: Unconditional, coordinates: Coordinates, tangent: Tangent, z: Vector, count: float
) -> Matrix:
    """The expected information of `count` observations of a model without inputs, in z: n JᵀGJ."""
    chart = Chart.at(coordinates, tangent, z)
    matrix = fisher(model, chart.params).coordinates_matrix()
    return jnp.asarray(count * chart.to_z(matrix))


@eqx.filter_jit
def _sum(objective: RowsObjective, part: Callable[[Block], Any]) -> Any:
    return objective.sum(part)


@eqx.filter_jit
def _evaluate(objective: RowsObjective, z: Vector) -> Evaluation:
    return objective.evaluate(z)


@eqx.filter_jit
def _value(objective: RowsObjective, z: Vector) -> Scalar:
    return objective.value(z)


@eqx.filter_jit
def _value_and_score(objective: RowsObjective, z: Vector) -> tuple[Scalar, Vector]:
    return jax.value_and_grad(objective.value)(z)


@eqx.filter_jit
def _observed(objective: RowsObjective, z: Vector) -> Matrix:
    return objective.observed(z)


@eqx.filter_jit
def _expected(objective: RowsObjective, z: Vector) -> Matrix:
    return objective.expected(z)


@eqx.filter_jit
def _opg(objective: RowsObjective, z: Vector) -> Matrix:
    return objective.opg(z)


@eqx.filter_jit
def _cluster_sums(objective: RowsObjective, z: Vector, clusters: Array, num_clusters: int) -> Array:
    rows = Rows((objective.rows.inputs, clusters), objective.rows.targets, objective.rows.weights)

    def part(block: Block) -> Array:
        inputs, numbers = block.inputs
        return objective.terms.cluster_sums(
            z, Block(inputs, block.targets, block.weights), numbers, num_clusters
        )

    return RowsObjective(objective.terms, rows, objective.length).sum(part)

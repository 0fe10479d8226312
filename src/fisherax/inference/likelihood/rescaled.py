"""The likelihood of data in other units than those that it is computed in."""

import dataclasses
import math
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from ..._types import Matrix, Scalar, Vector
from ...models.family import Family
from .base import Likelihood
from .evaluation import Evaluation
from .objective import Objective
from .rows import Rows


class ShiftedObjective(Objective):
    """An objective and a constant."""

    inner: Objective
    shift: Scalar

    def value(self, z: Vector) -> Scalar:
        return self.inner.value(z) + self.shift

    def evaluate(self, z: Vector) -> Evaluation:
        at = self.inner.evaluate(z)
        return Evaluation(at.value + self.shift, at.score, at.information)

    def observed(self, z: Vector) -> Matrix:
        return self.inner.observed(z)


class Rescaled(Likelihood):
    """ln p(x | θ) = ln p(x/c | θ′) − ln c, with θ′ = θ/cᵖ: each parameter has its own power p of the unit c.

    The coordinates z are those of θ′, whose scores and informations stay of a size that numbers in floating point
    have, and a power of two for c loses no digit.

    Args:
        inner: The likelihood of x/c.
        family: The model of x.
        rows: x.
        unit: c.
        powers: p, by name; 0 where a name is missing.
    """

    def __init__(self, inner: Likelihood, family: Family, rows: Rows, unit: float, powers: Mapping[str, int]):
        self.inner = inner
        self.model = family
        scales = tuple(unit ** powers.get(name, 0) for name in inner.coordinates.names)
        self.coordinates = dataclasses.replace(inner.coordinates, scales=scales)
        self.tangent = inner.tangent
        self.num_observations = inner.num_observations
        self.num_rows = inner.num_rows
        self.kinks = inner.kinks
        self._rows = rows
        self._shift = -inner.num_observations * math.log(unit)

    @property
    def passes(self) -> int:
        return self.inner.passes

    @passes.setter
    def passes(self, value: int) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.inner.passes = value

    def _shifted(self, at: Evaluation) -> Evaluation:
        return Evaluation(np.asarray(at.value + self._shift), at.score, at.information)

    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        return self._shifted(self.inner.evaluate(z))

    def expand(self, z: Vector | np.ndarray) -> Evaluation:
        return self._shifted(self.inner.expand(z))

    def value(self, z: Vector) -> Scalar:
        return jnp.asarray(self.inner.value(z) + self._shift)

    def observed(self, z: Vector) -> Matrix:
        return self.inner.observed(z)

    def expected(self, z: Vector) -> Matrix:
        return self.inner.expected(z)

    def opg(self, z: Vector) -> Matrix:
        return self.inner.opg(z)

    def clustered_opg(self, z: Vector, clusters: np.ndarray) -> Matrix:
        return self.inner.clustered_opg(z, clusters)

    @property
    def objective(self) -> Objective | None:
        inner = self.inner.objective
        return None if inner is None else ShiftedObjective(inner, jnp.asarray(self._shift))

    @property
    def rows(self) -> Rows:
        return self._rows

    @property
    def is_cheap(self) -> bool:
        return self.inner.is_cheap

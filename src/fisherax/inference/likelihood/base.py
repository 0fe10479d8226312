"""The log-likelihood of fixed data, as a function of the unconstrained coordinates z."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._types import Matrix, Params, Scalar, Vector
from ...models.base import Model
from ...models.coordinates import Coordinates
from ...models.tangent import Tangent
from .chart import Chart
from .evaluation import Evaluation
from .objective import Objective
from .rows import Rows
from .terms import Block


class Likelihood(ABC):
    """ℓ(z) = Σ wᵢ ln p(xᵢ | θ(z)) with its derivatives and informations: all that inference asks of data.

    Every quantity is a sum over observations (not a mean), in the coordinates z of `coordinates`. An
    implementation says where the data are; `fit`, profiles and tests are written against this class.

    Attributes:
        model: The model p(x | θ).
        coordinates: The map z ↔ θ.
        tangent: The tangent space that informations on θ live on.
        num_observations: Σ wᵢ, the number of observations (weights count repetitions).
        num_rows: The number of rows read.
        passes: How many times the data have been read so far.
        kinks: Parameters that move a kink of the density (Laplace's location): no Hessian exists in them.
    """

    model: Model
    coordinates: Coordinates
    tangent: Tangent
    num_observations: float
    num_rows: int
    passes: int
    kinks: tuple[str, ...] = ()

    def chart(self, z: Vector | np.ndarray) -> Chart:
        """θ(z) and its derivatives."""
        return Chart.at(self.coordinates, self.tangent, z)

    @abstractmethod
    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        """Value, score and curvature from one pass."""

    def expand(self, z: Vector | np.ndarray) -> Evaluation:
        """The same with the true curvature −∂²ℓ/∂z², definite or not, where one pass yields it."""
        return self.evaluate(z)

    @abstractmethod
    def value(self, z: Vector) -> Scalar:
        """ℓ(z)."""

    @abstractmethod
    def observed(self, z: Vector) -> Matrix:
        """The observed information −∂²ℓ/∂z²."""

    @abstractmethod
    def expected(self, z: Vector) -> Matrix:
        """The expected information of all observations: n times the Fisher information, in z."""

    @abstractmethod
    def opg(self, z: Vector) -> Matrix:
        """Σ wᵢ sᵢ sᵢᵀ, the outer product of the scores of single observations."""

    @abstractmethod
    def clustered_opg(self, z: Vector, clusters: np.ndarray) -> Matrix:
        """Σ_c S_c S_cᵀ with S_c = Σ_{i in c} wᵢ sᵢ; `clusters` holds the number 0, 1, … of each row's cluster."""

    @property
    def objective(self) -> Objective | None:
        """The same as a pure function, where the data are arrays; None for a stream."""
        return None

    @property
    def rows(self) -> Rows | None:
        """The data, where they are arrays in memory (perhaps with rows of weight 0 at the end); None for a stream."""
        return None

    @property
    def is_cheap(self) -> bool:
        """Whether an evaluation costs nothing that grows with the number of observations."""
        return False

    def sum(self, part: Callable[[Block], Any]) -> Any:
        """Σ part(block) over all data, where the likelihood is a sum over blocks of rows: one pass."""
        raise TypeError(f"{type(self).__name__} keeps no rows to sum over.")

    def sample(self) -> Block:
        """Some of the rows, where the likelihood is a sum over blocks of rows."""
        raise TypeError(f"{type(self).__name__} keeps no rows to take some from.")

    def value_and_score(self, z: Vector) -> tuple[Scalar, Vector]:
        """ℓ(z) and ∂ℓ/∂z."""
        at = self.evaluate(z)
        return jnp.asarray(at.value), jnp.asarray(at.score)

    def to_params(self, z: Vector) -> Params:
        """θ(z)."""
        return self.coordinates.to_params(z)

    def check_smooth(self) -> None:
        """Raise ValueError where the density has no second derivative."""
        if self.kinks:
            raise ValueError(
                f"The observed information does not exist: the log-density has a kink that moves with "
                f'{", ".join(self.kinks)}, so the likelihood is not twice differentiable. Use "expected" or "opg".'
            )

    def check_clusters(self, clusters: Any) -> np.ndarray:
        """Cluster labels of any kind as the numbers 0, 1, …; one for each row."""
        labels = np.asarray(clusters)
        if labels.shape != (self.num_rows,):
            raise ValueError(
                f"clusters must hold one label for each of the {self.num_rows} rows, but has shape {labels.shape}."
            )
        return np.unique(labels, return_inverse=True)[1]

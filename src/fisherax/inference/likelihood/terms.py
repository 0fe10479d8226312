"""What a block of observations adds to the log-likelihood and to its derivatives."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Float, Matrix, Scalar, Vector
from ...models.base import Model
from ...models.coordinates import Coordinates
from .evaluation import Evaluation


class Block(eqx.Module):
    """Some rows of the data: inputs (None for a family), observations, and the weight of each.

    A row of weight 0 pads a block to its length: it must hold a legal observation, and adds nothing.
    """

    inputs: Any
    targets: Array
    weights: Float[Array, " b"]


class Terms(eqx.Module):
    """One block's share of ℓ(z), of the score and of the informations, as pure functions.

    The same terms serve arrays in memory, which are cut into blocks, and streams, which come in blocks.
    """

    model: eqx.AbstractVar[Model]
    coordinates: eqx.AbstractVar[Coordinates]

    @abstractmethod
    def value(self, z: Vector, block: Block) -> Scalar:
        """Σ wᵢ ln p(xᵢ | θ(z))."""

    def value_and_score(self, z: Vector, block: Block) -> Float[Array, " k1"]:
        """The value, followed by its derivatives, in one vector."""
        value, score = jax.value_and_grad(self.value)(z, block)
        return jnp.concatenate([value[None], score])

    @abstractmethod
    def evaluate(self, z: Vector, block: Block) -> Evaluation:
        """Value, score and curvature together."""

    @abstractmethod
    def steps_with_observed(self, dim: int) -> bool:
        """Whether the curvature of `evaluate`, in so many coordinates, is the observed information."""

    @abstractmethod
    def observed(self, z: Vector, block: Block) -> Matrix:
        """−∂²/∂z² of the value."""

    @abstractmethod
    def expected(self, z: Vector, block: Block) -> Matrix:
        """Σ wᵢ I(θ(z); xᵢ) in z."""

    @abstractmethod
    def scores(self, z: Vector, block: Block) -> Float[Array, "b k"]:
        """∂ ln p(xᵢ | θ(z))/∂z, one row for each observation, not weighted."""

    def opg(self, z: Vector, block: Block) -> Matrix:
        """Σ wᵢ sᵢ sᵢᵀ."""
        scores = self.scores(z, block)
        return (block.weights[:, None] * scores).T @ scores

    def cluster_sums(
        self, z: Vector, block: Block, clusters: Array, num_clusters: int
    ) -> Float[Array, "c k"]:
        """Σ wᵢ sᵢ over the rows of each cluster."""
        weighted = block.weights[:, None] * self.scores(z, block)
        return jnp.zeros((num_clusters, weighted.shape[1]), weighted.dtype).at[clusters].add(weighted)

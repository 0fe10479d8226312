"""ℓ(z) as a pure function, for data that are arrays."""

from abc import abstractmethod

import equinox as eqx

from ..._types import Matrix, Scalar, Vector
from .evaluation import Evaluation


class Objective(eqx.Module):
    """The log-likelihood of fixed data as a pure function of z.

    It may be passed through `jit`, `vmap` and loops, so that a whole maximisation, or a whole profile, is one
    compiled program. `Likelihood`s whose data are arrays have one; a stream has none.
    """

    @abstractmethod
    def value(self, z: Vector) -> Scalar:
        """ℓ(z)."""

    @abstractmethod
    def evaluate(self, z: Vector) -> Evaluation:
        """ℓ(z), its score and its curvature, from one pass over the data."""

    @abstractmethod
    def observed(self, z: Vector) -> Matrix:
        """−∂²ℓ/∂z²."""

"""Which L: how the information of the output distribution is taken."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import jax

from ..._types import Array, Float, PRNGKeyArray, PyTree
from ...models.base import Head


class Estimator(eqx.Module):
    """How the information of one observation is estimated; `structure`s say how it is kept."""

    needs_targets: ClassVar[bool]
    """Whether the data must hold the observed labels."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What an operator of this estimator calls itself."""

    @property
    @abstractmethod
    def is_positive_semidefinite(self) -> bool:
        """Whether every estimate is one."""


class ProductEstimator(Estimator):
    """An estimator of the form JᵀL LᵀJ: one row of JᵀL for each column of L."""

    @abstractmethod
    def cotangents(
        self, head: Head, f: PyTree, y: Array | None, key: PRNGKeyArray | None
    ) -> Float[Array, "r d"]:
        """Lᵀ for one observation: r rows in the coordinates of `head.tangent(f)`."""

    @property
    def is_positive_semidefinite(self) -> bool:
        return True


def head_score(head: Head, f: PyTree, y: Array) -> Float[Array, " d"]:
    """The score ∂ ln p(y | f)/∂f in the coordinates of the head's tangent space."""
    return head.tangent(f).ravel(jax.grad(head.log_prob)(f, y))

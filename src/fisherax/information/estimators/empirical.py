"""The observed labels."""

from typing import ClassVar

from ..._types import Array, Float, PRNGKeyArray, PyTree
from ...models.base import Head
from .base import ProductEstimator, head_score


class Empirical(ProductEstimator):
    """The empirical Fisher: the mean of s sᵀ at the OBSERVED labels, (1/n) Σ s(xᵢ) s(xᵢ)ᵀ.

    It converges to the Fisher information only where the model is right and the parameters are true
    (Kunstner, Balles & Hennig 2019); elsewhere it is another matrix, the "meat" of the sandwich. It
    squares the scores of single observations, never a batch's mean.
    """

    needs_targets: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return "empirical"

    def cotangents(
        self, head: Head, f: PyTree, y: Array | None, key: PRNGKeyArray | None
    ) -> Float[Array, "r d"]:
        assert y is not None
        return head_score(head, f, y)[None]

"""Minus the Hessian at the data."""

from typing import ClassVar

from .base import Estimator


class Observed(Estimator):
    """The observed information: −(1/n) Σ ∂² ln p(xᵢ | θ)/∂θ², minus the mean Hessian at the data.

    No product JᵀL LᵀJ: it may be indefinite away from a maximum of the likelihood.
    """

    needs_targets: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return "observed"

    @property
    def is_positive_semidefinite(self) -> bool:
        return False

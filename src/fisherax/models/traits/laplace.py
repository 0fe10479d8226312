"""Laplace and its asymmetric relative: a density with a kink at its location."""

from typing import Any

from ..._types import Array
from .base import Traits


class LaplaceTraits(Traits):
    """|x − loc| is not differentiable at loc: the score form of the information is right, −E[∇²] is not."""

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]


class AsymmetricLaplaceTraits(Traits):
    """Here the score jumps at loc. For both of NumPyro's parameterisations, by asymmetry and by quantile."""

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]

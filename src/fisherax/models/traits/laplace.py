"""Laplace and its asymmetric relative: a density with a kink at its location."""

from collections.abc import Mapping
from typing import Any

from ..._types import Array
from .base import Entries, Traits


class LaplaceTraits(Traits):
    """|x − loc| is not differentiable at loc: the score form of the information is right, −E[∇²] is not."""

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]

    def information(self, params: Mapping[str, Array]) -> Entries:
        """E[s sᵀ]: the score in loc is ±1/scale."""
        each = 1.0 / params["scale"] ** 2
        return {("loc", "loc"): each, ("scale", "scale"): each}


class AsymmetricLaplaceTraits(Traits):
    """Here the score jumps at loc. For both of NumPyro's parameterisations, by asymmetry and by quantile."""

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]

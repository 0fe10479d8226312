"""Laplace and its asymmetric relative: a density with a kink at its location."""

from typing import Any, ClassVar

from ..._types import Array
from .base import Traits


class LaplaceTraits(Traits):
    """|x − loc| is not differentiable at loc: the score form of the information is right, −E[∇²] is not."""

    nonsmooth: ClassVar[tuple[str, ...]] = ("loc",)

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]


class AsymmetricLaplaceTraits(Traits):
    nonsmooth: ClassVar[tuple[str, ...]] = ("loc",)

    def kinks(self, distribution: Any) -> Array:
        return distribution.loc[None]

"""Which traits belong to which distribution class."""

from typing import Any

import numpyro.distributions as dist

from .base import Traits
from .kumaraswamy import KumaraswamyTraits
from .laplace import AsymmetricLaplaceTraits, LaplaceTraits


class GenericTraits(Traits):
    """A distribution of which nothing is known beyond what NumPyro says."""


_TRAITS: dict[Any, Traits] = {
    dist.AsymmetricLaplace: AsymmetricLaplaceTraits(),
    dist.Kumaraswamy: KumaraswamyTraits(),
    dist.Laplace: LaplaceTraits(),
}
_GENERIC = GenericTraits()


def traits(distribution: Any) -> Traits:
    """The traits of a distribution class; a subclass may differ in anything, so it inherits none."""
    return _TRAITS.get(distribution, _GENERIC)

"""Which traits belong to which distribution class."""

from typing import Any

import numpyro.distributions as dist

from .base import Traits
from .beta import BetaTraits
from .counts import (
    BetaBinomialTraits,
    BetaNegativeBinomialTraits,
    GammaPoissonTraits,
    NegativeBinomial2Traits,
    NegativeBinomialLogitsTraits,
    NegativeBinomialProbsTraits,
)
from .heavy_tails import CauchyTraits, HalfCauchyTraits, StudentTTraits
from .kumaraswamy import KumaraswamyTraits
from .laplace import AsymmetricLaplaceTraits, LaplaceTraits
from .location_scale import GumbelTraits, LogisticTraits
from .weibull import WeibullTraits


class GenericTraits(Traits):
    """A distribution of which nothing is known beyond what NumPyro says."""


_TRAITS: dict[Any, Traits] = {
    dist.AsymmetricLaplace: AsymmetricLaplaceTraits(),
    dist.AsymmetricLaplaceQuantile: AsymmetricLaplaceTraits(),
    dist.Beta: BetaTraits(),
    dist.BetaProportion: BetaTraits(),
    dist.BetaBinomial: BetaBinomialTraits(),
    dist.BetaNegativeBinomial: BetaNegativeBinomialTraits(),
    dist.Cauchy: CauchyTraits(),
    dist.GammaPoisson: GammaPoissonTraits(),
    dist.Gumbel: GumbelTraits(),
    dist.HalfCauchy: HalfCauchyTraits(),
    dist.Kumaraswamy: KumaraswamyTraits(),
    dist.Laplace: LaplaceTraits(),
    dist.Logistic: LogisticTraits(),
    dist.NegativeBinomial2: NegativeBinomial2Traits(),
    dist.NegativeBinomialLogits: NegativeBinomialLogitsTraits(),
    dist.NegativeBinomialProbs: NegativeBinomialProbsTraits(),
    dist.StudentT: StudentTTraits(),
    dist.Weibull: WeibullTraits(),
}
_GENERIC = GenericTraits()


def traits(distribution: Any) -> Traits:
    """The traits of a distribution class; a subclass may differ in anything, so it inherits none."""
    return _TRAITS.get(distribution, _GENERIC)

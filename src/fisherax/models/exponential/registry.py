"""Which of NumPyro's distributions are exponential families: one row each."""

from collections.abc import Mapping
from typing import Any

import numpyro.distributions as dist

from .base import ExponentialFamily
from .beta import Beta, BetaProportion, Dirichlet
from .categories import CategoricalLogits, CategoricalProbs, MultinomialLogits, MultinomialProbs
from .counts import Poisson
from .extremes import Gumbel, Weibull
from .failures import (
    GammaPoisson,
    GeometricLogits,
    GeometricProbs,
    NegativeBinomial2,
    NegativeBinomialLogits,
    NegativeBinomialProbs,
)
from .gamma import Chi2, Gamma, InverseGamma
from .multivariate_normal import MultivariateNormal
from .normal import HalfNormal, LogNormal, Normal
from .trials import BernoulliLogits, BernoulliProbs, BinomialLogits, BinomialProbs
from .von_mises import VonMises
from .waiting import Exponential, Gompertz, Kumaraswamy, Laplace, Pareto

_FORMS: dict[Any, type[ExponentialFamily]] = {
    # the real line
    dist.Normal: Normal,
    dist.Laplace: Laplace,
    dist.Gumbel: Gumbel,
    # positive numbers
    dist.LogNormal: LogNormal,
    dist.HalfNormal: HalfNormal,
    dist.Gamma: Gamma,
    dist.InverseGamma: InverseGamma,
    dist.Chi2: Chi2,
    dist.Exponential: Exponential,
    dist.Weibull: Weibull,
    dist.Pareto: Pareto,
    dist.Gompertz: Gompertz,
    # an interval, the circle, the simplex, vectors
    dist.Beta: Beta,
    dist.BetaProportion: BetaProportion,
    dist.Kumaraswamy: Kumaraswamy,
    dist.VonMises: VonMises,
    dist.Dirichlet: Dirichlet,
    dist.MultivariateNormal: MultivariateNormal,
    # counts and categories
    dist.BernoulliProbs: BernoulliProbs,
    dist.BernoulliLogits: BernoulliLogits,
    dist.BinomialProbs: BinomialProbs,
    dist.BinomialLogits: BinomialLogits,
    dist.GeometricProbs: GeometricProbs,
    dist.GeometricLogits: GeometricLogits,
    dist.Poisson: Poisson,
    dist.NegativeBinomialProbs: NegativeBinomialProbs,
    dist.NegativeBinomialLogits: NegativeBinomialLogits,
    dist.NegativeBinomial2: NegativeBinomial2,
    dist.GammaPoisson: GammaPoisson,
    dist.CategoricalProbs: CategoricalProbs,
    dist.CategoricalLogits: CategoricalLogits,
    dist.MultinomialProbs: MultinomialProbs,
    dist.MultinomialLogits: MultinomialLogits,
}


def exponential_form(distribution: Any, fixed: Mapping[str, Any]) -> ExponentialFamily | None:
    """The exponential form of a NumPyro distribution class, given the parameters that are known.

    Args:
        distribution: A NumPyro distribution class.
        fixed: Known parameters, by NumPyro's names.

    Returns:
        The form; None if the distribution is not an exponential family, or is one only if some parameter
        is known that is not.

    Examples:
        >>> import numpyro.distributions as dist
        >>> form = exponential_form(dist.Gamma, {})
        >>> form.natural({"concentration": 2.0, "rate": 3.0})
        {'log y': 2.0, 'y': -3.0}
        >>> exponential_form(dist.Weibull, {}) is None
        True
    """
    form = _FORMS.get(distribution)
    if form is None or not form.requires <= set(fixed):
        return None
    return form(dict(fixed))

"""Which of NumPyro's distributions are exponential families: one row each."""

from collections.abc import Mapping
from typing import Any

import numpyro.distributions as dist

from .base import ExponentialFamily
from .counts import (
    GammaPoisson,
    GeometricLogits,
    GeometricProbs,
    NegativeBinomial2,
    NegativeBinomialLogits,
    NegativeBinomialProbs,
    Poisson,
)
from .gamma import Chi2, Gamma, InverseGamma
from .normal import HalfNormal, LogNormal, Normal

_FORMS: dict[Any, type[ExponentialFamily]] = {
    dist.Normal: Normal,
    dist.LogNormal: LogNormal,
    dist.HalfNormal: HalfNormal,
    dist.Gamma: Gamma,
    dist.InverseGamma: InverseGamma,
    dist.Chi2: Chi2,
    dist.Poisson: Poisson,
    dist.GeometricProbs: GeometricProbs,
    dist.GeometricLogits: GeometricLogits,
    dist.NegativeBinomialProbs: NegativeBinomialProbs,
    dist.NegativeBinomialLogits: NegativeBinomialLogits,
    dist.NegativeBinomial2: NegativeBinomial2,
    dist.GammaPoisson: GammaPoisson,
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

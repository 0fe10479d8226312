"""Likelihoods that can have no second maximum, because they are concave in some coordinates.

Then every set {θ : ℓ(θ) ≥ c} is connected in all coordinates, and so are the values that an entry takes in it: a
profile-likelihood set is one interval.

References:
    Barndorff-Nielsen (1978), Information and Exponential Families, §9.3; Pratt (1981), Concavity of the log
    likelihood, Journal of the American Statistical Association 76, 103–106; Burridge (1981), A note on maximum
    likelihood estimation for regression models using grouped data, JRSS B 43, 41–45 (location and scale).
"""

from typing import Any

import numpyro.distributions as dist

from ..models import heads
from ..models.conditional import Conditional
from ..models.family import Family
from ..models.links import Identity, Inverse, Link, Log, Logit, Probit
from .likelihood import Likelihood
from .likelihood.linear_terms import LinearTerms
from .regression import link_of

# Laws of μ + σε, or its exponential, with ε of a log-concave density: concave in μ/σ and 1/σ.
_LOG_CONCAVE = (dist.Normal, dist.LogNormal, dist.Laplace, dist.Logistic, dist.Gumbel, dist.Weibull)

# Heads with the links through which an observation's log-likelihood is concave in its linear predictor.
_LINKS: dict[type, tuple[type[Link], ...]] = {
    heads.Normal: (Identity,),
    heads.Bernoulli: (Logit, Probit),
    heads.Binomial: (Logit, Probit),
    heads.Poisson: (Log, Identity),
    heads.Gamma: (Log, Inverse),
    heads.NegativeBinomial: (Log,),
}


def is_unimodal(likelihood: Likelihood) -> bool:
    """Whether the likelihood is known to be concave in some coordinates; False where that is not known."""
    model = likelihood.model
    if isinstance(model, Family):
        exponential = model.density is not None and model.density.exponential is not None
        return exponential or model.distribution_type in _LOG_CONCAVE
    terms: Any = getattr(likelihood, "terms", None)
    if not isinstance(model, Conditional) or not isinstance(terms, LinearTerms):
        return False
    if isinstance(model.head, heads.NegativeBinomial) and terms.predictor.dispersion is not None:
        return False
    return isinstance(link_of(terms), _LINKS.get(type(model.head), ()))

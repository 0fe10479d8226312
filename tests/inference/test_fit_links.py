"""Every link before every head that statsmodels accepts."""

import numpy as np
import pytest
import statsmodels.api as sm

import fisherax as fx

from .regression_cases import FAMILIES, LINKS, TRIALS, N, model_of

UNIT = np.column_stack([np.ones(N), np.random.default_rng(3).uniform(size=(N, 2))])
BETWEEN = 0.2 + 0.15 * UNIT[:, 1:].sum(1)  # a probability that is linear in the columns
LARGE = UNIT @ np.array([1.0, 0.8, -0.4])


def other_links():
    """The links that CASES leaves out, each before two heads or more; link and head enter as a composition."""
    rng = np.random.default_rng(4)
    identity, log, inverse = LINKS.Identity(), LINKS.Log(), LINKS.InversePower()
    counts = rng.negative_binomial(2, 2 / (2 + LARGE)).astype(float)
    inverse_counts = rng.negative_binomial(2, 2 / (2 + 1 / LARGE)).astype(float)
    successes = rng.binomial(TRIALS.astype(int), BETWEEN).astype(float)
    noise = 0.1 * rng.normal(size=N)
    return {
        ("identity", "bernoulli"): (
            fx.heads.Bernoulli("identity"),
            (rng.uniform(size=N) < BETWEEN) * 1.0,
            FAMILIES.Binomial(identity),
        ),
        ("identity", "poisson"): (
            fx.heads.Poisson("identity"),
            rng.poisson(LARGE) * 1.0,
            FAMILIES.Poisson(identity),
        ),
        ("identity", "gamma"): (
            fx.heads.Gamma(2.0, link="identity"),
            rng.gamma(2.0, LARGE / 2),
            FAMILIES.Gamma(identity),
        ),
        ("identity", "negative binomial"): (
            fx.heads.NegativeBinomial(2.0, link="identity"),
            counts,
            FAMILIES.NegativeBinomial(identity, alpha=0.5),
        ),
        ("log", "normal"): (fx.heads.Normal(0.1, link="log"), np.exp(LARGE) + noise, FAMILIES.Gaussian(log)),
        ("log", "binomial"): (fx.heads.Binomial("log"), successes, FAMILIES.Binomial(log)),
        ("probit", "binomial"): (fx.heads.Binomial("probit"), successes, FAMILIES.Binomial(LINKS.Probit())),
        ("inverse", "normal"): (
            fx.heads.Normal(0.1, link="inverse"),
            1 / LARGE + noise,
            FAMILIES.Gaussian(inverse),
        ),
        ("inverse", "negative binomial"): (
            fx.heads.NegativeBinomial(2.0, link="inverse"),
            inverse_counts,
            FAMILIES.NegativeBinomial(inverse, alpha=0.5),
        ),
    }


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore:The .* link function does not respect the domain")
@pytest.mark.filterwarnings("ignore:Negative binomial dispersion parameter")
@pytest.mark.parametrize("name", other_links(), ids=" ".join)
def test_every_link_before_other_heads_is_statsmodels(name):
    head, y, family = other_links()[name]
    binomial = name[1] == "binomial"
    fit = fx.fit(model_of(head, None, binomial), ({"x": UNIT, "trials": TRIALS} if binomial else UNIT, y))
    peer = sm.GLM(np.column_stack([y, TRIALS - y]) if binomial else y, UNIT, family).fit(
        tol=1e-14, maxiter=300
    )
    assert fit.status.valid, fit.status
    phi = {"normal": 0.01, "gamma": 0.5}.get(name[1], 1.0)
    np.testing.assert_allclose(fit.values, peer.params, rtol=1e-6)
    np.testing.assert_allclose(fit.errors(), np.sqrt(np.diagonal(peer.cov_params(scale=phi))), rtol=1e-6)
    assert fit.deviance == pytest.approx(peer.deviance, rel=1e-8)
    assert fit.log_likelihood == pytest.approx(peer.model.loglike(peer.params, scale=phi), rel=1e-8)

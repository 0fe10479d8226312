"""Likelihoods that are level to infinity, where the curvature is nothing but rounding."""

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

UNIT = np.random.default_rng(0).normal(size=50)
RANGES = {dist.NegativeBinomialProbs: {"probs", "total_count"}, dist.NegativeBinomial2: {"concentration"}}


@pytest.mark.parametrize("family", RANGES, ids=lambda family: family.__name__)
@pytest.mark.parametrize("size", [1e5, 1e6, 1e9])
def test_large_counts_of_less_spread_than_poissons_are_at_its_boundary(family, size):
    """ℓ rises to the Poisson law's as the size grows; of 1 + ℓ″ nothing is left long before."""
    x = np.round(size + 0.3 * np.sqrt(size) * UNIT)
    fit = fx.fit(fx.Family(family), x)
    assert not fit.status.valid
    assert set(fit.status.at_boundary) == RANGES[family]
    assert "no maximum inside the parameter space" in fit.status.message
    poisson = fx.fit(fx.Family(dist.Poisson), x).log_likelihood
    assert fit.log_likelihood == pytest.approx(poisson, abs=0.05)


def test_large_counts_of_more_spread_have_a_maximum_inside():
    x = np.round(1e6 + 5e3 * UNIT)
    fit = fx.fit(fx.Family(dist.NegativeBinomialProbs), x)
    assert fit.status.valid, fit.status
    assert fit.status.at_boundary == ()


def test_a_direction_without_curvature_to_working_precision_is_not_identified():
    """An ascent does not move along it, so the estimate is no maximum of it."""
    x = 1.5e6 + 0.5 * UNIT
    fit = fx.glm("y ~ x", {"x": x, "y": 3.0 + UNIT + np.roll(UNIT, 1)}, head="normal")
    assert not fit.status.valid
    assert fit.status.at_boundary == ()
    assert "Intercept" in (fit.status.unidentified or ""), fit.status

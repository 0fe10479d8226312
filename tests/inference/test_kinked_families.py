"""Families whose density has a kink at the location: the likelihood has its maximum at an observation."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import optimize, stats

import fisherax as fx

SAMPLE = stats.laplace_asymmetric.rvs(0.7, loc=1.0, scale=2.0, size=50, random_state=1)
CLASSES = {dist.AsymmetricLaplace: "asymmetry", dist.AsymmetricLaplaceQuantile: "quantile"}


def scipy_log_likelihood(asymmetry, loc, scale, x=SAMPLE):
    return stats.laplace_asymmetric.logpdf(x, asymmetry, loc, scale).sum()


@pytest.mark.parametrize("kind", CLASSES)
def test_the_maximum_is_not_below_any_that_a_search_finds(kind):
    """SciPy's density, searched from every observation, on which it is known to have its maxima."""
    fit = fx.fit(fx.Family(kind), SAMPLE)

    def best(loc):
        found = optimize.minimize(
            lambda v: -scipy_log_likelihood(np.exp(v[0]), loc, np.exp(v[1])), [0.0, 0.5], method="Nelder-Mead"
        )
        return -found.fun

    assert fit.status.valid, fit.status
    assert np.min(np.abs(SAMPLE - float(fit.params["loc"]))) == 0.0
    assert fit.log_likelihood == pytest.approx(max(best(x) for x in SAMPLE[::2]), abs=1e-1)
    assert all(best(x) <= fit.log_likelihood + 1e-9 for x in SAMPLE[::2])


def test_both_parametrisations_have_one_maximum():
    one, other = (fx.fit(fx.Family(kind), SAMPLE) for kind in CLASSES)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-14)
    asymmetry, quantile = float(one.params["asymmetry"]), float(other.params["quantile"])
    assert asymmetry**2 == pytest.approx(quantile / (1 - quantile), rel=1e-12)
    for q in (one, other):
        assert q.log_likelihood == pytest.approx(
            scipy_log_likelihood(asymmetry, float(q.params["loc"]), float(one.params["scale"])), rel=1e-13
        )


@pytest.mark.parametrize("kind", CLASSES)
def test_with_the_asymmetry_known_the_location_is_a_quantile(kind):
    name = CLASSES[kind]
    value = {"asymmetry": 2.0, "quantile": 0.8}[name]  # κ² = 4 = q/(1 − q)
    fit = fx.fit(fx.Family(kind, fixed={name: value}), SAMPLE)
    assert fit.status.valid, fit.status
    below, above = np.mean(fit.params["loc"] > SAMPLE), np.mean(fit.params["loc"] < SAMPLE)
    assert below <= 0.8 <= 1.0 - above


@pytest.mark.parametrize("kind", CLASSES)
def test_with_the_location_known_the_rest_is_in_closed_form(kind):
    """L²/(L + R) is the mean of (m − x)⁺, R²/(L + R) that of (x − m)⁺."""
    fit = fx.fit(fx.Family(kind, fixed={"loc": 1.0}), SAMPLE)
    assert fit.status.valid, fit.status
    both = {key: float(value) for key, value in fit.params.items()}
    if kind is dist.AsymmetricLaplace:
        left, right = both["scale"] * both["asymmetry"], both["scale"] / both["asymmetry"]
    else:
        left, right = both["scale"] / (1 - both["quantile"]), both["scale"] / both["quantile"]
    np.testing.assert_allclose(left**2 / (left + right), np.mean(np.maximum(1.0 - SAMPLE, 0)), rtol=1e-9)
    np.testing.assert_allclose(right**2 / (left + right), np.mean(np.maximum(SAMPLE - 1.0, 0)), rtol=1e-9)


@pytest.mark.parametrize("kind", CLASSES)
def test_weights_are_repetitions(kind):
    counts = np.arange(len(SAMPLE)) % 3
    one = fx.fit(fx.Family(kind), SAMPLE, weights=counts)
    other = fx.fit(fx.Family(kind), np.repeat(SAMPLE, counts))
    assert one.status.valid
    assert other.status.valid
    for key in one.params:
        np.testing.assert_allclose(one.params[key], other.params[key], rtol=1e-12)
    assert jnp.isclose(one.log_likelihood, other.log_likelihood)

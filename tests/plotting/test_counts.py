"""Counts of any range: expected numbers against distribution functions, without arrays as long as the range."""

import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

from fisherax import Family, Mixture
from fisherax.plotting.count_sums import class_sums
from fisherax.plotting.counts import count_bars, frequencies
from fisherax.plotting.observations import Observations

POISSON = Family(dist.Poisson)
CASES = {
    "every count": (POISSON, {"rate": 3.0}, np.arange(9.0), stats.poisson(3.0).cdf, 1e-14),
    "a narrow law": (POISSON, {"rate": 1e6}, 1e6 + np.arange(-4e3, 4e3, 400), stats.poisson(1e6).cdf, 1e-5),
    "one that rounds": (
        POISSON,
        {"rate": 1e12},
        1e12 + np.arange(-4e6, 4e6, 1e6),
        stats.norm(1e12, 1e6).cdf,
        1e-3,
    ),
    "a heavy tail": (
        Family(dist.NegativeBinomial2),
        {"mean": 1e8, "concentration": 0.02},
        np.arange(0.0, 1e12, 4e10),
        stats.nbinom(0.02, 0.02 / (0.02 + 1e8)).cdf,
        1e-4,
    ),
    "heaps at both ends": (
        Family(dist.BetaBinomial, fixed={"total_count": 10**6}),
        {"concentration1": 0.5, "concentration0": 0.3},
        np.append(np.arange(0.0, 1e6, 4e4), 1e6 + 1),
        stats.betabinom(10**6, 0.5, 0.3).cdf,
        1e-4,
    ),
    "a spike at zero": (
        Family(dist.ZeroInflatedPoisson),
        {"gate": 0.3, "rate": 1e5},
        np.arange(0.0, 101_001, 4_040),
        lambda k: np.where(k < 0, 0.0, 0.3 + 0.7 * stats.poisson(1e5).cdf(k)),
        1e-5,
    ),
    "two that are far apart": (
        Mixture(POISSON, 2),
        {"weights": np.array([0.4, 0.6]), "rate": np.array([3.0, 1e9])},
        np.arange(0.0, 1e9 + 1e6, 4e7),
        lambda k: 0.4 * stats.poisson(3.0).cdf(k) + 0.6 * stats.poisson(1e9).cdf(k),
        1e-5,
    ),
    "0 or 1": (Family(dist.Bernoulli), {"probs": 0.3}, np.arange(3.0), stats.bernoulli(0.3).cdf, 1e-14),
}


@pytest.mark.parametrize("name", CASES)
def test_sums_over_classes(name):
    family, params, edges, distribution_function, tolerance = CASES[name]
    up_to = distribution_function(edges - 1)
    expected = [up_to[0], *np.diff(up_to), 1 - up_to[-1]]
    np.testing.assert_allclose(class_sums(family, params, edges), expected, atol=tolerance)


def test_one_count_of_a_million_million_among_small_ones():
    """An array as long as the range would take terabytes."""
    y = np.append(np.random.default_rng(0).poisson(3, 200), 1e12)
    data = Observations(None, y, np.ones(y.size))
    labels, starts, observed, expected = frequencies(POISSON, {"rate": 3.0}, data)
    assert labels == [*map(str, range(10)), "≥ 10"]
    np.testing.assert_array_equal(starts, np.arange(11))
    np.testing.assert_array_equal(observed[:10], np.bincount(y[:-1].astype(int), minlength=11)[:10])
    assert observed[-1] == 1 + np.sum(y[:-1] == 10)
    np.testing.assert_allclose(expected[:-1], y.size * stats.poisson(3.0).pmf(range(10)), rtol=1e-9)
    assert expected.sum() == pytest.approx(y.size)
    assert len(count_bars(POISSON, {"rate": 3.0}, data).patches) == 11


@pytest.mark.parametrize("size", [1e9, 1e15, 1e300])
def test_counts_that_are_all_large(size):
    y = np.round(size * np.linspace(1.0, 2.0, 50))
    family, params = Family(dist.GeometricLogits), {"logits": -np.log(size)}
    labels, _, observed, expected = frequencies(family, params, Observations(None, y, np.ones(50)))
    assert len(labels) <= 25
    assert observed.sum() == 50
    if size < 1e300:  # a tail at 1 and 2 means
        assert expected[-1] / 50 == pytest.approx(np.exp(-2.0), rel=0.2)

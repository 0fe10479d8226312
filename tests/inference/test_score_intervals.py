"""Score intervals where the statistic levels off: a Student t, which is a normal law with its df at infinity."""

import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import optimize, special, stats

import fisherax as fx

CHI2 = float(stats.chi2.ppf(0.95, 1))


def data(seed):
    return np.random.default_rng(seed).normal(size=50)


def statistic_of_df(x, df):
    """gᵀI⁻¹g with I of Lange, Little and Taylor (1989), at SciPy's maximum over location and scale."""

    def loss(at):
        return -np.sum(stats.t.logpdf(x, df, at[0], np.exp(at[1])))

    loc, log_scale = optimize.minimize(loss, [x.mean(), np.log(x.std())], tol=1e-12).x
    scale = np.exp(log_scale)
    h = 1e-5 * df
    score = np.sum(stats.t.logpdf(x, df + h, loc, scale) - stats.t.logpdf(x, df - h, loc, scale)) / (2 * h)
    trigamma = special.polygamma(1, [df / 2, (df + 1) / 2])
    own = (trigamma[0] - trigamma[1]) / 4 - (df + 5) / (2 * df * (df + 1) * (df + 3))
    mixed, others = -2 / (scale * (df + 1) * (df + 3)), 2 * df / (scale**2 * (df + 3))
    return score**2 / (len(x) * (own - mixed**2 / others))


@pytest.mark.parametrize("seed", [1, 0, 4], ids=["inside", "df at infinity", "df at infinity too"])
def test_of_a_student_t(seed):
    x = data(seed)
    fit = fx.fit(fx.Family(dist.StudentT), x)
    assert fit.status.valid == (seed == 1)
    found = fit.confidence_interval(method="score")
    lower, upper = np.asarray(found["df"])
    assert statistic_of_df(x, lower) == pytest.approx(CHI2, rel=1e-6)
    assert upper == np.inf
    assert all(statistic_of_df(x, df) < CHI2 for df in (2 * lower, 10.0, 100.0))
    low = float(found["scale"][0])
    assert fit.score_test({"scale": low}).statistic == pytest.approx(CHI2, rel=1e-6)
    if seed != 1:  # at either end of the mean's interval the law is normal, and n(x̄ − μ)²/σ̃² is the statistic
        half = x.std() * np.sqrt(CHI2 / (len(x) - CHI2))
        np.testing.assert_allclose(found["loc"], [x.mean() - half, x.mean() + half], rtol=1e-6)


def test_what_is_wrong_with_the_information_is_said(monkeypatch):
    fit = fx.fit(fx.Family(dist.StudentT), data(1))
    whole = fit.likelihood.expected

    def partly(z):
        if z[0] > 2.0:
            raise ValueError("No digits are left of it.")
        return whole(z)

    monkeypatch.setattr(fit.likelihood, "expected", partly)
    with pytest.raises(ValueError, match=r"not defined with this one near .* No digits are left of it\."):
        fit.confidence_interval(method="score")

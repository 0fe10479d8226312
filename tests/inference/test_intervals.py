"""Wald, score and profile intervals against closed forms, statsmodels and iminuit's minos."""

import iminuit
import numpy as np
import numpyro.distributions as dist
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

import fisherax as fx

from .poisson_line import poisson_regression

CHI2 = float(stats.chi2.ppf(0.95, 1))


def as_array(interval):
    return np.asarray(interval).tolist()


# ---- closed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("successes", "trials"), [(7, 20), (1, 20), (19, 20), (10, 20)])
@pytest.mark.parametrize("level", [0.9, 0.99])
def test_the_score_interval_of_a_proportion_is_wilsons(successes, trials, level):
    fit = fx.fit(fx.Family(dist.Bernoulli), np.repeat([1.0, 0.0], [successes, trials - successes]))
    wilson = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    interval = fit.confidence_interval(level, method="score")["probs"]
    np.testing.assert_allclose(interval, [wilson.low, wilson.high], rtol=1e-8)


def test_the_score_interval_of_a_rate():
    x = np.array([3.0, 0, 2, 4, 1, 1, 0])
    fit = fx.fit(fx.Family(dist.Poisson), x)
    # n(λ̂ − λ)²/λ = q is a quadratic in λ.
    middle, q = x.mean() + CHI2 / (2 * len(x)), CHI2 / len(x)
    half = np.sqrt(middle**2 - x.mean() ** 2)
    assert half == pytest.approx(np.sqrt(q * x.mean() + q**2 / 4))
    interval = fit.confidence_interval(method="score")["rate"]
    np.testing.assert_allclose(interval, [middle - half, middle + half], rtol=1e-8)


def test_intervals_of_a_normal_mean_and_scale():
    x = np.random.default_rng(0).normal(3.0, 2.0, 12)
    n, mean, scale = len(x), x.mean(), x.std()
    fit = fx.fit(fx.Family(dist.Normal), x)
    sides = np.array([-1.0, 1.0])
    wald = fit.confidence_interval()["loc"]
    np.testing.assert_allclose(wald, mean + sides * np.sqrt(CHI2 / n) * scale, rtol=1e-10)
    # With σ̃² = σ̂² + (x̄ − μ)² the score statistic is n(x̄ − μ)²/σ̃², and the deviance n ln(σ̃²/σ̂²).
    score = fit.confidence_interval(method="score")["loc"]
    np.testing.assert_allclose(score, mean + sides * scale * np.sqrt(CHI2 / (n - CHI2)), rtol=1e-8)
    profile = fit.confidence_interval(method="profile")
    np.testing.assert_allclose(profile["loc"], mean + sides * scale * np.sqrt(np.expm1(CHI2 / n)), rtol=1e-8)
    np.testing.assert_allclose(profile["scale"], scale_ends(scale, n), rtol=1e-8)


def scale_ends(scale, n):
    """The roots of n(s²/σ² − 1 − ln(s²/σ²)) = χ²."""

    def miss(ratio):
        return n * (ratio - 1 - np.log(ratio)) - CHI2

    ratios = optimize.brentq(miss, 1, 1e3, xtol=1e-14), optimize.brentq(miss, 1e-9, 1, xtol=1e-14)
    return scale / np.sqrt(ratios)


def test_an_unconstrained_wald_interval_stays_in_the_parameter_space():
    x = np.array([0.1, 2.0, 0.4])
    fit = fx.fit(fx.Family(dist.Exponential), x)
    rate, half = 1 / x.mean(), np.sqrt(CHI2 / 3)
    natural = fit.confidence_interval()["rate"]
    np.testing.assert_allclose(natural, rate * (1 + half * np.array([-1.0, 1.0])), rtol=1e-9)
    assert natural[0] < 0
    inside = fit.confidence_interval(scale="unconstrained")["rate"]
    np.testing.assert_allclose(inside, rate * np.exp(half * np.array([-1.0, 1.0])), rtol=1e-9)
    coin = fx.fit(fx.Family(dist.Bernoulli), np.array([1.0, 1, 1, 0]))
    logit_half = np.sqrt(CHI2 / (4 * 0.75 * 0.25))
    ends = special.expit(special.logit(0.75) + logit_half * np.array([-1.0, 1.0]))
    np.testing.assert_allclose(coin.confidence_interval(scale="unconstrained")["probs"], ends, rtol=1e-9)


@pytest.mark.parametrize("method", ["profile", "score"])
def test_no_success_at_all_leaves_one_end(method):
    n = 20
    fit = fx.fit(fx.Family(dist.Bernoulli), np.zeros(n))
    upper = -np.expm1(-CHI2 / (2 * n)) if method == "profile" else CHI2 / (n + CHI2)
    lower, found = as_array(fit.confidence_interval(method=method)["probs"])
    assert lower == 0.0
    assert found == pytest.approx(upper, rel=1e-8)


def test_probabilities_on_a_simplex_have_the_intervals_of_proportions():
    counts = np.array([10, 3, 5])
    fit = fx.fit(fx.Family(dist.Categorical), np.repeat(np.arange(3), counts))
    for method in ("profile", "score"):
        found = fit.confidence_interval(method=method)["probs"]
        for i, count in enumerate(counts):
            # The other probabilities share what is left in proportion, and drop out.
            coin = fx.fit(fx.Family(dist.Bernoulli), np.repeat([1.0, 0.0], [count, 18 - count]))
            np.testing.assert_allclose(found[i], coin.confidence_interval(method=method)["probs"], rtol=1e-7)


def test_a_multivariate_normals_entries_have_the_intervals_of_their_margins():
    x = np.random.default_rng(1).multivariate_normal([0, 1], [[2, 0.6], [0.6, 1]], size=30)
    found = fx.fit(fx.Family(dist.MultivariateNormal), x).confidence_interval(method="profile")
    for j in range(2):
        mean, scale = x[:, j].mean(), x[:, j].std()
        half = scale * np.sqrt(np.expm1(CHI2 / 30))
        np.testing.assert_allclose(found["loc"][j], [mean - half, mean + half], rtol=1e-7)
        variance = found["covariance_matrix"][j, j]
        np.testing.assert_allclose(variance, np.square(scale_ends(scale, 30)), rtol=1e-7)
    np.testing.assert_allclose(found["covariance_matrix"][0, 1], found["covariance_matrix"][1, 0], rtol=1e-7)


# ---- peers -------------------------------------------------------------------------------------------------


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["expected", "observed"])
def test_wald_intervals_equal_statsmodels(kind):
    X, y, fit = poisson_regression()
    peer = sm.GLM(y, X, sm.families.Poisson()).fit(tol=1e-14).conf_int(0.1)
    found = fit.confidence_interval(0.9, kind=kind)["coefficients"]
    np.testing.assert_allclose(found, peer, rtol=1e-7)


def minos(negative_log_likelihood, start, limits):
    m = iminuit.Minuit(negative_log_likelihood, *start)
    m.errordef, m.strategy, m.tol = 0.5, 2, 1e-6
    for parameter, limit in zip(m.parameters, limits, strict=True):
        m.limits[parameter] = limit
    m.migrad()
    m.minos(cl=0.95)
    return np.array(
        [[m.values[p] + m.merrors[p].lower, m.values[p] + m.merrors[p].upper] for p in m.parameters]
    )


def agree_and_are_nearer(ours, theirs, deviance):
    """minos stops once its crossing is good to about a thousandth; which of two ends is right, the deviance says.

    It is maximised independently of both over the other parameters: ours has the quantile to 1e-7, minos' has not.
    """
    np.testing.assert_allclose(ours, theirs, rtol=2e-3)
    misses = np.abs([[deviance(j, end) - CHI2 for end in pair] for j, pair in enumerate(ours)])
    others = np.abs([[deviance(j, end) - CHI2 for end in pair] for j, pair in enumerate(theirs)])
    assert misses.max() < 1e-7
    assert np.all(others > misses)
    # To first order the distance of the ends is the miss over the slope: corrected by it, they agree to 1e-6.
    for j, (pair, miss) in enumerate(zip(theirs, others, strict=True)):
        for k, end in enumerate(pair):
            if miss[k] > 1e-9:
                h = 1e-4 * abs(end)
                slope = (deviance(j, end + h) - deviance(j, end - h)) / (2 * h)
                assert end - (deviance(j, end) - CHI2) / slope == pytest.approx(ours[j][k], rel=1e-6)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("family", "names", "peer"),
    [
        (dist.Gamma, ("concentration", "rate"), lambda x, a, b: stats.gamma.logpdf(x, a, scale=1 / b)),
        (dist.Weibull, ("concentration", "scale"), lambda x, k, s: stats.weibull_min.logpdf(x, k, scale=s)),
    ],
)
def test_profile_intervals_equal_minos(family, names, peer):
    x = np.random.default_rng(3).gamma(2.0, 1.5, 60)
    fit = fx.fit(fx.Family(family), x)
    found = fit.confidence_interval(method="profile")
    negative = lambda a, b: -peer(x, a, b).sum()  # noqa: E731
    estimate = [float(fit.params[name]) for name in names]
    ends = minos(negative, estimate, [(1e-6, None)] * 2)

    def deviance(j, value):
        def rest(log_other):
            pair = (value, np.exp(log_other)) if j == 0 else (np.exp(log_other), value)
            return negative(*pair)

        middle = np.log(estimate[1 - j])
        bounds = (middle - 1.5, middle + 1.5)
        best = optimize.minimize_scalar(rest, bounds=bounds, method="bounded", options={"xatol": 1e-9})
        return 2 * (best.fun - negative(*estimate))

    agree_and_are_nearer([np.asarray(found[name]) for name in names], ends, deviance)


@pytest.mark.peer
def test_profile_intervals_of_a_regression_equal_minos():
    X, y, fit = poisson_regression()

    def negative(one, a, b):
        eta = X @ [one, a, b]
        return np.sum(np.exp(eta) - y * eta)

    def maximum(design, offset=None):
        return sm.GLM(y, design, sm.families.Poisson(), offset=offset).fit(tol=1e-14).llf

    best = maximum(X)

    def deviance(j, value):
        return 2 * (best - maximum(np.delete(X, j, axis=1), X[:, j] * value))

    ends = minos(negative, fit.params["coefficients"], [None] * 3)
    agree_and_are_nearer(
        np.asarray(fit.confidence_interval(method="profile")["coefficients"]), ends, deviance
    )


# ---- what is asked of the likelihood -----------------------------------------------------------------------


def test_sufficient_statistics_are_read_once_for_all_intervals():
    fit = fx.fit(fx.Family(dist.Gamma), np.random.default_rng(4).gamma(2.0, size=500))
    for method in ("wald", "score", "profile"):
        fit.confidence_interval(method=method)
    fit.profile("rate")
    assert fit.likelihood.passes == 1


def test_passes_over_the_data_are_few():
    fit = fx.fit(fx.Family(dist.Weibull), np.random.default_rng(4).weibull(1.5, size=4000))
    before = fit.likelihood.passes
    fit.confidence_interval(method="profile")
    # One for the expansion at the estimate, and three at most for each of four ends.
    assert fit.likelihood.passes - before <= 13


@pytest.mark.parametrize("kind", ["expected", "observed"])
def test_a_score_interval_takes_few_passes(kind):
    _, _, fit = poisson_regression()
    before = fit.likelihood.passes
    found = fit.confidence_interval(method="score", kind=kind)["coefficients"]
    # Four points at each of six ends, with the score and the information at each; and the estimate.
    assert fit.likelihood.passes - before <= 60
    # At either end the score test of that value has the quantile itself: independently maximised.
    for name, ends in zip(fit.names, np.asarray(found), strict=True):
        for end in ends:
            assert fit.score_test({name: end}, kind=kind).statistic == pytest.approx(CHI2, rel=1e-8)


def test_intervals_of_a_likelihood_with_kinks_do_not_search_for_the_median_again():
    fit = fx.fit(fx.Family(dist.Laplace), np.random.default_rng(4).laplace(size=31))
    before = fit.likelihood.passes
    scale = fit.confidence_interval(method="profile")["scale"]
    assert fit.likelihood.passes - before <= 200  # thousands, if it is sought at every point
    spread = float(fit.params["scale"])
    deviance = 2 * 31 * (np.log(np.asarray(scale) / spread) + spread / np.asarray(scale) - 1)
    np.testing.assert_allclose(deviance, CHI2, atol=1e-8)

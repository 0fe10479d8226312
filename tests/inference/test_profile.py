"""Profile likelihoods: independent maximisations, published numbers, open sides, restarts."""

import itertools

import jax
import numpy as np
import numpyro.distributions as dist
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

import fisherax as fx
from fisherax.models import LinearPredictor, heads

CHI2 = float(stats.chi2.ppf(0.95, 1))


@pytest.fixture(scope="module")
def gamma():
    x = np.random.default_rng(5).gamma(2.0, 1.5, 25)
    return x, fx.fit(fx.Family(dist.Gamma), x)


def gamma_deviance(x, shape):
    """2(ℓ̂ − max over the rate): the rate is shape/x̄."""

    def profile(a):
        return len(x) * (a * np.log(a / x.mean()) - special.gammaln(a) - a + (a - 1) * np.log(x).mean())

    grid = special.digamma(shape)  # finite
    assert np.all(np.isfinite(grid))
    best = stats.gamma.fit(x, floc=0)[0]
    for _ in range(50):  # Newton on ln a − ψ(a) = ln x̄ − mean ln x, to rounding
        miss = np.log(best) - special.digamma(best) - np.log(x.mean()) + np.log(x).mean()
        best -= miss / (1 / best - special.polygamma(1, best))
    return 2 * (profile(best) - profile(shape))


def test_the_deviance_is_that_of_an_independent_maximisation(gamma):
    x, fit = gamma
    profile = fit.profile("concentration")
    np.testing.assert_allclose(profile.deviance, gamma_deviance(x, profile.values), atol=1e-8)
    # The other parameter along the way.
    np.testing.assert_allclose(profile.params["rate"], profile.values / x.mean(), rtol=1e-7)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.9999])
def test_ends_are_exact(gamma, level):
    x, fit = gamma
    ends = np.array(fit.profile("concentration").interval(level))
    np.testing.assert_allclose(gamma_deviance(x, ends), stats.chi2.ppf(level, 1), atol=1e-8)


def test_a_profile_is_monotone_and_evenly_spaced_in_its_root(gamma):
    _, fit = gamma
    profile = fit.profile("rate", reach=3.0, points=6)
    assert profile.warnings == ()
    assert not profile.restarted
    assert np.all(np.diff(profile.values) > 0)
    np.testing.assert_allclose(np.diff(profile.signed_root), 0.5, atol=1e-7)
    assert np.array(profile.interval(0.9))[0] > np.array(profile.interval(0.95))[0]
    assert "95%" in str(profile)


def test_profiles_do_not_depend_on_the_parametrisation():
    x = np.random.default_rng(6).lognormal(0.3, 0.7, 15)
    logs = fx.fit(fx.Family(dist.Normal), np.log(x)).confidence_interval(method="profile")
    there = fx.fit(fx.Family(dist.LogNormal), x).confidence_interval(method="profile")
    for name in ("loc", "scale"):
        np.testing.assert_allclose(logs[name], there[name], rtol=1e-8)
    variance = fx.Family(
        lambda loc, variance: dist.Normal(loc, variance**0.5),
        constraints={"loc": dist.constraints.real, "variance": dist.constraints.positive},
        name="NormalVariance",
    )
    found = fx.fit(variance, np.log(x), init={"loc": 0.0, "variance": 1.0}).profile("variance").interval()
    np.testing.assert_allclose(found, np.square(logs["scale"]), rtol=1e-8)


# ---- a published example: Venables and Ripley (2002), §7.2, and the help page of R's confint.glm -----------


@pytest.fixture(scope="module")
def budworm():
    ldose, female = np.tile(np.arange(6.0), 2), np.repeat([0.0, 1.0], 6)
    dead = np.array([1.0, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16])
    X = np.column_stack([female, 1 - female, ldose])
    model = fx.Conditional(LinearPredictor(("sexF", "sexM", "ldose"), trials=True), heads.Binomial())
    return X, dead, fx.fit(model, ({"x": X, "trials": np.full(12, 20.0)}, dead))


def test_budworms_published_profile_interval(budworm):
    # R interpolates a spline through its profile, which leaves an error in the fifth digit.
    np.testing.assert_allclose(budworm[2].profile("ldose").interval(), [0.8228708, 1.3390581], atol=3e-5)


@pytest.mark.peer
def test_budworms_ends_by_refitting_with_statsmodels(budworm):
    X, dead, fit = budworm
    counts = np.column_stack([dead, 20 - dead])

    def maximum(design, offset=None):
        model = sm.GLM(counts, design, sm.families.Binomial(), offset=offset)
        return model.fit(tol=1e-14, maxiter=100).llf

    best = maximum(X)
    ends = np.asarray(fit.confidence_interval(method="profile")["coefficients"])
    for j, end in itertools.product(range(3), range(2)):
        deviance = 2 * (best - maximum(np.delete(X, j, axis=1), X[:, j] * ends[j, end]))
        assert deviance == pytest.approx(CHI2, abs=1e-8)


# ---- sides without an end ----------------------------------------------------------------------------------


def test_the_degrees_of_freedom_of_normal_data_have_no_upper_end():
    x = stats.norm.ppf((np.arange(40) + 0.5) / 40)
    fit = fx.fit(fx.Family(dist.StudentT), x)
    profile = fit.profile("df")
    lower, upper = profile.interval()
    assert upper == np.inf
    assert "upper" in profile.open_ended()
    assert any("upper side is open" in warning for warning in profile.warnings)
    # The lower end, where ℓ̂ is the normal one.
    best = stats.norm.logpdf(x, x.mean(), x.std()).sum()
    there = fx.fit(fx.Family(dist.StudentT, fixed={"df": lower}), x).log_likelihood
    assert 2 * (best - there) == pytest.approx(CHI2, abs=1e-6)


def test_degrees_of_freedom_may_level_off_below_a_high_level():
    x = stats.t.ppf((np.arange(60) + 0.5) / 60, 4)
    fit = fx.fit(fx.Family(dist.StudentT), x)
    assert fit.status.valid
    normal = stats.norm.logpdf(x, x.mean(), x.std()).sum()
    limit = 2 * (fit.log_likelihood - normal)
    profile = fit.profile("df")
    level = float(stats.chi2.cdf(limit, 1))
    below, above = profile.interval(level - 0.02), profile.interval(level + 0.5 * (1 - level))
    assert np.isfinite(below[1])
    assert above[1] == np.inf
    assert max(profile.deviance[profile.values > profile.estimate]) <= limit + 1e-8


def test_a_separated_logistic_regression_has_one_end():
    x = np.arange(10.0)
    model = fx.Conditional(LinearPredictor(("one", "x")), heads.Bernoulli())
    fit = fx.fit(model, (np.column_stack([np.ones(10), x]), (x > 4.5) * 1.0))
    assert not fit.status.valid
    one, slope = np.asarray(fit.confidence_interval(method="profile")["coefficients"])
    assert one[0] == -np.inf
    assert slope[1] == np.inf
    for j, end in ((0, one[1]), (1, slope[0])):
        # The supremum of ℓ is 0.
        X = np.column_stack([np.ones(10), x])
        held = sm.GLM((x > 4.5) * 1.0, np.delete(X, j, 1), sm.families.Binomial(), offset=X[:, j] * end)
        assert -2 * held.fit(tol=1e-14).llf == pytest.approx(CHI2, abs=1e-8)


def test_beside_a_boundary_the_other_parameter_may_come_back():
    """The counts have less spread than Poisson's, but about a wrong mean they have more."""
    x = np.array([9.0, 10, 10, 8, 12, 14, 8, 7, 6, 11, 6, 14, 13, 4, 9, 11])
    fit = fx.fit(fx.Family(dist.NegativeBinomial2), x)
    assert fit.status.at_boundary == ("concentration",)
    profile = fit.profile("mean")
    assert profile.warnings == ()

    def best(mean):
        def negative(log_r):
            return -stats.nbinom.logpmf(x, np.exp(log_r), np.exp(log_r) / (np.exp(log_r) + mean)).sum()

        inside = optimize.minimize_scalar(
            negative, bounds=(-2, 12), method="bounded", options={"xatol": 1e-9}
        )
        return max(-inside.fun, stats.poisson.logpmf(x, mean).sum())

    top = stats.poisson.logpmf(x, x.mean()).sum()
    expected = [2 * (top - best(value)) for value in profile.values]
    assert min(float(r) for r in profile.params["concentration"]) < 100  # it does come back
    np.testing.assert_allclose(profile.deviance, expected, atol=1e-6)


# ---- more than one maximum ---------------------------------------------------------------------------------

TWO = np.array([-3.0, -2.5, 4.0, 4.2, 4.1])


def test_a_better_maximum_on_the_way_restarts_the_fit():
    family = fx.Family(dist.Cauchy, fixed={"scale": 1.0})
    low = fx.fit(family, TWO, init={"loc": -2.7})
    high = fx.fit(family, TWO, init={"loc": 4.1})
    assert low.status.valid
    assert low.log_likelihood < high.log_likelihood
    profile = low.profile("loc")
    assert profile.restarted
    assert profile.fit.log_likelihood == pytest.approx(high.log_likelihood, abs=1e-9)
    assert any("better maximum" in warning for warning in profile.warnings)
    np.testing.assert_allclose(profile.interval(), high.profile("loc").interval(), rtol=1e-8)
    with pytest.warns(UserWarning, match="better maximum"):
        interval = low.confidence_interval(method="profile")
    np.testing.assert_allclose(interval["loc"], high.profile("loc").interval(), rtol=1e-8)


def test_a_second_maximum_is_seen_in_the_profile():
    profile = fx.fit(fx.Family(dist.Cauchy, fixed={"scale": 1.0}), TWO[:4], init={"loc": 4.0}).profile("loc")
    assert any("not monotone" in warning for warning in profile.warnings)
    # Below the estimate the deviance rises, falls to the second maximum, and rises again.
    below = profile.deviance[profile.values < profile.estimate]
    assert np.any(np.diff(below) > 1e-3)
    assert np.any(np.diff(below) < -1e-3)
    grid = stats.cauchy.logpdf(TWO[:4, None], np.asarray(profile.values)).sum(0)
    np.testing.assert_allclose(profile.deviance, 2 * (grid.max() - grid), atol=1e-7)


def test_a_likelihood_with_kinks():
    x = np.random.default_rng(1).laplace(1.0, 2.0, 25)
    found = fx.fit(fx.Family(dist.Laplace), x).confidence_interval(method="profile")
    middle = np.median(x)
    spread = np.abs(x - middle).mean()

    def miss(loc):  # the scale is the mean absolute deviation
        return 2 * len(x) * np.log(np.abs(x - loc).mean() / spread) - CHI2

    ends = optimize.brentq(miss, -9, middle, xtol=1e-13), optimize.brentq(miss, middle, 9, xtol=1e-13)
    np.testing.assert_allclose(found["loc"], ends, rtol=1e-8)
    for scale in np.asarray(found["scale"]):
        deviance = 2 * len(x) * (np.log(scale / spread) + spread / scale - 1)
        assert deviance == pytest.approx(CHI2, abs=1e-8)


# ---- other likelihoods -------------------------------------------------------------------------------------


def test_a_stream_has_the_profile_of_the_same_data_in_memory():
    x = np.random.default_rng(7).weibull(1.3, size=50)
    family = fx.Family(dist.Weibull)
    whole = fx.fit(family, x).confidence_interval(method="profile")
    stream = fx.fit(family, [x[:20], x[20:]]).confidence_interval(method="profile")
    for name, ends in whole.items():
        np.testing.assert_allclose(stream[name], ends, rtol=1e-8)


def test_a_model_with_a_function_of_its_own():
    rng = np.random.default_rng(8)
    t = np.linspace(0, 4, 30)
    y = 2.0 * np.exp(-0.7 * t) + 0.1 * rng.normal(size=30)
    model = fx.Conditional(
        lambda params, t: params["amplitude"] * jax.numpy.exp(-params["rate"] * t), heads.Normal(scale=0.1)
    )
    fit = fx.fit(model, (t, y), init={"amplitude": 1.0, "rate": 1.0})
    for end in fit.profile("rate").interval():
        # At a fixed rate the amplitude is a linear least-squares fit.
        curve = np.exp(-end * t)
        residual = y - curve * (curve @ y) / (curve @ curve)
        best = y - float(fit.params["amplitude"]) * np.exp(-float(fit.params["rate"]) * t)
        assert (residual @ residual - best @ best) / 0.01 == pytest.approx(CHI2, abs=1e-7)


def test_wrong_requests_are_refused_in_a_sentence(gamma):
    with pytest.raises(ValueError, match="concentration, rate"):
        gamma[1].profile("shape")
    with pytest.raises(ValueError, match="reach must be positive"):
        gamma[1].profile("rate", reach=-1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        gamma[1].profile("rate").interval(1.2)

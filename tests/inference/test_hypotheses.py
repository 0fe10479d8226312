"""Wald, score and likelihood-ratio tests against closed forms and peers, and their laws."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest
import statsmodels.api as sm
from scipy import stats

import fisherax as fx
from fisherax.models import LinearPredictor, heads


def three(fit, null):
    tests = fit.wald_test(null), fit.score_test(null), fit.likelihood_ratio_test(null)
    return [test.statistic for test in tests]


# ---- closed forms ------------------------------------------------------------------------------------------


def test_with_a_known_scale_the_three_are_the_z_test():
    x = np.array([0.3, 1.1, -0.4, 0.9])
    fit = fx.fit(fx.Family(dist.Normal, fixed={"scale": 2.0}), x)
    expected = len(x) * (x.mean() - 1.5) ** 2 / 4.0
    np.testing.assert_allclose(three(fit, {"loc": 1.5}), expected, rtol=1e-9)


def test_of_a_rate():
    x = np.array([3.0, 0, 2, 4, 1, 1, 0])
    n, rate, null = len(x), x.mean(), 2.5
    fit = fx.fit(fx.Family(dist.Poisson), x)
    likelihood_ratio = 2 * n * (null - rate + rate * np.log(rate / null))
    expected = [n * (rate - null) ** 2 / rate, n * (rate - null) ** 2 / null, likelihood_ratio]
    np.testing.assert_allclose(three(fit, {"rate": null}), expected, rtol=1e-9)


def test_of_a_proportion():
    n, p, null = 20, 0.35, 0.6
    fit = fx.fit(fx.Family(dist.Bernoulli), np.repeat([1.0, 0.0], [7, 13]))
    likelihood_ratio = 2 * n * (p * np.log(p / null) + (1 - p) * np.log((1 - p) / (1 - null)))
    expected = [
        n * (p - null) ** 2 / (p * (1 - p)),
        n * (p - null) ** 2 / (null * (1 - null)),
        likelihood_ratio,
    ]
    np.testing.assert_allclose(three(fit, {"probs": null}), expected, rtol=1e-9)


def test_of_a_mean_with_the_scale_unknown():
    x = np.random.default_rng(0).normal(1.0, 2.0, 15)
    n, square = len(x), (x.mean() - 0.2) ** 2
    fit = fx.fit(fx.Family(dist.Normal), x)
    t = stats.ttest_1samp(x, 0.2).statistic
    likelihood_ratio = n * np.log1p(t**2 / (n - 1))
    expected = [n * square / x.var(), n * square / (x.var() + square), likelihood_ratio]
    np.testing.assert_allclose(three(fit, {"loc": 0.2}), expected, rtol=1e-9)
    under = fit.likelihood_ratio_test({"loc": 0.2}).params
    assert float(under["scale"]) == pytest.approx(np.sqrt(x.var() + square), rel=1e-9)


def test_of_all_probabilities_the_score_test_is_pearsons_and_the_ratio_is_g():
    counts, null = np.array([10, 3, 5, 2]), np.array([0.4, 0.2, 0.2, 0.2])
    fit = fx.fit(fx.Family(dist.Categorical), np.repeat(np.arange(4), counts))
    pearson = stats.power_divergence(counts, null * 20)
    g = stats.power_divergence(counts, null * 20, lambda_="log-likelihood")
    neyman = stats.power_divergence(counts, null * 20, lambda_="neyman")
    for hypothesis in ({"probs": null}, {"probs": jnp.asarray(null)}):
        wald, score, ratio = three(fit, hypothesis)
        assert score == pytest.approx(pearson.statistic, rel=1e-9)
        assert ratio == pytest.approx(g.statistic, rel=1e-9)
        assert wald == pytest.approx(neyman.statistic, rel=1e-9)
    test = fit.score_test({"probs": null})
    assert test.df == 3
    assert test.p_value == pytest.approx(pearson.pvalue, rel=1e-9)


def test_two_probabilities_of_four():
    counts = np.array([10, 3, 5, 2])
    fit = fx.fit(fx.Family(dist.Categorical), np.repeat(np.arange(4), counts))
    test = fit.likelihood_ratio_test({"probs[0]": 0.4, "probs[2]": 0.3})
    # What is left is shared in proportion to the counts.
    null = np.array([0.4, 0.3 * 3 / 5, 0.3, 0.3 * 2 / 5])
    assert test.df == 2
    assert test.statistic == pytest.approx(2 * np.sum(counts * np.log(counts / 20 / null)), rel=1e-8)
    np.testing.assert_allclose(test.params["probs"], null, rtol=1e-7)


def test_a_whole_pytree_is_the_same_as_all_its_names():
    fit = fx.fit(fx.Family(dist.Gamma), np.random.default_rng(1).gamma(2.0, size=40))
    whole = {"concentration": 1.8, "rate": 1.1}
    tree = {name: jnp.asarray(value) for name, value in whole.items()}
    np.testing.assert_allclose(three(fit, whole), three(fit, tree), rtol=1e-12)
    test = fit.likelihood_ratio_test(whole)
    assert test.df == 2
    difference = fit.log_likelihood - float(jnp.sum(fit.model.log_prob(whole, fit_data())))
    assert test.statistic == pytest.approx(2 * difference, rel=1e-9)
    covariance = np.asarray(fit.covariance())
    d = np.asarray(fit.values) - [1.8, 1.1]
    assert fit.wald_test(whole).statistic == pytest.approx(d @ np.linalg.solve(covariance, d), rel=1e-9)


def fit_data():
    return np.random.default_rng(1).gamma(2.0, size=40)


# ---- peers -------------------------------------------------------------------------------------------------


@pytest.mark.peer
def test_regression_against_statsmodels():
    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 3))])
    y = rng.poisson(np.exp(X @ [0.3, 0.4, 0.0, -0.2])).astype(float)
    fit = fx.fit(fx.Conditional(LinearPredictor(("one", "a", "b", "c")), heads.Poisson()), (X, y))
    null = {"a": 0.0, "c": 0.0}
    peer = sm.GLM(y, X, sm.families.Poisson()).fit(tol=1e-14)
    small = sm.GLM(y, X[:, [0, 2]], sm.families.Poisson()).fit(tol=1e-14)
    restriction = np.eye(4)[[1, 3]]
    wald = float(np.squeeze(peer.wald_test(restriction, scalar=True).statistic))
    assert fit.wald_test(null).statistic == pytest.approx(wald, rel=1e-6)
    score, p, df = small.model.score_test(small.params, exog_extra=X[:, [1, 3]])
    test = fit.score_test(null)
    assert test.statistic == pytest.approx(float(np.squeeze(score)), rel=1e-6)
    assert test.p_value == pytest.approx(float(np.squeeze(p)), rel=1e-6)
    assert test.df == df == 2
    ratio = fit.likelihood_ratio_test(null)
    assert ratio.statistic == pytest.approx(2 * (peer.llf - small.llf), rel=1e-6)
    robust = sm.GLM(y, X, sm.families.Poisson()).fit(tol=1e-14, cov_type="HC0")
    expected = float(np.squeeze(robust.wald_test(restriction, scalar=True).statistic))
    assert fit.wald_test(null, kind="sandwich").statistic == pytest.approx(expected, rel=1e-6)


# ---- laws --------------------------------------------------------------------------------------------------


def test_the_p_value_is_right_far_out_in_the_tail():
    fit = fx.fit(fx.Family(dist.Poisson), np.full(20, 30.0))
    test = fit.likelihood_ratio_test({"rate": 10.0})
    with mpmath.workdps(30):
        tail = mpmath.gammainc(0.5, mpmath.mpf(test.statistic) / 2, regularized=True)
    assert test.p_value < 1e-100
    assert test.p_value == pytest.approx(float(tail), rel=1e-9)


def test_the_three_agree_as_observations_accumulate():
    gaps = []
    for n in (100, 10_000):
        x = stats.gamma.ppf((np.arange(n) + 0.5) / n, 2.0)
        fit = fx.fit(fx.Family(dist.Gamma), x)
        statistics = three(fit, {"concentration": 2.0 * (1 + 2.5 / np.sqrt(n))})
        gaps.append(np.ptp(statistics) / np.mean(statistics))
    # The differences are of relative order 1/√n.
    assert gaps[1] < gaps[0] / 5


def test_p_values_are_uniform_under_the_null():
    generator = np.random.default_rng(3)
    family = fx.Family(dist.Gamma)
    found = []
    for _ in range(100):
        fit = fx.fit(family, generator.gamma(3.0, size=200))
        null = {"concentration": 3.0}
        found.append(
            [
                fit.wald_test(null).p_value,
                fit.score_test(null).p_value,
                fit.likelihood_ratio_test(null).p_value,
            ]
        )
    for p_values in np.array(found).T:
        assert stats.kstest(p_values, "uniform").pvalue > 1e-4


def test_score_and_ratio_do_not_depend_on_the_parametrisation():
    x = np.repeat([1.0, 0.0], [7, 13])
    probs = fx.fit(fx.Family(dist.Bernoulli), x)
    logits = fx.fit(fx.Family(dist.BernoulliLogits), x)
    one, other = three(probs, {"probs": 0.6}), three(logits, {"logits": float(np.log(1.5))})
    np.testing.assert_allclose(one[1:], other[1:], rtol=1e-8)
    assert abs(one[0] - other[0]) > 0.1  # Wald's does


@pytest.mark.parametrize("kind", ["observed", "opg"])
def test_other_informations_give_tests_that_agree_in_large_samples(kind):
    x = stats.gamma.ppf((np.arange(20_000) + 0.5) / 20_000, 2.0)
    fit = fx.fit(fx.Family(dist.Gamma), x)
    null = {"concentration": 2.03}
    expected = fit.score_test(null).statistic
    assert fit.score_test(null, kind=kind).statistic == pytest.approx(expected, rel=0.05)


# ---- what is refused ---------------------------------------------------------------------------------------


def test_wrong_hypotheses_are_refused_in_a_sentence():
    fit = fx.fit(fx.Family(dist.Gamma), fit_data())
    for null, match in [
        ({}, "dict of names and values"),
        ({"shape": 1.0}, "concentration, rate"),
        ({"rate": -1.0}, "inside the parameter space"),
        ({"rate": 0.0}, "inside the parameter space"),
        ({"rate": float("nan")}, "must be finite"),
        ({"rate": np.ones(2)}, "one number"),
    ]:
        for test in (fit.wald_test, fit.score_test, fit.likelihood_ratio_test):
            with pytest.raises(ValueError, match=match):
                test(null)
    simplex = fx.fit(fx.Family(dist.Categorical), np.array([0, 1, 2, 0, 1]))
    with pytest.raises(ValueError, match="inside the parameter space"):
        simplex.score_test({"probs": np.array([0.5, 0.4, 0.3])})
    with pytest.raises(ValueError, match="expected, observed or opg"):
        fit.score_test({"rate": 1.0}, kind="sandwich")


def test_a_fit_that_is_no_maximum_is_found_out():
    family = fx.Family(dist.Cauchy, fixed={"scale": 1.0})
    low = fx.fit(family, np.array([-3.0, -2.5, 4.0, 4.2, 4.1]), init={"loc": -2.7})
    with pytest.raises(ValueError, match="not the maximum"):
        low.likelihood_ratio_test({"loc": 4.0})


def test_it_prints_what_was_tested():
    fit = fx.fit(fx.Family(dist.Poisson), np.array([1.0, 2.0, 3.0]))
    text = str(fit.score_test({"rate": 1.5}))
    assert "score (Rao) test (expected) of rate = 1.5" in text
    assert "1 df" in text
    assert fit.wald_test({"rate": 1.5}).to_dict()["df"] == 1
    assert jax.tree.leaves(fit.wald_test({"rate": 1.5}).params) == []

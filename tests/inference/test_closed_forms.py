"""Maxima of likelihoods that are known in closed form, and starts that do not matter."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.stats as st

import fisherax as fx

from .family_cases import CASES, N, data, fitted


def test_laplace_is_the_median_with_and_without_ties():
    family = fx.Family(dist.Laplace)
    for x in (
        data("norm")[:15] - 1e5,
        data("norm")[:16] - 1e5,
        np.repeat([1.0, 2, 3, 4, 5], [2, 3, 6, 3, 2]),
    ):
        fit = fx.fit(family, x)
        assert fit.status.valid
        assert float(fit.params["loc"]) == pytest.approx(np.median(x), abs=1e-14)
        assert float(fit.params["scale"]) == pytest.approx(np.mean(np.abs(x - np.median(x))), rel=1e-12)
    with pytest.raises(ValueError, match="kink"):
        fit.covariance("observed")


def test_vectors_and_categories_have_their_closed_forms():
    rng = np.random.default_rng(0)
    x = rng.multivariate_normal([1.0, 2e3], [[2.0, 0.5], [0.5, 1.0]], N)
    fit = fx.fit(fx.Family(dist.MultivariateNormal), x)
    np.testing.assert_allclose(fit.params["loc"], x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(fit.params["covariance_matrix"], np.cov(x.T, bias=True), rtol=1e-8)
    loglik = st.multivariate_normal.logpdf(x, x.mean(0), np.cov(x.T, bias=True)).sum()
    assert fit.log_likelihood == pytest.approx(loglik, rel=1e-12)

    labels = rng.choice(3, size=N, p=[0.2, 0.5, 0.3])
    fit = fx.fit(fx.Family(dist.Categorical), labels)
    p = np.bincount(labels) / N
    np.testing.assert_allclose(fit.params["probs"], p, rtol=1e-12)
    # The multinomial covariance (diag p − ppᵀ)/n, singular as it must be.
    np.testing.assert_allclose(fit.covariance(), (np.diag(p) - np.outer(p, p)) / N, atol=1e-14)


def test_a_mixture_is_found_and_is_a_maximum():
    rng = np.random.default_rng(3)
    x = np.where(rng.uniform(size=N) < 0.3, rng.normal(-2.0, 1.0, N), rng.normal(2.0, 0.6, N))
    mixture = fx.Mixture(fx.Family(dist.Normal), 2)
    fit = fx.fit(mixture, x)
    assert fit.status.valid
    w, loc, scale = (np.asarray(fit.params[key]) for key in ("weights", "loc", "scale"))
    loglik = np.log(w @ st.norm.pdf(x, loc[:, None], scale[:, None])).sum()
    assert fit.log_likelihood == pytest.approx(loglik, rel=1e-12)
    # The fixed point of the EM algorithm (Dempster, Laird and Rubin 1977): responsibilities reproduce the estimate.
    joint = w[:, None] * st.norm.pdf(x, loc[:, None], scale[:, None])
    share = joint / joint.sum(0)
    np.testing.assert_allclose(share.mean(1), w, rtol=1e-7)
    np.testing.assert_allclose(share @ x / share.sum(1), loc, rtol=1e-7)


def test_reading_once_is_reading_once():
    fit = fx.fit(CASES["gamma"][0], data("gamma"))
    before = fit.likelihood.passes
    assert before == fit.status.passes == 1
    fit.likelihood.evaluate(fit.z)
    fit.covariance("observed")
    fit.likelihood.value(fit.z + 0.1)
    assert fit.likelihood.passes == before


def test_far_from_zero_no_digits_are_lost():
    x = 1e9 + np.random.default_rng(2).normal(size=1000)
    fit = fx.fit(fx.Family(dist.Normal), x)
    assert float(fit.params["scale"]) == pytest.approx(np.std(x), rel=1e-9)


def test_a_starting_value_is_used_and_does_not_matter():
    family, x = fx.Family(dist.Gamma), data("gamma")
    started = fx.fit(family, x, {"concentration": 0.5, "rate": 1e-3})
    np.testing.assert_allclose(started.values, fitted("gamma").values, rtol=1e-9)
    assert jnp.ndim(started.params["rate"]) == 0


def test_the_scale_of_a_wishart_is_the_mean_by_its_degrees_of_freedom():
    draws = st.wishart(5, [[2.0, 0.5], [0.5, 1.0]]).rvs(40, random_state=0)
    fit = fx.fit(fx.Family(dist.Wishart, fixed={"concentration": 5.0}), draws)
    assert fit.status.valid
    np.testing.assert_allclose(fit.params["scale_matrix"], draws.mean(axis=0) / 5, rtol=1e-7)
    with pytest.raises(ValueError, match=r"no unconstrained coordinates .*: fix it"):
        fx.fit(fx.Family(dist.Wishart), draws)

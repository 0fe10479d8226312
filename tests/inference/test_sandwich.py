"""Sandwich covariances H⁻¹ M H⁻¹ where H is nearly singular, and where M is."""

import warnings

import numpy as np
import numpyro.distributions as dist
import pytest
import statsmodels.api as sm

import fisherax as fx

N = 60
RNG = np.random.default_rng(0)
OFF = 0.6 * RNG.normal(size=N)
CLUSTERS = RNG.poisson(3, N) % 7
FLOW = 2.0 + 0.5 * OFF + RNG.normal(size=N) * (1.0 + 0.3 * CLUSTERS)
PAIRS = np.arange(N) % 2


def regression(shift):
    return fx.glm("flow ~ depth", {"flow": FLOW, "depth": shift + OFF}, head="normal")


def slope_error(**kind):
    """statsmodels', of the same regression with the column centred, where it keeps all digits."""
    design = sm.add_constant(OFF - OFF.mean())
    return sm.OLS(FLOW, design).fit(use_t=False, **kind).bse[1]


@pytest.mark.peer
@pytest.mark.parametrize(("shift", "rtol"), [(0.0, 1e-9), (1e4, 1e-6), (1e6, 0.02)])
def test_a_column_far_from_zero_costs_the_digits_that_its_information_loses_and_no_more(shift, rtol):
    """The scaled condition number is (2 shift/σ)²: 1e13 at 1e6, which leaves between two and three digits."""
    fit = regression(shift)
    kinds = {"groups": CLUSTERS, "use_correction": False, "df_correction": False}
    clustered = slope_error(cov_type="cluster", cov_kwds=kinds)
    assert fit.errors("sandwich")[1] == pytest.approx(slope_error(cov_type="HC0"), rel=rtol)
    assert fit.errors("clustered", CLUSTERS)[1] == pytest.approx(clustered, rel=rtol)
    covariance = np.asarray(fit.covariance("clustered", CLUSTERS))
    assert covariance[1, 1] == pytest.approx(clustered**2, rel=2 * rtol)


@pytest.mark.peer
def test_two_clusters_give_a_singular_covariance_that_says_so():
    fit = regression(0.0)
    with pytest.warns(UserWarning, match="3 parameters from 2 clusters is singular, of rank 1 at most"):
        covariance = np.asarray(fit.covariance("clustered", PAIRS))
    peer = sm.OLS(FLOW, sm.add_constant(OFF)).fit(
        cov_type="cluster", cov_kwds={"groups": PAIRS, "use_correction": False, "df_correction": False}
    )
    np.testing.assert_allclose(covariance[:2, :2], peer.cov_params(), rtol=1e-8)
    assert np.linalg.matrix_rank(covariance, tol=1e-12) == 1
    paired = fit.with_clusters(PAIRS)
    with pytest.warns(UserWarning, match="singular") as said:
        errors = paired.errors("clustered")
    assert said[0].filename == __file__  # the line that asked for them
    np.testing.assert_allclose(errors, np.sqrt(np.diagonal(covariance)), rtol=1e-10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it was said
        slope = paired.transform(lambda params: params["coefficients"][1], kind="clustered")
    assert float(slope.standard_errors) == pytest.approx(float(errors[1]), rel=1e-10)


def test_a_singular_covariance_tests_no_more_than_its_rank():
    fit = regression(0.0).with_clusters(PAIRS)
    with pytest.warns(UserWarning, match="singular"):
        errors = fit.errors("clustered")
    one = fit.wald_test({"depth": 0.0}, kind="clustered")
    assert one.statistic == pytest.approx(float((fit.values[1] / errors[1]) ** 2), rel=1e-10)
    with pytest.raises(ValueError, match="from 2 clusters has rank 1 at most, so it cannot test the 2"):
        fit.wald_test({"depth": 0.0, "Intercept": 0.0}, kind="clustered")


def test_the_information_of_a_sandwich_needs_an_inverse_and_the_covariance_does_not():
    fit = regression(0.0)
    covariance, information = fit.covariance("sandwich"), fit.information("sandwich")
    np.testing.assert_allclose(np.linalg.inv(information.as_matrix()), covariance, rtol=1e-9)
    with (
        pytest.warns(UserWarning, match="singular"),
        pytest.raises(ValueError, match=r"H M⁻¹ H of the kind 'clustered' does not exist: M, .* is singular"),
    ):
        fit.information("clustered", PAIRS)


def test_one_cluster_says_nothing():
    with pytest.raises(ValueError, match="All rows are in one cluster"):
        regression(0.0).errors("clustered", np.zeros(N))


def test_a_sandwich_beside_a_boundary_is_that_of_the_others():
    """With the concentration at infinity the rate's is the Poisson sandwich, s²/n."""
    x = np.array([3.0, 4.0, 3.0, 2.0, 3.0, 4.0, 3.0, 3.0])
    fit = fx.fit(fx.Family(dist.NegativeBinomial2), x)
    assert fit.status.at_boundary == ("concentration",)
    error = float(fit.standard_errors("sandwich")["mean"])
    assert error == pytest.approx(x.std() / np.sqrt(len(x)), rel=1e-6)

"""Generalised linear models against statsmodels, and the laws that weights, offsets and streams obey."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import statsmodels.api as sm

import fisherax as fx

from .regression_cases import (
    CASES,
    NAMES,
    OFFSET,
    POSITIVE,
    TRIALS,
    N,
    P,
    dispersion_of,
    fitted,
    model_of,
    theirs,
    uniform_below,
)


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore:The InversePower link")
@pytest.mark.parametrize("name", CASES)
def test_coefficients_errors_and_likelihood_are_statsmodels(name):
    fit, peer = fitted(name), theirs(name)
    assert fit.status.valid, fit.status
    phi = dispersion_of(fit)
    np.testing.assert_allclose(fit.params["coefficients"], peer.params, rtol=1e-7)
    # Ours is the maximum-likelihood dispersion, theirs Pearson's moment estimate: both errors at ours.
    expected = np.sqrt(np.diagonal(peer.cov_params(scale=phi)))
    np.testing.assert_allclose(fit.standard_errors()["coefficients"], expected, rtol=1e-6)
    hessian = -peer.model.hessian(peer.params, observed=True, scale=phi)
    observed = np.sqrt(np.diagonal(np.linalg.inv(hessian)))
    ours = np.asarray(fit.covariance("observed"))[:P, :P]
    if name == "gamma-log":
        # statsmodels holds φ; the observed information of a non-canonical model ties β to the shape only
        # through Σ(y/μ − 1)x = 0 at the maximum, so the block is the same.
        assert abs(np.asarray(fit.information("observed").as_matrix())[:P, P]).max() < 1e-6
    np.testing.assert_allclose(np.sqrt(np.diagonal(ours)), observed, rtol=1e-6)
    assert fit.log_likelihood == pytest.approx(peer.model.loglike(peer.params, scale=phi), rel=1e-10)
    assert fit.deviance == pytest.approx(peer.deviance, rel=1e-8)
    assert fit.null_deviance == pytest.approx(peer.null_deviance, rel=1e-8)
    assert fit.pearson_chi2 == pytest.approx(peer.pearson_chi2, rel=1e-8)


@pytest.mark.peer
def test_the_maximum_likelihood_dispersion_gains_on_pearsons():
    for name in ("normal", "gamma-log"):
        peer = theirs(name)
        assert fitted(name).log_likelihood > peer.model.loglike(peer.params, scale=peer.scale)


@pytest.mark.peer
def test_sandwiches_are_statsmodels():
    fit, peer = fitted("poisson"), theirs("poisson")
    clusters = np.arange(N) // 10
    _, _, design, y, family = CASES["poisson"]
    model = sm.GLM(y, design, family)
    robust = model.fit(tol=1e-14, cov_type="HC0")
    np.testing.assert_allclose(fit.errors("sandwich"), robust.bse, rtol=1e-7)
    grouped = model.fit(
        tol=1e-14,
        cov_type="cluster",
        cov_kwds={"groups": clusters, "use_correction": False, "df_correction": False},
    )
    np.testing.assert_allclose(fit.errors("clustered", clusters), grouped.bse, rtol=1e-7)
    assert not np.allclose(fit.errors("sandwich"), peer.bse, rtol=1e-3)


@pytest.mark.peer
def test_a_learned_concentration_is_statsmodels():
    _, _, design, y, _ = CASES["negative-binomial"]
    fit = fx.fit(model_of(fx.heads.NegativeBinomial(), "concentration"), (design, y))
    peer = sm.NegativeBinomial(y, design).fit(disp=0, method="newton", tol=1e-14, maxiter=200)
    np.testing.assert_allclose(fit.params["coefficients"], peer.params[:P], rtol=1e-7)
    assert 1 / float(fit.params["concentration"]) == pytest.approx(peer.params[P], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(peer.llf, rel=1e-12)
    # Its standard errors are those of the observed information, in α = 1/r.
    errors = fit.standard_errors("observed")
    np.testing.assert_allclose(errors["coefficients"], peer.bse[:P], rtol=1e-5)
    alpha_error = float(errors["concentration"]) / float(fit.params["concentration"]) ** 2
    assert alpha_error == pytest.approx(peer.bse[P], rel=1e-5)


@pytest.mark.peer
def test_residuals_and_fitted_means_are_statsmodels():
    for name in ("poisson", "binomial"):
        fit, peer = fitted(name), theirs(name)
        _, _, design, y, _ = CASES[name]
        binomial = name == "binomial"
        inputs = {"x": design, "trials": TRIALS} if binomial else design
        np.testing.assert_allclose(
            fit.fitted(inputs), peer.fittedvalues * (TRIALS if binomial else 1), rtol=1e-7
        )
        np.testing.assert_allclose(fit.residuals(inputs, y), peer.resid_pearson, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(
            fit.residuals(inputs, y, "deviance"), peer.resid_deviance, rtol=1e-5, atol=1e-6
        )


@pytest.mark.peer
def test_an_offset_shifts_the_predictor():
    _, _, design, y, family = CASES["poisson"]
    model = model_of(fx.heads.Poisson(), None)
    fit = fx.fit(model, ({"x": design, "offset": OFFSET}, y))
    peer = sm.GLM(y, design, family, offset=OFFSET).fit(tol=1e-14)
    np.testing.assert_allclose(fit.values, peer.params, rtol=1e-8)
    assert fit.null_deviance == pytest.approx(peer.null_deviance, rel=1e-8)
    # A constant offset is taken back by the intercept.
    shifted = fx.fit(model, ({"x": design, "offset": OFFSET + 1.5}, y))
    np.testing.assert_allclose(shifted.values, fit.values - np.array([1.5, 0, 0]), atol=1e-10)
    assert shifted.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("name", ["poisson", "gamma-log"])
def test_a_weight_is_a_number_of_rows(name):
    head, dispersion, design, y, _ = CASES[name]
    model = model_of(head, dispersion)
    weights = np.arange(N) % 3
    weighted = fx.fit(model, (design, y), weights=weights)
    repeated = fx.fit(model, (np.repeat(design, weights, axis=0), np.repeat(y, weights)))
    np.testing.assert_allclose(weighted.values, repeated.values, rtol=1e-10)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-12)
    assert weighted.num_observations == weights.sum()
    for kind in ("expected", "observed", "opg", "sandwich"):
        np.testing.assert_allclose(weighted.errors(kind), repeated.errors(kind), rtol=1e-8)


@pytest.mark.parametrize("name", ["logit", "gamma-log"])
def test_the_fast_path_is_the_general_one(name):
    """The same model without its linear structure: a function of the parameters, differentiated."""
    head, dispersion, design, y, _ = CASES[name]
    fast = fitted(name)
    predictor = fx.LinearPredictor(NAMES, dispersion)
    constraints = {dispersion: dist.constraints.positive} if dispersion else None
    slow_model = fx.Conditional(lambda params, x: predictor(params, x), head, constraints)
    slow = fx.fit(slow_model, (design, y), fast.params)
    start = {"coefficients": jnp.zeros(P)} | ({dispersion: jnp.ones(())} if dispersion else {})
    started = fx.fit(slow_model, (design, y), start)
    for other in (slow, started):
        np.testing.assert_allclose(other.values, fast.values, rtol=1e-7)
        assert other.log_likelihood == pytest.approx(fast.log_likelihood, rel=1e-12)
    for kind in ("expected", "observed", "opg"):
        np.testing.assert_allclose(slow.errors(kind), fast.errors(kind), rtol=1e-7)


def test_units_of_a_column_do_not_matter():
    _, _, design, y, _ = CASES["poisson"]
    units = np.array([1.0, 1e7, 1e-9])
    fit = fx.fit(model_of(fx.heads.Poisson(), None), (design * units, y))
    assert fit.status.valid
    np.testing.assert_allclose(fit.values * units, fitted("poisson").values, rtol=1e-9)
    assert fit.status.condition_number == pytest.approx(fitted("poisson").status.condition_number, rel=1e-6)


def test_a_fit_is_a_handful_of_passes():
    # The first look, the start, four Newton steps: what a fit may cost is counted, not timed.
    assert fitted("poisson").status.passes <= 8
    assert fitted("logit").status.passes <= 8


NULLS = {
    "poisson, exposure": (fx.heads.Poisson(), None, "counts", True),
    "poisson": (fx.heads.Poisson(), None, "counts", False),
    "gamma, exposure": (fx.heads.Gamma(3.0, link="log"), None, "times", True),
    "normal": (fx.heads.Normal(1.0), None, "times", True),
    "binomial": (fx.heads.Binomial("probit"), "trials", "counts", False),
    "negative binomial": (fx.heads.NegativeBinomial(2.0), None, "counts", False),
}


@pytest.mark.parametrize("case", NULLS)
def test_the_null_deviance_is_that_of_the_intercept_alone_from_one_pass(case):
    head, trials, response, offset = NULLS[case]
    rng = np.random.default_rng(12)
    x, w = np.column_stack([np.ones(48), rng.normal(size=48)]), rng.integers(0, 3, 48).astype(float)
    y = {"counts": rng.poisson(np.exp(0.3 * x[:, 1])), "times": rng.gamma(3.0, np.exp(x[:, 1]))}[response]
    inputs = {"x": x}
    if offset:
        inputs["offset"] = rng.normal(size=48)
    if trials:
        inputs["trials"] = y + 1.0 + np.arange(48) % 3

    def fitted(names):
        predictor = fx.LinearPredictor(names, trials=trials is not None)
        columns = {**inputs, "x": x[:, : len(names)]}
        return fx.fit(fx.Conditional(predictor, head), (columns, y.astype(float)), weights=w)

    whole, alone = fitted(("c", "x")), fitted(("c",))
    before = whole.likelihood.passes
    assert whole.null_deviance == pytest.approx(alone.deviance, rel=1e-11)
    assert whole.likelihood.passes == before + 1


@pytest.mark.parametrize("link", ["log", "inverse"])
def test_links_that_may_leave_the_probabilities_solve_their_score_equation(link):
    """Σ (y − μ)/(μ(1 − μ)) ∂μ/∂η x = 0, with ∂μ/∂η = μ or −μ². (statsmodels warns of these links.)"""
    eta = POSITIVE @ np.array([0.5, 0.3, 0.2])
    y = uniform_below(np.exp(-eta) if link == "log" else 1 / (1 + eta))
    fit = fx.fit(model_of(fx.heads.Bernoulli(link), None), (POSITIVE, y))
    assert fit.status.valid
    predictor = POSITIVE @ np.asarray(fit.params["coefficients"])
    mean = np.exp(predictor) if link == "log" else 1 / predictor
    slope = mean if link == "log" else -(mean**2)
    score = ((y - mean) / (mean * (1 - mean)) * slope) @ POSITIVE
    assert np.max(np.abs(score)) < 1e-7 * N

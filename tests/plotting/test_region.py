"""Likelihood regions of pairs, against likelihoods written out by hand."""

import dataclasses
import types

import numpy as np
import pytest
from scipy import optimize, stats

import report_fits
from fisherax.plotting import likelihood_region
from fisherax.plotting.triangle import most_entangled

PAIR = (report_fits.NAMES[1], report_fits.NAMES[3])
HEIGHT = stats.chi2.ppf(0.95, 2)


def test_two_parameters_by_scipy():
    """No other parameter is left: the deviance of SciPy's own density is χ²₂ all along the boundary."""
    fit = report_fits.gamma()
    region = likelihood_region(fit, "concentration", "rate")
    best = stats.gamma.logpdf(report_fits.FLOWS, fit.values[0], scale=1 / fit.values[1]).sum()
    for height, boundary in zip(stats.chi2.ppf([0.5, 0.95], 2), region.boundaries, strict=True):
        drops = [
            2 * (best - stats.gamma.logpdf(report_fits.FLOWS, a, scale=1 / b).sum()) for a, b in boundary
        ]
        np.testing.assert_allclose(drops, height, rtol=1e-3)


def test_a_quadratic_likelihood_has_its_ellipse_for_a_region():
    """Normal regression with known scale: profiling out the others leaves exactly the ellipse of C_ab."""
    fit = report_fits.normal_regression()
    region = likelihood_region(fit, *PAIR)
    covariance = np.asarray(fit.covariance())[np.ix_([1, 3], [1, 3])]
    steps = region.boundaries[1] - region.estimate
    size = np.einsum("ni,ij,nj->n", steps, np.linalg.inv(covariance), steps)
    np.testing.assert_allclose(size, HEIGHT, rtol=1e-8)
    np.testing.assert_allclose(region.slope, covariance[0, 1] / covariance[0, 0])


def test_others_are_maximised_over():
    """A logistic dose-response: with the pair held on the boundary, SciPy's maximum over the third is χ²₂ lower."""
    fit = report_fits.budworm()
    x = np.asarray(fit.likelihood.rows.inputs["x"])[:12]
    dead = np.asarray(fit.likelihood.rows.targets)[:12]

    def minus_log_likelihood(coefficients):
        return -stats.binom.logpmf(dead, 20, 1 / (1 + np.exp(-x @ coefficients))).sum()

    region = likelihood_region(fit, "sex[T.male]", "log2(dose)")
    best = minus_log_likelihood(np.asarray(fit.values))
    for male, dose in region.boundaries[1][:-1:6]:
        held = optimize.minimize_scalar(
            lambda b, male=male, dose=dose: minus_log_likelihood(np.array([b, male, dose])), bracket=(-4, -3)
        )
        np.testing.assert_allclose(2 * (held.fun - best), HEIGHT, rtol=1e-3)


def test_what_is_skipped_says_why():
    fit = report_fits.normal_regression()
    region = likelihood_region(fit, *PAIR, budget=1.0)
    assert region.boundaries == ()
    assert region.skipped is not None
    assert "40 rows" in region.skipped
    assert len(region.ellipses) == 2

    stream = types.SimpleNamespace(objective=None, is_cheap=False, num_rows=10)
    streamed = types.SimpleNamespace(
        names=fit.names, values=fit.values, covariance=fit.covariance, z=fit.z, likelihood=stream
    )
    region = likelihood_region(streamed, *PAIR)
    assert region.skipped is not None
    assert "stream" in region.skipped


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"no parameter 'shape'.*concentration, rate"):
        likelihood_region(report_fits.gamma(), "shape", "rate")


def test_the_most_entangled_pairs_come_first_and_tied_ones_not_at_all():
    covariance = np.array([[1.0, 0.9, -1.0], [0.9, 1.0, -0.9], [-1.0, -0.9, 1.0]])
    assert most_entangled(["a", "b", "c"], covariance, 3) == [("a", "b"), ("b", "c")]
    assert most_entangled(["a", "b", "c"], covariance, 1) == [("a", "b")]


def test_a_region_is_plain_data():
    region = likelihood_region(report_fits.normal_regression(), *PAIR, budget=1.0)
    assert dataclasses.asdict(region)["names"] == PAIR

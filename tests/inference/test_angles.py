"""Intervals and tests on a circle: rotation moves them, ±π is no end, and a turn changes nothing."""

import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import special, stats

import fisherax as fx

CHI2 = float(stats.chi2.ppf(0.95, 1))
METHODS = ("wald", "score", "profile")
FAMILY = fx.Family(dist.VonMises)
KNOWN = fx.Family(dist.VonMises, fixed={"concentration": 1.5})
NEAR_PI = np.random.default_rng(0).vonmises(3.1, 2.0, 30)
SPREAD_OUT = np.random.default_rng(0).vonmises(3.1, 0.2, 12)


def wrapped(x):
    return np.mod(x + np.pi, 2 * np.pi) - np.pi


def same_arc(one, other):
    """Equal but for whole turns of the whole arc."""
    turns = np.round((np.asarray(one) - np.asarray(other)) / (2 * np.pi))
    assert turns[0] == turns[1]
    np.testing.assert_allclose(one, other + turns * 2 * np.pi, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_rotated_data_have_the_rotated_interval(method):
    here = fx.fit(FAMILY, NEAR_PI)
    there = fx.fit(FAMILY, wrapped(NEAR_PI + 2.0))
    arc = np.asarray(here.confidence_interval(method=method)["loc"])
    assert arc[0] < float(here.params["loc"]) < arc[1]
    assert np.any(np.abs(arc) > np.pi)  # it goes on across ±π
    same_arc(arc + 2.0, np.asarray(there.confidence_interval(method=method)["loc"]))
    if method == "profile":
        np.testing.assert_allclose(here.profile("loc").interval(), arc, rtol=1e-10)


def test_a_direction_with_known_concentration():
    fit, n = fx.fit(KNOWN, NEAR_PI), len(NEAR_PI)
    length = np.hypot(np.cos(NEAR_PI).mean(), np.sin(NEAR_PI).mean())
    arc = np.asarray(fit.confidence_interval(method="profile")["loc"])
    # The deviance at an angle δ from the estimate is 2nκR(1 − cos δ).
    half = np.arccos(1 - CHI2 / (2 * n * 1.5 * length))
    np.testing.assert_allclose(arc, float(fit.params["loc"]) + half * np.array([-1, 1]), rtol=1e-8)
    error = 1 / np.sqrt(n * 1.5 * special.ive(1, 1.5) / special.ive(0, 1.5))
    wald = np.asarray(fit.confidence_interval()["loc"])
    np.testing.assert_allclose(np.diff(wald), 2 * np.sqrt(CHI2) * error, rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_where_no_angle_is_excluded_the_interval_is_the_whole_circle(method):
    fit = fx.fit(FAMILY, SPREAD_OUT)
    arc = fit.confidence_interval(method=method)["loc"]
    np.testing.assert_allclose(arc, float(fit.params["loc"]) + np.pi * np.array([-1, 1]), rtol=1e-12)


def test_a_profile_goes_half_way_round_and_says_so():
    profile = fx.fit(FAMILY, SPREAD_OUT).profile("loc")
    np.testing.assert_allclose(np.ptp(profile.values), 2 * np.pi, rtol=1e-9)
    assert list(profile.open_ended()) == ["lower", "upper"]
    assert all("all round the circle" in warning for warning in profile.warnings)
    # Beyond a quarter turn no concentration is better than none: the deviance is that of the uniform law.
    uniform = 2 * (profile.fit.log_likelihood + len(SPREAD_OUT) * np.log(2 * np.pi))
    beyond = np.abs(profile.values - profile.estimate) > np.pi / 2
    np.testing.assert_allclose(profile.deviance[beyond], uniform, atol=1e-8)
    assert profile.deviance.max() <= uniform + 1e-8


def test_the_summary_has_the_same_wald_interval():
    fit = fx.fit(FAMILY, SPREAD_OUT)
    row = next(row for row in fit.summary().table if row.name == "loc")
    np.testing.assert_allclose((row.lower, row.upper), fit.confidence_interval()["loc"], rtol=1e-12)


def test_a_hypothesis_is_an_angle_too():
    fit = fx.fit(KNOWN, NEAR_PI)
    for test in (fit.wald_test, fit.score_test, fit.likelihood_ratio_test):
        here, there = (test({"loc": 3.0 + turn}).statistic for turn in (0.0, -2 * np.pi))
        assert here == pytest.approx(there, rel=1e-8)
    delta = wrapped(float(fit.params["loc"]) - 3.0)
    expected = (delta / float(fit.standard_errors()["loc"])) ** 2
    assert fit.wald_test({"loc": 3.0}).statistic == pytest.approx(expected, rel=1e-9)


def test_an_estimate_is_between_minus_pi_and_pi_wherever_it_starts():
    fit = fx.fit(FAMILY, NEAR_PI)
    for turns in (-2, 1):
        start = {"loc": 2.5 + 2 * np.pi * turns, "concentration": 1.0}
        other = fx.fit(FAMILY, NEAR_PI, init=start)
        np.testing.assert_allclose(other.values, fit.values, rtol=1e-7)


def test_an_angle_of_a_family_of_ones_own():
    own = fx.Family(
        lambda direction, concentration: dist.VonMises(direction, concentration),
        constraints={"direction": dist.constraints.circular, "concentration": dist.constraints.positive},
        name="Own",
    )
    fit = fx.fit(own, NEAR_PI, init={"direction": 3.0, "concentration": 1.0})
    arc = np.asarray(fit.confidence_interval(method="profile")["direction"])
    same_arc(arc, np.asarray(fx.fit(FAMILY, NEAR_PI).confidence_interval(method="profile")["loc"]))

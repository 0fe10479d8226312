"""Units of the data: rescaled data have rescaled estimates and intervals, as far as numbers go."""

import functools
import re

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

import fisherax as fx

RNG = np.random.default_rng(0)
POSITIVE = RNG.gamma(2.0, size=20)
REAL = RNG.standard_t(3, size=60) + 0.3
LOCATION_SCALE = {"loc": 1, "scale": 1}

# Family, data, and the power of the data's unit that each parameter carries.
CASES = {
    "normal": (fx.Family(dist.Normal), REAL, LOCATION_SCALE),
    "laplace": (fx.Family(dist.Laplace), REAL, LOCATION_SCALE),
    "gamma": (fx.Family(dist.Gamma), POSITIVE, {"concentration": 0, "rate": -1}),
    "weibull": (fx.Family(dist.Weibull), POSITIVE, {"concentration": 0, "scale": 1}),
}


@functools.cache
def fitted(name, exponent):
    family, x, _ = CASES[name]
    return fx.fit(family, x * 10.0**exponent)


@functools.cache
def intervals(name, exponent, method):
    return fitted(name, exponent).confidence_interval(method=method)


ROWS = [(name, exponent) for name in CASES for exponent in (-150, -30, 12, 150)]


@pytest.mark.parametrize(("name", "exponent"), ROWS)
def test_rescaled_data_have_rescaled_estimates_and_intervals(name, exponent):
    _, x, powers = CASES[name]
    here, there, unit = fitted(name, 0), fitted(name, exponent), 10.0**exponent
    assert there.status.valid, there.status
    # Laplace's score intervals take hundreds of passes; the others show what units do to such intervals.
    for method in ("wald", "profile") if name == "laplace" else ("wald", "profile", "score"):
        one, other = intervals(name, 0, method), intervals(name, exponent, method)
        for key, power in powers.items():
            np.testing.assert_allclose(np.asarray(other[key]) / unit**power, one[key], rtol=1e-9, atol=1e-9)
    for key, power in powers.items():
        assert float(there.params[key]) / unit**power == pytest.approx(float(here.params[key]), rel=1e-9)
    # ln p(cx | c) = ln p(x) − ln c.
    expected = here.log_likelihood - len(x) * np.log(unit)
    assert there.log_likelihood == pytest.approx(expected, rel=1e-12)


def test_errors_tests_and_what_is_fixed_are_rescaled():
    unit = 1e100
    for kind in ("expected", "observed", "opg", "sandwich"):
        one, other = fitted("gamma", 0).errors(kind), fitted("gamma", 100).errors(kind)
        np.testing.assert_allclose(np.asarray(other) * [1.0, unit], one, rtol=1e-9)
    known, far = (fx.Family(dist.Normal, fixed={"scale": 2.0 * c}) for c in (1.0, unit))
    here = fx.fit(known, REAL)
    there = fx.fit(far, REAL * unit, init={"loc": jnp.asarray(unit)})
    for test in ("wald_test", "score_test", "likelihood_ratio_test"):
        one, other = getattr(here, test)({"loc": 0.1}), getattr(there, test)({"loc": 0.1 * unit})
        assert other.statistic == pytest.approx(one.statistic, rel=1e-9)


@pytest.mark.parametrize("exponent", [-200, 200])
def test_what_cannot_be_written_is_refused_and_what_can_is_not(exponent):
    with pytest.raises(ValueError, match=re.escape(f"divide the data by 1e{exponent:+}")):
        fx.fit(CASES["gamma"][0], POSITIVE * 10.0**exponent)
    # The logarithms of such data are plain numbers.
    logs = fx.fit(fx.Family(dist.LogNormal), POSITIVE * 10.0**exponent)
    assert logs.status.valid
    expected = np.log(POSITIVE).mean() + exponent * np.log(10)
    assert float(logs.params["loc"]) == pytest.approx(expected, rel=1e-12)


def test_targets_whose_squares_overflow_are_refused():
    model = fx.Conditional(fx.LinearPredictor(("c",), "scale"), fx.heads.Normal())
    with pytest.raises(ValueError, match="squares overflow"):
        fx.fit(model, (np.ones((20, 1)), POSITIVE * 1e200))


def test_the_score_set_of_the_degrees_of_freedom_has_another_part_and_that_is_said():
    """Towards infinity the degrees of freedom have no information: what is left of the statistic there is rounding."""
    x = stats.t.ppf((np.arange(60) + 0.5) / 60, 4)
    fit = fx.fit(fx.Family(dist.StudentT), x)
    with pytest.warns(UserWarning, match="another part, apart from the estimate, for df"):
        low, high = fit.confidence_interval(method="score")["df"]
    assert low < fit.params["df"] < high
    for end in (low, high):
        assert fit.score_test({"df": end}).statistic == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_the_compiled_likelihood_is_in_the_datas_units_too(name):
    """Contours are drawn from it, as differences from the fit's own log-likelihood."""
    fit = fitted(name, -30)
    z = fit.z + 0.1
    here, there = fit.likelihood.objective.evaluate(z), fit.likelihood.evaluate(z)
    assert float(here.value) == pytest.approx(float(there.value), rel=1e-12)
    assert float(fit.likelihood.objective.value(z)) == pytest.approx(float(there.value), rel=1e-12)
    np.testing.assert_allclose(here.score, there.score, rtol=1e-9, atol=1e-9)

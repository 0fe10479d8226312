"""Families: the fit is a maximum of SciPy's log-likelihood, and it is SciPy's own fit where that converges."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats as st

import fisherax as fx

from .family_cases import CASES, N, data, fitted


@pytest.mark.parametrize("name", CASES)
def test_the_fit_is_a_maximum_of_scipys_log_likelihood(name):
    fit, x, logpdf = fitted(name), data(name), CASES[name][2]
    assert fit.status.valid, fit.status
    estimate = {key: float(value) for key, value in fit.params.items()}
    loglik = lambda p: logpdf(x, p).sum()  # noqa: E731
    assert fit.log_likelihood == pytest.approx(loglik(estimate), rel=1e-11, abs=1e-8)
    # The score by central differences, in standard errors: their error is of the order of h², rounding of 1e-12/h.
    errors = {key: float(value) for key, value in fit.standard_errors("observed").items()}
    for key, error in errors.items():
        h = 1e-4 * error
        up, down = ({**estimate, key: estimate[key] + sign * h} for sign in (1, -1))
        score = (loglik(up) - loglik(down)) / (2 * h) * error
        assert abs(score) < 2e-5, key
        # Minus the second derivative, which is not above what the other parameters leave of it.
        h = 1e-2 * error
        up, down = ({**estimate, key: estimate[key] + sign * h} for sign in (1, -1))
        curvature = -(loglik(up) - 2 * loglik(estimate) + loglik(down)) / h**2 * error**2
        assert curvature > 1 - 1e-2


def tight(function, start, args=(), disp=0):
    """SciPy's default simplex search, with tolerances at which its result can be compared."""
    return scipy.optimize.fmin(
        function, start, args=args, disp=0, xtol=1e-12, ftol=1e-14, maxiter=20_000, maxfun=20_000
    )


@pytest.mark.peer
@pytest.mark.parametrize(
    ("name", "fit", "expected"),
    [
        ("norm", lambda x: st.norm.fit(x), lambda r: {"loc": r[0], "scale": r[1]}),
        (
            "lognorm",
            lambda x: st.lognorm.fit(x, floc=0),
            lambda r: {"scale": r[0], "loc": np.log(r[2])},
        ),
        ("gamma", lambda x: st.gamma.fit(x, floc=0), lambda r: {"concentration": r[0], "rate": 1 / r[2]}),
        (
            "weibull",
            lambda x: st.weibull_min.fit(x, floc=0, optimizer=tight),
            lambda r: {"concentration": r[0], "scale": r[2]},
        ),
        ("gumbel", lambda x: st.gumbel_r.fit(x), lambda r: {"loc": r[0], "scale": r[1]}),
        ("logistic", lambda x: st.logistic.fit(x, optimizer=tight), lambda r: {"loc": r[0], "scale": r[1]}),
        ("t", lambda x: st.t.fit(x, optimizer=tight), lambda r: {"df": r[0], "loc": r[1], "scale": r[2]}),
        ("cauchy", lambda x: st.cauchy.fit(x, optimizer=tight), lambda r: {"loc": r[0], "scale": r[1]}),
        ("expon", lambda x: st.expon.fit(x, floc=0), lambda r: {"rate": 1 / r[1]}),
        (
            "beta",
            lambda x: st.beta.fit(x, floc=0, fscale=1),
            lambda r: {"concentration1": r[0], "concentration0": r[1]},
        ),
        ("vonmises", lambda x: st.vonmises.fit(x, fscale=1), lambda r: {"concentration": r[0], "loc": r[1]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_fit_is_scipys(name, fit, expected):
    x = data(name)
    theirs = expected(fit(x))
    for key, value in theirs.items():
        # A simplex search cannot place a maximum better than √ε of its width.
        assert float(fitted(name).params[key]) == pytest.approx(value, rel=1e-6), key
    assert fitted(name).log_likelihood >= CASES[name][2](x, theirs).sum() - 1e-9 * abs(
        fitted(name).log_likelihood
    )


@pytest.mark.parametrize("name", ["gamma", "weibull", "poisson", "beta"])
def test_the_expected_information_is_n_times_fishers(name):
    fit = fitted(name)
    ours, theirs = fit.information("expected"), N * fx.fisher(fit.model, fit.params)
    np.testing.assert_allclose(ours.as_matrix(), theirs.as_matrix(), rtol=1e-8)


@pytest.mark.parametrize("name", ["gamma", "norm", "beta", "expon"])
def test_at_the_maximum_of_an_exponential_family_observed_and_expected_agree(name):
    fit = fitted(name)
    expected = np.asarray(fit.covariance("expected"))
    scale = np.sqrt(np.outer(np.diagonal(expected), np.diagonal(expected)))
    np.testing.assert_allclose(fit.covariance("observed") / scale, expected / scale, atol=1e-8)


@pytest.mark.parametrize("name", ["gamma", "weibull"])
def test_weights_count_repetitions(name):
    family, x = CASES[name][0], data(name)
    weights = np.arange(N) % 3
    clusters = np.arange(N) // 10
    weighted = fx.fit(family, x, weights=weights)
    repeated = fx.fit(family, np.repeat(x, weights))
    assert weighted.num_observations == repeated.num_observations == weights.sum()
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-13)
    np.testing.assert_allclose(weighted.values, repeated.values, rtol=1e-12)
    for kind in ("expected", "observed", "opg", "sandwich"):
        np.testing.assert_allclose(weighted.covariance(kind), repeated.covariance(kind), rtol=1e-9)
    np.testing.assert_allclose(
        weighted.covariance("clustered", clusters),
        repeated.covariance("clustered", np.repeat(clusters, weights)),
        rtol=1e-9,
    )


@pytest.mark.parametrize("name", ["gamma", "weibull"])
def test_covariances_by_name_are_what_their_names_say(name):
    fit, x = fitted(name), data(name)
    # Independently: scores and Hessian by differences of SciPy's density in the parameters themselves.
    keys = list(fit.params)
    assert keys == list(fit.names)
    at = np.array([float(fit.params[key]) for key in keys])
    h = 1e-5 * at
    logpdf = lambda v: CASES[name][2](x, dict(zip(keys, v, strict=True)))  # noqa: E731
    unit = np.diag(h)
    scores = np.stack([(logpdf(at + u) - logpdf(at - u)) / (2 * u.sum()) for u in unit], axis=1)
    opg = scores.T @ scores
    np.testing.assert_allclose(fit.information("opg").as_matrix(), opg, rtol=1e-6)
    clusters = np.arange(N) // 8
    sums = np.stack([scores[clusters == c].sum(0) for c in range(clusters.max() + 1)])
    inverse = np.asarray(fit.covariance("observed"))
    np.testing.assert_allclose(fit.covariance("sandwich"), inverse @ opg @ inverse, rtol=1e-6)
    # The order in which clusters are named does not matter, nor what they are called.
    names = np.array([f"block {c}" for c in clusters])
    np.testing.assert_allclose(
        fit.covariance("clustered", names), inverse @ sums.T @ sums @ inverse, rtol=1e-5
    )


def test_every_covariance_says_which_it_is():
    fit = fitted("gamma")
    assert "exact" in repr(fit.information("expected"))
    assert "observed" in repr(fit.information("observed"))
    assert "sandwich" in repr(fit.information("sandwich"))
    assert "observed information" in str(fit.summary(kind="observed"))
    with pytest.raises(ValueError, match="no covariance 'robust'"):
        fit.covariance("robust")
    with pytest.raises(ValueError, match="clusters"):
        fit.covariance("clustered")
    with pytest.raises(ValueError, match="one label for each of the 200 rows"):
        fit.covariance("clustered", np.arange(3))

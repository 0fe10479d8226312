"""Families: the fit is a maximum of SciPy's log-likelihood, and it is SciPy's own fit where that converges."""

import functools

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.optimize
import scipy.stats as st

import fisherax as fx

N = 200
DISCRETE = {"poisson", "nbinom", "geom", "binom", "bernoulli", "betabinom"}

# name: family, sample, SciPy's log-density at parameters by NumPyro's names
CASES = {
    "norm": (fx.Family(dist.Normal), st.norm(1e5, 0.3), lambda x, p: st.norm.logpdf(x, p["loc"], p["scale"])),
    "lognorm": (
        fx.Family(dist.LogNormal),
        st.lognorm(0.5, scale=2.0),
        lambda x, p: st.lognorm.logpdf(x, p["scale"], scale=np.exp(p["loc"])),
    ),
    "t": (
        fx.Family(dist.StudentT),
        st.t(3.0, 1.0, 2.0),
        lambda x, p: st.t.logpdf(x, p["df"], p["loc"], p["scale"]),
    ),
    "cauchy": (
        fx.Family(dist.Cauchy),
        st.cauchy(1.0, 2.0),
        lambda x, p: st.cauchy.logpdf(x, p["loc"], p["scale"]),
    ),
    "logistic": (
        fx.Family(dist.Logistic),
        st.logistic(1.0, 2.0),
        lambda x, p: st.logistic.logpdf(x, p["loc"], p["scale"]),
    ),
    "gumbel": (
        fx.Family(dist.Gumbel),
        st.gumbel_r(1.0, 2.0),
        lambda x, p: st.gumbel_r.logpdf(x, p["loc"], p["scale"]),
    ),
    "gamma": (
        fx.Family(dist.Gamma),
        st.gamma(2.5, scale=3e4),
        lambda x, p: st.gamma.logpdf(x, p["concentration"], scale=1 / p["rate"]),
    ),
    "invgamma": (
        fx.Family(dist.InverseGamma),
        st.invgamma(2.5, scale=3.0),
        lambda x, p: st.invgamma.logpdf(x, p["concentration"], scale=p["rate"]),
    ),
    "expon": (
        fx.Family(dist.Exponential),
        st.expon(scale=0.5),
        lambda x, p: st.expon.logpdf(x, scale=1 / p["rate"]),
    ),
    "weibull": (
        fx.Family(dist.Weibull),
        st.weibull_min(1.7, scale=3.0),
        lambda x, p: st.weibull_min.logpdf(x, p["concentration"], scale=p["scale"]),
    ),
    "beta": (
        fx.Family(dist.Beta),
        st.beta(2.0, 0.7),
        lambda x, p: st.beta.logpdf(x, p["concentration1"], p["concentration0"]),
    ),
    "halfnorm": (
        fx.Family(dist.HalfNormal),
        st.halfnorm(scale=2.0),
        lambda x, p: st.halfnorm.logpdf(x, scale=p["scale"]),
    ),
    "vonmises": (
        fx.Family(dist.VonMises),
        st.vonmises(2.0, 1.0),
        lambda x, p: st.vonmises.logpdf(x, p["concentration"], p["loc"]),
    ),
    "t-fixed": (
        fx.Family(dist.StudentT, fixed={"df": 4.0}),
        st.t(4.0, 1.0, 2.0),
        lambda x, p: st.t.logpdf(x, 4.0, p["loc"], p["scale"]),
    ),
    "gamma-fixed": (
        fx.Family(dist.Gamma, fixed={"rate": 2.0}),
        st.gamma(2.5, scale=0.5),
        lambda x, p: st.gamma.logpdf(x, p["concentration"], scale=0.5),
    ),
    "poisson": (fx.Family(dist.Poisson), st.poisson(3.0), lambda x, p: st.poisson.logpmf(x, p["rate"])),
    "nbinom": (
        fx.Family(dist.NegativeBinomial2),
        st.nbinom(2.0, 0.4),
        lambda x, p: st.nbinom.logpmf(
            x, p["concentration"], p["concentration"] / (p["concentration"] + p["mean"])
        ),
    ),
    "geom": (fx.Family(dist.Geometric), st.geom(0.3, loc=-1), lambda x, p: st.geom.logpmf(x + 1, p["probs"])),
    "bernoulli": (
        fx.Family(dist.Bernoulli),
        st.bernoulli(0.3),
        lambda x, p: st.bernoulli.logpmf(x, p["probs"]),
    ),
    "binom": (
        fx.Family(dist.Binomial, fixed={"total_count": 7}),
        st.binom(7, 0.3),
        lambda x, p: st.binom.logpmf(x, 7, p["probs"]),
    ),
}


@functools.cache
def data(name):
    x = CASES[name][1].rvs(size=N, random_state=np.random.default_rng(1))
    return x.astype(float)


@functools.cache
def fitted(name):
    return fx.fit(CASES[name][0], data(name))


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

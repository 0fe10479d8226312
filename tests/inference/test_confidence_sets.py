"""Confidence sets that are no interval, and requests that are refused."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

import fisherax as fx
from fisherax.inference.unimodal import is_unimodal

from .poisson_line import poisson_regression
from .small_designs import X, linear

CHI2 = float(stats.chi2.ppf(0.95, 1))
TWO = np.array([-3.0, -2.5, 4.0, 4.2])


def test_another_part_of_the_set_is_told_of():
    fit = fx.fit(fx.Family(dist.Cauchy, fixed={"scale": 1.0}), TWO, init={"loc": 4.0})
    grid = np.linspace(-10, 10, 4001)
    loglik = stats.cauchy.logpdf(TWO[:, None], grid).sum(0)
    inside = 2 * (loglik.max() - loglik) <= CHI2
    starts = np.flatnonzero(np.diff(inside.astype(int)) == 1)
    assert len(starts) == 2  # two parts
    with pytest.warns(UserWarning, match=r"another part.* loc \(near -2") as said:
        interval = np.asarray(fit.confidence_interval(method="profile")["loc"])
    assert len(said) == 1
    np.testing.assert_allclose(interval, [grid[starts[1]], grid[inside][-1]], atol=0.01)
    # At 99% the parts have merged, and there is nothing to tell (a warning would be an error here).
    wide = np.asarray(fit.confidence_interval(0.99, method="profile")["loc"])
    assert wide[0] < -3 < 5 < wide[1]


def test_likelihoods_that_have_one_maximum_are_not_searched_for_more():
    _, _, regression = poisson_regression()
    concave = [regression] + [
        fx.fit(fx.Family(kind), np.arange(1.0, 9.0)) for kind in (dist.Gamma, dist.Logistic)
    ]
    assert all(is_unimodal(fit.likelihood) for fit in concave)
    assert not is_unimodal(fx.fit(fx.Family(dist.Cauchy, fixed={"scale": 1.0}), TWO).likelihood)


def test_weights_count_repetitions():
    x = np.array([1.0, 2.5, 0.7, 3.0])
    weighted = fx.fit(fx.Family(dist.Gamma), x, weights=np.array([3, 1, 2, 2.0]))
    repeated = fx.fit(fx.Family(dist.Gamma), np.repeat(x, [3, 1, 2, 2]))
    for method in ("wald", "score", "profile"):
        one, other = (fit.confidence_interval(method=method)["rate"] for fit in (weighted, repeated))
        np.testing.assert_allclose(one, other, rtol=1e-8)


@pytest.mark.parametrize(
    ("method", "kind"),
    [("score", "expected"), ("score", "observed"), ("score", "opg"), ("profile", "expected")],
)
def test_redundant_coefficients_have_no_ends_and_the_others_keep_theirs(method, kind):
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(20), X, X, rng.normal(size=20)])
    y = rng.poisson(2.0, 20).astype(float)
    fit = fx.fit(linear(("c", "a", "b", "z"), fx.heads.Poisson()), (design, y))
    smaller = fx.fit(linear(("c", "a", "z"), fx.heads.Poisson()), (design[:, [0, 1, 3]], y))
    found, others = (
        np.asarray(one.confidence_interval(method=method, kind=kind)["coefficients"])
        for one in (fit, smaller)
    )
    assert found[1:3].tolist() == [[-np.inf, np.inf]] * 2
    np.testing.assert_allclose(found[[0, 3]], others[[0, 2]], rtol=1e-6)


def test_wrong_requests_are_refused_in_a_sentence():
    fit = fx.fit(fx.Family(dist.Exponential), np.array([1.0, 2.0]))
    for keywords, match in [
        ({"level": 1.0}, "between 0 and 1"),
        ({"level": 95.0}, "0.95 for 95%"),
        ({"method": "bayes"}, "wald, score, profile"),
        ({"scale": "log"}, "natural, unconstrained"),
        ({"method": "profile", "scale": "unconstrained"}, "same on every scale"),
        ({"method": "profile", "kind": "opg"}, "leave out kind"),
        ({"method": "score", "kind": "sandwich"}, "not 'sandwich'"),
    ]:
        with pytest.raises(ValueError, match=match):
            fit.confidence_interval(**keywords)


def test_an_interval_has_the_shape_of_the_parameters():
    _, _, fit = poisson_regression()
    assert fit.confidence_interval()["coefficients"].shape == (3, 2)
    assert jnp.all(fit.confidence_interval()["coefficients"][:, 0] < fit.params["coefficients"])

"""No unbiased estimator beats the bound; some attain it; a biased one is held against its own."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.models import LinearPredictor, heads

KEY = jax.random.key(0)
NORMAL = fx.Family(dist.Normal, fixed={"scale": 2.0})
DATASETS = 4000


def loc(function):
    return lambda x: {"loc": function(x)}


def trimmed(x):
    return jnp.mean(jnp.sort(x)[x.size // 10 : x.size - x.size // 10])


def midrange(x):
    return 0.5 * (jnp.min(x) + jnp.max(x))


# Unbiased estimators: model, parameters, estimator, and what it is an estimator of.
UNBIASED = {
    "normal mean": (NORMAL, {"loc": 1.0}, loc(jnp.mean), None),
    "normal median": (NORMAL, {"loc": 1.0}, loc(jnp.median), None),
    "normal trimmed mean": (NORMAL, {"loc": 1.0}, loc(trimmed), None),
    "normal midrange": (NORMAL, {"loc": 1.0}, loc(midrange), None),
    "normal first observation": (NORMAL, {"loc": 1.0}, loc(lambda x: x[0]), None),
    "normal variance": (
        fx.Family(dist.Normal),
        {"loc": 1.0, "scale": 2.0},
        lambda x: {"loc": jnp.mean(x), "variance": jnp.var(x, ddof=1)},
        lambda params: {"loc": params["loc"], "variance": params["scale"] ** 2},
    ),
    "laplace mean": (fx.Family(dist.Laplace, fixed={"scale": 1.0}), {"loc": 0.0}, loc(jnp.mean), None),
    "laplace median": (fx.Family(dist.Laplace, fixed={"scale": 1.0}), {"loc": 0.0}, loc(jnp.median), None),
    "logistic mean": (fx.Family(dist.Logistic, fixed={"scale": 1.0}), {"loc": 0.0}, loc(jnp.mean), None),
    "poisson mean": (fx.Family(dist.Poisson), {"rate": 3.0}, lambda x: {"rate": jnp.mean(x * 1.0)}, None),
    "poisson variance": (
        fx.Family(dist.Poisson),
        {"rate": 3.0},
        lambda x: {"rate": jnp.var(x * 1.0, ddof=1)},
        None,
    ),
    "proportion": (fx.Family(dist.Bernoulli), {"probs": 0.3}, lambda x: {"probs": jnp.mean(x * 1.0)}, None),
    "exponential rate": (
        fx.Family(dist.Exponential),
        {"rate": 0.7},
        lambda x: {"rate": (x.size - 1) / jnp.sum(x)},
        None,
    ),
}


@pytest.fixture(scope="module")
def results():
    return {
        name: fx.efficiency(model, params, estimator, 51, DATASETS, KEY, of=of)
        for name, (model, params, estimator, of) in UNBIASED.items()
    }


@pytest.mark.parametrize("name", UNBIASED)
def test_no_unbiased_estimator_beats_the_bound(results, name):
    found = results[name]
    assert found.biased == ()
    assert np.all(found.efficiency <= 1 + 5 * found.standard_error)
    if found.joint is not None:
        assert found.joint <= 1 + 5 * found.joint_standard_error
    # For every combination of the entries: the covariance minus the bound is positive semidefinite.
    bound = np.asarray(found.bound.covariance)
    root = np.linalg.inv(np.linalg.cholesky(bound))
    smallest = np.linalg.eigvalsh(root @ found.covariance @ root.T)[0]
    assert smallest >= 1 - 5 * math.sqrt(2 / DATASETS) * 1.5


# Efficiencies known exactly, or in the limit.
KNOWN = {
    "normal mean": [1.0],
    "normal first observation": [1 / 51],
    "normal variance": [1.0, 50 / 51],
    "laplace mean": [0.5],
    "logistic mean": [9 / math.pi**2],
    "poisson mean": [1.0],
    # Var s² = λ/n + 2λ²/(n − 1).
    "poisson variance": [(3 / 51) / (3 / 51 + 18 / 50)],
    "proportion": [1.0],
    # (n − 1)/Σx has variance λ²/(n − 2).
    "exponential rate": [49 / 51],
}


@pytest.mark.parametrize("name", KNOWN)
def test_efficiencies_that_are_known(results, name):
    found = results[name]
    np.testing.assert_array_less(np.abs(found.efficiency - KNOWN[name]), 5 * found.standard_error)


def test_medians(results):
    normal, laplace = results["normal median"], results["laplace median"]
    # 2/π and 1 in the limit; at n = 51 the terms of order 1/n remain, of which the normal one is
    # about (π/2 − 1)/n relative to it.
    assert normal.efficiency[0] == pytest.approx(2 / math.pi, abs=0.02 + 5 * normal.standard_error[0])
    assert 0.8 < laplace.efficiency[0] < 1.0
    larger = fx.efficiency(*UNBIASED["laplace median"][:3], 801, DATASETS, KEY)
    assert larger.efficiency[0] > laplace.efficiency[0]
    assert larger.efficiency[0] == pytest.approx(1.0, abs=0.06 + 5 * larger.standard_error[0])


def test_the_maximum_likelihood_estimator_of_a_rate_is_held_against_the_bound_for_its_bias():
    # n/Σx has the mean λn/(n − 1) and the variance n²λ²/((n − 1)²(n − 2)): efficiency (n − 2)/n.
    n = 12
    found = fx.efficiency(
        fx.Family(dist.Exponential),
        {"rate": 2.0},
        lambda x: {"rate": 1 / jnp.mean(x)},
        n,
        20_000,
        KEY,
        bias=lambda params: {"rate": params["rate"] / (n - 1)},
    )
    assert found.biased == ()
    assert found.efficiency[0] == pytest.approx((n - 2) / n, abs=5 * found.standard_error[0])
    plain = fx.efficiency(
        fx.Family(dist.Exponential), {"rate": 2.0}, lambda x: {"rate": 1 / jnp.mean(x)}, n, 20_000, KEY
    )
    assert plain.biased == ("rate",)
    assert "biased in rate" in str(plain)


def test_shrinkage_beats_the_bound_for_unbiased_estimators_but_not_its_own():
    def shrunk(x):
        return {"loc": 0.5 * jnp.mean(x)}

    plain = fx.efficiency(NORMAL, {"loc": 0.0}, shrunk, 10, DATASETS, KEY)
    assert plain.efficiency[0] == pytest.approx(4.0, abs=5 * plain.standard_error[0])
    own = fx.efficiency(
        NORMAL, {"loc": 0.0}, shrunk, 10, DATASETS, KEY, bias=lambda params: {"loc": -0.5 * params["loc"]}
    )
    assert own.efficiency[0] == pytest.approx(1.0, abs=5 * own.standard_error[0])


def test_the_maximum_likelihood_estimator_is_efficient_in_large_samples():
    # Closed form for a Laplace scale: the mean absolute deviation, whose bound is scale²/n.
    found = fx.efficiency(
        fx.Family(dist.Laplace, fixed={"loc": 0.0}),
        {"scale": 1.5},
        lambda x: {"scale": jnp.mean(jnp.abs(x))},
        200,
        DATASETS,
        KEY,
    )
    assert found.efficiency[0] == pytest.approx(1.0, abs=5 * found.standard_error[0])


def test_least_squares_attains_the_bound_of_a_regression():
    X = jax.random.normal(jax.random.key(1), (30, 2))
    model = fx.Conditional(LinearPredictor(("a", "b")), heads.Normal(scale=0.5))

    def least_squares(data):
        inputs, targets = data
        return {"coefficients": jnp.linalg.solve(inputs.T @ inputs, inputs.T @ targets)}

    params = {"coefficients": jnp.array([1.0, -2.0])}
    found = fx.efficiency(model, params, least_squares, None, DATASETS, KEY, inputs=X)
    np.testing.assert_array_less(np.abs(found.efficiency - 1), 5 * found.standard_error)
    assert found.joint == pytest.approx(1.0, abs=5 * found.joint_standard_error)
    assert found.names == ("coefficients[0]", "coefficients[1]")


def test_the_stated_standard_error(results):
    # The variance of a variance of N normal numbers is 2/N of its square, and the mean of normals is normal.
    stated = results["normal mean"].standard_error[0]
    assert stated == pytest.approx(math.sqrt(2 / DATASETS), rel=0.1)
    # One exponential variable: kurtosis 9, so that the factor is 8/N.
    single = fx.efficiency(
        fx.Family(dist.Exponential),
        {"rate": 1.0},
        lambda x: {"mean": x[0]},
        1,
        20 * DATASETS,
        KEY,
        of=lambda params: {"mean": 1 / params["rate"]},
    )
    assert single.standard_error[0] == pytest.approx(math.sqrt(8 / (20 * DATASETS)), rel=0.2)


def test_wrong_requests_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="take a thousand"):
        fx.efficiency(NORMAL, {"loc": 0.0}, loc(jnp.mean), 10, 1, KEY)
    with pytest.raises(ValueError, match="pytree like what it estimates"):
        fx.efficiency(NORMAL, {"loc": 0.0}, jnp.mean, 10, 100, KEY)
    with pytest.raises(ValueError, match="not finite"):
        fx.efficiency(NORMAL, {"loc": 0.0}, loc(lambda x: jnp.log(jnp.mean(x))), 10, 100, KEY)
    model = fx.Conditional(LinearPredictor(("a",)), heads.Normal(scale=0.5))
    with pytest.raises(ValueError, match="inputs="):
        fx.efficiency(model, {"coefficients": jnp.ones(1)}, loc(jnp.mean), 10, 100, KEY)

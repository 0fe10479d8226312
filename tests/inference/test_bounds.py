"""The Cramér–Rao bound: closed forms, biased estimators, tied parameters, singular information."""

import json
import math

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import special

import fisherax as fx
from fisherax.models import LinearPredictor, heads

SUM = fx.Family(
    lambda a, b: dist.Normal(a + b, 2.0),
    constraints={"a": dist.constraints.real, "b": dist.constraints.real},
    name="Sum",
)


def test_a_normal():
    bound = fx.cramer_rao_bound(fx.Family(dist.Normal), {"loc": 1.0, "scale": 2.0}, num_observations=50)
    np.testing.assert_allclose(bound.covariance, np.diag([4 / 50, 2 / 50]), rtol=1e-12)
    assert bound.names == ("loc", "scale")
    np.testing.assert_allclose(bound.standard_errors["scale"], np.sqrt(2 / 50), rtol=1e-12)
    assert bound.unidentified is None


def test_a_gamma():
    a, b = 2.5, 0.7
    bound = fx.cramer_rao_bound(fx.Family(dist.Gamma), {"concentration": a, "rate": b}, 10)
    information = 10 * np.array([[special.polygamma(1, a), -1 / b], [-1 / b, a / b**2]])
    np.testing.assert_allclose(bound.covariance, np.linalg.inv(information), rtol=1e-9)


def test_a_function_of_the_parameters():
    # P(x = 0) = e^{−λ} of a Poisson variable: λ e^{−2λ}/n.
    bound = fx.cramer_rao_bound(
        fx.Family(dist.Poisson), {"rate": 1.3}, 40, of=lambda params: {"zero": jnp.exp(-params["rate"])}
    )
    assert bound.names == ("zero",)
    assert float(bound.covariance[0, 0]) == pytest.approx(1.3 * math.exp(-2.6) / 40, rel=1e-12)


def test_the_bound_of_a_reparametrised_model_is_that_of_the_function():
    probs = fx.cramer_rao_bound(
        fx.Family(dist.Bernoulli),
        {"probs": 0.3},
        7,
        of=lambda params: {"logits": jnp.log(params["probs"] / (1 - params["probs"]))},
    )
    logits = fx.cramer_rao_bound(fx.Family(dist.BernoulliLogits), {"logits": math.log(0.3 / 0.7)}, 7)
    np.testing.assert_allclose(probs.covariance, logits.covariance, rtol=1e-12)


def test_probabilities_are_tied():
    p = np.array([0.2, 0.5, 0.3])
    bound = fx.cramer_rao_bound(fx.Family(dist.Categorical), {"probs": p}, num_observations=30)
    np.testing.assert_allclose(bound.covariance, (np.diag(p) - np.outer(p, p)) / 30, atol=1e-15)
    # Of a multinomial with 5 draws each observation counts for 5.
    five = fx.cramer_rao_bound(fx.Family(dist.Multinomial, fixed={"total_count": 5}), {"probs": p}, 6)
    np.testing.assert_allclose(five.covariance, bound.covariance, atol=1e-15)


def test_a_covariance_matrix_is_symmetric():
    sigma = np.array([[2.0, 0.6], [0.6, 1.0]])
    params = {"loc": np.zeros(2), "covariance_matrix": sigma}
    bound = fx.cramer_rao_bound(fx.Family(dist.MultivariateNormal), params, 20)
    # Cov(Sᵢⱼ, Sₖₗ) = (σᵢₖσⱼₗ + σᵢₗσⱼₖ)/n.
    wishart = np.einsum("ik,jl->ijkl", sigma, sigma) + np.einsum("il,jk->ijkl", sigma, sigma)
    np.testing.assert_allclose(bound.covariance[:4, :4], wishart.reshape(4, 4) / 20, rtol=1e-9)


def test_the_inputs_of_a_regression():
    X = np.random.default_rng(0).normal(size=(25, 2))
    model = fx.Conditional(LinearPredictor(("a", "b")), heads.Normal(scale=0.5))
    params = {"coefficients": np.array([1.0, -2.0])}
    bound = fx.cramer_rao_bound(model, params, data=X)
    assert bound.num_observations == 25
    np.testing.assert_allclose(bound.covariance, 0.25 * np.linalg.inv(X.T @ X), rtol=1e-10)
    more = fx.cramer_rao_bound(model, params, num_observations=100, data=X)
    np.testing.assert_allclose(more.covariance, bound.covariance / 4, rtol=1e-12)


def test_a_biased_estimator():
    # c x̄ has the bias (c − 1)μ; its variance c²σ²/n is the bound, its mean squared error the other one.
    c, mean, n = 0.8, 1.5, 20
    bound = fx.cramer_rao_bound(
        fx.Family(dist.Normal, fixed={"scale": 2.0}),
        {"loc": mean},
        n,
        bias=lambda params: {"loc": (c - 1) * params["loc"]},
    )
    assert float(bound.covariance[0, 0]) == pytest.approx(c**2 * 4 / n, rel=1e-12)
    error = c**2 * 4 / n + (c - 1) ** 2 * mean**2
    assert float(bound.mean_squared_error[0, 0]) == pytest.approx(error, rel=1e-12)
    assert "bias" in str(bound)


def test_the_mean_squared_error_of_two_is_a_matrix():
    bias = {"loc": 0.1, "scale": -0.2}
    bound = fx.cramer_rao_bound(
        fx.Family(dist.Normal),
        {"loc": 0.0, "scale": 1.0},
        10,
        bias=lambda params: {k: bias[k] + 0 * v for k, v in params.items()},
    )
    expected = np.diag([0.1, 0.05]) + np.outer([0.1, -0.2], [0.1, -0.2])
    np.testing.assert_allclose(bound.mean_squared_error, expected, rtol=1e-12)


def test_what_is_not_identified_has_no_bound():
    params = {"a": 1.0, "b": 2.0}
    bound = fx.cramer_rao_bound(SUM, params, 10)
    np.testing.assert_array_equal(bound.covariance, [[np.inf, -np.inf], [-np.inf, np.inf]])
    assert "1.00·a − 1.00·b" in bound.unidentified
    assert "do not determine" in str(bound)
    assert "∞" in str(bound)
    json.dumps(bound.to_dict(), allow_nan=False)


def test_an_estimable_function_keeps_its_bound_where_the_information_is_singular():
    bound = fx.cramer_rao_bound(
        SUM,
        {"a": 1.0, "b": 2.0},
        10,
        of=lambda params: {"sum": params["a"] + params["b"], "a": params["a"]},
    )
    assert bound.names == ("a", "sum")
    assert float(bound.covariance[1, 1]) == pytest.approx(0.4, rel=1e-9)
    assert float(bound.covariance[0, 0]) == np.inf
    assert not np.any(np.isnan(bound.covariance))


def test_wrong_requests_are_refused_in_a_sentence():
    normal = fx.Family(dist.Normal)
    params = {"loc": 0.0, "scale": 1.0}
    with pytest.raises(ValueError, match="must be positive"):
        fx.cramer_rao_bound(normal, params, 0)
    with pytest.raises(ValueError, match="pytree like"):
        fx.cramer_rao_bound(normal, params, 5, bias=lambda params: params["loc"])
    with pytest.raises(ValueError, match="moves with"):
        fx.cramer_rao_bound(fx.Family(dist.Uniform), {"low": 0.0, "high": 1.0}, 5)

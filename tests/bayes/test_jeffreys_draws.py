"""Draws from Jeffreys' prior against the laws that they must have.

A Kolmogorov–Smirnov test fails a right sampler with a probability of less than 10⁻⁶.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.stats

import fisherax as fx
from fisherax.bayes.inverse import inverse_table

COUNT = 4000
UNIT = scipy.stats.uniform.cdf


def follows(draws, cdf):
    assert scipy.stats.kstest(np.asarray(draws), cdf).pvalue > 1e-6


def draws_of(family, bounds=None, like=None):
    prior = fx.JeffreysPrior(family, bounds, like=like)
    return prior.sample(jax.random.key(3), (COUNT,))


def arcsine(p):
    return scipy.stats.beta.cdf(p, 0.5, 0.5)


def test_probabilities():
    follows(draws_of(fx.Family(dist.Bernoulli))["probs"], arcsine)
    follows(jax.nn.sigmoid(draws_of(fx.Family(dist.BernoulliLogits))["logits"]), arcsine)
    draws = draws_of(fx.Family(dist.Binomial, fixed={"total_count": 7}), {"probs": (0.0, 0.3)})["probs"]
    follows(draws, lambda p: arcsine(p) / arcsine(0.3))
    probs = draws_of(fx.Family(dist.Categorical), like={"probs": jnp.ones(4) / 4})["probs"]
    assert probs.shape == (COUNT, 4)
    for k in range(4):
        follows(probs[:, k], lambda p: scipy.stats.beta.cdf(p, 0.5, 1.5))


@pytest.mark.parametrize(
    ("family", "bounds", "maps"),
    [
        (fx.Family(dist.Poisson), {"rate": (0.0, 9.0)}, {"rate": lambda x: np.sqrt(x) / 3.0}),
        (
            fx.Family(dist.Exponential),
            {"rate": (0.5, 4.0)},
            {"rate": lambda x: np.log(2.0 * x) / np.log(8.0)},
        ),
        (
            fx.Family(dist.Geometric),
            {"probs": (0.5, 1.0)},
            {"probs": lambda p: 1.0 - np.arcsinh(np.sqrt((1.0 - p) / p)) / np.arcsinh(1.0)},
        ),
        (
            fx.Family(dist.VonMises, fixed={"concentration": 2.0}),
            {},
            {"loc": lambda x: 0.5 + x / (2.0 * np.pi)},
        ),
        (
            fx.Family(dist.Normal),
            {"loc": (-1.0, 2.0), "scale": (0.5, 4.0)},
            {"loc": lambda x: (x + 1.0) / 3.0, "scale": lambda s: (2.0 - 1.0 / s) / 1.75},
        ),
        (
            fx.Family(dist.Normal),
            {"loc": (np.zeros(2), np.ones(2)), "scale": (1.0, np.inf)},
            {"loc": lambda x: x, "scale": lambda s: 1.0 - s**-2.0},
        ),
        # √det G is 1/λ in the scale λ, and constant in the concentration.
        (
            fx.Family(dist.Weibull),
            {"scale": (1.0, 2.0), "concentration": (1.0, 3.0)},
            {"scale": lambda x: np.log(x) / np.log(2.0), "concentration": lambda k: (k - 1.0) / 2.0},
        ),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_families_that_are_model_spaces(family, bounds, maps):
    draws = draws_of(family, bounds)
    for name, to_unit in maps.items():
        values = to_unit(np.asarray(draws[name]))
        assert values.shape[0] == COUNT
        for column in values.reshape(COUNT, -1).T:
            follows(column, UNIT)
    # Numbers of one draw are independent of each other where the density is a product.
    if len(maps) == 2:
        first, second = (
            to_unit(np.asarray(draws[name]).reshape(COUNT, -1)[:, 0]) for name, to_unit in maps.items()
        )
        follows((first + second) % 1.0, UNIT)


def test_one_number_by_quadrature():
    # One input of a logistic regression is a probability, whatever the input.
    model = fx.Conditional(lambda slope, x: slope["b"] * x, fx.heads.Bernoulli())
    prior = fx.JeffreysPrior(model, data=np.array([0.01]), like={"b": 0.0})
    assert prior.normaliser == pytest.approx(np.pi, rel=1e-10)
    draws = prior.sample(jax.random.key(5), (COUNT,))["b"]
    follows(jax.nn.sigmoid(0.01 * draws), arcsine)
    inside = jax.jit(lambda key: prior.sample(key, (2, 3)))(jax.random.key(5))
    assert inside["b"].shape == (2, 3)
    bounded = fx.JeffreysPrior(model, {"b": (-100.0, np.inf)}, np.array([0.01]))
    low = arcsine(1.0 / (1.0 + np.e))
    draws = bounded.sample(jax.random.key(6), (COUNT,))["b"]
    follows(jax.nn.sigmoid(0.01 * draws), lambda p: (arcsine(p) - low) / (1.0 - low))


def test_two_numbers_by_rejection():
    # Two inputs and two slopes are two independent probabilities.
    inputs = np.array([[1.0, -1.0], [1.0, 1.0]])
    model = fx.Conditional(lambda p, x: p["a"] * x[0] + p["b"] * x[1], fx.heads.Bernoulli())
    prior = fx.JeffreysPrior(model, data=inputs, like={"a": 0.0, "b": 0.0})
    draws = prior.sample(jax.random.key(7), (COUNT,))
    first, second = (arcsine(jax.nn.sigmoid(draws["a"] + sign * draws["b"])) for sign in (-1.0, 1.0))
    follows(first, UNIT)
    follows(second, UNIT)
    follows((first + second) % 1.0, UNIT)
    follows((first - second) % 1.0, UNIT)


def test_the_inverse_of_a_distribution_function():
    table = inverse_table("test", lambda t: np.exp(-0.5 * t[:, 0] ** 2), np.linspace(-9.0, 9.0, 4))
    probabilities = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 1.0 - 1e-6])
    found = scipy.stats.norm.cdf(np.asarray(jax.jit(lambda p: table(p))(probabilities)))
    np.testing.assert_allclose(found, probabilities, rtol=0.0, atol=2e-9)

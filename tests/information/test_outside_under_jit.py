"""While JAX traces nothing can be refused: outside of their space, informations and divergences are no numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

# A parameter of each family, what is inside its space, what is outside, and the other parameters.
OUTSIDE = {
    "Normal": ({"loc": 0.0}, "scale", 1.0, -0.1),
    "LogNormal": ({"loc": 0.0}, "scale", 1.0, -0.1),
    "StudentT": ({"df": 5.0, "loc": 0.0}, "scale", 1.0, -2.0),
    "Cauchy": ({"loc": 0.0}, "scale", 1.0, 0.0),
    "Logistic": ({"loc": 0.0}, "scale", 1.0, -1.0),
    "Gumbel": ({"loc": 0.0}, "scale", 1.0, -1.0),
    "Gamma": ({"rate": 1.0}, "concentration", 2.0, -0.5),
    "InverseGamma": ({"rate": 1.0}, "concentration", 2.0, -0.5),
    "Exponential": ({}, "rate", 1.0, -1.0),
    "Weibull": ({"scale": 1.0}, "concentration", 2.0, -2.0),
    "Beta": ({"concentration0": 1.0}, "concentration1", 2.0, -0.5),
    "HalfNormal": ({}, "scale", 1.0, -1.0),
    "VonMises": ({"loc": 0.0}, "concentration", 1.0, -1.0),
    "BernoulliProbs": ({}, "probs", 0.5, 1.5),
    "GeometricProbs": ({}, "probs", 0.5, -0.5),
    "Poisson": ({}, "rate", 1.0, -4.0),
    "NegativeBinomial2": ({"mean": 1.0}, "concentration", 2.0, -2.0),
    "Dirichlet": ({}, "concentration", np.array([1.0, 2.0]), np.array([1.0, -2.0])),
    "CategoricalProbs": ({}, "probs", np.array([0.2, 0.8]), np.array([0.2, 0.9])),
    "MultivariateNormal": (
        {"loc": np.zeros(2)},
        "covariance_matrix",
        np.eye(2),
        np.array([[1.0, 2.0], [2.0, 1.0]]),
    ),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_every_family(name):
    others, key, inside, outside = OUTSIDE[name]
    family = fx.Family(getattr(dist, name))

    @jax.jit
    def both(value):
        params = {**others, key: value}
        matrix = fx.fisher(family, params).coordinates_matrix()
        return matrix, fx.kl(family, {**others, key: inside}, params)

    matrix, divergence = both(jnp.asarray(inside))
    assert np.all(np.isfinite(matrix))
    assert divergence == pytest.approx(0.0, abs=1e-12)
    matrix, divergence = both(jnp.asarray(outside))
    assert np.all(np.isnan(matrix))
    assert np.isnan(divergence)


def test_every_estimator():
    family, data = fx.Family(dist.Normal), jnp.asarray([0.5, -1.0, 2.0])
    estimators = [fx.MonteCarlo(jax.random.key(0), 5), fx.Empirical(), fx.Observed(), fx.Exact(fx.KLForm())]

    @jax.jit
    def traces(scale, data):
        params = {"loc": 0.0, "scale": scale}
        given = [None, data, data, None]
        return [fx.fisher(family, params, d, e).trace() for d, e in zip(given, estimators, strict=True)]

    assert np.all(np.isfinite(traces(1.0, data)))
    assert np.all(np.isnan(traces(-0.1, data)))
    # A datum that is missing is none of the exact information's business.
    assert np.isnan(traces(1.0, data.at[1].set(jnp.nan))).tolist() == [False, True, True, False]


def test_outputs_of_a_regression_and_observations():
    model = fx.Conditional(lambda params, x: x * params, fx.heads.Poisson(link="identity"))

    @jax.jit
    def trace(slope, inputs, counts):
        exact = fx.fisher(model, slope, inputs).trace()
        return exact, fx.fisher(model, slope, (inputs, counts), fx.Empirical()).trace()

    inputs, counts = jnp.asarray([1.0, 2.0]), jnp.asarray([1.0, 3.0])
    assert np.all(np.isfinite(trace(1.0, inputs, counts)))
    assert np.all(np.isnan(trace(-1.0, inputs, counts)))
    exact, empirical = trace(1.0, inputs, counts.at[0].set(-2.0))
    assert np.isfinite(exact)
    assert np.isnan(empirical)


def test_constrained_leaves_of_a_conditional():
    from numpyro.distributions import constraints

    model = fx.Conditional(
        lambda params, x: {"loc": x, "scale": params["scale"] ** 2},
        fx.Family(dist.Normal),
        constraints={"scale": constraints.positive},
    )
    trace = jax.jit(lambda scale: fx.fisher(model, {"scale": scale}, jnp.ones(3)).trace())
    assert np.isfinite(trace(1.0))
    assert np.isnan(trace(-1.0))


def test_derivatives_inside_are_as_they_were():
    trace = lambda scale: fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": scale}).trace()  # noqa: E731
    assert jax.grad(trace)(2.0) == pytest.approx(-6 / 8, rel=1e-12)  # d(3/σ²)/dσ
    assert jax.grad(jax.grad(trace))(2.0) == pytest.approx(18 / 16, rel=1e-12)
    assert np.isnan(jax.jit(trace)(-2.0))

"""jit, vmap, grad and jvp through the front door: `kl`, `pullback`, and a `Metric` with data."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles

GAMMA = fx.Family(dist.Gamma)
CAUCHY = fx.Family(dist.Cauchy)
MODEL = fx.Conditional(lambda p, x: jnp.exp(p["slope"]) * x + p["shift"], fx.heads.Poisson())
INPUTS = jnp.linspace(-1.0, 1.0, 9)


def slope_of(function, t, h=1e-3):
    """Five points: an error of h⁴ and of rounding/h, both near 1e-12."""
    near, far = function(t + h) - function(t - h), function(t + 2 * h) - function(t - 2 * h)
    return (8 * near - far) / (12 * h)


def divergence(t):
    """Of gammas: a closed form."""
    here = {"concentration": 2.0 + t, "rate": 3.0 * jnp.exp(t)}
    return fx.kl(GAMMA, here, {"concentration": 1.0 + t**2, "rate": 2.0})


def heavy_divergence(t):
    """Of Cauchy laws, by quadrature: ln ((s + s′)² + (m − m′)²)/(4 s s′) (Chyzak and Nielsen 2019)."""
    return fx.kl(CAUCHY, {"loc": t, "scale": 1.0 + t**2}, {"loc": 1.0 - t, "scale": 2.0})


def over_inputs(t):
    """Averaged over the inputs of a regression."""
    here, there = {"slope": t, "shift": jnp.asarray(0.3)}, {"slope": t**2, "shift": 1.0 - t}
    return fx.kl(MODEL, here, there, INPUTS)


def pulled_back(t):
    def to(q):
        return {"concentration": q["mean"] * q["rate"], "rate": q["rate"]}

    q = {"mean": 1.0 + t, "rate": jnp.exp(t)}
    return fx.pullback(fx.fisher(GAMMA, to(q)), to, q).logdet()


def with_data(t):
    return fx.Metric(MODEL, INPUTS)({"slope": t, "shift": 0.5 * t}).logdet()


def with_data_and_structure(t):
    return fx.Metric(MODEL, INPUTS, structure=fx.Diagonal())({"slope": t, "shift": 0.5 * t}).trace()


@pytest.mark.parametrize(
    "function",
    [divergence, heavy_divergence, over_inputs, pulled_back, with_data, with_data_and_structure],
    ids=lambda f: f.__name__,
)
def test_they_are_functions_like_any_other(function):
    t = jnp.array([0.2, 0.6])
    one_by_one = np.stack([function(x) for x in t])
    compiled = jax.jit(
        jax.vmap(lambda x: (function(x), jax.grad(function)(x), jax.jvp(function, (x,), (2.0,))[1]))
    )
    value, gradient, tangent = compiled(t)
    oracles.allclose(value, one_by_one, 1e-12)
    alone = jax.jit(function)
    expected = np.stack([slope_of(alone, x) for x in t])
    oracles.allclose(gradient, expected, 1e-8)
    oracles.allclose(tangent, 2 * expected, 1e-8)


def test_the_divergence_by_quadrature_is_the_closed_one():
    t = 0.4
    s, r, gap = 1.0 + t**2, 2.0, t - (1.0 - t)
    expected = np.log(((s + r) ** 2 + gap**2) / (4 * s * r))
    np.testing.assert_allclose(heavy_divergence(t), expected, rtol=1e-10)


@pytest.mark.parametrize("estimator", [fx.Empirical(), fx.Observed()], ids=lambda e: e.name)
def test_a_metric_of_observations_is_differentiable(estimator):
    """d/dt of the diagonal of an information at data, against differences."""
    targets = jnp.arange(9.0) % 4

    def diagonal(t):
        params = {"slope": t, "shift": 0.5 * t}
        return fx.fisher(MODEL, params, (INPUTS, targets), estimator).coordinates_matrix()

    compiled = jax.jit(diagonal)
    oracles.allclose(jax.jit(jax.jacfwd(diagonal))(0.3), slope_of(compiled, 0.3), 1e-8)
    oracles.allclose(jax.jit(jax.vmap(diagonal))(jnp.array([0.3, 0.7]))[1], compiled(0.7), 1e-12)

"""Distances lie between their bounds, which need no model space."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

from .manifold_cases import BUMPY, GAMMA, LOGISTIC, MANIFOLDS, NORMAL, at, points

VECTORS = fx.Manifold(fx.Family(dist.MultivariateNormal))


@pytest.mark.parametrize("name", ["Gamma", "Logistic"])
def test_below_is_the_angle_between_roots_of_densities(name):
    """2 arccos ∫ √(pq): for Gamma laws ln ∫ √(pq) = ln Γ(a) − a ln b, at the middle less the middle of both."""
    manifold = MANIFOLDS[name]
    p, q = points(name, 4, 1), points(name, 4, 2)
    lower, upper = jax.jit(jax.vmap(manifold.distance_bounds))(p, q)
    np.testing.assert_allclose(upper, jax.jit(jax.vmap(manifold.distance))(p, q), rtol=1e-12)
    assert np.all(lower < upper)
    if name == "Gamma":
        a, b = (np.stack([np.asarray(x[key]) for x in (p, q)]) for key in ("concentration", "rate"))

        def part(a, b):
            return jax.scipy.special.gammaln(a) - a * np.log(b)

        log_affinity = part(a.mean(0), b.mean(0)) - part(a, b).mean(0)
        expected = 2 * np.arccos(np.exp(np.asarray(log_affinity)))
    else:
        inputs = np.asarray(LOGISTIC.metric_function.data)
        probs = [1 / (1 + np.exp(-np.asarray(x["w"]) @ inputs.T)) for x in (p, q)]
        affinity = np.sqrt(probs[0] * probs[1]) + np.sqrt((1 - probs[0]) * (1 - probs[1]))
        expected = 2 * np.arccos(affinity.mean(axis=1))
    np.testing.assert_allclose(lower, expected, rtol=1e-9)


def test_near_each_other_they_agree():
    p = {"concentration": 2.0, "rate": 1.0}
    lower, upper = GAMMA.distance_bounds(p, {"concentration": 2.01, "rate": 1.0})
    assert lower == pytest.approx(float(upper), rel=1e-4)
    assert lower < upper


def test_where_a_formula_gives_the_distance_both_are_the_distance():
    p, q = (at(points("Normal", 1, seed), 0) for seed in (1, 2))
    found = NORMAL.distance_bounds(p, q)
    assert found.lower == found.upper == NORMAL.distance(p, q)


def test_normal_vectors_have_bounds_where_the_logarithm_finds_no_way():
    near = {"loc": jnp.zeros(2), "covariance_matrix": jnp.eye(2)}
    for shift in (3.0, 1e9):
        far = {"loc": jnp.full(2, shift), "covariance_matrix": jnp.asarray([[2.0, 0.5], [0.5, 1.0]])}
        lower, upper = VECTORS.distance_bounds(near, far)
        assert 0 < lower < upper
        if shift < 10:
            assert lower < VECTORS.distance(near, far) < upper
        else:
            with pytest.raises(ValueError, match=r"too far apart.*distance_bounds"):
                VECTORS.distance(near, far)


def test_independent_vectors_are_as_far_as_their_factors():
    """Bounds of a product are root sums of squares."""
    manifold, both = fx.Manifold(fx.Family(dist.MultivariateNormal)), {}
    p = {"loc": jnp.asarray([[0.0, 0.0], [1.0, 2.0]]), "covariance_matrix": jnp.stack([jnp.eye(2)] * 2)}
    q = {"loc": jnp.asarray([[2.0, 1.0], [0.0, 0.0]]), "covariance_matrix": jnp.stack([2 * jnp.eye(2)] * 2)}
    both = np.asarray(manifold.distance_bounds(p, q))
    each = np.asarray([VECTORS.distance_bounds(at(p, k), at(q, k)) for k in (0, 1)])
    np.testing.assert_allclose(both, np.sqrt((each**2).sum(0)), rtol=1e-12)


def test_a_metric_of_no_model_is_refused():
    x = {"x": jnp.zeros(3)}
    with pytest.raises(ValueError, match="model with its exact information"):
        BUMPY.distance_bounds(x, x)
    with pytest.raises(ValueError, match="'rate' is -1"):
        GAMMA.distance_bounds({"concentration": 1.0, "rate": -1.0}, {"concentration": 1.0, "rate": 1.0})

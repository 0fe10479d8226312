"""Geodesics between points far apart, where no closed form is known: what every one of them satisfies."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from .manifold_cases import MANIFOLDS, at, points

FAMILIES = ["Gamma", "Beta", "Dirichlet", "Negative binomial", "Weibull", "Logistic"]
COUNT = 12


def in_the_metric(manifold, p, vector):
    """|v| at p."""
    return jnp.sqrt(manifold.metric(p).quadratic(vector))


def difference(a, b):
    return jax.tree.map(jnp.subtract, a, b)


@pytest.mark.parametrize("name", FAMILIES)
def test_points_far_apart(name):
    """exp∘log = id, |log| = d, d symmetric and a metric; the geodesic has constant speed and is the shortest."""
    manifold = MANIFOLDS[name]
    p, q, r = (points(name, COUNT, seed) for seed in (1, 2, 3))
    log, distance = jax.vmap(manifold.log), jax.vmap(manifold.distance)
    vector = log(p, q)
    lengths = distance(p, q)
    np.testing.assert_allclose(
        jax.vmap(lambda p, v: in_the_metric(manifold, p, v))(p, vector), lengths, rtol=1e-9
    )
    np.testing.assert_allclose(distance(q, p), lengths, rtol=1e-9)
    assert np.all(lengths <= distance(p, r) + distance(r, q) + 1e-9)
    back = jax.vmap(manifold.exp)(p, vector)
    missed = jax.vmap(lambda q, b: in_the_metric(manifold, q, difference(b, q)))(q, back)
    # On a surface of curvature −½ an error of the velocity grows by sinh(d/√2); these are up to 8 apart.
    assert np.max(missed) < 1e-8
    assert np.min(lengths) > 0.05
    assert np.max(lengths) > 2.0


@pytest.mark.parametrize("name", ["Gamma", "Logistic"])
def test_along_a_geodesic(name):
    """γ(t) = exp(t log q), at the speed d; parts of it are shortest paths, whose lengths add up."""
    manifold = MANIFOLDS[name]
    p, q = at(points(name, COUNT, 1), 0), at(points(name, COUNT, 2), 0)
    geodesic, vector = manifold.geodesic(p, q), manifold.log(p, q)
    assert geodesic.method == ("closed form" if name == "Weibull" else "relaxation")
    t = jnp.linspace(0.0, 1.0, 12)
    places, velocities = geodesic(t), geodesic.velocity(t)
    speeds = jax.vmap(lambda p, v: in_the_metric(manifold, p, v))(places, velocities)
    # The path's polynomials are as good as the mesh, their slopes by one order less.
    np.testing.assert_allclose(speeds, float(geodesic.length), rtol=1e-6)
    flown = jax.vmap(manifold.exp)(
        jax.tree.map(lambda a: jnp.broadcast_to(a, (12, *a.shape)), p), scaled(t, vector)
    )
    gaps = jax.vmap(lambda a, b: in_the_metric(manifold, a, difference(b, a)))(places, flown)
    assert np.max(gaps) < 1e-7
    middle = at(places, 4)
    parts = manifold.distance(p, middle) + manifold.distance(middle, q)
    assert parts == pytest.approx(float(geodesic.length), rel=1e-9)
    assert geodesic.length == pytest.approx(float(manifold.distance(p, q)), rel=1e-12)


def scaled(t, vector):
    return jax.tree.map(lambda v: t.reshape(-1, *(1,) * v.ndim) * v, vector)


@pytest.mark.parametrize("name", ["Gamma", "Logistic"])
def test_points_close_together(name):
    """d(p, p + εv) = ε|v| + O(ε²), and d(p, p) = 0."""
    manifold = MANIFOLDS[name]
    p = at(points(name, COUNT, 1), 0)
    assert manifold.distance(p, p) == 0.0
    assert all(float(jnp.max(jnp.abs(leaf))) == 0.0 for leaf in jax.tree.leaves(manifold.log(p, p)))
    for size in (1e-3, 1e-6, 1e-9):
        q = jax.tree.map(lambda a, size=size: a * (1 + size), p)
        expected = in_the_metric(manifold, p, difference(q, p))
        assert manifold.distance(p, q) == pytest.approx(float(expected), rel=3 * size + 1e-6)


def test_a_batch_is_a_loop_and_jit_changes_nothing():
    manifold = MANIFOLDS["Gamma"]
    p, q = points("Gamma", COUNT, 1), points("Gamma", COUNT, 2)
    each = [float(manifold.distance(at(p, i), at(q, i))) for i in range(3)]
    np.testing.assert_allclose(jax.vmap(manifold.distance)(p, q)[:3], each, rtol=1e-14)
    assert jax.jit(manifold.distance)(at(p, 0), at(q, 0)) == pytest.approx(each[0], rel=1e-12)

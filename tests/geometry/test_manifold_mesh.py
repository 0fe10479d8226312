"""The solver for geodesics without a closed form, on families that have one."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.special

import fisherax as fx
from fisherax.geometry import mesh, routes

from .manifold_cases import MANIFOLDS, at, points, vectors

SPACES = ["Normal", "Categorical"]
COUNT = 12


def place_of(name):
    return MANIFOLDS[name]._place("test", at(points(name, 1), 0))[1]


@pytest.mark.parametrize("name", SPACES)
def test_it_finds_what_the_closed_form_says(name):
    """Distances and logarithms of pairs far apart, and where exp ends."""
    place, p, q = place_of(name), points(name, COUNT, 1), points(name, COUNT, 2)
    field = place.field
    distances, good = jax.vmap(lambda p, q: routes.distance_mesh(field, p, q))(p, q)
    expected = jax.vmap(lambda p, q: routes.distance_closed(place, p, q))(p, q)
    assert np.all(good)
    np.testing.assert_allclose(distances, expected, rtol=1e-10)
    found, _ = jax.vmap(lambda p, q: routes.log_mesh(field, p, q))(p, q)
    closed = jax.vmap(lambda p, q: routes.log_closed(place, p, q))(p, q)
    error = jax.tree.map(jnp.subtract, found, closed)
    sizes = jax.vmap(lambda p, v: jnp.sqrt(MANIFOLDS[name].metric(p).quadratic(v)))(p, error)
    assert np.max(sizes / expected) < 1e-8


@pytest.mark.parametrize("name", ["Normal"])
def test_exp_and_transport(name):
    """The flows, against the model space's own formulas; a sphere's octant is not left by these."""
    place, p, q = place_of(name), points(name, COUNT, 1), points(name, COUNT, 2)
    field = place.field
    v = vectors(name, p, 3)
    step = jax.tree.map(lambda leaf: 0.3 * leaf, v)
    tolerance = jnp.asarray(1e-11)
    inside = np.asarray(jax.vmap(lambda p, v: routes.exp_closed(place, p, v))(p, step)[1])
    assert inside.sum() >= 4
    found, _ = jax.vmap(lambda p, v: routes.exp_flow(field, p, v, tolerance))(p, step)
    expected, _ = jax.vmap(lambda p, v: routes.exp_closed(place, p, v))(p, step)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a[inside], b[inside], rtol=1e-8)
    found, good = jax.vmap(lambda p, v, q: routes.carried_mesh(field, p, v, q))(p, v, q)
    expected = jax.vmap(lambda p, v, q: routes.carried_closed(place, p, v, q))(p, v, q)
    assert np.all(good)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7 * np.max(np.abs(b)))


def test_a_path_of_one_parameter():
    """Its length is ∫√g: of a gamma law's shape with a known rate, ∫ √ψ′(κ) dκ."""
    manifold = fx.Manifold(fx.Family(dist.Gamma, fixed={"rate": 2.0}))
    x, w = np.polynomial.legendre.leggauss(60)
    for low, high in ((0.01, 40.0), (1.0, 1.5)):
        z = 0.5 * np.log(high / low) * x + 0.5 * np.log(high * low)  # evenly in ln κ
        values = np.sqrt(scipy.special.polygamma(1, np.exp(z))) * np.exp(z)
        expected = 0.5 * np.log(high / low) * np.sum(w * values)
        found = manifold.distance({"concentration": low}, {"concentration": high})
        assert found == pytest.approx(expected, rel=1e-11)


def test_lobatto_rule():
    """It integrates polynomials of degree 2n − 1, and differentiates those of degree n, exactly."""
    nodes, weights, slopes = mesh.lobatto(5)
    for degree in range(10):
        assert np.sum(weights * nodes**degree) == pytest.approx(1 / (degree + 1), rel=1e-14)
    for degree in range(1, 6):
        np.testing.assert_allclose(slopes @ nodes**degree, degree * nodes ** (degree - 1), atol=1e-13)


def test_a_finer_mesh_is_the_same_path():
    times = mesh.times(jnp.asarray(8))
    path = jnp.stack([times**5 - times, times**2], axis=1)
    finer = mesh.halved(path)
    rows = 16 * mesh.DEGREE + 1
    exact = mesh.times(jnp.asarray(16))[:rows]
    np.testing.assert_allclose(finer[:rows, 0], exact**5 - exact, atol=1e-14)
    t = jnp.linspace(0.0, 1.0, 37)
    places = jax.vmap(lambda t: mesh.position(path, jnp.asarray(8), t))(t)
    np.testing.assert_allclose(places, jnp.stack([t**5 - t, t**2], axis=1), atol=1e-14)

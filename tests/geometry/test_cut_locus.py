"""A metric of no model on a sphere: shortest ways up to the antipode, and what is beyond it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fisherax as fx


def metric(params):
    """sin²θ dφ² + dθ²: rows are φ and θ, in the order of JAX's leaves."""
    return jnp.diag(jnp.stack([jnp.sin(params["theta"]) ** 2, jnp.ones(())]))


SPHERE = fx.Manifold(metric)


def point(theta, phi):
    return {"theta": jnp.asarray(theta), "phi": jnp.asarray(phi)}


def along_equator(angle, tilt=0.4):
    """A point of a great circle that is tilted by 0.4 against the equator, and its velocity."""
    x = np.array([np.cos(angle), np.sin(angle) * np.cos(tilt), np.sin(angle) * np.sin(tilt)])
    return point(np.arccos(x[2]), np.arctan2(x[1], x[0]) % (2 * np.pi))


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.5, 0.97 * np.pi])
def test_distances_up_to_the_antipode(angle):
    p, q = along_equator(0.0), along_equator(angle)
    assert SPHERE.distance(p, q) == pytest.approx(angle, rel=1e-8)
    end = SPHERE.exp(p, SPHERE.log(p, q))
    assert end["theta"] == pytest.approx(float(q["theta"]), abs=1e-8)
    assert end["phi"] == pytest.approx(float(q["phi"]), abs=1e-8)


def test_beyond_the_antipode_nothing_wrong_is_said():
    """In these coordinates the other way round cannot be seen; the way that is found is not the shortest."""
    p, q = along_equator(0.0), along_equator(1.2 * np.pi)
    with pytest.raises(ValueError, match=r"conjugate|no geodesic was found"):
        SPHERE.distance(p, q)
    assert np.isnan(jax.jit(SPHERE.distance)(p, q))


def test_exp_goes_on_beyond_it():
    p = along_equator(0.0)
    unit = SPHERE.log(p, along_equator(1.0))
    end = SPHERE.exp(p, jax.tree.map(lambda v: 1.2 * np.pi * v, unit))
    expected = along_equator(1.2 * np.pi)
    assert end["theta"] == pytest.approx(float(expected["theta"]), abs=1e-8)
    assert end["phi"] == pytest.approx(float(expected["phi"]), abs=1e-8)


def test_the_exponential_map_is_singular_there():
    p = along_equator(0.0)
    unit = SPHERE.log(p, along_equator(1.0))
    for length in (0.5 * np.pi, np.pi):
        q = along_equator(length)
        jacobian = SPHERE.exp_jacobian(p, jax.tree.map(lambda v: length * v, unit))  # noqa: B023
        # In orthonormal frames its singular values are 1 along the geodesic and sin(r)/r across it.
        frames = [np.sqrt(np.diag(np.asarray(metric(x)))) for x in (q, p)]
        values = np.linalg.svd(
            np.diag(frames[0]) @ np.asarray(jacobian) @ np.diag(1 / frames[1]), compute_uv=False
        )
        np.testing.assert_allclose(values, [1.0, np.sin(length) / length], atol=1e-7)

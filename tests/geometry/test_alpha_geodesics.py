"""Geodesics of the α-connections: straight in the coordinates in which the connection vanishes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from .manifold_cases import DIRICHLET, GAMMA

CASES = {
    "Gamma": (GAMMA, {"concentration": 2.0, "rate": 1.5}, {"concentration": 0.6, "rate": -0.3}),
    "Dirichlet": (
        DIRICHLET,
        {"concentration": np.array([1.0, 2.0, 1.5])},
        {"concentration": np.array([0.4, -0.5, 0.3])},
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("alpha", [1.0, -1.0])
def test_e_and_m_geodesics(name, alpha):
    """exp of the connection α = 1 (−1) moves the natural (expectation) coordinates evenly."""
    manifold, p, v = CASES[name]
    p, v = (jax.tree.map(jnp.asarray, x) for x in (p, v))
    end = manifold.alpha_connection(alpha).exp(p, v)
    flat = manifold.dual
    line = (flat.e_geodesic if alpha > 0 else flat.m_geodesic)(p, end)
    start, speed = jax.jvp(line, (0.0,), (1.0,))
    for key in p:
        np.testing.assert_allclose(start[key], p[key], rtol=1e-9)
        np.testing.assert_allclose(speed[key], v[key], rtol=1e-7, atol=1e-8)


def test_the_connection_of_order_zero_is_levi_civitas():
    manifold, p, v = CASES["Gamma"]
    found, expected = manifold.alpha_connection(0.0).exp(p, v), manifold.exp(p, v)
    for key in p:
        assert found[key] == pytest.approx(float(expected[key]), rel=1e-9)

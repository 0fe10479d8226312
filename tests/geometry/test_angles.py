"""Directions near ±π: everything goes the short way round."""

import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

FIXED = fx.Manifold(fx.Family(dist.VonMises, fixed={"concentration": 2.0}))
FREE = fx.Manifold(fx.Family(dist.VonMises))


def of(loc, concentration=None):
    return {"loc": loc} if concentration is None else {"loc": loc, "concentration": concentration}


@pytest.mark.parametrize(("manifold", "concentration"), [(FIXED, None), (FREE, 2.0)])
def test_the_short_way_round(manifold, concentration):
    p, q = of(np.pi - 0.2, concentration), of(-np.pi + 0.3, concentration)
    inside = [of(angle, concentration) for angle in (-0.25, 0.25)]
    assert manifold.distance(p, q) == pytest.approx(float(manifold.distance(*inside)), rel=1e-9)
    assert manifold.log(p, q)["loc"] == pytest.approx(float(manifold.log(*inside)["loc"]), rel=1e-8)
    angles = np.asarray(manifold.geodesic(p, q)(np.linspace(0, 1, 11))["loc"])
    turned = np.mod(angles - p["loc"] + np.pi, 2 * np.pi) - np.pi
    assert np.all(np.diff(turned) > 0)
    assert turned[-1] == pytest.approx(0.5, rel=1e-9)
    end = manifold.exp(p, manifold.log(p, q))["loc"]
    assert np.cos(end - q["loc"]) == pytest.approx(1.0, abs=1e-14)


def test_a_turn_is_no_distance():
    for manifold, concentration in ((FIXED, None), (FREE, 2.0)):
        near = manifold.distance(of(np.pi, concentration), of(-np.pi, concentration))
        assert near == pytest.approx(0.0, abs=1e-7)

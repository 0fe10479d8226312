"""Parallel transport: an isometry, whose holonomy around a triangle is the triangle's excess of angle."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from .manifold_cases import CATEGORICAL, GAMMA, NORMAL

CORNERS = {
    # name: manifold, three corners, Gauss's curvature where it is constant
    "half-plane": (NORMAL, [{"loc": a, "scale": s} for a, s in ((0.0, 1.0), (1.5, 0.6), (0.8, 2.0))], -0.5),
    "sphere": (
        CATEGORICAL,
        [{"probs": np.array(p)} for p in ([0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.2, 0.2, 0.6])],
        0.25,
    ),
    "Gamma": (
        GAMMA,
        [{"concentration": a, "rate": b} for a, b in ((1.0, 1.0), (3.0, 1.5), (0.7, 2.0))],
        None,
    ),
}


class Triangle:
    """A geodesic triangle: its angles, and how a vector comes back that is carried around it."""

    def __init__(self, name):
        self.manifold, corners, self.curvature = CORNERS[name]
        self.corners = jax.tree.map(jnp.asarray, corners)
        manifold, tangent = self.manifold, self.manifold.tangent(self.corners[0])
        self.ravel, self.unravel = tangent.ravel, tangent.unravel
        self.log, self.carry = jax.jit(manifold.log), jax.jit(manifold.parallel_transport)
        self.matrix = jax.jit(lambda p: manifold.metric(p).coordinates_matrix())

    def frame(self, p):
        """F with FᵀF = G: an orthonormal frame of the tangent space."""
        return np.linalg.cholesky(np.asarray(self.matrix(p))).T

    def seen(self, p, v):
        return self.frame(p) @ np.asarray(self.ravel(v))

    def angle(self, k):
        p, q, r = (self.corners[(k + j) % 3] for j in range(3))
        a, b = (self.seen(p, self.log(p, other)) for other in (q, r))
        return np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    def around(self, v):
        for k in range(3):
            v = self.carry(self.corners[k], v, self.corners[(k + 1) % 3])
        return v

    @property
    def excess(self):
        return sum(self.angle(k) for k in range(3)) - np.pi


@pytest.fixture(scope="module", params=CORNERS)
def triangle(request):
    return Triangle(request.param)


def test_lengths_and_angles_are_kept(triangle):
    p, q = triangle.corners[:2]
    carried = []
    for unit in np.eye(2):
        v = triangle.unravel(jnp.asarray(unit))
        carried.append((triangle.seen(p, v), triangle.seen(q, triangle.carry(p, v, q))))
    before, after = (np.stack(each) for each in zip(*carried, strict=True))
    np.testing.assert_allclose(after @ after.T, before @ before.T, rtol=1e-9, atol=1e-9)


def test_there_and_back(triangle):
    p, q = triangle.corners[:2]
    v = triangle.unravel(jnp.asarray([0.3, -0.8]))
    back = triangle.carry(q, triangle.carry(p, v, q), p)
    np.testing.assert_allclose(triangle.ravel(back), triangle.ravel(v), rtol=1e-9, atol=1e-10)


def test_a_geodesic_carries_its_own_velocity(triangle):
    p, q = triangle.corners[:2]
    arriving = triangle.carry(p, triangle.log(p, q), q)
    leaving = triangle.log(q, p)
    np.testing.assert_allclose(triangle.ravel(arriving), -triangle.ravel(leaving), rtol=1e-8, atol=1e-8)


def test_the_holonomy_is_the_excess_of_angle(triangle):
    """Gauss and Bonnet: carried around, a vector turns by ∫ K dA = α + β + γ − π, of either sign."""
    p = triangle.corners[0]
    v = triangle.unravel(jnp.asarray([1.0, 0.4]))
    before, after = triangle.seen(p, v), triangle.seen(p, triangle.around(v))
    turned = np.arctan2(before[0] * after[1] - before[1] * after[0], before @ after)
    assert abs(triangle.excess) > 0.02
    assert abs(turned) == pytest.approx(abs(triangle.excess), rel=1e-7, abs=1e-8)
    if triangle.curvature is not None:
        assert np.sign(triangle.excess) == np.sign(triangle.curvature)


def test_the_excess_of_the_half_plane_is_its_area():
    """−K times the area of a triangle of half the hyperbolic plane's metric times two: by quadrature."""
    triangle = Triangle("half-plane")
    path = [NORMAL.geodesic(triangle.corners[k], triangle.corners[(k + 1) % 3]) for k in range(3)]
    # ∫ dA = ∮ −x d(…) by Green's theorem: dA = √2 dμ dσ/σ² is the exterior derivative of √2 dμ/σ.
    nodes, weights = np.polynomial.legendre.leggauss(60)
    times = 0.5 * (nodes + 1)
    area = 0.0
    for side in path:
        at, speed = side(times), side.velocity(times)
        area += np.sum(0.5 * weights * np.sqrt(2.0) * np.asarray(speed["loc"]) / np.asarray(at["scale"]))
    assert triangle.excess == pytest.approx(-0.5 * abs(area), rel=1e-9)


def test_derivatives_and_batches():
    """∂/∂q of what is carried, forwards and backwards, against differences; and vmap."""
    p, q = {"concentration": 1.0, "rate": 1.0}, {"concentration": 2.0, "rate": 1.5}
    v = {"concentration": 0.5, "rate": -0.2}

    def carried(rate):
        return GAMMA.parallel_transport(p, v, {**q, "rate": rate})["rate"]

    both = jax.jit(lambda x: (carried(x), jax.grad(carried)(x), jax.jvp(carried, (x,), (1.0,))[1]))
    value, backward, forward = both(1.5)
    step = 1e-4
    difference = (both(1.5 + step)[0] - both(1.5 - step)[0]) / (2 * step)
    assert forward == pytest.approx(float(backward), rel=1e-9)
    assert forward == pytest.approx(float(difference), rel=1e-6)
    batch = jax.vmap(carried)(jnp.asarray([1.5, 2.5]))
    assert batch[0] == pytest.approx(float(value), rel=1e-9)

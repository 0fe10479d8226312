"""Volumes of the model spaces, of families against mpmath, and the ends at which they diverge."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.geometry.cubature import clenshaw_curtis, integrate_boxes
from fisherax.geometry.volume import volume, volume_density


def half_plane(params):
    return jnp.eye(2) / params["y"] ** 2


def half_space(params):
    return jnp.eye(3) / params["y"] ** 2


def sphere(params):
    return jnp.diag(jnp.stack([jnp.ones(()), jnp.sin(params["colatitude"]) ** 2]))


def test_the_volume_element():
    normal = fx.Metric(fx.Family(dist.Normal))
    for loc, scale in ((0.0, 2.0), (-3.0, 0.1)):
        found = volume_density(normal, {"loc": loc, "scale": scale})
        assert float(found) == pytest.approx(np.sqrt(2.0) / scale**2, rel=1e-13)
    probs = np.array([0.2, 0.3, 0.5])
    # In an orthonormal basis of the contrasts det Bᵀ diag(1/p) B = 1/(K Π p).
    found = volume_density(fx.Metric(fx.Family(dist.Categorical)), {"probs": probs})
    assert float(found) == pytest.approx(1.0 / np.sqrt(3.0 * np.prod(probs)), rel=1e-12)
    assert float(volume_density(lambda p: jnp.ones((2, 2)), {"x": 0.0, "y": 0.0})) == 0.0


def test_the_volume_element_is_differentiable():
    metric = fx.Metric(fx.Family(dist.Normal))

    def log(scale):
        return jnp.log(volume_density(metric, {"loc": 0.0, "scale": scale}))

    slopes = jax.jit(
        jax.vmap(lambda scale: jnp.stack([jax.grad(log)(scale), jax.grad(jax.grad(log))(scale)]))
    )
    scales = np.array([0.5, 2.0])
    np.testing.assert_allclose(slopes(scales).T, [-2.0 / scales, 2.0 / scales**2], rtol=1e-12)


@pytest.mark.parametrize(
    ("metric", "box", "expected"),
    [
        (half_plane, {"x": (0.0, 1.0), "y": (1.0, 2.0)}, 0.5),
        (half_plane, {"x": (-3.0, 1.0), "y": (0.25, np.inf)}, 16.0),
        (half_plane, {"x": (0.0, 1.0), "y": (0.0, 2.0)}, np.inf),
        (half_plane, {"x": (0.0, np.inf), "y": (1.0, 2.0)}, np.inf),
        (half_space, {"x": (np.zeros(2), np.array([1.0, 2.0])), "y": (1.0, 2.0)}, 0.75),
        (sphere, {"azimuth": (0.0, 2 * np.pi), "colatitude": (0.0, np.pi)}, 4.0 * np.pi),
    ],
    ids=["box", "strip to infinity", "down to the edge", "sideways to infinity", "half-space", "sphere"],
)
def test_spaces_of_known_volume(metric, box, expected):
    found = volume(metric, box, return_error=True)
    assert found.method == "cubature"
    assert float(found.value) == pytest.approx(expected, rel=1e-6 if metric is half_space else 1e-10)
    if np.isfinite(expected):
        # The error covers the difference, but for a rounding of each of the parts.
        assert abs(float(found.value) - expected) <= float(found.error) + 1e-13 * expected


@pytest.mark.parametrize(
    ("family", "box"),
    [
        (fx.Family(dist.Poisson), {"rate": (0.0, 9.0)}),
        (fx.Family(dist.BernoulliLogits), {"logits": None}),
        (fx.Family(dist.Bernoulli), {"probs": (0.0, 0.3)}),
        (fx.Family(dist.Geometric), {"probs": (0.2, 1.0)}),
        (fx.Family(dist.Weibull, fixed={"concentration": 2.0}), {"scale": (0.5, 2.0)}),
        (fx.Family(dist.Normal), {"loc": (-1.0, 2.0), "scale": (0.5, np.inf)}),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_cubature_agrees_with_the_closed_form(family, box):
    metric = fx.Metric(family)
    closed = volume(metric, box, return_error=True)
    found = volume(lambda params: metric(params), box, return_error=True)  # of which nothing is known
    assert (closed.method, found.method) == ("closed form", "cubature")
    assert abs(float(closed.value - found.value)) <= float(found.error) + 1e-12 * float(closed.value)
    # As p goes to 1 the digits of 1 − p run out.
    assert float(found.error) <= (1e-5 if family.name == "Geometric" else 1e-8) * float(found.value)


def test_vectors_of_parameters():
    # n locations with one scale are a half-space of n + 1 dimensions: √det G = √2n/σⁿ⁺¹.
    metric = fx.Metric(fx.Family(dist.Normal))
    box = {"loc": (np.zeros(3), np.array([1.0, 2.0, 3.0])), "scale": (1.0, 2.0)}
    assert volume(metric, box) == pytest.approx(np.sqrt(6.0) * 6.0 * (1.0 - 1.0 / 8.0) / 3.0, rel=1e-13)
    at = {"loc": jnp.zeros(3), "scale": 2.0}
    assert float(volume_density(metric, at)) == pytest.approx(np.sqrt(6.0) / 2.0**4, rel=1e-12)
    # K categories are a piece of a sphere of radius 2 in K dimensions.
    whole = volume(fx.Metric(fx.Family(dist.Categorical)), {"probs": None}, {"probs": jnp.ones(4) / 4})
    assert whole == pytest.approx(2.0 * np.pi**2 * 8.0 / 16.0, rel=1e-13)
    covariance = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    flat = fx.Family(dist.MultivariateNormal, fixed={"covariance_matrix": covariance})
    box = {"loc": (np.zeros(2), np.ones(2))}
    assert volume(fx.Metric(flat), box) == pytest.approx(1.0 / np.sqrt(1.75), rel=1e-13)


def test_gamma_and_beta_against_mpmath():
    psi = mpmath.psi
    gamma = volume(fx.Metric(fx.Family(dist.Gamma)), {"concentration": (0.5, 3.0), "rate": (1.0, 4.0)})
    one = mpmath.quad(lambda k: mpmath.sqrt(k * psi(1, k) - 1), [0.5, 3.0])
    assert gamma == pytest.approx(float(one * mpmath.log(4)), rel=1e-12)

    def density(a, b):
        return mpmath.sqrt(psi(1, a) * psi(1, b) - psi(1, a + b) * (psi(1, a) + psi(1, b)))

    beta = volume(
        fx.Metric(fx.Family(dist.Beta)), {"concentration1": (0.5, 2.0), "concentration0": (1.0, 3.0)}
    )
    assert beta == pytest.approx(float(mpmath.quad(density, [0.5, 2.0], [1.0, 3.0])), rel=1e-10)


def test_mass_that_is_far_from_the_middle():
    def gauss(params):
        x, y = params["x"], params["y"]
        return jnp.diag(jnp.exp(-jnp.stack([(x - 5.0) ** 2, (x + y) ** 2])))

    assert volume(gauss, {"x": None, "y": None}) == pytest.approx(2.0 * np.pi, rel=1e-9)


def ridge(params):
    return jnp.diag(jnp.stack([1.0 / (1.0 + (params["x"] - 2.0 * params["y"]) ** 2) ** 2, jnp.ones(())]))


def exponential_ridge(params):
    x, y = params["x"], params["y"]
    return jnp.diag(jnp.stack([1.0 / (x * jnp.cosh(jnp.log(x / y))) ** 2, 1.0 / y**2]))


@pytest.mark.parametrize(
    ("metric", "box"),
    [(ridge, {"x": None, "y": None}), (exponential_ridge, {"x": (0.0, np.inf), "y": (0.0, np.inf)})],
    ids=["lines", "logarithms"],
)
def test_a_divergence_along_a_diagonal_is_no_finite_number(metric, box):
    # For any one y the integral over x converges, and the other way round; that over both does not.
    with pytest.raises(ValueError, match=r"go to their ends together|narrow ridge|did not converge"):
        volume(metric, box)


@pytest.mark.parametrize(
    ("metric", "box", "message"),
    [
        (lambda p: jnp.ones((2, 2)), {"x": (0.0, 1.0), "y": (0.0, 1.0)}, "singular throughout the box"),
        (lambda p: jnp.eye(4), {"x": (np.zeros(4), np.ones(4))}, "takes 3 at most"),
        (lambda p: (1.0 / (p["x"] - 0.5) ** 2)[None, None], {"x": (0.0, 1.0)}, "infinite, or cannot be"),
        (half_plane, {"x": (1.0, 0.0), "y": (1.0, 2.0)}, "lower < upper"),
        (half_plane, {"x": (1.0, 2.0, 3.0), "y": (1.0, 2.0)}, "a pair"),
        (fx.Metric(fx.Family(dist.Poisson)), {"rate": (-1.0, 2.0)}, "leave its space"),
        (fx.Metric(fx.Family(dist.Poisson)), {"rate": 2.0}, "a pair"),
    ],
    ids=["singular", "four numbers", "a pole inside", "backwards", "three ends", "outside", "a number"],
)
def test_what_is_no_volume_is_refused(metric, box, message):
    with pytest.raises(ValueError, match=message):
        volume(metric, box)


def test_the_rule_is_exact_for_polynomials():
    for points in (5, 9, 17):
        nodes, weights = clenshaw_curtis(points)
        for power in range(points):
            exact = (1.0 + (-1.0) ** power) / (power + 1.0)
            assert weights @ nodes**power == pytest.approx(exact, abs=1e-14)


def test_boxes_are_halved_where_it_is_needed():
    # A peak of width 10⁻³, off the middle.
    def peak(points):
        return 1e-3 / ((points[:, 0] - 0.2) ** 2 + 1e-6) / np.pi

    found = integrate_boxes(peak, [[-1.0, 1.0]], 1e-11)
    expected = (np.arctan(0.8e3) + np.arctan(1.2e3)) / np.pi
    assert found.converged
    assert found.value == pytest.approx(expected, rel=1e-11)

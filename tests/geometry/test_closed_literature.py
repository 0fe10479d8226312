"""Distances between distributions in closed form, as the literature and SciPy have them."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.linalg

import fisherax as fx
from fisherax.geometry.closed.hyperbolic import Hyperbolic
from fisherax.geometry.closed.positive_definite import PositiveDefinite
from fisherax.geometry.closed.registry import isometry_of
from fisherax.geometry.closed.sphere import Sphere


def distance(family, params, other):
    params, other = jax.tree.map(jnp.asarray, (params, other))
    isometry = isometry_of(family, params)
    assert isometry is not None
    return float(isometry.space.distance(isometry.to_space(params), isometry.to_space(other)))


def test_normal_laws():
    # Atkinson and Mitchell (1981): with F = √((μ₁ − μ₂)² + 2(σ₁ + σ₂)²) and D with a minus, √2 ln (F + D)/(F − D).
    family = fx.Family(dist.Normal)
    here, there = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
    assert distance(family, here, there) == pytest.approx(np.sqrt(2) * np.log(2), rel=1e-14)
    f, d = (np.sqrt(1.5**2 + 2.0 * (0.3 + sign * 4.0) ** 2) for sign in (1.0, -1.0))
    here, there = {"loc": 0.5, "scale": 0.3}, {"loc": 2.0, "scale": 4.0}
    assert distance(family, here, there) == pytest.approx(np.sqrt(2) * np.log((f + d) / (f - d)), rel=1e-13)


def test_counts_and_waiting_times():
    assert distance(fx.Family(dist.Poisson), {"rate": 4.0}, {"rate": 9.0}) == pytest.approx(2.0, rel=1e-14)
    assert distance(fx.Family(dist.Exponential), {"rate": 4.0}, {"rate": 9.0}) == pytest.approx(
        np.log(9.0 / 4.0), rel=1e-14
    )
    # Negative binomial with mean m and r successes: 2√r |arsinh √(m₁/r) − arsinh √(m₂/r)|, Poisson's for r → ∞.
    many = fx.Family(dist.NegativeBinomial2, fixed={"concentration": 1e12})
    assert distance(many, {"mean": 4.0}, {"mean": 9.0}) == pytest.approx(2.0, rel=1e-11)
    # r = 1 is geometric.
    one = fx.Family(dist.NegativeBinomial2, fixed={"concentration": 1.0})
    by_probability = distance(fx.Family(dist.GeometricProbs), {"probs": 0.2}, {"probs": 0.1})
    assert distance(one, {"mean": 4.0}, {"mean": 9.0}) == pytest.approx(by_probability, rel=1e-14)


@pytest.mark.parametrize("n", [1, 9])
def test_trials(n):
    p, q = 0.2, 0.7
    expected = 2.0 * np.sqrt(n) * (np.arcsin(np.sqrt(q)) - np.arcsin(np.sqrt(p)))
    probs, logits = (
        fx.Family(kind, fixed={"total_count": n}) for kind in (dist.BinomialProbs, dist.BinomialLogits)
    )
    assert distance(probs, {"probs": p}, {"probs": q}) == pytest.approx(expected, rel=1e-14)
    by_logits = distance(logits, {"logits": np.log(p / (1 - p))}, {"logits": np.log(q / (1 - q))})
    assert by_logits == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("logits", [(-80.0, -70.0), (70.0, 80.0), (-1.0, -1.0 + 1e-7), (-300.0, 300.0)])
def test_logits_keep_their_digits_at_both_ends(logits):
    found = distance(fx.Family(dist.BernoulliLogits), *({"logits": value} for value in logits))
    with mpmath.workdps(60):
        low, high = (mpmath.atan(mpmath.exp(mpmath.mpf(value) / 2)) for value in logits)
        expected = float(2 * (high - low))
    assert found == pytest.approx(expected, rel=1e-13 if abs(logits[0]) > 2.0 else 1e-8, abs=0.0)


def test_categories():
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.1, 0.3])
    expected = 2.0 * np.arccos(np.sum(np.sqrt(p * q)))
    assert distance(fx.Family(dist.CategoricalProbs), {"probs": p}, {"probs": q}) == pytest.approx(expected)
    family = fx.Family(dist.MultinomialProbs, fixed={"total_count": 9})
    assert distance(family, {"probs": p}, {"probs": q}) == pytest.approx(3.0 * expected, rel=1e-14)


def test_normal_vectors():
    generator = np.random.default_rng(0)
    a, b = (m @ m.T for m in generator.normal(size=(2, 4, 4)))
    expected = np.sqrt(0.5 * np.sum(np.log(scipy.linalg.eigvalsh(b, a)) ** 2))
    loc = {"loc": np.zeros(4)}
    family = fx.Family(dist.MultivariateNormal, fixed=loc)
    found = distance(family, {"covariance_matrix": a}, {"covariance_matrix": b})
    assert found == pytest.approx(expected, rel=1e-11)
    family = fx.Family(dist.MultivariateNormal, fixed=loc, parameters=("precision_matrix",))
    by_precision = distance(
        family, {"precision_matrix": np.linalg.inv(a)}, {"precision_matrix": np.linalg.inv(b)}
    )
    assert by_precision == pytest.approx(expected, rel=1e-10)
    family = fx.Family(dist.MultivariateNormal, fixed={"covariance_matrix": a})
    step = generator.normal(size=4)
    mahalanobis = np.sqrt(step @ np.linalg.solve(a, step))
    assert distance(family, loc, {"loc": step}) == pytest.approx(mahalanobis, rel=1e-12)


# ---- all digits, near and far --------------------------------------------------------------------------


def test_scales_and_locations_keep_all_digits_of_a_small_difference():
    near = 3e-6 * (1.0 + 2.0**-30)
    found = distance(fx.Family(dist.Exponential), {"rate": 3e-6}, {"rate": near})
    assert found == pytest.approx(np.log1p((near - 3e-6) / 3e-6), rel=1e-14, abs=0.0)
    family = fx.Family(dist.Normal, fixed={"scale": 3e-6})
    found = distance(family, {"loc": 1e6}, {"loc": 1e6 + 2.0**-30})
    assert found == pytest.approx(2.0**-30 / 3e-6, rel=1e-14, abs=0.0)
    found = distance(
        fx.Family(dist.Normal), {"loc": 1e6, "scale": 3e-6}, {"loc": 1e6 + 2.0**-30, "scale": 3e-6}
    )
    assert found == pytest.approx(np.sqrt(8) * np.arcsinh(2.0**-30 / 6e-6 / np.sqrt(2)), rel=1e-14, abs=0.0)


STEPS = [1e-12, 1e-6, 1e-2, 0.4, 1.0, 30.0, 1e6, 1e12]


@pytest.mark.parametrize("step", STEPS)
def test_the_half_plane_to_rounding(step):
    x, y = [0.25, 2.0], [0.25 + step, 2.0 + 0.5 * step]
    found = float(Hyperbolic(jnp.asarray(1.0)).distance(jnp.asarray(x), jnp.asarray(y)))
    with mpmath.workdps(60):
        (a, s), (b, t) = ([mpmath.mpf(v) for v in point] for point in (x, y))
        expected = mpmath.acosh(1 + ((a - b) ** 2 + (s - t) ** 2) / (2 * s * t))
    assert found == pytest.approx(float(expected), rel=1e-15, abs=0.0)


@pytest.mark.parametrize("angle", [1e-10, 1e-3, 0.6, 0.65, 1.5, 3.0, 3.141])
def test_the_sphere_to_rounding(angle):
    x, y = [2.0, 0.0], [2.0 * np.cos(angle), 2.0 * np.sin(angle)]
    found = float(Sphere(jnp.asarray(2.0)).distance(jnp.asarray(x), jnp.asarray(y)))
    with mpmath.workdps(60):
        expected = 2 * mpmath.atan2(mpmath.mpf(float(y[1])), mpmath.mpf(float(y[0])))
    assert found == pytest.approx(float(expected), rel=2e-15, abs=0.0)


@pytest.mark.parametrize("step", [1e-12, 1e-6, 1e-2, 0.4, 1.0, 30.0, 1e6])
def test_positive_definite_matrices_to_rounding(step):
    # y − x is exact near x; far from it the smallest eigenvalue is known from a factor of y to ε √κ.
    x = np.array([[2.0, 0.5], [0.5, 1.0]])
    y = x + step * np.array([[1.0, 0.25], [0.25, 0.5]]) + np.array([[0.0, 0.0], [0.0, 0.25 * step]])
    found = float(PositiveDefinite(jnp.asarray(0.5)).distance(jnp.asarray(x), jnp.asarray(y)))
    with mpmath.workdps(60):
        a, b = mpmath.matrix(x.tolist()), mpmath.matrix(y.tolist())
        product = a**-1 * b
        half, det = (product[0, 0] + product[1, 1]) / 2, mpmath.det(product)
        root = mpmath.sqrt(half**2 - det)
        expected = mpmath.sqrt((mpmath.log(half + root) ** 2 + mpmath.log(half - root) ** 2) / 2)
    assert found == pytest.approx(float(expected), rel=1e-14, abs=0.0)

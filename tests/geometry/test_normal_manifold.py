"""Normal vectors of free mean and covariance: geodesic equation, closed forms of submanifolds, bounds, curvature."""

import diffrax
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from fisherax.geometry.closed.hyperbolic import Hyperbolic
from fisherax.geometry.closed.normal_vectors import NormalVectors
from fisherax.geometry.closed.positive_definite import PositiveDefinite

SPACE = NormalVectors()
over_pairs = {
    name: jax.jit(jax.vmap(getattr(SPACE, name)))
    for name in ("exp", "log", "distance", "squared_distance", "bounds", "inner", "curvature")
}
SIZES = [1, 2, 3]
COUNT = 20


def laws(p, count=COUNT, seed=0, mean=2.0, log_scale=1.0):
    """Random [μ | Σ], with the logarithms of the standard deviations along Σ's axes uniform on ±log_scale."""
    generator = np.random.default_rng([p, seed])
    axes = np.linalg.qr(generator.normal(size=(count, p, p)))[0]
    roots = axes * np.exp(generator.uniform(-log_scale, log_scale, size=(count, 1, p)))
    means = generator.normal(size=(count, p), scale=mean)
    return jnp.asarray(np.concatenate([means[..., None], roots @ np.swapaxes(roots, 1, 2)], axis=2))


def moved(points, seed=7):
    """The laws of Ax + c."""
    p = points.shape[1]
    generator = np.random.default_rng([p, seed])
    a, c = generator.normal(size=(p, p)), generator.normal(size=p)
    means = np.asarray(points[..., 0]) @ a.T + c
    return jnp.asarray(np.concatenate([means[..., None], a @ np.asarray(points[..., 1:]) @ a.T], axis=2))


def miss(points, expected):
    """By how much laws differ, as a length in the metric."""
    step = points - expected
    return np.sqrt(np.maximum(over_pairs["inner"](expected, step, step), 0.0))


# ---- the geodesic equation -----------------------------------------------------------------------------


@pytest.mark.parametrize("p", [2, 3])
def test_exp_solves_the_geodesic_equation(p):
    # μ̈ = Σ̇ Σ⁻¹ μ̇,  Σ̈ = Σ̇ Σ⁻¹ Σ̇ − μ̇ μ̇ᵀ  (Skovgaard 1984, section 4)
    x, y = laws(p, 6), laws(p, 6, seed=1)
    v = over_pairs["log"](x, y)

    def field(t, state, args):
        (_, velocity), spread = state, state[0][:, 1:]
        lifted = jnp.linalg.inv(spread) @ velocity
        bend = velocity[:, 1:] @ lifted
        return velocity, bend.at[:, 1:].add(-jnp.outer(velocity[:, 0], velocity[:, 0]))

    @jax.jit
    @jax.vmap
    def integrated(x, v):
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(field),
            diffrax.Dopri8(),
            0.0,
            1.0,
            None,
            (x, v),
            stepsize_controller=diffrax.PIDController(rtol=1e-12, atol=1e-12),
            max_steps=2000,
        )
        assert solution.ys is not None
        return solution.ys[0][0]

    end = integrated(x, v)
    np.testing.assert_allclose(miss(over_pairs["exp"](x, v), end), np.zeros(6), atol=1e-9)
    np.testing.assert_allclose(miss(end, y), np.zeros(6), atol=1e-9)


@pytest.mark.parametrize("p", SIZES)
def test_log_and_exp_are_inverse_far_apart(p):
    # Means 10 apart, condition numbers of 10⁴: distances up to 15. A vector's digits are worth e^{d/√2} at the end.
    x, y = (laws(p, 50, seed, mean=10.0, log_scale=np.log(10.0)) for seed in range(2))
    end = over_pairs["exp"](x, over_pairs["log"](x, y))
    size = np.max(np.abs(y), axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(end / size, y / size, atol=1e-10)
    forth, back = over_pairs["distance"](x, y), over_pairs["distance"](y, x)
    np.testing.assert_allclose(forth, back, rtol=1e-11)
    assert np.max(forth) > 8.0


def test_log_says_that_it_found_nothing():
    x, y = jnp.eye(3, 4, 1), jnp.eye(3, 4, 1).at[:, 0].set(jnp.asarray([1e9, 2e9, 1e9]))
    y = y.at[0, 1].set(1e-8)
    log = np.asarray(SPACE.log(x, y))
    assert np.all(np.isnan(log)) or np.allclose(SPACE.exp(x, jnp.asarray(log)), y, rtol=1e-6)


# ---- closed forms --------------------------------------------------------------------------------------


def test_one_dimension_is_a_half_plane():
    # (μ, σ²) of metric (dμ² + 2dσ²)/σ² is c² = 2 times the half-plane of (μ, σ), ρ² = ½.
    x, y = laws(1, mean=10.0, log_scale=2.0), laws(1, seed=1, mean=10.0, log_scale=2.0)
    plane = Hyperbolic(jnp.sqrt(2.0), jnp.sqrt(0.5))

    def flat(point):
        return jnp.append(point[:, 0], jnp.sqrt(point[0, 1]))

    expected = jax.vmap(lambda x, y: plane.distance(flat(x), flat(y)))(x, y)
    np.testing.assert_allclose(over_pairs["distance"](x, y), expected, rtol=1e-12)


def test_the_distance_of_atkinson_and_mitchell():
    # √2 arcosh(1 + ((μ₂ − μ₁)²/2 + (σ₂ − σ₁)²)/(2σ₁σ₂)), in 50 digits
    with mpmath.workdps(50):
        chord = (mpmath.mpf(3) ** 2 / 2 + mpmath.mpf(1.5) ** 2) / (2 * mpmath.mpf(0.5) * 2)
        expected = float(mpmath.sqrt(2) * mpmath.acosh(1 + chord))
    x, y = jnp.asarray([[0.0, 0.25]]), jnp.asarray([[3.0, 4.0]])
    np.testing.assert_allclose(SPACE.distance(x, y), expected, rtol=1e-14)


@pytest.mark.parametrize("p", [2, 3])
def test_one_mean_is_totally_geodesic(p):
    x, y = laws(p), laws(p, seed=1)
    y = y.at[..., 0].set(x[..., 0])
    expected = jax.vmap(PositiveDefinite(jnp.asarray(0.5)).distance)(x[..., 1:], y[..., 1:])
    np.testing.assert_allclose(over_pairs["distance"](x, y), expected, rtol=1e-12)
    lower, upper = over_pairs["bounds"](x, y)
    np.testing.assert_allclose(lower, expected, rtol=1e-12)
    np.testing.assert_allclose(upper, expected, rtol=1e-12)


@pytest.mark.parametrize("p", [2, 3])
def test_one_covariance_is_an_arc_in_the_half_plane_of_its_step(p):
    # d = √2 arcosh(1 + m²/4) with m the distance of Mahalanobis, which it is shorter than: the way leads over
    # larger variances along the step, of which the others know nothing.
    x = laws(p)
    y = x.at[..., 0].set(laws(p, seed=1)[..., 0])
    step = np.asarray(y - x)[..., 0]
    squared = np.einsum("ni,ni->n", step, np.linalg.solve(np.asarray(x[..., 1:]), step[..., None])[..., 0])
    distance = over_pairs["distance"](x, y)
    np.testing.assert_allclose(distance, np.sqrt(2.0) * np.arccosh(1.0 + squared / 4.0), rtol=1e-12)
    assert np.all(distance < np.sqrt(squared))


def test_independent_entries_whose_means_differ_in_one_are_a_product_of_half_planes():
    # d² is the sum over the entries: these laws are what reflections of the other axes leave as it is. Where more
    # means differ, the way through dependent entries is shorter (Σ̈ has the entries −μ̇ᵢμ̇ⱼ).
    generator = np.random.default_rng(0)
    scales = np.exp(generator.normal(size=(2, COUNT, 3)))
    means = generator.normal(size=(2, COUNT, 3), scale=3.0)
    plane = Hyperbolic(jnp.sqrt(2.0), jnp.sqrt(0.5))

    def both(means):
        points = [
            jnp.asarray(np.concatenate([m[..., None], s[..., None] ** 2 * np.eye(3)], axis=2))
            for m, s in zip(means, scales, strict=True)
        ]
        flat = jnp.asarray(np.stack([means, scales], axis=-1))
        parts = jax.vmap(jax.vmap(plane.squared_distance))(*flat)
        return np.asarray(over_pairs["squared_distance"](*points)), np.sum(parts, axis=1)

    found, product = both(means)
    assert np.all(found < product)
    means[1, :, 1:] = means[0, :, 1:]
    found, product = both(means)
    np.testing.assert_allclose(found, product, rtol=1e-12)


# ---- laws ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", SIZES)
def test_distances_are_those_of_the_laws_in_any_affine_coordinates(p):
    x, y = laws(p), laws(p, seed=1)
    expected = over_pairs["distance"](x, y)
    np.testing.assert_allclose(over_pairs["distance"](moved(x), moved(y)), expected, rtol=1e-11)


@pytest.mark.parametrize("p", SIZES)
def test_the_distance_is_between_its_bounds(p):
    for mean, log_scale in ((0.1, 0.1), (2.0, 1.0), (10.0, np.log(10.0))):
        x, y = (laws(p, 50, seed, mean, log_scale) for seed in range(2))
        distance = over_pairs["distance"](x, y)
        lower, upper = over_pairs["bounds"](x, y)
        assert np.all(lower <= distance * (1.0 + 1e-12))
        assert np.all(distance <= upper * (1.0 + 1e-12))
    x, y = (laws(p, 50, seed, 1e-3, 1e-3) for seed in range(2))
    np.testing.assert_allclose(*over_pairs["bounds"](x, y), rtol=1e-5)  # they differ in the third order
    zero = SPACE.bounds(x[0], x[0])
    np.testing.assert_allclose(zero, (0.0, 0.0), atol=1e-12)


def test_the_distance_is_the_length_of_no_longer_curve_than_others():
    # Along mixtures of expectations and straight lines in (μ, Σ) the way is longer; so it is by √(Jeffreys).
    x, y = laws(3), laws(3, seed=1)
    distance = np.asarray(over_pairs["distance"](x, y))

    def length(curve):
        nodes, weights = np.polynomial.legendre.leggauss(40)
        t = jnp.asarray(0.5 * (nodes + 1.0))

        def speed(x, y, t):
            point, velocity = jax.jvp(lambda t: curve(x, y, t), (t,), (jnp.ones_like(t),))
            return jnp.sqrt(SPACE.inner(point, velocity, velocity))

        speeds = jax.vmap(jax.vmap(speed, (None, None, 0)), (0, 0, None))(x, y, t)
        return np.asarray(speeds @ jnp.asarray(0.5 * weights))

    def straight(x, y, t):
        return x + t * (y - x)

    def mixed(x, y, t):
        cross = t * (1.0 - t) * jnp.outer(y[:, 0] - x[:, 0], y[:, 0] - x[:, 0])
        return straight(x, y, t).at[:, 1:].add(cross)

    for curve in (straight, mixed):
        assert np.all(length(curve) >= distance)
    jeffreys = jax.vmap(lambda x, y: _kl(x, y) + _kl(y, x))(x, y)
    assert np.all(np.sqrt(jeffreys) >= distance)


def _kl(x, y):
    inverse = jnp.linalg.inv(y[:, 1:])
    step = y[:, 0] - x[:, 0]
    ratio = inverse @ x[:, 1:]
    return 0.5 * (jnp.trace(ratio) - len(x) - jnp.linalg.slogdet(ratio)[1] + step @ inverse @ step)


def test_curvature_is_the_commutator_of_derivatives_of_the_metric():
    # R from the metric alone: Christoffel symbols of [μ, Σ's lower triangle] and their derivatives.
    x, (u, v, w) = laws(2, 1)[0], np.random.default_rng(3).normal(size=(3, 5))

    def point(z):
        return jnp.asarray([[z[0], z[2], z[3]], [z[1], z[3], z[4]]])

    def metric(z):
        basis = jax.vmap(point)(jnp.eye(5))
        by_row = jax.vmap(SPACE.inner, (None, None, 0))
        return jax.vmap(by_row, (None, 0, None))(point(z), basis, basis)

    def christoffel(z):
        d = jax.jacfwd(metric)(z)
        first = 0.5 * (jnp.transpose(d, (0, 2, 1)) + d - jnp.transpose(d, (2, 0, 1)))
        return jnp.einsum("il,ljk->ijk", jnp.linalg.inv(metric(z)), first)

    z = jnp.asarray([x[0, 0], x[1, 0], x[0, 1], x[0, 2], x[1, 2]])
    gamma, change = christoffel(z), jax.jacfwd(christoffel)(z)
    one = jnp.einsum("iabc,a,b,c->i", change, v, w, u) - jnp.einsum("iabc,a,b,c->i", change, u, w, v)
    two = jnp.einsum("iab,a,bcd,c,d->i", gamma, u, gamma, v, w) - jnp.einsum(
        "iab,a,bcd,c,d->i", gamma, v, gamma, u, w
    )
    found = SPACE.curvature(x, *(point(each) for each in (u, v, w)))
    np.testing.assert_allclose(found, point(one + two), rtol=1e-10, atol=1e-10)


def test_sectional_curvatures_at_the_identity():
    # Skovgaard (1984): −½ in the plane of one mean and its variance, +¼ in that of two means.
    a, b = (jnp.zeros((2, 3)).at[i, 0].set(1.0) for i in range(2))
    spread = jnp.zeros((2, 3)).at[0, 1].set(1.0)
    x = jnp.eye(2, 3, 1)

    def sectional(u, v):
        inner = SPACE.inner
        area = inner(x, u, u) * inner(x, v, v) - inner(x, u, v) ** 2
        return inner(x, SPACE.curvature(x, u, v, v), u) / area

    np.testing.assert_allclose(sectional(a, spread), -0.5, rtol=1e-14)
    np.testing.assert_allclose(sectional(a, b), 0.25, rtol=1e-14)

"""What every model space satisfies: its maps are inverse, its curves are geodesics, its transport is parallel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from .space_cases import CASES, SYMMETRIC

each_space = pytest.mark.parametrize("name", CASES)
# The geodesic equation of normal vectors, whose logarithm is the dearest, is a law of test_normal_manifold.py.
each_other_space = pytest.mark.parametrize("name", [name for name in CASES if name != "normal vectors"])
each_symmetric_space = pytest.mark.parametrize("name", SYMMETRIC)
PAIRS = 12


def over_pairs(f):
    """A law at many pairs at once."""
    return jax.jit(jax.vmap(f))


def size(array):
    return np.max(np.abs(array), axis=tuple(range(1, array.ndim)), keepdims=True)


@each_space
@pytest.mark.parametrize("step", [1.0, 1e-3, 1e-9], ids=["far", "near", "very near"])
def test_exp_undoes_log_and_log_undoes_exp(name, step):
    case = CASES[name]
    space, x = case.space, case.points(PAIRS)
    if step == 1.0:
        y = case.points(PAIRS, seed=2)
    else:
        y = over_pairs(lambda x, v: space.exp(x, step * v))(x, case.vectors(x))

    @over_pairs
    def there_and_back(x, y):
        v = space.log(x, y)
        return space.exp(x, v), v, space.log(x, space.exp(x, v)), space.geodesic(x, y, 0.0)

    end, v, again, start = there_and_back(x, y)
    np.testing.assert_allclose(end / size(y), y / size(y), atol=1e-12)
    np.testing.assert_allclose(end - x, y - x, atol=np.max(1e-12 * size(y - x) + 1e-14 * size(x)))
    np.testing.assert_allclose(again / size(v), v / size(v), atol=1e-11 + 1e-14 / step)
    np.testing.assert_allclose(start / size(x), x / size(x), atol=1e-15 * x[0].size)


@each_space
def test_distances_are_a_metric(name):
    case = CASES[name]
    x, y, z = (case.points(PAIRS, seed=seed) for seed in range(3))

    @over_pairs
    def distances(x, y, z):
        v = case.space.log(x, y)
        d = case.space.distance
        return d(x, y), d(y, x), d(y, z), d(x, z), jnp.sqrt(case.space.inner(x, v, v)), d(x, x)

    xy, yx, yz, xz, length, zero = map(np.asarray, distances(x, y, z))
    np.testing.assert_allclose(xy, yx, rtol=1e-13)
    np.testing.assert_allclose(xy, length, rtol=1e-12)
    assert np.all(xz <= (xy + yz) * (1.0 + 1e-14))
    assert np.all(zero <= 1e-15 * xy)


@each_other_space
def test_geodesics_solve_the_equation_of_lagrange(name):
    # d/dt ∂L/∂v = ∂L/∂x along every tangent direction, L = ½⟨v, v⟩, from the metric alone.
    case = CASES[name]
    space = case.space

    def residual(x, y, w, t):
        def lagrangian(x, v):
            return 0.5 * space.inner(x, v, v)

        def curve(t):
            return space.geodesic(x, y, t)

        def velocity(t):
            return jax.jvp(curve, (t,), (jnp.ones_like(t),))[1]

        def momentum(t):
            return jax.grad(lagrangian, 1)(curve(t), velocity(t))

        change = jax.jvp(momentum, (t,), (jnp.ones_like(t),))[1]
        direction = case.project(curve(t), w)
        force = change - jax.grad(lagrangian)(curve(t), velocity(t))
        length = jnp.sqrt(space.inner(curve(t), direction, direction))
        return jnp.sum(force * direction) / length, 2.0 * lagrangian(curve(t), velocity(t))

    x, y = case.points(PAIRS), case.points(PAIRS, seed=2)
    w = jnp.asarray(np.random.default_rng(3).normal(size=x.shape))
    force, speed = over_pairs(lambda x, y, w: residual(x, y, w, jnp.asarray(0.4)))(x, y, w)
    squared = over_pairs(space.squared_distance)(x, y)
    np.testing.assert_allclose(speed, squared, rtol=1e-9)  # a derivative of `exp` in between
    np.testing.assert_allclose(force / squared, np.zeros(PAIRS), atol=1e-9)


@each_other_space
def test_speed_is_constant(name):
    case = CASES[name]

    @over_pairs
    def lengths(x, y):
        middle = case.space.geodesic(x, y, 0.3)
        d = case.space.distance
        return d(x, middle), d(middle, y), d(x, y)

    before, after, whole = lengths(case.points(PAIRS), case.points(PAIRS, seed=2))
    np.testing.assert_allclose(before, 0.3 * whole, rtol=1e-11)
    np.testing.assert_allclose(after, 0.7 * whole, rtol=1e-11)


@each_space
def test_transport_keeps_angles_and_moves_a_geodesics_velocity_to_its_velocity(name):
    case = CASES[name]
    x, y = case.points(PAIRS), case.points(PAIRS, seed=2)
    u, v = case.vectors(x, seed=3), case.vectors(x, seed=4)

    @over_pairs
    def moved(x, y, u, v):
        space = case.space
        here, there = space.transport(x, u, y), space.transport(x, v, y)
        onward = space.transport(x, space.log(x, y), y)
        miss = onward + space.log(y, x)
        return (
            (space.inner(x, u, v), space.inner(y, here, there)),
            jnp.sqrt(space.inner(y, miss, miss)) / space.distance(x, y),
            jnp.sqrt(space.inner(x, u, u) * space.inner(x, v, v)),
        )

    (before, after), miss, norms = moved(x, y, u, v)
    np.testing.assert_allclose(after / norms, before / norms, atol=1e-11)
    np.testing.assert_allclose(miss, np.zeros(PAIRS), atol=1e-11)


@each_symmetric_space
def test_transport_is_a_reflection_at_the_middle(name):
    # In a symmetric space −d s_m moves vectors in parallel from x to y, s_m the reflection at their middle m.
    case = CASES[name]
    x, y = case.points(PAIRS), case.points(PAIRS, seed=2)
    v = case.vectors(x, seed=3)

    @over_pairs
    def both(x, y, v):
        space = case.space
        middle = space.geodesic(x, y, 0.5)
        end, moved = jax.jvp(lambda p: space.exp(middle, -space.log(middle, p)), (x,), (v,))
        miss = moved + space.transport(x, v, y)
        return end, jnp.sqrt(space.inner(y, miss, miss) / space.inner(x, v, v))

    end, miss = both(x, y, v)
    np.testing.assert_allclose(end / size(y), y / size(y), atol=1e-11)
    np.testing.assert_allclose(miss, np.zeros(PAIRS), atol=1e-9)  # a derivative of `log` in between


@each_space
def test_the_slope_of_the_squared_distance_is_the_logarithm(name):
    case = CASES[name]
    x, y = case.points(PAIRS), case.points(PAIRS, seed=2)
    v = case.vectors(x, seed=3)

    @over_pairs
    def slopes(x, y, v):
        space = case.space
        slope = jax.jvp(lambda x: 0.5 * space.squared_distance(x, y), (x,), (v,))[1]
        return (
            slope,
            -space.inner(x, space.log(x, y), v),
            space.distance(x, y) * jnp.sqrt(space.inner(x, v, v)),
        )

    slope, expected, scale = slopes(x, y, v)
    np.testing.assert_allclose(slope / scale, expected / scale, atol=1e-11)


@each_space
def test_derivatives_hold_where_the_points_agree(name):
    case = CASES[name]
    x = case.points(3)
    u, v = case.vectors(x, seed=3), case.vectors(x, seed=4)

    @over_pairs
    def at_a_point(x, u, v):
        space = case.space

        def squared(y):
            return space.squared_distance(x, y)

        def along(y, direction):
            return jnp.sum(jax.grad(squared)(y) * direction)

        by_log = jax.jvp(lambda y: space.log(x, y), (x,), (v,))[1]
        by_exp = jax.jvp(lambda v: space.exp(x, v), (jnp.zeros_like(v),), (v,))[1]
        curved = jax.jvp(lambda t: along(space.exp(x, t * v), u), (jnp.zeros(()),), (jnp.ones(()),))[1]
        slope_along_u = lambda y: jax.jvp(squared, (y,), (u,))[1]  # noqa: E731
        second = lambda y: jax.jvp(slope_along_u, (y,), (v,))[1]  # noqa: E731
        # Of normal vectors, whose logarithm is a minimisation, it takes a compiler too long.
        third = jax.jvp(second, (x,), (u,))[1] if name != "normal vectors" else second(x)
        slope = jax.grad(lambda y: space.distance(x, y))(x)
        square = jax.grad(lambda y: space.distance(x, y) ** 2)(x)
        return by_log, by_exp, (curved, 2.0 * space.inner(x, u, v)), (third, slope, square)

    by_log, by_exp, (curved, metric), finite = at_a_point(x, u, v)
    np.testing.assert_allclose(by_log, v, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_exp, v, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(curved, metric, rtol=1e-11, atol=1e-12)
    for each in finite:
        assert np.all(np.isfinite(each))


@each_symmetric_space
def test_curvature_is_how_geodesics_spread(name):
    # In a symmetric space the second derivative of ½d²(·, y) along geodesics from x is √A cot √A for the operator
    # A = R(·, v)v, v = log_x y: Jacobi's equation with constant coefficients.
    case = CASES[name]
    space, x, y = case.space, case.points(4), case.points(4, seed=2)

    def frame(x):
        """An orthonormal basis of the tangent space, and zeros where the projected basis has vectors too many."""
        units = jnp.reshape(jnp.eye(x.size), (x.size, *x.shape))
        vectors = jax.vmap(case.project, (None, 0))(x, units)
        gram = jax.vmap(lambda u: jax.vmap(lambda v: space.inner(x, u, v))(vectors))(vectors)
        lengths, mixing = jnp.linalg.eigh(gram)
        there = lengths > 1e-9 * lengths[-1]
        mixing = jnp.where(there, mixing / jnp.sqrt(jnp.where(there, lengths, 1.0)), 0.0)
        return jnp.tensordot(mixing, vectors, (0, 0))

    @over_pairs
    def both(x, y):
        v, basis = space.log(x, y), frame(x)

        def bend(u):
            def along(t):
                return 0.5 * space.squared_distance(space.exp(x, t * u), y)

            return jax.jvp(jax.grad(along), (jnp.zeros(()),), (jnp.ones(()),))[1]

        def entry(u, w):
            return space.inner(x, space.curvature(x, u, v, v), w)

        a = jax.vmap(lambda u: jax.vmap(lambda w: entry(u, w))(basis))(basis)
        return a, jax.vmap(bend)(basis), jax.vmap(lambda u: space.inner(x, u, u))(basis)

    operators, bends, lengths = map(np.asarray, both(x, y))
    for a, bend, there in zip(operators, bends, lengths, strict=True):
        np.testing.assert_allclose(a, a.T, atol=1e-10 * (1.0 + np.max(np.abs(a))))
        values, vectors = np.linalg.eigh(a)
        root = np.emath.sqrt(np.where(np.abs(values) < 1e-12, 1e-12, values))
        expected = np.sum(vectors**2 * np.real(root / np.tan(root)), axis=1)
        np.testing.assert_allclose(bend, expected * there, rtol=1e-8, atol=1e-8 * np.max(np.abs(expected)))


@each_space
def test_curvature_has_the_symmetries_of_a_curvature(name):
    case = CASES[name]
    x = case.points(4)
    vectors = [case.vectors(x, seed=seed) for seed in range(3, 6)]

    @over_pairs
    def sums(x, u, v, w):
        u, v, w = (each / jnp.sqrt(case.space.inner(x, each, each)) for each in (u, v, w))
        r = case.space.curvature
        cyclic = r(x, u, v, w) + r(x, v, w, u) + r(x, w, u, v), r(x, u, v, w) + r(x, v, u, w)
        return [jnp.sqrt(case.space.inner(x, each, each)) for each in cyclic]

    np.testing.assert_allclose(sums(x, *vectors), np.zeros((2, 4)), atol=1e-10)


@pytest.mark.parametrize("name", ["a half-line", "a quarter of a circle", "a piece of a sphere"])
def test_a_geodesic_leaves_at_its_exit_time(name):
    case = CASES[name]
    x = case.points(PAIRS)
    v = case.vectors(x)

    @over_pairs
    def around(x, v):
        space = case.space
        t = space.exit_time(x, v)
        before, after = (space.contains(space.exp(x, jnp.minimum(t, 1.0) * r * v)) for r in (0.999, 1.001))
        return t, before, after, space.exit_time(x, 0.0 * v)

    t, before, after, at_rest = around(x, v)
    leaves = np.asarray(t) < 1.0
    assert np.any(leaves)
    assert np.all(before)
    assert not np.any(np.asarray(after)[leaves])
    assert np.all(np.isinf(at_rest))

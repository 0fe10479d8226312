"""Divergences have the information as their second derivative, and keep their digits near equality."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fisherax as fx

from .divergence_cases import CASES, case

ORDERS = (0.3, 2.5)


def all_divergences(model, data):
    """(p, q) ↦ every divergence, and the multiple of the information that its second derivative is."""

    def values(p, q):
        renyi = [fx.renyi_divergence(model, p, q, alpha, data) for alpha in ORDERS]
        return jnp.stack(
            [
                fx.kl(model, p, q, data),
                fx.kl(model, q, p, data),
                fx.jeffreys_divergence(model, p, q, data),
                fx.hellinger_distance(model, p, q, data, squared=True),
                *renyi,
            ]
        )

    return values, np.array([1.0, 1.0, 2.0, 0.25, *ORDERS])


@pytest.mark.parametrize("name", CASES)
def test_second_derivative_is_the_information(name):
    """In the second argument at equality; first derivatives and values vanish there."""
    model, params, move, direction, data = case(name)
    values, factors = all_divergences(model, data)
    information = fx.fisher(model, params, data).coordinates_matrix()

    # A quadratic form is known by its values along the coordinates and the sums of two of them.
    units = np.eye(direction.size)
    lines = np.unique([*units, *(a + b for a in units for b in units if a is not b), direction], axis=0)

    def along(line):
        def slope(t):
            return jax.jvp(lambda t: values(params, move(t * line)), (t,), (1.0,))

        (value, slope_), (_, curvature) = jax.jvp(slope, (0.0,), (1.0,))
        return value, slope_, curvature

    value, slope, curvature = jax.jit(jax.vmap(along))(lines)
    np.testing.assert_allclose(value, 0.0, atol=1e-14)
    np.testing.assert_allclose(slope, 0.0, atol=1e-11)
    expected = factors * np.einsum("li,ij,lj->l", lines, information, lines)[:, None]
    np.testing.assert_allclose(curvature, expected, rtol=1e-9, atol=1e-10 * np.max(np.abs(information)))


@pytest.mark.parametrize("name", CASES)
def test_digits_near_equality(name):
    """About the middle of two points 10⁻⁶ apart the two directions together are c δᵀGδ, to order |δ|⁴."""
    model, params, move, direction, data = case(name)
    values, factors = all_divergences(model, data)
    step = 1e-6 * direction
    values, ends = jax.jit(values), (move(-0.5 * step), move(0.5 * step))
    both = np.asarray(values(*ends) + values(*ends[::-1]))
    quadratic = step @ fx.fisher(model, params, data).coordinates_matrix() @ step
    expected = factors * np.asarray(quadratic)
    np.testing.assert_allclose(both[2:], expected[2:], rtol=1e-8)
    # KL divergence by a sum or a quadrature is a mean of terms of the order |δ|, of both signs.
    closed = fx.kl(model, params, params, data, return_error=True).error is None
    np.testing.assert_allclose(both[:2], expected[:2], rtol=1e-8 if closed else 1e-4)


@pytest.mark.parametrize("name", CASES)
def test_divergence_is_half_the_quadratic_form_but_for_a_cubic_term(name):
    model, params, move, direction, data = case(name)
    information = fx.fisher(model, params, data).coordinates_matrix()
    values = jax.jit(all_divergences(model, data)[0])
    steps = [size * direction for size in (0.02, 0.01, 0.005)]
    both = np.stack([values(params, move(step))[:2] for step in steps])
    remainder = both - np.array([0.5 * step @ information @ step for step in steps])[:, None]
    # Each halving divides the remainder by 8; terms of the fourth order disturb that by a few percent.
    ratios = remainder[:-1] / remainder[1:]
    np.testing.assert_allclose(ratios, 8.0, rtol=0.15)
    np.testing.assert_allclose(ratios[1], 8.0, rtol=0.08)


@pytest.mark.parametrize("name", CASES)
def test_symmetry_sign_and_order(name):
    """Between points far apart. R_α grows with α, and α R_{1−α}(p ‖ q) = (1 − α) R_α(q ‖ p)."""
    model, params, move, direction, data = case(name)
    other = move(0.9 * direction)

    @jax.jit
    def values(p, q):
        renyi = [fx.renyi_divergence(model, p, q, alpha, data) for alpha in (0.2, 0.5, 0.8, 1.0, 1.3)]
        squared = fx.hellinger_distance(model, p, q, data, squared=True)
        distance = fx.hellinger_distance(model, p, q, data)
        both = fx.kl(model, p, q, data) + fx.kl(model, q, p, data)
        return jnp.stack(renyi), jnp.stack(
            [squared, distance, fx.jeffreys_divergence(model, p, q, data), both]
        )

    renyi, (squared, distance, jeffreys, both) = values(params, other)
    back, symmetric = values(other, params)
    np.testing.assert_allclose(symmetric, [squared, distance, jeffreys, both], rtol=1e-11)
    assert np.all(np.asarray(renyi) > 0.0)
    assert np.all(np.diff(renyi) > 0.0)
    np.testing.assert_allclose(0.2 * renyi[2], 0.8 * back[0], rtol=1e-10)
    np.testing.assert_allclose(renyi[1], -2.0 * np.log1p(-squared), rtol=1e-11)
    np.testing.assert_allclose(distance**2, squared, rtol=1e-12)
    np.testing.assert_allclose(jeffreys, both, rtol=1e-10)
    assert 0.0 < squared < distance < 1.0
    assert 2.0 * squared < renyi[1] < renyi[3]  # 2H² ≤ R_½ ≤ KL

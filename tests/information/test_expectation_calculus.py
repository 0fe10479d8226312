"""The information as a function of the parameters: derivatives, jit, vmap; moments and divergences."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from jax.scipy.special import polygamma

import oracles
from fisherax.information.expectation import ScoreForm, expect, head_information, head_kl
from fisherax.information.expectation.lattice import _end_correction
from fisherax.information.expectation.panels import ABSCISSAE, GAUSS, KRONROD
from fisherax.models import Family, Mixture


def derivative(function, order):
    for _ in range(order):
        function = jax.jacfwd(function)
    return jax.jit(function)


def student_t(df, scale):
    """Lange, Little and Taylor (1989), in the order df, loc, scale."""
    of_df = (polygamma(1, df / 2) - polygamma(1, (df + 1) / 2)) / 4 - (df + 5) / (
        2 * df * (df + 1) * (df + 3)
    )
    cross = -2 / ((df + 1) * (df + 3) * scale)
    of_loc, of_scale = (df + 1) / ((df + 3) * scale**2), 2 * df / ((df + 3) * scale**2)
    zero = jnp.zeros(())
    return jnp.array([[of_df, zero, cross], [zero, of_loc, zero], [cross, zero, of_scale]])


def weibull(k, scale):
    """In the order concentration, scale."""
    g = 1 - np.euler_gamma
    return jnp.array([[(g**2 + np.pi**2 / 6) / k**2, -g / scale], [-g / scale, (k / scale) ** 2]])


def asymmetric_laplace(scale, k):
    """In the order asymmetry, loc, scale."""
    of_k, zero = 1 / k**2 + 4 / (1 + k**2) ** 2, jnp.zeros(())
    loc_k, scale_k = -2 / (scale * (1 + k**2)), -(1 - k**2) / (1 + k**2) / (scale * k)
    return jnp.array([[of_k, loc_k, scale_k], [loc_k, 1 / scale**2, zero], [scale_k, zero, 1 / scale**2]])


@pytest.mark.parametrize(
    ("family", "order", "path", "closed"),
    [
        (
            Family(dist.StudentT),
            2,
            lambda t: {"df": 3.0 * jnp.exp(t), "loc": jnp.sin(t), "scale": 2.0 + t},
            lambda t: student_t(3.0 * jnp.exp(t), 2.0 + t),
        ),
        (
            Family(dist.Weibull),
            3,
            lambda t: {"scale": 2.0 + t, "concentration": 0.5 + t**2 + t},
            lambda t: weibull(0.5 + t**2 + t, 2.0 + t),
        ),
        # The score jumps at the location, which moves: a mesh that stood still would miss the jump's share.
        (
            Family(dist.AsymmetricLaplace),
            3,
            lambda t: {"asymmetry": 0.5 + t, "loc": jnp.sin(3 * t), "scale": 2.0 + t},
            lambda t: asymmetric_laplace(2.0 + t, 0.5 + t),
        ),
    ],
    ids=["StudentT", "Weibull", "AsymmetricLaplace"],
)
def test_derivatives_along_a_curve(family, order, path, closed):
    """Curvature differentiates the metric two or three times. The mesh is chosen for the value alone."""
    computed = derivative(lambda t: head_information(family, path(t)).value, order)(0.2)
    oracles.allclose(computed, derivative(closed, order)(0.2), rtol=1e-9)


def test_derivatives_in_reverse_mode_and_of_two_moving_kinks():
    """A mixture of two Laplace distributions, against central differences of its information."""
    mixture = Mixture(Family(dist.Laplace), 2)

    def information(t):
        loc, scale = jnp.stack([jnp.sin(t), 1.0 + t]), jnp.stack([1.0 + t, 0.5 + t**2])
        return head_information(mixture, {"weights": jnp.array([0.4, 0.6]), "loc": loc, "scale": scale}).value

    slope = jax.jacrev(information)(0.3)
    h = 1e-3
    # Five points: an error of h⁴ and of rounding/h, both near 1e-12.
    information = jax.jit(information)
    near = (information(0.3 + h) - information(0.3 - h)) * 8
    far = information(0.3 + 2 * h) - information(0.3 - 2 * h)
    oracles.allclose(slope, (near - far) / (12 * h), rtol=1e-8)


@pytest.mark.parametrize("order", [1, 3])
def test_truncated_sums_have_derivatives_too(order):
    """Poisson: 1/λ and −1/λ², −6/λ⁴, where half the terms are quadrature.

    The derivatives are what is left of terms s^order/λ with s ~ λ^{-1/2}, on a density good to 1e-13.
    """
    family, rate = Family(dist.Poisson), 90.0
    computed = derivative(lambda t: head_information(family, {"rate": t}, ScoreForm()).value[0, 0], order)(
        rate
    )
    expected = {1: -1 / rate**2, 3: -6 / rate**4}[order]
    np.testing.assert_allclose(computed, expected, rtol=1e-10, atol=1e-10 / rate * rate ** (-order / 2))


def test_vmap_over_parameters_of_every_size():
    family = Family(dist.Logistic)
    scale = jnp.geomspace(1e-3, 1e3, 50)
    params = {"loc": jnp.linspace(-9.0, 9.0, 50), "scale": scale}
    result = jax.jit(jax.vmap(lambda f: head_information(family, f, ScoreForm())))(params)
    assert result.method == "quadrature"
    expected = np.stack([1 / (3 * scale**2), (3 + np.pi**2) / (9 * scale**2)], axis=1)
    np.testing.assert_allclose(jnp.diagonal(result.value, axis1=1, axis2=2), expected, rtol=1e-10)


def test_single_precision():
    with jax.enable_x64(False):
        params = {"loc": jnp.float32(1.0), "scale": jnp.float32(2.0)}
        result = head_information(Family(dist.Logistic), params, ScoreForm())
        assert result.value.dtype == jnp.float32
        np.testing.assert_allclose(result.value, np.diag([1 / 12, (3 + np.pi**2) / 36]), atol=2e-6)
        assert np.all(result.error < 1e-4)


def test_expectation_of_any_function():
    """Weibull: E[x] = λ Γ(1 + 1/k), E[ln x] = ln λ − γ/k; a pytree in, a pytree out, and its derivative."""
    family = Family(dist.Weibull)
    params = {"scale": jnp.array(2.0), "concentration": jnp.array(2.0)}

    def moments(power, params):
        return expect(family, params, lambda y: {"power": y**power, "log": [jnp.log(y)]})

    result = moments(1.0, params)
    assert result.method == "quadrature"
    np.testing.assert_allclose(result.value["power"], np.sqrt(np.pi), rtol=1e-12)
    np.testing.assert_allclose(result.value["log"][0], np.log(2.0) - np.euler_gamma / 2, rtol=1e-12)
    assert result.error["power"] < 1e-10
    # E[x^p] = λ^p Γ(1 + p/k): in p, through what the function closes over, and in λ.
    in_power, in_scale = jax.grad(
        lambda p, s: moments(p, {**params, "scale": s}).value["power"], argnums=(0, 1)
    )(1.0, 2.0)
    digamma = float(jax.scipy.special.digamma(1.5))
    np.testing.assert_allclose(in_power, np.sqrt(np.pi) * (np.log(2.0) + digamma / 2), rtol=1e-10)
    np.testing.assert_allclose(in_scale, np.sqrt(np.pi) / 2, rtol=1e-10)


def test_expectation_over_counts():
    """BetaBinomial: the mean is n a/(a + b)."""
    family = Family(dist.BetaBinomial, fixed={"total_count": 9})
    params = {"concentration1": jnp.array(0.5), "concentration0": jnp.array(2.0)}
    result = expect(family, params, lambda y: 1.0 * y)
    assert result.method == "sum"
    np.testing.assert_allclose(result.value, 9 * 0.5 / 2.5, rtol=1e-13)


@pytest.mark.parametrize(
    ("family", "f", "g", "closed"),
    [
        # Chyzak and Nielsen (2019).
        (
            Family(dist.Cauchy),
            {"loc": 0.0, "scale": 2.0},
            {"loc": 30.0, "scale": 0.1},
            np.log(((2.0 + 0.1) ** 2 + 30.0**2) / (4 * 2.0 * 0.1)),
        ),
        (
            Family(dist.Laplace),
            {"loc": 0.0, "scale": 2.0},
            {"loc": 3.0, "scale": 0.5},
            np.log(0.5 / 2.0) + 3.0 / 0.5 + 2.0 / 0.5 * np.exp(-3.0 / 2.0) - 1.0,
        ),
        # Bauckhage (2013), with Γ(1 + k₂/k₁) = Γ(2).
        (
            Family(dist.Weibull),
            {"scale": 2.0, "concentration": 1.5},
            {"scale": 1.0, "concentration": 1.5},
            -1.5 * np.log(2.0) + 2.0**1.5 - 1.0,
        ),
        (Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}, 0.5),
    ],
    ids=["Cauchy", "Laplace", "Weibull", "Normal"],
)
def test_divergences(family, f, g, closed):
    f, g = ({key: jnp.asarray(value) for key, value in p.items()} for p in (f, g))
    result = head_kl(family, f, g)
    np.testing.assert_allclose(result.value, closed, rtol=1e-10)
    if result.error is not None:
        assert abs(result.value - closed) <= result.error < 1e-8 * closed


def test_divergences_of_supports_that_move():
    """KL(U(0, 1) ‖ U(0, 2)) = ln 2, although there is no Fisher information; the other way round it is infinite."""
    family = Family(dist.Uniform, fixed={"low": 0.0})
    narrow, wide = {"high": jnp.array(1.0)}, {"high": jnp.array(2.0)}
    np.testing.assert_allclose(head_kl(family, narrow, wide).value, np.log(2.0), rtol=1e-12)
    assert head_kl(family, wide, narrow).value == np.inf


def test_a_divergence_without_a_density_is_refused():
    good, bad = ({"loc": jnp.array(0.0), "scale": jnp.array(scale)} for scale in (1.0, -1.0))
    with pytest.raises(ValueError, match="did not converge by quadrature"):
        head_kl(Family(dist.Cauchy), bad, good)


def test_gauss_and_kronrod_are_exact_for_their_degrees():
    """10 points of Gauss: degree 19. 21 points of Kronrod: degree 31. One more even power is not exact."""
    for degree in range(0, 34, 2):
        exact = 2 / (degree + 1)
        assert (abs(KRONROD @ ABSCISSAE**degree - exact) < 1e-15) == (degree <= 31)
        assert (abs(GAUSS @ ABSCISSAE**degree - exact) < 1e-15) == (degree <= 19)


def test_end_corrections_are_exact_for_quintic_polynomials():
    """Σ_{k ≥ 0} f(c + ½ + k) − ∫_c^∞ f, for x^p, is −ζ-like: the difference of two cuts is a finite sum."""
    offsets, weights, _ = _end_correction()
    for power in range(6):
        low, high = 2.5, 7.5
        total = sum(k**power for k in range(3, 8))
        integral = (high ** (power + 1) - low ** (power + 1)) / (power + 1)
        corrected = integral + weights @ (low + offsets) ** power - weights @ (high + offsets) ** power
        np.testing.assert_allclose(corrected, total, rtol=1e-13)


def test_an_expectation_without_a_density_is_refused():
    with pytest.raises(ValueError, match="does not integrate to 1"):
        expect(
            Family(dist.Cauchy), {"loc": jnp.array(0.0), "scale": jnp.array(-1.0)}, lambda y: y / (1 + y * y)
        )

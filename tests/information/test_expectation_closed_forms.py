"""Informations that the literature has in closed form, by every rung of the ladder."""

import equinox as eqx
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest

from fisherax.information.expectation import Expectation, HessianForm, KLForm, ScoreForm, head_information
from fisherax.models import Family
from fisherax.models.base import Head

EULER = float(np.euler_gamma)
PSI1 = np.pi**2 / 6


def as_params(**params):
    return {key: jnp.asarray(value, float) for key, value in params.items()}


def by_name(family, params, entries):
    """A matrix in the order of the tangent coordinates from {(name, name): value}."""
    names = family.tangent(params).labels
    return np.array([[entries.get((a, b), entries.get((b, a), 0.0)) for b in names] for a in names], float)


def cauchy(loc, scale):
    return {("loc", "loc"): 0.5 / scale**2, ("scale", "scale"): 0.5 / scale**2}


def student_t(df, loc, scale):
    """Lange, Little and Taylor (1989), appendix B, for σ instead of σ²."""
    with mpmath.workdps(40):
        v = mpmath.mpf(df)
        trigammas = (mpmath.psi(1, v / 2) - mpmath.psi(1, (v + 1) / 2)) / 4
        of_df = float(trigammas - (v + 5) / (2 * v * (v + 1) * (v + 3)))
    return {
        ("loc", "loc"): (df + 1) / ((df + 3) * scale**2),
        ("scale", "scale"): 2 * df / ((df + 3) * scale**2),
        ("df", "df"): of_df,
        ("df", "scale"): -2 / ((df + 1) * (df + 3) * scale),
    }


def logistic(loc, scale):
    return {("loc", "loc"): 1 / (3 * scale**2), ("scale", "scale"): (3 + np.pi**2) / (9 * scale**2)}


def gumbel(loc, scale):
    return {
        ("loc", "loc"): 1 / scale**2,
        ("loc", "scale"): -(1 - EULER) / scale**2,
        ("scale", "scale"): ((1 - EULER) ** 2 + PSI1) / scale**2,
    }


def weibull(scale, concentration):
    return {
        ("scale", "scale"): (concentration / scale) ** 2,
        ("scale", "concentration"): -(1 - EULER) / scale,
        ("concentration", "concentration"): ((1 - EULER) ** 2 + PSI1) / concentration**2,
    }


def laplace(loc, scale):
    return {("loc", "loc"): 1 / scale**2, ("scale", "scale"): 1 / scale**2}


def asymmetric_laplace(loc, scale, asymmetry):
    """Kotz, Kozubowski and Podgórski (2001), section 3.5, for NumPyro's scale."""
    k = asymmetry
    return {
        ("loc", "loc"): 1 / scale**2,
        ("loc", "asymmetry"): -2 / (scale * (1 + k**2)),
        ("scale", "scale"): 1 / scale**2,
        ("scale", "asymmetry"): -(1 - k**2) / (1 + k**2) / (scale * k),
        ("asymmetry", "asymmetry"): 1 / k**2 + 4 / (1 + k**2) ** 2,
    }


def kumaraswamy(concentration1, concentration0):
    """Jones (2009), equations 5.1 to 5.3; at b = 1 and b = 2 their limits, from sixty digits next to it."""
    with mpmath.workdps(60):
        a, b = mpmath.mpf(concentration1), mpmath.mpf(concentration0)
        b = b + mpmath.mpf(10) ** -25 if b in (1, 2) else b
        gap = mpmath.psi(0, b) - mpmath.psi(0, 2)
        slope = mpmath.psi(1, b) - mpmath.psi(1, 2)
        return {
            ("concentration1", "concentration1"): float(1 / a**2 + b / (a**2 * (b - 2)) * (gap**2 - slope)),
            ("concentration1", "concentration0"): float(
                (mpmath.psi(0, 2) - mpmath.psi(0, b + 1)) / (a * (b - 1))
            ),
            ("concentration0", "concentration0"): float(1 / b**2),
        }


def log_normal(loc, scale):
    return {("loc", "loc"): 1 / scale**2, ("scale", "scale"): 2 / scale**2}


def zero_inflated_poisson(gate, rate):
    """Lambert (1992): the zero has probability p₀ = g + (1 − g) e^{-λ}."""
    none = np.exp(-rate)
    p0 = gate + (1 - gate) * none
    return {
        ("gate", "gate"): (1 - none) ** 2 / p0 + (1 - p0) / (1 - gate) ** 2,
        ("gate", "rate"): -(1 - none) * (1 - gate) * none / p0 - none,
        ("rate", "rate"): (1 - gate) ** 2 * none**2 / p0 + (1 - gate) * (1 / rate - none),
    }


def negative_binomial(mean, concentration):
    """E of −∂² ln p/∂r² = Σ_{j<x} (r + j)⁻² − μ/(r (μ + r)) − …, term by term in extended precision."""
    m, r = np.longdouble(mean), np.longdouble(concentration)
    # P(X > j) by summing the mass function up to where nothing is left.
    x = np.arange(int(m + 60 * np.sqrt(m + m * m / r) + 200)).astype(np.longdouble)
    steps = np.log((x[1:] - 1 + r) / x[1:]) + np.log(m / (m + r))
    mass = np.exp(np.concatenate([[0.0], np.cumsum(steps)]) - r * np.log1p(m / r))
    beyond = np.cumsum(mass[::-1])[::-1][1:]
    return {
        ("mean", "mean"): r / (m * (m + r)),
        ("concentration", "concentration"): np.sum(beyond / (r + x[:-1]) ** 2) - m / (r * (m + r)),
    }


CASES = [
    (Family(dist.Cauchy), cauchy, [{"loc": 3.0, "scale": 2.0}, {"loc": -10.0, "scale": 1e-3}]),
    (
        Family(dist.StudentT),
        student_t,
        [{"df": df, "loc": 1.0, "scale": 2.0} for df in (0.3, 0.7, 1.0, 5.0, 60.0)],
    ),
    (Family(dist.Logistic), logistic, [{"loc": 3.0, "scale": 2.0}, {"loc": -50.0, "scale": 1e-3}]),
    (Family(dist.Gumbel), gumbel, [{"loc": 3.0, "scale": 2.0}, {"loc": 0.0, "scale": 1e4}]),
    (
        Family(dist.Weibull),
        weibull,
        [{"scale": 2.0, "concentration": k} for k in (0.3, 1.0, 2.0, 30.0)],
    ),
    (Family(dist.Laplace), laplace, [{"loc": 3.0, "scale": 2.0}, {"loc": 1e3, "scale": 0.01}]),
    (
        Family(dist.AsymmetricLaplace),
        asymmetric_laplace,
        [{"loc": 1.0, "scale": 2.0, "asymmetry": k} for k in (0.3, 1.0, 2.5)],
    ),
    (
        Family(dist.Kumaraswamy),
        kumaraswamy,
        [
            {"concentration1": a, "concentration0": b}
            for a, b in ((0.3, 0.3), (1.0, 1.0), (2.0, 2.0), (0.5, 50.0), (50.0, 0.5))
        ],
    ),
    (Family(dist.LogNormal), log_normal, [{"loc": 1.0, "scale": 0.1}, {"loc": -3.0, "scale": 4.0}]),
    (
        Family(dist.ZeroInflatedPoisson),
        zero_inflated_poisson,
        [{"gate": 0.3, "rate": 5.0}, {"gate": 1e-3, "rate": 0.01}, {"gate": 0.9, "rate": 4e3}],
    ),
    (
        Family(dist.NegativeBinomial2),
        negative_binomial,
        [
            {"mean": 3.0, "concentration": 0.7},
            {"mean": 40.0, "concentration": 20.0},
            {"mean": 3e4, "concentration": 0.3},
        ],
    ),
]


@pytest.mark.parametrize(("family", "closed", "points"), CASES, ids=[family.name for family, _, _ in CASES])
def test_score_form_equals_the_literature(family, closed, points):
    for point in points:
        params = as_params(**point)
        result = head_information(family, params, ScoreForm())
        expected = by_name(family, params, closed(**point))
        scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        error = np.abs(np.asarray(result.value) - expected)
        # 1e-10 of the information itself; I_{ab} in units of √(I_aa I_bb), since some are zero.
        assert np.all(error <= 1e-10 * scale), (point, error / scale)
        # The stated error covers the true one.
        assert np.all(error <= np.asarray(result.error)), (point, error, result.error)
        assert np.all(np.asarray(result.error) <= 1e-9 * scale)


@pytest.mark.parametrize("level", [0, 3])
def test_the_stated_error_covers_rounding_however_it_is_compiled(level):
    """A Poisson mass function at 4,000 is a sum of terms of 33,000, each of which rounds by itself."""
    family = Family(dist.ZeroInflatedPoisson)
    information = jax.jit(
        lambda params: head_information(family, params, ScoreForm()),
        compiler_options={"xla_backend_optimization_level": level},
    )
    for gate, rate in ((0.3, 5.0), (1e-3, 0.01), (0.9, 400.0), (0.9, 4e3), (0.5, 4e4)):
        expected = by_name(
            family, as_params(gate=gate, rate=rate), zero_inflated_poisson(gate=gate, rate=rate)
        )
        result = information(as_params(gate=gate, rate=rate))
        assert np.all(np.abs(result.value - expected) <= result.error)
        assert np.all(result.error <= 1e-9 * np.sqrt(np.outer(np.diag(expected), np.diag(expected))))


@pytest.mark.parametrize(
    ("family", "params", "form", "method"),
    [
        (Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, None, "KL Hessian"),
        (Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, ScoreForm(), "quadrature"),
        (Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, KLForm(), "KL Hessian"),
        (Family(dist.Poisson), {"rate": 3.0}, ScoreForm(), "truncated sum"),
        (Family(dist.Binomial, fixed={"total_count": 7}), {"probs": 0.3}, ScoreForm(), "sum"),
        (Family(dist.Cauchy), {"loc": 0.0, "scale": 1.0}, None, "closed form"),
        (Family(dist.SoftLaplace), {"loc": 0.0, "scale": 1.0}, None, "quadrature"),
        (
            Family(dist.MultivariateStudentT, fixed={"scale_tril": jnp.eye(2), "df": 1.0}),
            {"loc": [0.0, 0.0]},
            None,
            "sampling",
        ),
    ],
)
def test_the_ladder_says_which_rung_was_used(family, params, form, method):
    """It is known while tracing, before anything is computed."""
    shape = eqx.filter_eval_shape(lambda f: head_information(family, f, form), as_params(**params))
    assert shape.method == method
    assert (shape.error is None) == (method in ("closed form", "KL Hessian"))


def test_a_closed_form_has_no_error():
    result = head_information(Family(dist.Normal), as_params(loc=0.0, scale=2.0))
    assert isinstance(result, Expectation)
    assert result.error is None
    np.testing.assert_allclose(result.value, np.diag([1 / 4, 2 / 4]), rtol=1e-14, atol=1e-16)


def test_sums_as_wide_as_a_million():
    """Geometric: 1/(p²(1 − p)); Poisson: 1/λ; the terms run to 4·10⁷ and are not summed one by one."""
    p = 1e-6
    result = head_information(Family(dist.Geometric), as_params(probs=p), ScoreForm())
    np.testing.assert_allclose(result.value[0, 0], 1 / (p**2 * (1 - p)), rtol=1e-12)
    result = head_information(Family(dist.Poisson), as_params(rate=2e3), ScoreForm())
    np.testing.assert_allclose(result.value[0, 0], 1 / 2e3, rtol=1e-11)


@pytest.mark.parametrize("probs", [0.3, 1e-3, 1 - 1e-4])
def test_binomial_listed_and_windowed(probs):
    """n/(p(1 − p)), by a list of 11 points and by windows at both ends of 20,001."""
    for count in (10, 20_000):
        family = Family(dist.Binomial, fixed={"total_count": count})
        result = head_information(family, as_params(probs=probs), ScoreForm())
        assert result.method == ("sum" if count == 10 else "truncated sum")
        np.testing.assert_allclose(result.value[0, 0], count / (probs * (1 - probs)), rtol=1e-10)


def test_categories_live_on_the_simplex():
    """On the tangent space the information is Bᵀ diag(1/p) B."""
    family = Family(dist.Categorical)
    params = as_params(probs=[0.1, 0.2, 0.7])
    basis = np.asarray(family.tangent(params).basis())
    result = head_information(family, params, ScoreForm())
    expected = basis.T @ np.diag(1 / np.array([0.1, 0.2, 0.7])) @ basis
    np.testing.assert_allclose(result.value, expected, rtol=1e-12)


def test_multinomial_is_listed():
    family = Family(dist.Multinomial, fixed={"total_count": 4})
    params = as_params(probs=[0.1, 0.2, 0.7])
    basis = np.asarray(family.tangent(params).basis())
    result = head_information(family, params, ScoreForm())
    assert result.method == "sum"
    expected = 4 * basis.T @ np.diag(1 / np.array([0.1, 0.2, 0.7])) @ basis
    np.testing.assert_allclose(result.value, expected, rtol=1e-12)


class Plane(Head):
    """A vector of two normals with means f and covariance ((1, r), (r, 1)), which only can be sampled."""

    correlation: float = 0.6

    def distribution(self, f):
        root = jnp.array([[1.0, 0.0], [self.correlation, np.sqrt(1 - self.correlation**2)]])
        return dist.MultivariateNormal(f, scale_tril=root)

    def log_prob(self, f, y):
        return self.distribution(f).log_prob(y)


@pytest.mark.parametrize("form", [ScoreForm(), HessianForm()])
def test_sampling_is_within_its_standard_error(form):
    mean = jnp.array([1.0, -1.0])
    expected = np.linalg.inv([[1.0, 0.6], [0.6, 1.0]])
    result = head_information(Plane(), mean, form, key=jax.random.key(1), num_samples=4096)
    assert result.method == "sampling"
    # −∇² ln p is constant here: its standard error is 0, but the stated one knows of the score's.
    assert np.all(np.abs(result.value - expected) <= 5 * result.error + 1e-12)
    assert np.all(result.error < 0.1 * np.max(expected))
    again = [head_information(Plane(), mean, form, num_samples=4096).value for _ in range(2)]
    np.testing.assert_array_equal(*again)

"""Log-densities in place of NumPyro's, with two derivatives, against mpmath at arguments that hurt."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

from fisherax.models.traits import DensityTraits, traits

mp = mpmath.mp
L = mpmath.log


def log_beta(a, b):
    return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def log_ways(x, r):
    return mpmath.loggamma(x + r) - mpmath.loggamma(r) - mpmath.loggamma(x + 1)


def student_t(x, df, loc, scale):
    constant = mpmath.loggamma((df + 1) / 2) - mpmath.loggamma(df / 2) - L(df * mp.pi) / 2 - L(scale)
    return constant - (df + 1) / 2 * mpmath.log1p(((x - loc) / scale) ** 2 / df)


def cauchy(x, loc, scale):
    return -L(mp.pi) - L(scale) - mpmath.log1p(((x - loc) / scale) ** 2)


def weibull(x, scale, k):
    return L(k) - L(scale) + (k - 1) * L(x / scale) - (x / scale) ** k


def kumaraswamy(x, a, b):
    return L(a) + L(b) + (a - 1) * L(x) + (b - 1) * mpmath.log1p(-(x**a))


def product(*ranges):
    return np.array(np.meshgrid(*ranges)).reshape(len(ranges), -1).T


# The distribution, its parameters in order, ln p(x, *parameters), and rows (x, *parameters).
CASES = {
    "StudentT": (
        dist.StudentT,
        ("df", "loc", "scale"),
        student_t,
        product((1.0, 1.5, -30.0, 1e9, 1e100), (0.05, 5.0, 1e3, 1e7), (1.0,), (0.5,)),
    ),
    "Cauchy": (
        dist.Cauchy,
        ("loc", "scale"),
        cauchy,
        product((0.0, 1e-9, 5.0, 1e10, 1e200), (0.0,), (1e-5, 1.0)),
    ),
    "HalfCauchy": (
        dist.HalfCauchy,
        ("scale",),
        lambda x, scale: L(2) + cauchy(x, 0, scale),
        product((1e-100, 1e-3, 1.0, 1e100), (0.3, 1.0)),
    ),
    "Weibull": (
        dist.Weibull,
        ("scale", "concentration"),
        weibull,
        product((1e-300, 1e-8, 1.0, 1.5, 2.0), (1.5,), (0.05, 0.3, 1.0, 2.0, 30.0)),
    ),
    "Kumaraswamy": (
        dist.Kumaraswamy,
        ("concentration1", "concentration0"),
        kumaraswamy,
        product((1e-200, 0.1, 0.5, 0.99, 1 - 1e-10), (0.1, 1.0, 2.0, 50.0), (0.3, 1.0, 2.0, 50.0)),
    ),
    "NegativeBinomialProbs": (
        dist.NegativeBinomialProbs,
        ("total_count", "probs"),
        lambda x, r, p: log_ways(x, r) + r * mpmath.log1p(-p) + x * L(p),
        product((0.0, 1.0, 5.0, 1e6), (0.01, 1.0, 6.0, 1e3), (1e-4, 0.3, 0.9999)),
    ),
    "NegativeBinomialLogits": (
        dist.NegativeBinomialLogits,
        ("total_count", "logits"),
        lambda x, r, z: log_ways(x, r) - r * mpmath.log1p(mpmath.exp(z)) - x * mpmath.log1p(mpmath.exp(-z)),
        product((0.0, 1.0, 5.0, 1e6), (0.01, 1.0, 6.0, 1e3), (-20.0, -1.0, 0.0, 20.0)),
    ),
    "NegativeBinomial2": (
        dist.NegativeBinomial2,
        ("mean", "concentration"),
        lambda x, m, r: log_ways(x, r) - r * mpmath.log1p(m / r) - x * mpmath.log1p(r / m),
        product((0.0, 1.0, 5.0, 1e6), (1e-3, 3.0, 1e6), (0.01, 1.0, 6.0, 1e3)),
    ),
    "GammaPoisson": (
        dist.GammaPoisson,
        ("concentration", "rate"),
        lambda x, r, rate: log_ways(x, r) - r * mpmath.log1p(1 / rate) - x * mpmath.log1p(rate),
        product((0.0, 1.0, 5.0, 1e6), (0.01, 1.0, 6.0, 1e3), (1e-6, 1.0, 1e3)),
    ),
    "BetaBinomial": (
        dist.BetaBinomial,
        ("concentration1", "concentration0", "total_count"),
        lambda x, a, b, n: L(mpmath.binomial(n, x)) + log_beta(x + a, n - x + b) - log_beta(a, b),
        product((0.0, 1.0, 20.0, 40.0), (0.01, 1.0, 20.0, 1e3), (0.01, 1.0, 20.0, 1e3), (40.0,)),
    ),
    "BetaNegativeBinomial": (
        dist.BetaNegativeBinomial,
        ("concentration1", "concentration0", "n"),
        lambda x, a, b, n: log_ways(x, n) + log_beta(x + a, b + n) - log_beta(a, b),
        product((0.0, 1.0, 20.0, 1e3), (0.1, 1.0, 20.0), (0.5, 3.0, 20.0), (1.0, 5.0)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_log_density_and_two_derivatives(name):
    """To 1e-11 of the terms of ∂ ln p/∂ ln θ, which are as large as |ln p|, x (of a count), or 1."""
    kind, names, exact, rows = CASES[name]
    known = traits(kind)
    assert isinstance(known, DensityTraits)
    free = [i for i, key in enumerate(names) if key not in ("total_count", "n")]

    def log_prob(values, x):
        return known.log_prob(dict(zip(names, values, strict=True)), x)

    values = jax.jit(
        jax.vmap(lambda v, x: (log_prob(v, x), jax.grad(log_prob)(v, x), jax.hessian(log_prob)(v, x)))
    )
    ours, gradient, hessian = (
        np.asarray(a) for a in values(jnp.asarray(rows[:, 1:]), jnp.asarray(rows[:, 0]))
    )
    generator = np.random.default_rng(0)
    for i in generator.permutation(len(rows))[:24]:
        with mpmath.workdps(50):
            point = [mpmath.mpf(float(value)) for value in rows[i]]
            value = exact(*point)
            np.testing.assert_allclose(ours[i], float(value), rtol=1e-12, atol=1e-13)
            a, b = generator.choice(free), generator.choice(free)
            sizes = [abs(p) if p else mpmath.mpf(1) for p in point[1:]]
            large = float(max(abs(value), 1, abs(point[0]) if kind in COUNTS else 1))
            first = [0] * len(point)
            first[1 + a] = 1
            slope = mpmath.diff(exact, tuple(point), tuple(first), h=sizes[a] * mpmath.mpf(10) ** -20)
            unit = float(sizes[a])
            assert abs(gradient[i, a] - float(slope)) * unit <= 1e-11 * (large + abs(float(slope)) * unit), (
                rows[i]
            )
            first[1 + b] += 1
            h = min(sizes[a], sizes[b]) * mpmath.mpf(10) ** -16
            bend = mpmath.diff(exact, tuple(point), tuple(first), h=h)
            unit = float(sizes[a] * sizes[b])
            assert abs(hessian[i, a, b] - float(bend)) * unit <= 1e-11 * (large + abs(float(bend)) * unit), (
                rows[i]
            )


COUNTS = {
    dist.NegativeBinomialProbs,
    dist.NegativeBinomialLogits,
    dist.NegativeBinomial2,
    dist.GammaPoisson,
    dist.BetaNegativeBinomial,
}


def test_negative_binomial_at_zero_has_no_curvature_in_its_size():
    """At x = 0, ln p = r ln(1 − p). NumPyro's second derivative in r is ψ′-sized (0.82 at r = 1)."""
    known = traits(dist.NegativeBinomialProbs)
    for r in (0.5, 1.0, 2.0, 50.0):
        bend = jax.grad(jax.grad(lambda r: known.log_prob({"total_count": r, "probs": 0.3}, jnp.array(0))))(r)
        assert abs(bend) < 1e-13 / r


def test_kumaraswamy_in_minus_logarithm():
    """The law of y = −ln x: ln p(y) = ln p(x) − y; and digits survive where x rounds to 1."""
    known = traits(dist.Kumaraswamy)
    coordinates = known.coordinates
    assert coordinates is not None
    a, b = 0.7, 0.3
    distribution = dist.Kumaraswamy(a, b)
    x = jnp.array([0.1, 0.5, 0.9])
    y = coordinates.from_data(x)
    np.testing.assert_allclose(coordinates.to_data(y), x, rtol=1e-15)
    direct = known.log_prob({"concentration1": jnp.array(a), "concentration0": jnp.array(b)}, x)
    np.testing.assert_allclose(coordinates.log_prob(distribution, y), direct - y, rtol=1e-13)
    tiny = jnp.array([1e-30])
    expected = np.log(a) + np.log(b) + (b - 1) * np.log(a * 1e-30)
    np.testing.assert_allclose(coordinates.log_prob(distribution, tiny), expected, rtol=1e-14)


def test_a_class_without_a_row_keeps_numpyros_density():
    class Special(dist.Weibull):
        """A subclass may change anything, so it inherits no traits."""

    assert not isinstance(traits(Special), DensityTraits)
    assert not isinstance(traits(dist.Normal), DensityTraits)


def test_kinks_stand_at_the_location():
    for kind in (dist.Laplace, dist.AsymmetricLaplace, dist.AsymmetricLaplaceQuantile):
        np.testing.assert_array_equal(traits(kind).kinks(kind(jnp.array([1.0, 2.0]))), [[1.0, 2.0]])
    assert traits(dist.Normal).kinks(dist.Normal()) is None


@pytest.mark.parametrize("size", [1e4, 1e8, 1e12, 1e15])
def test_a_beta_binomial_far_out_is_a_binomial(size):
    """To the rounding of its terms, n ln(a + b): beta functions of that size leave nothing of it at 10¹²."""
    known = traits(dist.BetaBinomial)
    for x, share in itertools.product((0.0, 7.0, 40.0), (0.1, 0.5)):
        a, b, n = size * share, size * (1 - share), 40.0
        params = {"concentration1": a, "concentration0": b, "total_count": n}
        ours = known.log_prob({key: jnp.asarray(value) for key, value in params.items()}, jnp.asarray(x))
        with mpmath.workdps(50):
            exact = float(L(mpmath.binomial(n, x)) + log_beta(x + a, n - x + b) - log_beta(a, b))
        np.testing.assert_allclose(ours, exact, rtol=0, atol=4 * np.finfo(float).eps * n * np.log(a + b))
        np.testing.assert_allclose(
            exact, stats.binom.logpmf(x, n, share), atol=2 * n**2 / (0.1 * size) + 1e-12
        )

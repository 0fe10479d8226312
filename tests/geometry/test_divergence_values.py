"""Divergences against the closed forms of the literature, SciPy's integrals, and at the edges of their domain."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.integrate
import scipy.stats

import fisherax as fx

from .divergence_cases import UNKNOWN_GAMMA, UNKNOWN_POISSON

NORMAL, POISSON, GAMMA = fx.Family(dist.Normal), fx.Family(dist.Poisson), fx.Family(dist.Gamma)
ALPHAS = (0.1, 0.5, 0.999999, 1.0000001, 1.7, 4.0)


def normal_renyi(mu, s, nu, t, alpha):
    """Gil, Alajaji and Linder (2013), table 2; ∞ where the mixed variance is not positive."""
    mixed = alpha * t**2 + (1.0 - alpha) * s**2
    if mixed <= 0.0:
        return np.inf
    scales = np.log(t / s) + 0.5 * np.log(t**2 / mixed) / (alpha - 1.0)
    return scales + 0.5 * alpha * (mu - nu) ** 2 / mixed


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("other", [(1.5, 0.8), (0.2, 2.5), (-30.0, 1.1)])
def test_renyi_of_normals(alpha, other):
    p, q = {"loc": 0.2, "scale": 1.0}, {"loc": other[0], "scale": other[1]}
    # Near α = 1 it is the formula, a difference over α − 1, that loses digits.
    lost = 1e-15 * abs(np.log(other[1])) / abs(alpha - 1.0) + 1e-15 / abs(alpha - 1.0)
    expected = normal_renyi(0.2, 1.0, *other, alpha)
    np.testing.assert_allclose(fx.renyi_divergence(NORMAL, p, q, alpha), expected, rtol=1e-12, atol=10 * lost)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.7, 4.0])
def test_renyi_of_poisson(alpha):
    """(λᵅ μ¹⁻ᵅ − αλ − (1 − α)μ)/(α − 1)."""
    for rate, other in [(2.0, 3.0), (0.01, 40.0), (40.0, 0.01), (1e6, 1.1e6)]:
        expected = (rate**alpha * other ** (1 - alpha) - alpha * rate - (1 - alpha) * other) / (alpha - 1)
        found = fx.renyi_divergence(POISSON, {"rate": rate}, {"rate": other}, alpha)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_hellinger_and_jeffreys_of_normals_and_poisson():
    s, t, gap = 1.3, 0.7, 1.1
    p, q = {"loc": 0.0, "scale": s}, {"loc": gap, "scale": t}
    affinity = np.sqrt(2 * s * t / (s**2 + t**2)) * np.exp(-0.25 * gap**2 / (s**2 + t**2))
    np.testing.assert_allclose(fx.hellinger_distance(NORMAL, p, q), np.sqrt(1 - affinity), rtol=1e-13)
    jeffreys = 0.5 * ((s**2 + gap**2) / t**2 + (t**2 + gap**2) / s**2) - 1.0
    np.testing.assert_allclose(fx.jeffreys_divergence(NORMAL, p, q), jeffreys, rtol=1e-13)
    p, q = {"rate": 2.0}, {"rate": 5.0}
    squared = -np.expm1(-0.5 * (np.sqrt(2.0) - np.sqrt(5.0)) ** 2)
    np.testing.assert_allclose(fx.hellinger_distance(POISSON, p, q, squared=True), squared, rtol=1e-13)
    np.testing.assert_allclose(fx.jeffreys_divergence(POISSON, p, q), 3.0 * np.log(2.5), rtol=1e-13)


def test_jeffreys_of_cauchy_laws():
    """Chyzak and Nielsen (2019): KL = ln ((s + t)² + (μ − ν)²)/4st, the same both ways."""
    family = fx.Family(dist.Cauchy)
    p, q = {"loc": 0.3, "scale": 1.4}, {"loc": 8.0, "scale": 0.2}
    expected = 2.0 * np.log(((1.4 + 0.2) ** 2 + 7.7**2) / (4 * 1.4 * 0.2))
    found = fx.jeffreys_divergence(family, p, q, return_error=True)
    np.testing.assert_allclose(found.value, expected, rtol=1e-11)
    assert abs(found.value - expected) <= found.error < 1e-9
    assert found.method == "quadrature"


SCIPY = {  # family, two members, SciPy's log-density, support
    "Gamma": (
        GAMMA,
        {"concentration": 2.3, "rate": 1.7},
        {"concentration": 3.1, "rate": 0.9},
        lambda a: scipy.stats.gamma(a["concentration"], scale=1 / a["rate"]).logpdf,
        (0.0, np.inf),
    ),
    "Beta": (
        fx.Family(dist.Beta),
        {"concentration1": 1.6, "concentration0": 2.7},
        {"concentration1": 2.5, "concentration0": 1.2},
        lambda a: scipy.stats.beta(a["concentration1"], a["concentration0"]).logpdf,
        (0.0, 1.0),
    ),
    "Cauchy": (
        fx.Family(dist.Cauchy),
        {"loc": 0.3, "scale": 1.4},
        {"loc": 1.3, "scale": 0.9},
        lambda a: scipy.stats.cauchy(a["loc"], a["scale"]).logpdf,
        (-np.inf, np.inf),
    ),
    "Laplace": (
        fx.Family(dist.Laplace),
        {"loc": 0.3, "scale": 1.4},
        {"loc": 1.3, "scale": 0.9},
        # SciPy's own is the logarithm of a density that has underflowed.
        lambda a: lambda x: -abs(x - a["loc"]) / a["scale"] - np.log(2 * a["scale"]),
        (-np.inf, np.inf),
    ),
}


@pytest.mark.parametrize("name", SCIPY)
def test_scipy_integrates_the_same(name):
    family, p, q, log_density, (low, high) = SCIPY[name]
    here, there = log_density(p), log_density(q)
    cuts = [low, 0.3, 1.3, high] if np.isinf(low) else [low, 0.5 if high == 1.0 else 2.0, high]

    def integral(f):
        parts = itertools.pairwise(cuts)
        return sum(scipy.integrate.quad(f, a, b, epsabs=1e-13, epsrel=1e-12, limit=200)[0] for a, b in parts)

    for alpha in (0.3, 1.4):
        power = integral(lambda x, alpha=alpha: np.exp(alpha * here(x) + (1.0 - alpha) * there(x)))
        found = fx.renyi_divergence(family, p, q, alpha)
        np.testing.assert_allclose(found, np.log(power) / (alpha - 1.0), rtol=1e-9)
    squared = integral(lambda x: 0.5 * (np.exp(0.5 * here(x)) - np.exp(0.5 * there(x))) ** 2)
    np.testing.assert_allclose(fx.hellinger_distance(family, p, q, squared=True), squared, rtol=1e-9)


@pytest.mark.parametrize("alpha", [0.5, 1.4])
def test_closed_form_and_ladder_agree(alpha):
    p, q = {"concentration": 2.3, "rate": 1.7}, {"concentration": 3.1, "rate": 0.9}
    found = fx.renyi_divergence(UNKNOWN_GAMMA, p, q, alpha, return_error=True)
    assert found.method == "quadrature"
    expected = fx.renyi_divergence(GAMMA, p, q, alpha)
    np.testing.assert_allclose(found.value, expected, rtol=1e-11)
    assert abs(found.value - expected) <= found.error
    p, q = {"rate": 3.0}, {"rate": 7.5}
    found = fx.renyi_divergence(UNKNOWN_POISSON, p, q, alpha, return_error=True)
    assert found.method == "truncated sum"
    np.testing.assert_allclose(found.value, fx.renyi_divergence(POISSON, p, q, alpha), rtol=1e-11)


def test_where_the_integral_diverges():
    """α above the order at which αη + (1 − α)η′ leaves the natural parameter space."""
    narrow, wide = {"loc": 0.0, "scale": 1.0}, {"loc": 0.0, "scale": 2.0}
    assert fx.renyi_divergence(NORMAL, wide, narrow, 4.0 / 3.0 - 1e-6) < 20.0
    assert fx.renyi_divergence(NORMAL, wide, narrow, 4.0 / 3.0 + 1e-6) == np.inf
    steep, flat = {"concentration": 3.0, "rate": 1.0}, {"concentration": 1.0, "rate": 1.0}
    assert fx.renyi_divergence(GAMMA, flat, steep, 1.49) < 20.0
    assert fx.renyi_divergence(GAMMA, flat, steep, 1.51) == np.inf
    matrix = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    here = {"loc": jnp.zeros(2), "covariance_matrix": 3.0 * matrix}
    there = {"loc": jnp.ones(2), "covariance_matrix": matrix}
    vectors = fx.Family(dist.MultivariateNormal)
    assert fx.renyi_divergence(vectors, here, there, 1.49) < 200.0
    assert fx.renyi_divergence(vectors, here, there, 1.51) == np.inf
    logistic = fx.Family(dist.Logistic)
    with pytest.raises(ValueError, match="Rényi divergence of Logistic did not converge"):
        fx.renyi_divergence(logistic, {"loc": 0.0, "scale": 1.0}, {"loc": 0.0, "scale": 0.1}, 2.0)


# Two members, ∫ √(pq), and R₂(q ‖ p) = ln ∫ q²/p, written down from what they both allow.
EDGES = [
    (fx.Family(dist.BernoulliProbs), 0.0, 0.5, np.sqrt(0.5), np.inf),
    (fx.Family(dist.BernoulliProbs), 0.0, 1.0, 0.0, np.inf),
    (fx.Family(dist.BinomialProbs, fixed={"total_count": 3}), 0.5, 0.0, np.sqrt(0.125), np.log(8.0)),
    (fx.Family(dist.GeometricProbs), 0.25, 1.0, 0.5, np.log(4.0)),
    (fx.Family(dist.GeometricProbs), 1.0, 0.25, 0.5, np.inf),
    (fx.Family(dist.NegativeBinomialProbs, fixed={"total_count": 2.0}), 0.5, 0.0, 0.5, np.log(4.0)),
    (fx.Family(dist.CategoricalProbs), [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], 0.5, np.inf),
    (
        fx.Family(dist.CategoricalProbs),
        [0.5, 0.4, 0.1],
        [0.8, 0.2, 0.0],
        np.sqrt(0.4) + np.sqrt(0.08),
        np.log(1.38),
    ),
    (POISSON, 2.0, 0.0, np.exp(-1.0), 2.0),
    (POISSON, 0.0, 2.0, np.exp(-1.0), np.inf),
]


@pytest.mark.parametrize(("family", "here", "there", "affinity", "back"), EDGES)
def test_at_the_edge_of_the_parameter_space(family, here, there, affinity, back):
    p, q = ({family.parameters[0]: jnp.asarray(value)} for value in (here, there))
    squared = fx.hellinger_distance(family, p, q, squared=True)
    np.testing.assert_allclose(squared, 1.0 - affinity, rtol=1e-14)
    np.testing.assert_allclose(fx.renyi_divergence(family, q, p, 2.0), back, rtol=1e-14)
    for same in (p, q):
        np.testing.assert_allclose(fx.hellinger_distance(family, same, same), 0.0, atol=1e-7)


def test_batches_of_pairs_and_reverse_derivatives():
    """Of J = 2 ln ((s + t)² + Δ²)/4st between Cauchy laws."""
    family = fx.Family(dist.Cauchy)
    here, there = (
        {"loc": jnp.array([0.0, 1.0]), "scale": jnp.ones(2)},
        {"loc": jnp.array([3.0, 1.5]), "scale": jnp.full(2, 0.5)},
    )
    gaps = np.array([3.0, 0.5])
    both = jax.jit(jax.vmap(jax.value_and_grad(lambda q, p: fx.jeffreys_divergence(family, q, p))))
    value, slope = both(there, here)
    np.testing.assert_allclose(value, 2.0 * np.log((1.5**2 + gaps**2) / 2.0), rtol=1e-11)
    np.testing.assert_allclose(slope["loc"], 4.0 * gaps / (1.5**2 + gaps**2), rtol=1e-9)
    np.testing.assert_allclose(slope["scale"], 6.0 / (1.5**2 + gaps**2) - 4.0, rtol=1e-9)


def test_vectors_are_sampled_within_their_error():
    """Independent entries of unit scale: R_α = α Δ²/2, J = Δ²; five standard errors."""
    model = fx.Conditional(lambda params, x: params + x, fx.heads.Normal(scale=1.0))
    p, q, x = jnp.zeros(2), jnp.array([0.4, -0.3]), jnp.zeros((1, 2))
    for found, expected in (
        (fx.renyi_divergence(model, p, q, 2.0, x, return_error=True), 0.25),
        (fx.jeffreys_divergence(model, p, q, x, return_error=True), 0.25),
        (fx.hellinger_distance(model, p, q, x, return_error=True), np.sqrt(-np.expm1(-0.25 / 8))),
    ):
        assert found.method == "sampling"
        assert abs(found.value - expected) < 5 * found.error < 0.1


def test_batches_and_inputs():
    """Affinities of independent entries multiply; those at inputs are averaged."""
    rate, other = jnp.array([1.0, 2.0, 5.0]), jnp.array([2.0, 2.5, 3.0])
    affinities = np.exp(-0.5 * (np.sqrt(rate) - np.sqrt(other)) ** 2)
    p, q = {"rate": rate}, {"rate": other}
    found = fx.hellinger_distance(POISSON, p, q, squared=True)
    np.testing.assert_allclose(found, 1.0 - np.prod(affinities), rtol=1e-13)
    regression = fx.Conditional(lambda log_rate, x: {"rate": x[0] + log_rate * (x[1] - x[0])}, POISSON)
    inputs = jnp.stack([rate, other], axis=1)
    found = fx.hellinger_distance(regression, jnp.array(0.0), jnp.array(1.0), inputs, squared=True)
    np.testing.assert_allclose(found, 1.0 - np.mean(affinities), rtol=1e-13)
    with pytest.raises(ValueError, match="average over inputs"):
        fx.hellinger_distance(regression, jnp.array(0.0), jnp.array(1.0))


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.inf, np.nan, "half", jnp.array([0.5, 0.6])])
def test_orders_that_are_refused(alpha):
    with pytest.raises(ValueError, match="renyi_divergence: alpha must be"):
        fx.renyi_divergence(POISSON, {"rate": 1.0}, {"rate": 2.0}, alpha)

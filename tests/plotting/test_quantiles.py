"""Quantile residuals against SciPy's distribution functions."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

from fisherax.models import Family, heads
from fisherax.plotting.mesh import is_complete, masses, mesh_of
from fisherax.plotting.quantiles import quantile_residuals

CONTINUOUS = [
    (dist.Normal, {"loc": 3e4, "scale": 2.0}, stats.norm(3e4, 2)),
    (dist.Gamma, {"concentration": 0.3, "rate": 2.0}, stats.gamma(0.3, scale=0.5)),
    (dist.StudentT, {"df": 2.0, "loc": 0.0, "scale": 1.0}, stats.t(2)),
    (dist.Cauchy, {"loc": 0.0, "scale": 1.0}, stats.cauchy()),
    (dist.Laplace, {"loc": 1.0, "scale": 3.0}, stats.laplace(1, 3)),
]


@pytest.mark.parametrize(("kind", "params", "law"), CONTINUOUS, ids=lambda c: getattr(c, "__name__", ""))
def test_continuous_observations_have_their_normal_quantile(kind, params, law):
    """A figure shows a hundredth of a standard deviation; the mesh is ten times better between ±3.5."""
    y = law.ppf(np.linspace(3e-4, 1 - 3e-4, 13))
    one = {key: jnp.asarray([value]) for key, value in params.items()}
    found = quantile_residuals(Family(kind), one, y)
    np.testing.assert_allclose(found, stats.norm.ppf(law.cdf(y)), atol=1e-3)


def test_an_interval_is_a_support_too():
    """Kumaraswamy: F(y) = 1 − (1 − yᵃ)ᵇ."""
    y = np.array([1e-4, 0.02, 0.4, 0.97])
    one = {"concentration1": jnp.asarray([0.5]), "concentration0": jnp.asarray([3.0])}
    found = quantile_residuals(Family(dist.Kumaraswamy), one, y)
    np.testing.assert_allclose(found, stats.norm.ppf(1 - (1 - y**0.5) ** 3), atol=1e-3)


def test_counts_lie_within_their_jump_and_are_drawn_the_same_each_time():
    rng = np.random.default_rng(0)
    eta, trials = rng.normal(size=30), rng.integers(1, 60, size=30)
    y = rng.binomial(trials, 1 / (1 + np.exp(-eta)))
    outputs = (jnp.asarray(eta), jnp.asarray(trials, float))
    found = quantile_residuals(heads.Binomial(), outputs, y)
    assert found is not None
    law = stats.binom(trials, 1 / (1 + np.exp(-eta)))
    assert np.all(stats.norm.cdf(found) >= law.cdf(y - 1) - 1e-9)
    assert np.all(stats.norm.cdf(found) <= law.cdf(y) + 1e-9)
    again = quantile_residuals(heads.Binomial(), outputs, y)
    np.testing.assert_array_equal(found, again)


def test_large_counts_are_taken_in_strides():
    head = Family(dist.Poisson)
    outputs = {"rate": jnp.asarray([2e6])}
    mesh = mesh_of(head, outputs)
    assert mesh is not None
    assert mesh.points.shape[1] <= 1500
    assert is_complete(masses(head, outputs, mesh))


def test_a_vector_has_no_quantile():
    family = Family(dist.Dirichlet)
    outputs = {"concentration": jnp.ones((1, 3))}
    assert mesh_of(family, outputs) is None
    assert quantile_residuals(family, outputs, np.ones(1)) is None


def test_residuals_of_the_model_itself_are_standard_normal():
    family = Family(dist.Gumbel)
    params = {"loc": 2.0, "scale": 0.7}
    y = np.asarray(family.sample(params, jax.random.key(1), (4000,)))
    found = quantile_residuals(family, {key: jnp.asarray([value]) for key, value in params.items()}, y)
    assert stats.kstest(found, "norm").pvalue > 1e-3

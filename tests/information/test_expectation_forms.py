"""The three definitions of the Fisher information agree; where they do not, the library says so."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints as C

import oracles
from fisherax.information.expectation import HessianForm, KLForm, ScoreForm, head_information
from fisherax.models import Family, Mixture
from fisherax.models.base import Head


def test_the_error_of_the_hessian_form_contains_its_distance_from_the_score_form():
    family = Family(dist.Weibull)
    params = {"scale": jnp.array(2.0), "concentration": jnp.array(0.7)}
    score, hessian = (head_information(family, params, form) for form in (ScoreForm(), HessianForm()))
    assert np.all(np.abs(score.value - hessian.value) <= hessian.error)


def test_mixtures_against_a_trapezoid_of_forty_thousand_points():
    mixture = Mixture(Family(dist.Normal), 2)
    for loc, scale in (([0.0, 1.5], [1.0, 0.5]), ([0.0, 50.0], [1.0, 1.0]), ([0.0, 50.0], [0.02, 3.0])):
        params = {"weights": jnp.array([0.3, 0.7]), "loc": jnp.array(loc), "scale": jnp.array(scale)}
        tangent = mixture.tangent(params)

        def log_prob(u, y, params=params, tangent=tangent):
            return mixture.log_prob(jax.tree.map(jnp.add, params, tangent.unravel(u)), y)

        # One trapezoidal mesh for each component, split where the other one takes over.
        nodes, weights = [], []
        for center, width, side in ((loc[0], scale[0], -1), (loc[1], scale[1], 1)):
            x, w = oracles.trapezoid_line(center, width, size=40_001, width=12.0)
            between = _smooth_step((x - loc[0]) / (loc[1] - loc[0]))
            nodes.append(x)
            weights.append(w * (between if side > 0 else 1 - between))
        expected = oracles.score_information_1d(
            log_prob, jnp.zeros(tangent.dim), jnp.concatenate(nodes), jnp.concatenate(weights)
        )
        result = head_information(mixture, params)
        scale_ab = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        assert np.all(np.abs(result.value - expected) <= 1e-9 * scale_ab)


def _smooth_step(t):
    """0 for t ≤ 0, 1 for t ≥ 1, with all derivatives: a partition of unity keeps trapezoids spectral."""
    t = np.clip(t, 1e-9, 1 - 1e-9)
    return 1 / (1 + np.exp(np.clip(1 / t - 1 / (1 - t), -700, 700)))


def test_a_component_of_weight_one_in_ten_thousand_a_million_scales_away():
    """Far apart, the components are told apart for sure: w_k times their own information, and 1/w."""
    mixture = Mixture(Family(dist.Normal), 3)
    weights, scale = np.array([0.3, 0.6999, 0.0001]), np.array([1.0, 1.0, 0.01])
    params = {"weights": weights, "loc": np.array([0.0, 50.0, 1e4]), "scale": scale}
    params = {key: jnp.asarray(value) for key, value in params.items()}
    result = head_information(mixture, params)
    basis = np.asarray(mixture.tangent(params).basis())
    ambient = np.concatenate([weights / scale**2, 2 * weights / scale**2, 1 / weights])
    expected = basis.T @ np.diag(ambient) @ basis
    scale_ab = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.all(np.abs(result.value - expected) <= 1e-9 * scale_ab)


class Shifted(dist.Distribution):
    """An exponential distribution from `loc` on, which says that its support is the whole line."""

    arg_constraints: ClassVar = {"loc": C.real}
    support = C.real

    def __init__(self, loc, *, validate_args=None):
        self.loc = loc
        super().__init__(jnp.shape(loc), (), validate_args=validate_args)

    def log_prob(self, value):
        return jnp.where(value > self.loc, self.loc - value, -jnp.inf)

    def sample(self, key, sample_shape=()):
        return self.loc + jax.random.exponential(key, sample_shape + self.batch_shape)


class Tent(Shifted):
    """A Laplace distribution that nobody knows to be one."""

    def log_prob(self, value):
        return -jnp.abs(value - self.loc) - jnp.log(2.0)


class Unnormalised(Shifted):
    def log_prob(self, value):
        return -((value - self.loc) ** 2)


@pytest.mark.parametrize(
    ("family", "params", "form", "message"),
    [
        (Family(dist.Uniform), {"low": 0.0, "high": 1.0}, None, "support moves with 'high', 'low'"),
        (Family(dist.Uniform, fixed={"low": 0.0}), {"high": 1.0}, None, "support moves with 'high'"),
        (Family(dist.Pareto), {"scale": 1.0, "alpha": 2.0}, None, "support moves with 'scale'"),
        (Family(dist.Levy), {"loc": 0.0, "scale": 2.0}, None, "support moves with 'loc'"),
        (Family(dist.Laplace), {"loc": 0.0, "scale": 2.0}, HessianForm(), "kink that moves with 'loc'"),
        (Family(dist.Laplace), {"loc": 0.0, "scale": 2.0}, KLForm(), "kink that moves with 'loc'"),
        (Family(Shifted), {"loc": 1.0}, None, "does not converge|mean of the score"),
        (Family(Shifted), {"loc": 1.0}, HessianForm(), "does not converge|mean of the score"),
        (Family(Tent), {"loc": 1.0}, HessianForm(), "not twice differentiable"),
        (Family(Tent), {"loc": 1.0}, KLForm(), "not twice differentiable"),
        (Family(Unnormalised), {"loc": 1.0}, None, "does not integrate to 1"),
        (Family(dist.Logistic), {"loc": 0.0, "scale": -1.0}, None, "out of its range"),
        (Family(dist.Logistic), {"loc": 0.0, "scale": jnp.nan}, None, "out of its range"),
    ],
)
def test_what_has_no_information_is_refused_with_the_reason(family, params, form, message):
    params = {key: jnp.asarray(value) for key, value in params.items()}
    with pytest.raises(ValueError, match=message):
        head_information(family, params, form)


def test_what_is_fixed_does_not_move():
    """Pareto with its scale known: 1/α². A Laplace with its location known has a Hessian form: 1/s²."""
    pareto = Family(dist.Pareto, fixed={"scale": 2.0})
    result = head_information(pareto, {"alpha": jnp.array(3.0)}, ScoreForm())
    np.testing.assert_allclose(result.value, [[1 / 9]], rtol=1e-12)
    laplace = Family(dist.Laplace, fixed={"loc": 2.0})
    result = head_information(laplace, {"scale": jnp.array(3.0)}, HessianForm())
    np.testing.assert_allclose(result.value, [[1 / 9]], rtol=1e-12)


def test_a_kink_that_nobody_declared_still_has_its_score_form():
    result = head_information(Family(Tent), {"loc": jnp.array(0.3)}, ScoreForm())
    assert abs(result.value[0, 0] - 1.0) <= result.error[0, 0] < 1e-6


class TwoWidths(Head):
    """(1 − w) N(0, 1) + w N(0, 2²), of which w alone is unknown."""

    def distribution(self, f):
        normals = dist.Normal(0.0, jnp.array([1.0, 2.0]))
        return dist.MixtureSameFamily(dist.Categorical(probs=jnp.stack([1 - f, f])), normals)

    def log_prob(self, f, y):
        narrow, wide = dist.Normal(0.0, 1.0).log_prob(y), dist.Normal(0.0, 2.0).log_prob(y)
        return narrow + jnp.log1p(f * jnp.expm1(wide - narrow))


def test_an_infinite_information_is_said_to_be_infinite():
    """At w = 0 the score in w is p₂/p₁ − 1, and ∫ p₂²/p₁ diverges for variances 4 and 1."""
    assert 0 < head_information(TwoWidths(), jnp.array(0.1)).value[0, 0] < 100
    with pytest.raises(ValueError, match="information is infinite"):
        head_information(TwoWidths(), jnp.array(0.0))


def test_under_jit_a_refusal_that_depends_on_values_is_nan_with_infinite_error():
    result = jax.jit(jax.vmap(lambda f: head_information(TwoWidths(), f)))(jnp.array([0.1, 0.0]))
    assert np.isfinite(result.value[0, 0, 0])
    assert np.isnan(result.value[1, 0, 0])
    assert np.isinf(result.error[1, 0, 0])
    with pytest.raises(ValueError, match="support moves"):  # what can be known while tracing is still raised
        jax.jit(lambda f: head_information(Family(dist.Uniform), f))({"low": 0.0, "high": 1.0})

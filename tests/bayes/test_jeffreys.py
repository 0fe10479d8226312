"""Jeffreys' prior: closed forms, invariance, what is improper, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

INPUTS = np.array([[1.0, -1.0], [1.0, 1.0]])


def line(params, x):
    return params["a"] * x[0] + params["b"] * x[1]


def test_one_probability_is_arcsine():
    expected = dist.Beta(0.5, 0.5)
    prior = fx.JeffreysPrior(fx.Family(dist.Bernoulli))
    assert prior.normaliser == pytest.approx(np.pi, rel=1e-14)
    assert prior.normaliser_error is None
    log_prob = jax.jit(jax.vmap(lambda p: prior.log_prob({"probs": p})))
    probs = np.array([1e-6, 0.2, 0.5, 0.9])
    np.testing.assert_allclose(log_prob(probs), expected.log_prob(probs), rtol=1e-12, atol=1e-12)
    trials = fx.JeffreysPrior(fx.Family(dist.Binomial, fixed={"total_count": 9}))
    assert trials.normaliser == pytest.approx(3.0 * np.pi, rel=1e-14)
    assert float(trials.log_prob({"probs": 0.2})) == pytest.approx(float(expected.log_prob(0.2)), rel=1e-12)


def test_categories_are_dirichlet():
    probs = jnp.array([0.1, 0.2, 0.3, 0.4])
    expected = dist.Dirichlet(jnp.full(4, 0.5))
    for family, draws in (
        (fx.Family(dist.Categorical), 1),
        (fx.Family(dist.Multinomial, fixed={"total_count": 5}), 5),
    ):
        prior = fx.JeffreysPrior(family, like={"probs": probs})
        # Γ(½)ᴷ/Γ(K/2), and √nᴷ⁻¹.
        assert prior.normaliser == pytest.approx(np.pi**2 * draws**1.5, rel=1e-13)
        found = fx.JeffreysPrior(family).log_prob({"probs": probs})  # the shape is that of what is asked for
        assert float(found) == pytest.approx(float(expected.log_prob(probs)), rel=1e-11)


def test_covariances():
    # √det G = 2^{−k/2} |Σ|^{−(k+1)/2} with respect to the lower triangle: Yang and Berger (1994), eq. 2.
    family = fx.Family(dist.MultivariateNormal, fixed={"loc": jnp.zeros(2)})
    prior = fx.JeffreysPrior(family)
    covariance = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    found = float(prior.log_prob({"covariance_matrix": covariance}))
    with pytest.raises(ValueError, match="over covariance_matrix diverges at 0 and at infinity"):
        _ = fx.JeffreysPrior(family, like={"covariance_matrix": covariance}).normaliser
    both, bounds = fx.Family(dist.MultivariateNormal), {"loc": (np.zeros(2), np.ones(2))}
    like = {"loc": jnp.zeros(2), "covariance_matrix": covariance}
    with pytest.raises(ValueError, match="improper: the integral over covariance_matrix diverges at 0,"):
        _ = fx.JeffreysPrior(both, bounds, like=like).normaliser
    with pytest.raises(ValueError, match=r"over loc\[1\] diverges at −infinity and at infinity"):
        _ = fx.JeffreysPrior(both, like=like).normaliser
    assert found == pytest.approx(-np.log(2.0) - 1.5 * np.log(1.75), rel=1e-11)


@pytest.mark.parametrize(
    ("family", "bounds", "expected"),
    [
        (fx.Family(dist.Poisson), {"rate": (0.0, 9.0)}, 6.0),
        (fx.Family(dist.Exponential), {"rate": (0.5, 4.0)}, np.log(8.0)),
        (fx.Family(dist.Normal), {"loc": (-1.0, 2.0), "scale": (0.5, 4.0)}, np.sqrt(2.0) * 3.0 * 1.75),
        (fx.Family(dist.Normal, fixed={"scale": 2.0}), {"loc": (-1.0, 2.0)}, 1.5),
        (fx.Family(dist.Cauchy), {"loc": (0.0, 1.0), "scale": (1.0, np.inf)}, 0.5),
        (fx.Family(dist.Geometric), {"probs": (0.5, 1.0)}, 2.0 * np.arcsinh(1.0)),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_normalisers_on_a_box(family, bounds, expected):
    prior = fx.JeffreysPrior(family, bounds)
    assert prior.is_proper
    assert prior.is_normalised
    assert prior.normaliser == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (fx.Family(dist.Poisson), "the integral over rate diverges at infinity,"),
        (fx.Family(dist.Exponential), "the integral over rate diverges at 0 and at infinity,"),
        (fx.Family(dist.Geometric), "the integral over probs diverges at 0,"),
        (
            fx.Family(dist.Normal),
            "the integral over loc diverges at −infinity and at infinity, and over scale diverges at 0,",
        ),
        # √(κψ₁(κ) − 1)/λ: about κ^−½ both near 0 and near ∞.
        (
            fx.Family(dist.Gamma),
            "the integral over concentration diverges at infinity, and over rate diverges at 0 and at infinity,",
        ),
        (
            fx.Family(dist.VonMises, fixed={"loc": 0.0}),
            "the integral over concentration diverges at infinity,",
        ),
    ],
    ids=lambda case: getattr(case, "name", ""),
)
def test_what_is_improper_says_where(model, words):
    prior = fx.JeffreysPrior(model)
    assert not prior.is_proper
    assert not prior.is_normalised
    with pytest.raises(ValueError, match="the prior is improper: " + words):
        _ = prior.normaliser
    with pytest.raises(ValueError, match="improper"):
        prior.sample(jax.random.key(0))


def test_improper_densities_are_not_normalised():
    prior = fx.JeffreysPrior(fx.Family(dist.Poisson))
    assert float(prior.log_prob({"rate": 4.0})) == pytest.approx(-np.log(2.0), rel=1e-13)
    # Five numbers are more than cubature takes, and regressions on real numbers with a logit have no closed form.
    inputs = np.random.default_rng(0).normal(size=(20, 5))
    model = fx.Conditional(lambda params, x: x @ params["slopes"], fx.heads.Bernoulli())
    prior = fx.JeffreysPrior(model, data=inputs, like={"slopes": jnp.zeros(5)})
    sign, log = np.linalg.slogdet(0.25 * inputs.T @ inputs / 20)
    assert sign > 0
    assert float(prior.log_prob({"slopes": jnp.zeros(5)})) == pytest.approx(0.5 * log, rel=1e-12)
    assert not prior.is_normalised
    with pytest.raises(ValueError, match="takes 3 at most"):
        _ = prior.normaliser


# ---- invariance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_density_is_the_same_in_any_parameters(seed):
    generator = np.random.default_rng(seed)
    mix = jnp.asarray(np.eye(2) + 0.3 * generator.normal(size=(2, 2)))
    bend, shift = (jnp.asarray(generator.normal(size=2)) for _ in range(2))

    def old(phi):
        """A smooth bijection of the plane, and from there to a gamma law's parameters."""
        u = mix @ jnp.stack([phi["x"], phi["y"]]) + shift
        u = jnp.stack([u[0], u[1] + bend[0] * jnp.tanh(u[0])])
        u = jnp.stack([u[0] + bend[1] * jnp.sin(u[1]), u[1]])
        return {"concentration": jnp.exp(u[0]), "rate": jnp.exp(u[1])}

    gamma = fx.Family(dist.Gamma)
    new = fx.Conditional(lambda phi, _: old(phi), gamma)
    one, other = (
        fx.JeffreysPrior(gamma),
        fx.JeffreysPrior(new, data=np.zeros(1), like={"x": 0.0, "y": 0.0}),
    )

    def both(x, y):
        phi = {"x": x, "y": y}
        columns = jax.jacfwd(lambda phi: jnp.stack([old(phi)["concentration"], old(phi)["rate"]]))(phi)
        log_jacobian = jnp.log(jnp.abs(columns["x"][0] * columns["y"][1] - columns["x"][1] * columns["y"][0]))
        return other.log_prob(phi), one.log_prob(old(phi)) + log_jacobian

    found, expected = jax.jit(jax.vmap(both))(*generator.normal(size=(2, 5)))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9)


def test_probabilities_and_logits():
    by_probs, by_logits = (
        fx.JeffreysPrior(fx.Family(kind)) for kind in (dist.BernoulliProbs, dist.BernoulliLogits)
    )
    assert by_logits.normaliser == pytest.approx(np.pi, rel=1e-14)
    for logit in (-6.0, 0.3, 2.0):
        p = jax.nn.sigmoid(logit)
        expected = by_probs.log_prob({"probs": p}) + jnp.log(p * (1.0 - p))
        assert float(by_logits.log_prob({"logits": logit})) == pytest.approx(float(expected), rel=1e-11)


def test_rates_and_scales_on_the_same_box():
    gamma = fx.Family(dist.Gamma)
    by_scale = fx.Conditional(
        lambda params, _: {"concentration": params["shape"], "rate": 1.0 / params["scale"]},
        gamma,
        constraints={"shape": dist.constraints.positive, "scale": dist.constraints.positive},
    )
    one = fx.JeffreysPrior(gamma, {"concentration": (0.5, 3.0), "rate": (1.0, 4.0)})
    other = fx.JeffreysPrior(by_scale, {"shape": (0.5, 3.0), "scale": (0.25, 1.0)}, data=np.zeros(1))
    assert other.normaliser == pytest.approx(one.normaliser, rel=1e-10)
    found = other.log_prob({"shape": 2.0, "scale": 0.4})
    expected = one.log_prob({"concentration": 2.0, "rate": 2.5}) + 2.0 * jnp.log(2.5)
    assert float(found) == pytest.approx(float(expected), rel=1e-10)


def test_two_inputs_and_two_slopes_are_two_probabilities():
    # A saturated logistic regression is two Bernoulli laws, of which each row of the data is half: π²/2.
    prior = fx.JeffreysPrior(
        fx.Conditional(line, fx.heads.Bernoulli()), data=INPUTS, like={"a": 0.0, "b": 0.0}
    )
    assert prior.is_proper
    assert prior.normaliser == pytest.approx(np.pi**2 / 2.0, rel=1e-9)
    assert abs(prior.normaliser - np.pi**2 / 2.0) <= prior.normaliser_error
    assert prior.normaliser_error < 1e-8


def test_a_poisson_regression_is_improper():
    model = fx.Conditional(line, fx.heads.Poisson())
    prior = fx.JeffreysPrior(model, data=INPUTS, like={"a": 0.0, "b": 0.0})
    with pytest.raises(ValueError, match="over a diverges at infinity"):
        _ = prior.normaliser


# ---- transformations and refusals --------------------------------------------------------------------------


def test_it_is_a_log_density_under_transformations():
    def slope(rate):
        prior = fx.JeffreysPrior(fx.Family(dist.Poisson), {"rate": (1.0, 9.0)})  # made while JAX traces
        return jax.value_and_grad(lambda rate: prior.log_prob({"rate": rate}))(rate)

    values, slopes = jax.jit(jax.vmap(slope))(np.array([0.5, 2.0, 4.0]))
    np.testing.assert_allclose(values, [-np.inf, -0.5 * np.log(2.0) - np.log(4.0), -np.log(8.0)], rtol=1e-13)
    np.testing.assert_allclose(slopes[1:], [-0.25, -0.125], rtol=1e-12)


def test_what_it_refuses():
    poisson, bernoulli = fx.Family(dist.Poisson), fx.heads.Bernoulli()
    for message, make in {
        "average over inputs": lambda: fx.JeffreysPrior(fx.Conditional(line, bernoulli)),
        "no parameter 'scale'": lambda: fx.JeffreysPrior(poisson, {"scale": (0.0, 1.0)}),
        "leave its space": lambda: fx.JeffreysPrior(poisson, {"rate": (-1.0, 1.0)}),
        "must be a pair": lambda: fx.JeffreysPrior(poisson, {"rate": 1.0}),
        "lower < upper": lambda: fx.JeffreysPrior(poisson, {"rate": (1.0, 1.0)}),
        "give like=": lambda: fx.JeffreysPrior(fx.Family(dist.Categorical)).normaliser,
        "are tied": lambda: fx.JeffreysPrior(
            fx.Family(dist.Categorical), {"probs": (0.0, 0.5)}, like={"probs": jnp.ones(3) / 3}
        ),
        "outside its space": lambda: fx.JeffreysPrior(poisson).log_prob({"rate": -1.0}),
    }.items():
        with pytest.raises(ValueError, match=message):
            make()


def test_a_singular_information_is_a_finding():
    same = fx.Conditional(lambda params, x: (params["a"] + params["b"]) * x, fx.heads.Bernoulli())
    prior = fx.JeffreysPrior(same, data=np.array([1.0, 2.0]), like={"a": 0.0, "b": 0.0})
    with pytest.raises(ValueError, match=r"1\.00·a − 1\.00·b"):
        prior.log_prob({"a": 0.1, "b": 0.2})
    with pytest.raises(ValueError, match="singular throughout"):
        _ = prior.normaliser

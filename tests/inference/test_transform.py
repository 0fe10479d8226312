"""The delta method against closed forms and published numbers."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.models import LinearPredictor, heads

X = np.array([0.4, 1.9, -0.3, 2.2, 1.4, 0.8])


@pytest.fixture(scope="module")
def normal():
    return fx.fit(fx.Family(dist.Normal), X)


def test_a_linear_map_is_exact(normal):
    A = np.array([[1.0, 2.0], [0.0, -3.0], [0.5, 0.5]])
    found = normal.transform(lambda params: jnp.asarray(A) @ jnp.stack([params["loc"], params["scale"]]))
    np.testing.assert_allclose(found.covariance, A @ np.asarray(normal.covariance()) @ A.T, rtol=1e-12)
    np.testing.assert_allclose(found.value, A @ np.asarray(normal.values), rtol=1e-12)
    assert found.names == ("value[0]", "value[1]", "value[2]")


def test_the_identity_gives_the_fit_back(normal):
    found = normal.transform(lambda params: params)
    np.testing.assert_allclose(found.covariance, normal.covariance(), rtol=1e-12)
    np.testing.assert_allclose(found.standard_errors["scale"], normal.standard_errors()["scale"])
    interval = normal.confidence_interval(0.9)
    np.testing.assert_allclose(found.confidence_interval(0.9)["loc"], interval["loc"], rtol=1e-12)


def test_the_coefficient_of_variation_of_a_normal(normal):
    found = normal.transform(lambda params: params["scale"] / params["loc"])
    c = X.std() / X.mean()
    # Var ≈ c² (1/2 + c²)/n.
    assert float(found.standard_errors) == pytest.approx(c * np.sqrt((0.5 + c**2) / len(X)), rel=1e-10)
    assert "delta method" in str(found)


def test_reparametrisation_carries_the_covariance_over():
    x = np.repeat([1.0, 0.0], [7, 13])
    probs = fx.fit(fx.Family(dist.Bernoulli), x)
    logits = fx.fit(fx.Family(dist.BernoulliLogits), x)
    found = probs.transform(lambda params: {"logits": jnp.log(params["probs"] / (1 - params["probs"]))})
    np.testing.assert_allclose(found.standard_errors["logits"], logits.standard_errors()["logits"], rtol=1e-8)


def test_probabilities_stay_on_their_simplex():
    counts = np.array([10, 3, 7])
    fit = fx.fit(fx.Family(dist.Categorical), np.repeat(np.arange(3), counts))
    p = counts / 20
    found = fit.transform(
        lambda params: {"odds": params["probs"][0] / params["probs"][1], "sum": params["probs"].sum()}
    )
    # Var ln(p₀/p₁) = 1/n₀ + 1/n₁.
    assert float(found.standard_errors["odds"]) == pytest.approx(
        p[0] / p[1] * np.sqrt(1 / 10 + 1 / 3), rel=1e-8
    )
    assert float(found.standard_errors["sum"]) == pytest.approx(0.0, abs=1e-12)


def test_the_lethal_doses_of_the_budworm():
    """Venables and Ripley (2002), §7.2: `dose.p` for females gives 2.231265 (0.2499089) for a quarter dead."""
    ldose, female = np.tile(np.arange(6.0), 2), np.repeat([0.0, 1.0], 6)
    dead = np.array([1.0, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16])
    inputs = {"x": np.column_stack([female, 1 - female, ldose]), "trials": np.full(12, 20.0)}
    model = fx.Conditional(LinearPredictor(("sexF", "sexM", "ldose"), trials=True), heads.Binomial())
    fit = fx.fit(model, (inputs, dead))

    def dose(params):
        female, _, slope = params["coefficients"]
        return (jnp.log(0.25 / 0.75) - female) / slope

    found = fit.transform(dose)
    assert float(found.value) == pytest.approx(2.231265, abs=1e-6)
    # R's summary uses weights one iteration old.
    assert float(found.standard_errors) == pytest.approx(0.2499089, rel=1e-5)


def test_wrong_functions_are_refused_in_a_sentence(normal):
    with pytest.raises(ValueError, match="returns nothing"):
        normal.transform(lambda params: {})
    with pytest.raises(ValueError, match="no finite derivative in root"):
        normal.transform(lambda params: {"root": jnp.sqrt(params["loc"] - params["loc"])})
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal.transform(lambda params: params["loc"]).confidence_interval(2.0)


def test_robust_kinds(normal):
    sandwich = normal.transform(lambda params: params["loc"], kind="sandwich")
    assert float(sandwich.standard_errors) == pytest.approx(X.std() / np.sqrt(len(X)), rel=1e-9)
    assert sandwich.kind == "sandwich"

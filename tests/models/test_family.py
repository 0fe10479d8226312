"""Families: parameters by name, constraints, unconstrained coordinates, tangent spaces, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints as C

import oracles
from fisherax import Conditional, Family, Mixture, heads
from fisherax.models import Tangent


def test_parameters_go_by_numpyros_names():
    assert Family(dist.Gamma).parameters == ("concentration", "rate")
    assert Family(dist.StudentT, fixed={"df": 5.0}).parameters == ("loc", "scale")
    assert Family(dist.Bernoulli).parameters == ("probs",)
    assert Family(dist.Binomial, fixed={"total_count": 10}).parameters == ("probs",)
    assert Family(dist.MultivariateNormal).parameters == ("loc", "covariance_matrix")
    assert Family(dist.MultivariateNormal, parameters=("loc", "scale_tril")).parameters == (
        "loc",
        "scale_tril",
    )
    assert Family(dist.Wishart).parameters == ("concentration", "scale_matrix")
    assert Family(dist.MultivariateStudentT).parameters == ("df", "loc", "scale_tril")
    assert Mixture(Family(dist.Normal), 2).parameters == ("weights", "loc", "scale")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Family(dist.Gamma, fixed={"shape": 2.0}),
            "no parameter 'shape'; it has concentration, rate",
        ),
        (lambda: Family(dist.Poisson, fixed={"rate": 2.0}), "no free parameter left"),
        (lambda: Family(dist.Binomial), "'total_count' is a count and cannot be estimated"),
        (lambda: Family(lambda a: dist.Normal(a, 1.0)), "name its parameters with constraints"),
        (lambda: Family(dist.MixtureSameFamily), "use fx.Mixture"),
        (
            lambda: Family(dist.Delta),
            "Delta's parameter 'v' has no constraint that NumPyro states in advance",
        ),
        (lambda: Family(dist.Normal).log_prob({"mu": 0.0}, 0.0), "dict of the parameters loc, scale, not mu"),
        (lambda: Family(dist.Normal).log_prob(3.0, 0.0), "dict of the parameters loc, scale, not float"),
        (lambda: Mixture(Family(dist.Normal), 0), "at least one component"),
        (lambda: Conditional(lambda p, x: x, heads.Normal), "write it with parentheses"),
        (lambda: Conditional(3, heads.Normal(1.0)), "apply must be a function"),
    ],
)
def test_bad_models_are_refused_with_the_reason(make, message):
    with pytest.raises(ValueError, match=message):
        make()


PARAMS = {
    "normal": (Family(dist.Normal), {"loc": 0.3, "scale": 1.7}, 2),
    "categorical": (Family(dist.Categorical), {"probs": jnp.array([0.2, 0.3, 0.5])}, 2),
    "beta": (Family(dist.Beta), {"concentration1": 0.4, "concentration0": 7.0}, 2),
    "bernoulli": (Family(dist.Bernoulli), {"probs": 0.2}, 1),
    "multivariate normal": (
        Family(dist.MultivariateNormal),
        {
            "loc": jnp.zeros(3),
            "covariance_matrix": jnp.array([[2.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 3.0]]),
        },
        9,
    ),
    "mixture": (
        Mixture(Family(dist.Normal), 2),
        {"weights": jnp.array([0.3, 0.7]), "loc": jnp.array([-1.0, 2.0]), "scale": jnp.array([1.0, 0.5])},
        5,
    ),
}


@pytest.mark.parametrize("name", PARAMS)
def test_unconstrained_coordinates_go_there_and_back(name):
    family, params, dim = PARAMS[name]
    z = family.to_unconstrained(params)
    assert z.shape == (dim,)
    assert family.tangent(params).dim == dim
    back = family.to_constrained(z, params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), back, params)


def test_a_mixture_is_the_weighted_sum_of_its_components():
    mixture, params, _ = PARAMS["mixture"]
    x = jnp.linspace(-4, 4, 9)
    densities = [
        w * jnp.exp(dist.Normal(m, s).log_prob(x))
        for w, m, s in zip(params["weights"], params["loc"], params["scale"], strict=True)
    ]
    np.testing.assert_allclose(mixture.log_prob(params, x), jnp.log(sum(densities)), rtol=1e-12)
    np.testing.assert_allclose(
        mixture.log_prob(params, x), mixture.distribution(params).log_prob(x), rtol=1e-12
    )


def test_log_prob_broadcasts_and_sums_over_a_batch_of_parameters():
    family = Family(dist.Normal)
    x = jax.random.normal(jax.random.key(0), (5, 3))
    params = {"loc": jnp.array([0.0, 1.0, 2.0]), "scale": 2.0}
    expected = dist.Normal(params["loc"], 2.0).log_prob(x).sum(-1)
    np.testing.assert_allclose(family.log_prob(params, x), expected, rtol=1e-12)


def test_a_function_of_named_parameters_is_a_family_too():
    family = Family(
        lambda mean, ratio: dist.Gamma(mean * ratio, ratio),
        constraints={"mean": C.positive, "ratio": C.positive},
    )
    assert family.parameters == ("mean", "ratio")
    expected = dist.Gamma(6.0, 2.0).log_prob(1.5)
    np.testing.assert_allclose(family.log_prob({"mean": 3.0, "ratio": 2.0}, 1.5), expected, rtol=1e-12)


@pytest.mark.parametrize("name", PARAMS)
def test_the_tangent_basis_is_orthonormal_and_respects_the_constraint(name):
    family, params, dim = PARAMS[name]
    tangent = family.tangent(jax.tree.map(jnp.asarray, params))
    basis = tangent.basis()
    oracles.allclose(basis.T @ basis, jnp.eye(dim), 1e-14)
    u = jax.random.normal(jax.random.key(1), (dim,))
    v = tangent.unravel(u)
    oracles.allclose(tangent.ravel(v), u, 1e-14)
    if name == "categorical":
        assert abs(float(v["probs"].sum())) < 1e-14
    if "covariance_matrix" in v:
        oracles.allclose(v["covariance_matrix"], v["covariance_matrix"].T, 1e-15)
    assert len(tangent.labels) == dim


def test_a_tangent_is_static_and_says_what_is_wrong_with_a_vector():
    tangent = Tangent.of({"a": jnp.zeros(2), "b": jnp.zeros(())})
    assert hash(tangent) == hash(Tangent.of({"a": jnp.ones(2), "b": jnp.ones(())}))
    with pytest.raises(ValueError, match="pytree like the parameters"):
        tangent.ravel({"a": jnp.zeros(2)})
    with pytest.raises(ValueError, match=r"Leaf 'a' of the tangent vector has shape \(3,\)"):
        tangent.ravel({"a": jnp.zeros(3), "b": jnp.zeros(())})
    with pytest.raises(ValueError, match="dtype int"):
        Tangent.of({"a": jnp.arange(3)})

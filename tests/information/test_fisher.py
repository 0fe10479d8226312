"""The front door: every estimator and structure against slow oracles, and the laws of an information."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles

from .small_network import MODEL, PARAMS, data, network, network_params

STRUCTURES = {"dense": fx.Dense(), "diagonal": fx.Diagonal(), "block-diagonal": fx.BlockDiagonal()}


def kept(structure, matrix, tangent):
    """What a structure keeps of a matrix."""
    if structure == "dense":
        return matrix
    if structure == "diagonal":
        return jnp.diag(jnp.diag(matrix))
    mask = jnp.zeros_like(matrix)
    for s in tangent.slices():
        mask = mask.at[s, s].set(1.0)
    return matrix * mask


@pytest.mark.parametrize(
    ("structure", "n"), [("dense", 1), ("dense", 8), ("dense", 512), ("diagonal", 8), ("block-diagonal", 8)]
)
def test_every_estimator_in_every_structure_equals_the_oracle(structure, n):
    inputs, labels = data(n)
    tangent = MODEL.tangent(PARAMS)
    expected = {
        fx.Exact(): oracles.enumerated_fisher(MODEL, PARAMS, inputs, [0, 1, 2]),
        fx.Empirical(): oracles.empirical_fisher(MODEL, PARAMS, (inputs, labels)),
        fx.Observed(): oracles.observed_information(MODEL, PARAMS, (inputs, labels)),
    }
    for estimator, matrix in expected.items():
        given = (inputs, labels) if estimator.needs_targets else inputs
        G = fx.fisher(MODEL, PARAMS, given, estimator, STRUCTURES[structure])
        oracles.allclose(G.coordinates_matrix(), kept(structure, matrix, tangent), 1e-12)
        assert G.provenance.data_size == n


def test_a_stream_of_batches_gives_the_same_operator():
    inputs, labels = data(512)
    whole = fx.fisher(MODEL, PARAMS, (inputs, labels), fx.Empirical())
    pieces = ((inputs[i : i + 100], labels[i : i + 100]) for i in range(0, 512, 100))
    streamed = fx.fisher(MODEL, PARAMS, pieces, fx.Empirical())
    oracles.allclose(streamed.as_matrix(), whole.as_matrix(), 1e-13)
    assert streamed.provenance.data_size == 512


@pytest.mark.parametrize(
    "estimator", [fx.Empirical(), fx.MonteCarlo(jax.random.key(0), 2)], ids=["empirical", "drawn"]
)
def test_a_stream_is_compiled_once(estimator):
    traces = []

    def counted(params, x):
        traces.append(0)
        return network(params, x)

    model = fx.Conditional(counted, fx.heads.Categorical())
    inputs, labels = data(60)

    def traced(num_batches):
        traces.clear()
        pieces = ((inputs[i : i + 10], labels[i : i + 10]) for i in range(0, 10 * num_batches, 10))
        given = pieces if estimator.needs_targets else (x for x, _ in pieces)
        fx.fisher(model, PARAMS, given, estimator)
        return len(traces)

    first = traced(1)
    assert first > 0
    assert (
        traced(6) <= first
    )  # what looks at shapes alone is traced again, for a batch at a time at most once


def test_rows_are_summed_in_chunks_when_they_do_not_fit(monkeypatch):
    inputs, labels = data(103)
    whole = fx.fisher(MODEL, PARAMS, (inputs, labels), fx.Empirical()).as_matrix()
    hessian = fx.fisher(MODEL, PARAMS, (inputs, labels), fx.Observed()).as_matrix()
    monkeypatch.setattr("fisherax.information.accumulate.ROWS_BUDGET", 17 * 10)
    other = fx.Conditional(lambda params, x: network(params, x), fx.heads.Categorical())  # not compiled yet
    oracles.allclose(fx.fisher(other, PARAMS, (inputs, labels), fx.Empirical()).as_matrix(), whole, 1e-13)
    oracles.allclose(fx.fisher(other, PARAMS, (inputs, labels), fx.Observed()).as_matrix(), hessian, 1e-13)


def test_squared_error_has_the_gauss_newton_matrix():
    model = fx.Conditional(network, fx.heads.Normal(scale=1.0))
    params = network_params(2)
    inputs = data(8)[0]
    tangent = model.tangent(params)
    jacobians = jax.vmap(
        lambda x: jax.jacobian(lambda u: network(tangent.unravel(u), x))(tangent.ravel(params))
    )(inputs)
    expected = jnp.mean(jnp.einsum("nkp,nkq->npq", jacobians, jacobians), axis=0)
    oracles.allclose(fx.fisher(model, params, inputs).as_matrix(), expected, 1e-13)


def test_single_precision_networks():
    params = network_params(3, jnp.float32)
    inputs = data(64)[0].astype(jnp.float32)
    G = fx.fisher(MODEL, params, inputs)
    assert G.as_matrix().dtype == jnp.float32
    double = jax.tree.map(lambda a: a.astype(float), (params, inputs))
    oracles.allclose(G.as_matrix(), fx.fisher(MODEL, *double).as_matrix(), 1e-5)


# ---- laws ----------------------------------------------------------------------------------------------


def test_monte_carlo_converges_as_one_over_root_n():
    inputs = data(8)[0]
    exact = fx.fisher(MODEL, PARAMS, inputs).as_matrix()
    for num_samples in (100, 1600, 25600):
        G = fx.fisher(MODEL, PARAMS, inputs, fx.MonteCarlo(jax.random.key(3), num_samples))
        distance = jnp.linalg.norm(G.as_matrix() - exact)
        assert distance < 4 * G.error  # the reported error is an upper bound of the root mean square
        assert distance * np.sqrt(num_samples) < 4 * jnp.linalg.norm(exact)
        assert distance > 0.05 * G.error  # and not a useless one


def test_monte_carlo_of_a_family_is_an_expectation_without_data():
    family, params = fx.Family(dist.Gamma), {"concentration": 2.0, "rate": 3.0}
    exact = fx.fisher(family, params).as_matrix()
    G = fx.fisher(family, params, estimator=fx.MonteCarlo(jax.random.key(0), 40_000))
    assert jnp.linalg.norm(G.as_matrix() - exact) < 4 * G.error


@pytest.mark.parametrize("well_specified", [True, False])
def test_the_empirical_fisher_is_the_fisher_only_if_the_model_is_right(well_specified):
    family, params = fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}
    world = dist.Normal(0, 1) if well_specified else dist.Laplace(0, np.sqrt(0.5))
    n = 400_000
    x = world.sample(jax.random.key(0), (n,))
    G = fx.fisher(family, params, x, fx.Empirical()).as_matrix()
    # E[(x² − 1)²] is the kurtosis minus one: 2 for the normal, 5 for the Laplace distribution.
    limit = 2.0 if well_specified else 5.0
    spread = np.std((np.asarray(x) ** 2 - 1) ** 2) / np.sqrt(n)
    assert abs(G[1, 1] - limit) < 5 * spread
    assert (abs(G[1, 1] - 2.0) < 5 * spread) == well_specified


def test_reparametrised_information_is_pulled_back():
    family = fx.Family(dist.Gamma)

    def from_mean(q):
        return {"concentration": jnp.exp(q["log_shape"]), "rate": jnp.exp(q["log_shape"]) / q["mean"]}

    point = {"log_shape": jnp.array(0.7), "mean": jnp.array(2.5)}
    there = fx.Family(
        lambda log_shape, mean: dist.Gamma(jnp.exp(log_shape), jnp.exp(log_shape) / mean),
        constraints={"log_shape": dist.constraints.real, "mean": dist.constraints.positive},
    )
    pulled = fx.pullback(fx.fisher(family, from_mean(point)), from_mean, point)
    direct = fx.fisher(there, point)
    oracles.allclose(pulled.as_matrix(), direct.as_matrix(), 1e-8)
    # mean and shape of a Gamma are orthogonal, I(mean) = shape/mean²
    oracles.allclose(pulled.as_matrix()[0, 1], 0.0, atol=1e-12)
    np.testing.assert_allclose(pulled.as_matrix()[1, 1], jnp.exp(0.7) / 2.5**2, rtol=1e-10)


def test_no_data_enter_the_exact_information_of_a_family():
    """It is an expectation: observations that are passed along change nothing, nor are they said to be averaged."""
    family, params = fx.Family(dist.Gamma), {"concentration": 2.0, "rate": 3.0}
    alone, given = fx.fisher(family, params), fx.fisher(family, params, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(alone.as_matrix(), given.as_matrix())
    assert given.provenance.data_size is None
    assert "averaged" not in str(given)


def test_n_independent_observations_have_n_times_the_information():
    family, params = fx.Family(dist.Weibull), {"scale": 2.0, "concentration": 1.5}
    G = fx.fisher(family, params)
    batch = {name: jnp.full(7, value) for name, value in params.items()}

    def repeat(p):
        return {name: jnp.full(7, value) for name, value in p.items()}

    seven = fx.pullback(fx.fisher(family, batch), repeat, params)
    oracles.allclose(seven.as_matrix(), (7 * G).as_matrix(), 1e-9)
    assert (7 * G).count == 7


def test_the_information_of_independent_parts_adds_up():
    family = fx.Family(dist.Normal)
    params = {"loc": jnp.array([0.0, 3.0]), "scale": 2.0}  # two observations with their own means, one scale
    G = fx.fisher(family, params)
    oracles.allclose(G.as_matrix(), jnp.diag(jnp.array([0.25, 0.25, 2 * 2 / 4.0])), 1e-10)
    inputs = data(20)[0]
    whole = fx.fisher(MODEL, PARAMS, inputs)
    parts = 5 * fx.fisher(MODEL, PARAMS, inputs[:5]) + 15 * fx.fisher(MODEL, PARAMS, inputs[5:])
    oracles.allclose(parts.as_matrix(), (20 * whole).as_matrix(), 1e-13)
    assert parts.count == 20


def test_parameters_on_a_simplex_have_the_covariance_of_frequencies():
    p = jnp.array([0.2, 0.3, 0.5])
    G = fx.fisher(fx.Family(dist.Categorical), {"probs": p})
    covariance = jax.vmap(lambda e: G.solve({"probs": e})["probs"])(jnp.eye(3))
    oracles.allclose(covariance, jnp.diag(p) - jnp.outer(p, p), 1e-12)
    with pytest.raises(ValueError, match="no sense for 'probs'"):
        fx.fisher(fx.Family(dist.Categorical), {"probs": p}, structure=fx.Diagonal())


def test_symmetric_matrices_have_the_information_of_a_covariance():
    sigma = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    params = {"loc": jnp.zeros(2), "covariance_matrix": sigma}
    G = fx.fisher(fx.Family(dist.MultivariateNormal), params)
    assert G.tangent.dim == 5
    v = jnp.array([[0.3, -0.2], [-0.2, 0.7]])
    inverse = jnp.linalg.inv(sigma)
    expected = 0.5 * jnp.trace(inverse @ v @ inverse @ v)
    np.testing.assert_allclose(
        G.quadratic({"loc": jnp.zeros(2), "covariance_matrix": v}), expected, rtol=1e-10
    )


def test_a_family_as_a_head():
    """A Gamma regression by hand: the head is a Family, and its root comes from the ladder."""

    def apply(params, x):
        shape = jnp.exp(params["log_shape"])
        return {"concentration": shape, "rate": shape * jnp.exp(-(x @ params["slopes"]))}

    params = {"log_shape": jnp.array(0.4), "slopes": jnp.array([0.3, -0.2])}
    inputs = data(8)[0]
    by_family = fx.fisher(fx.Conditional(apply, fx.Family(dist.Gamma)), params, inputs)
    by_head = fx.fisher(
        fx.Conditional(
            lambda params, x: (x @ params["slopes"], jnp.exp(params["log_shape"])), fx.heads.Gamma(link="log")
        ),
        params,
        inputs,
    )
    oracles.allclose(by_family.as_matrix(), by_head.as_matrix(), 1e-9)


def test_a_learned_concentration_is_summed():
    model = fx.Conditional(lambda p, x: (x @ p["b"], p["r"]), fx.heads.NegativeBinomial())
    params = {"b": jnp.array([0.5, -0.3]), "r": jnp.array(2.5)}
    inputs = data(4)[0]
    expected = oracles.enumerated_fisher(model, params, inputs, [float(y) for y in range(120)])
    oracles.allclose(fx.fisher(model, params, inputs).as_matrix(), expected, 1e-9)


def test_the_divergence_of_independent_parts_adds_up():
    family = fx.Family(dist.Weibull)
    p = {"scale": jnp.array([1.0, 2.0]), "concentration": 1.5}
    q = {"scale": 1.3, "concentration": 1.1}
    whole = fx.kl(family, p, q)
    parts = [fx.kl(family, {"scale": s, "concentration": 1.5}, q) for s in (1.0, 2.0)]
    np.testing.assert_allclose(whole, sum(parts), rtol=1e-10)

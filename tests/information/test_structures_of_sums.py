"""Sums over observations: every estimator in every structure, and no array of N × P × P on the way."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles

STRUCTURES = {"diagonal": fx.Diagonal(), "block-diagonal": fx.BlockDiagonal()}
FAMILY = fx.Family(dist.Gamma)
POINT = {
    "concentration": jnp.array([2.0, 3.0]),
    "rate": jnp.array([1.0, 0.5]),
}  # two entries, 2 + 2 parameters
ESTIMATORS = {
    "exact": fx.Exact(),
    "monte-carlo": fx.MonteCarlo(jax.random.key(0), 7),
    "empirical": fx.Empirical(),
    "observed": fx.Observed(),
}


def kept(structure, matrix, tangent):
    """What a structure keeps of a matrix."""
    blocks = [slice(i, i + 1) for i in range(tangent.dim)] if structure == "diagonal" else tangent.slices()
    result = np.zeros_like(matrix)
    for s in blocks:
        result[s, s] = np.asarray(matrix)[s, s]
    return result


def network(params, x):
    return params["out"] @ jnp.tanh(params["in"] @ x + params["shift"][0]) + params["shift"][1]


def network_of(inputs, hidden, outputs):
    keys = jax.random.split(jax.random.key(hidden), 3)
    return {
        "in": jax.random.normal(keys[0], (hidden, inputs)) / math.sqrt(inputs),
        "out": jax.random.normal(keys[1], (outputs, hidden)) / math.sqrt(hidden),
        "shift": jax.random.normal(keys[2], (2, 1)),
    }


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_structure_keeps_its_part_of_a_familys_dense_matrix(structure, estimator):
    """With one key the draws are the same, so that sampling too has to agree to rounding."""
    chosen = ESTIMATORS[estimator]
    x = jax.random.gamma(jax.random.key(1), 2.0, (6, 2))
    given = x if chosen.needs_targets else None
    dense = fx.fisher(FAMILY, POINT, given, chosen)
    part = fx.fisher(FAMILY, POINT, given, chosen, STRUCTURES[structure])
    oracles.allclose(
        part.coordinates_matrix(), kept(structure, dense.coordinates_matrix(), dense.tangent), 1e-12
    )


@pytest.mark.parametrize("n", [1, 8, 512])
def test_monte_carlo_is_the_mean_over_its_own_draws_in_every_structure(n):
    """A normal head's draws can be had back from the score, so that an oracle sees the same labels."""
    model = fx.Conditional(network, fx.heads.Categorical())
    params = network_of(2, 3, 3)
    inputs = jax.random.normal(jax.random.key(n), (n, 2))
    drawn = fx.MonteCarlo(jax.random.key(5), 3)
    dense = fx.fisher(model, params, inputs, drawn)
    for name, structure in STRUCTURES.items():
        part = fx.fisher(model, params, inputs, drawn, structure)
        oracles.allclose(
            part.coordinates_matrix(), kept(name, dense.coordinates_matrix(), dense.tangent), 1e-12
        )
    exact = fx.fisher(model, params, inputs).coordinates_matrix()
    # E‖Ĝ − G‖² is the square of the stated error: five of them is a bound of one draw in thousands.
    assert np.linalg.norm(dense.coordinates_matrix() - exact) < 5 * dense.error


@pytest.mark.parametrize(
    "structure", [fx.Dense(), fx.Diagonal(), fx.BlockDiagonal()], ids=lambda s: type(s).__name__
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_array_of_observations_by_parameters_squared_is_made(estimator, structure):
    """What XLA reserves for N = 512 observations and P = 301 parameters stays far below N P² numbers (371 MB)."""
    model = fx.Conditional(network, fx.heads.Categorical())
    params = network_of(20, 13, 3)
    n, p = 512, sum(leaf.size for leaf in jax.tree.leaves(params))
    data = (jnp.zeros((n, 20)), jnp.zeros(n, int))
    chosen = ESTIMATORS[estimator]

    def matrix(params, data):
        given = data if chosen.needs_targets else data[0]
        return fx.fisher(model, params, given, chosen, structure).diagonal()

    reserved = jax.jit(matrix).lower(params, data).compile().memory_analysis().temp_size_in_bytes
    # N rows of P numbers, for each of two columns of the root (three classes) or seven draws, may be there; of a
    # Hessian the gradient's activations, some 60 numbers for each of N, for each of 64 products at a time.
    rows = {"exact": 2 * p, "monte-carlo": 7 * p, "empirical": p, "observed": 64 * 60 / 3}[estimator]
    assert p > 300
    assert reserved < 8 * (3 * rows * n + 4 * p * p)
    assert reserved < 0.1 * 8 * n * p * p

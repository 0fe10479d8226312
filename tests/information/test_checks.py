"""The front door refuses what would come out as a wrong number, with the call, the cause and the remedy."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles

NORMAL, STANDARD = fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}
X = jnp.arange(1.0, 4.0)[:, None]
ON_DATA = [fx.Empirical(), fx.Observed()]
SAMPLED = fx.MonteCarlo(jax.random.key(0), 5)
EVERY = [fx.Exact(), SAMPLED, *ON_DATA]


def regression(head, apply=lambda params, x: x @ params):
    return fx.Conditional(apply, head)


@pytest.mark.parametrize("estimator", ON_DATA, ids=lambda e: e.name)
@pytest.mark.parametrize(
    ("family", "params", "data", "message"),
    [
        (dist.Poisson, {"rate": 2.0}, [1.0, -1.0], "observation 1 is -1, outside the support.*whole number"),
        (dist.Poisson, {"rate": 2.0}, [0.5, 1.0], "observation 0 is 0.5, outside the support"),
        (dist.Bernoulli, {"probs": 0.5}, [1.0, 2.0], "observation 1 is 2, outside the support.*0 or 1"),
        (dist.Normal, STANDARD, [0.0, jnp.nan], "observation 1 is missing"),
    ],
)
def test_observations_outside_the_support(estimator, family, params, data, message):
    with pytest.raises(ValueError, match=message):
        fx.fisher(fx.Family(family), params, jnp.array(data), estimator)


@pytest.mark.parametrize("label", [-1, 9, 1.5])
def test_labels_that_are_none(label):
    data = X[:2], jnp.array([0, label])
    with pytest.raises(ValueError, match=r"observation 1 is .* from 0 to 2"):
        fx.fisher(regression(fx.heads.Categorical()), jnp.ones((1, 3)), data, fx.Empirical())


def test_a_stream_counts_its_rows():
    batches = [jnp.array([1.0, 2.0]), jnp.array([3.0, -1.0])]
    with pytest.raises(ValueError, match="observation 3 is -1"):
        fx.fisher(fx.Family(dist.Poisson), {"rate": 2.0}, iter(batches), fx.Empirical())


@pytest.mark.parametrize("estimator", ON_DATA, ids=lambda e: e.name)
@pytest.mark.parametrize(("outputs", "targets"), [((), (3, 2)), ((4,), (3,))])
def test_targets_of_another_shape(estimator, outputs, targets):
    params = jnp.ones((1, *outputs))
    with pytest.raises(ValueError, match="one observation of the Normal head has shape"):
        fx.fisher(regression(fx.heads.Normal(1.0)), params, (X, jnp.ones(targets)), estimator)


MATRIX = {"loc": jnp.zeros(2), "covariance_matrix": jnp.array([[1.0, 0.5], [0.2, 1.0]])}
OUTSIDE = [
    (NORMAL, {"loc": 0.0, "scale": -1.0}, "'scale' is -1, .* positive"),
    (NORMAL, {"loc": 0.0, "scale": jnp.array([1.0, -2.0])}, r"'scale'\[1\] is -2"),
    (fx.Family(dist.Categorical), {"probs": jnp.array([0.5, 0.6])}, "sum to 1"),
    (fx.Family(dist.MultivariateNormal), MATRIX, "symmetric, positive definite"),
    (fx.Family(dist.StudentT, fixed={"df": -1.0}), STANDARD, "'df' is -1"),
]


@pytest.mark.parametrize(("model", "params", "message"), OUTSIDE)
def test_parameters_outside_their_space(model, params, message):
    for call in (fx.fisher, fx.cramer_rao_bound, lambda m, p: fx.kl(m, p, p)):
        with pytest.raises(ValueError, match=message):
            call(model, params)
    with pytest.raises(ValueError, match=message):
        fx.fisher(model, params, estimator=SAMPLED)


@pytest.mark.parametrize(
    ("head", "apply", "message"),
    [
        (NORMAL, lambda p, x: {"loc": 0.0, "scale": x @ p - 2.5}, "input 0, Normal .* scale = -1.5"),
        (fx.heads.Gamma(2.0), lambda p, x: 2.5 - x @ p, "input 2, the Gamma head .* rate = -1"),
        (fx.heads.Normal(-2.0), lambda p, x: x @ p, "scale = -2"),
        (fx.heads.Poisson("identity"), lambda p, x: 2.5 - x @ p, "input 2, the Poisson head .* at least 0"),
    ],
)
def test_outputs_outside_the_space_of_the_head(head, apply, message):
    with pytest.raises(ValueError, match=message):
        fx.fisher(regression(head, apply), jnp.ones(1), X)


IRREGULAR = [
    (fx.Family(dist.Uniform), {"low": 0.0, "high": 3.0}),
    (fx.Family(dist.Pareto), {"scale": 0.5, "alpha": 2.0}),
    (
        fx.Mixture(fx.Family(dist.Uniform), 2),
        {"weights": jnp.array([0.5, 0.5]), "low": jnp.zeros(2), "high": jnp.array([2.0, 3.0])},
    ),
]


@pytest.mark.parametrize("estimator", EVERY, ids=lambda e: e.name)
def test_every_estimator_refuses_a_support_that_moves(estimator):
    data = jnp.ones(3) if estimator.needs_targets else None
    for family, params in IRREGULAR:
        with pytest.raises(ValueError, match="undefined: the support moves with"):
            fx.fisher(family, params, data, estimator)
    model = regression(IRREGULAR[0][0], lambda p, x: {"low": 0.0, "high": jnp.exp(x @ p)})
    with pytest.raises(ValueError, match="undefined: the support moves with"):
        fx.fisher(model, jnp.ones(1), X if data is None else (X, data), estimator)


def test_a_kink_that_moves_has_no_observed_information():
    laplace, data = fx.Family(dist.Laplace), jnp.ones(3)
    with pytest.raises(ValueError, match="kink that moves with 'loc'"):
        fx.fisher(laplace, STANDARD, data, fx.Observed())
    model = regression(laplace, lambda p, x: {"loc": x @ p, "scale": 1.0})
    with pytest.raises(ValueError, match="kink that moves with 'loc'"):
        fx.fisher(model, jnp.ones(1), (X, data), fx.Observed())
    fixed = fx.fisher(fx.Family(dist.Laplace, fixed={"loc": 0.0}), {"scale": 1.0}, data, fx.Observed())
    oracles.allclose(fixed.as_matrix(), jnp.ones((1, 1)), 1e-14)  # −∂²(−ln s − |x|/s) = 2|x|/s³ − 1/s²


WRONG_KINDS = """
import jax, jax.numpy as jnp, numpyro.distributions as dist, fisherax as fx
family, params = fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}
calls = {
    "class Exact: make one": lambda: fx.fisher(family, params, estimator=fx.Exact),
    "must be Exact": lambda: fx.fisher(family, params, estimator="exact"),
    "class Dense: make one": lambda: fx.Metric(family, structure=fx.Dense),
    "such as fx.Family": lambda: fx.kl(dist.Normal, params, params),
    "needs a JAX random key": lambda: fx.MonteCarlo(0, 5),
    "whole number": lambda: fx.MonteCarlo(jax.random.key(0), 5.0),
    "must be an information": lambda: fx.pullback(jnp.eye(2), lambda p: p, params),
}
for message, call in calls.items():
    try:
        call()
    except ValueError as error:
        assert message in str(error), (message, str(error))
    else:
        raise AssertionError(message)
"""


def test_arguments_of_the_wrong_kind():
    """In a process of its own: the annotations that these tests run under would speak first."""
    done = subprocess.run([sys.executable, "-c", WRONG_KINDS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_pair_where_inputs_are_wanted():
    with pytest.raises(ValueError, match="takes the inputs alone"):
        fx.fisher(regression(fx.heads.Normal(1.0)), jnp.ones(1), (X, jnp.ones(3)))


def test_under_a_tracer_a_value_outside_its_space_is_nan():
    data = jnp.array([0.5, -1.0])

    def trace(scale):
        return fx.fisher(NORMAL, {"loc": 0.0, "scale": scale}, data, fx.Empirical()).as_matrix()[0, 0]

    expected = jnp.mean(data**2)  # Σx²/s⁴, at s = 1
    inside, outside = jax.jit(jax.vmap(trace))(jnp.array([1.0, -1.0]))
    oracles.allclose(inside, expected, 1e-14)
    assert jnp.isnan(outside)
    oracles.allclose(jax.grad(trace)(1.0), -4.0 * expected, 1e-14)


def test_a_divergence_says_its_error_and_method():
    model, vector = fx.Family(dist.MultivariateStudentT, fixed={"df": 5.0}), jnp.zeros(2)
    p, q = ({"loc": vector + shift, "scale_tril": jnp.eye(2)} for shift in (0.0, 0.5))
    known = fx.kl(model, p, q, return_error=True)
    assert known.method == "sampling"
    assert 0 < known.error < 0.1
    assert fx.kl(model, p, q) == known.value
    closed = fx.kl(NORMAL, STANDARD, {"loc": 1.0, "scale": 1.0}, return_error=True)
    assert (closed.method, closed.error) == ("closed form", None)


def test_a_pullback_keeps_the_error():
    G = fx.fisher(NORMAL, STANDARD, estimator=SAMPLED, structure=fx.Diagonal())
    moved = fx.pullback(G, lambda p: {"loc": 3.0 * p["loc"], "scale": 3.0 * p["scale"]}, STANDARD)
    oracles.allclose(moved.error, 9.0 * G.error, 1e-14)
    assert moved.provenance.structure == "dense"
    assert "pulled back" in str(moved.provenance)

"""Under `jit` no value is known, so nothing can be refused: what would be refused gives NaN there, and no number."""

import importlib

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints as C

import fisherax as fx
import oracles
from fisherax.information.checks import check_params
from fisherax.information.expectation import Expectation

from .regular_families import REGULAR, random_params

front_door = importlib.import_module(
    "fisherax.information.fisher"
)  # the package has the function by this name
NORMAL = fx.Family(dist.Normal)
DATA = jnp.array([0.5, -1.0])
ESTIMATORS = [fx.Exact(), fx.MonteCarlo(jax.random.key(0), 5), fx.Empirical(), fx.Observed()]
VECTORS = {
    "MultivariateNormal": (
        fx.Family(dist.MultivariateNormal),
        {"loc": jnp.zeros(2), "covariance_matrix": jnp.array([[2.0, 0.5], [0.5, 1.0]])},
    ),
    "MultivariateNormal by its factor": (
        fx.Family(dist.MultivariateNormal, parameters=("loc", "scale_tril")),
        {"loc": jnp.zeros(2), "scale_tril": jnp.array([[2.0, 0.0], [0.5, 1.0]])},
    ),
    "Dirichlet": (fx.Family(dist.Dirichlet), {"concentration": jnp.array([0.5, 2.0])}),
    "Normals": (NORMAL, {"loc": jnp.zeros(2), "scale": jnp.array([1.0, 2.0])}),
    "mixture of StudentT": (
        fx.Mixture(fx.Family(dist.StudentT, fixed={"df": 3.0}), 2),
        {"weights": jnp.array([0.5, 0.5]), "loc": jnp.zeros(2), "scale": jnp.ones(2)},
    ),
}
EVERY = {**{name: (REGULAR[name][0], random_params(name, 1)[0]) for name in REGULAR}, **VECTORS}


def refused(model, params):
    try:
        check_params("fisher", model, params)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("name", EVERY)
def test_what_is_refused_of_a_value_that_is_known_is_nan_of_one_that_is_not(name, monkeypatch):
    """Whatever number the computation gives: here always the same, so that nothing large is compiled."""
    model, params = EVERY[name]
    params = {key: jnp.asarray(value, float) for key, value in params.items()}
    unit = jnp.eye(model.tangent(params).dim)
    monkeypatch.setattr(
        front_door, "family_information", lambda *_: Expectation(unit, jnp.zeros_like(unit), "sum")
    )
    changes = (lambda x: x, lambda x: -x - 0.25, lambda x: 2.0 * x + 0.75, lambda x: x * jnp.nan)
    points = [{**params, key: change(params[key])} for key in params for change in changes]
    stacked = {key: jnp.stack([point[key] for point in points]) for key in params}
    found = jax.jit(jax.vmap(lambda point: fx.fisher(model, point).coordinates_matrix()))(stacked)
    outside = [refused(model, point) for point in points]
    assert not outside[0]
    assert sum(outside) >= len(params)  # NaN at least
    for matrix, is_outside in zip(found, outside, strict=True):
        assert np.isnan(matrix).all() if is_outside else np.array_equal(matrix, unit)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.name)
def test_every_estimator_and_every_verb(estimator):
    @jax.jit
    def answers(scale):
        def matrix(scale):
            G = fx.fisher(NORMAL, {"loc": 0.0, "scale": scale}, data, estimator)
            return G.as_matrix(), (G.trace(), G.eigenvalues(), G.mv({"loc": 1.0, "scale": 1.0}), G.error)

        slopes = jax.jacrev(matrix, has_aux=True)(scale)
        return matrix(scale)[0], slopes

    data = DATA if estimator.needs_targets else None
    for leaf in jax.tree.leaves(answers(-0.1)):
        assert np.isnan(leaf).all()
    G = fx.fisher(NORMAL, {"loc": 0.0, "scale": 0.5}, data, estimator)
    matrix, (slopes, _) = answers(0.5)
    oracles.allclose(matrix, G.as_matrix(), 1e-14)
    if isinstance(estimator, fx.Exact):  # 1/σ², 2/σ²
        oracles.allclose(slopes, jnp.diag(jnp.array([-2.0, -4.0])) / 0.5**3, 1e-13)


def test_solves_and_determinants_are_run_time_errors():
    @eqx.filter_jit
    def answer(scale):
        G = fx.fisher(NORMAL, {"loc": 0.0, "scale": scale})
        return G.logdet(), G.solve({"loc": 1.0, "scale": 1.0})

    oracles.allclose(answer(1.0)[0], jnp.log(2.0), 1e-14)
    with pytest.raises(RuntimeError, match="not finite"):
        jax.block_until_ready(answer(-0.1))


HEADS = [
    (fx.heads.Gamma(2.0), lambda p, x: x @ p - 1.5),
    (fx.heads.Poisson("identity"), lambda p, x: x @ p - 1.5),
    (NORMAL, lambda p, x: {"loc": 0.0, "scale": x @ p - 1.5}),
]


@pytest.mark.parametrize("structure", [fx.Dense(), fx.Diagonal(), fx.BlockDiagonal()], ids=lambda s: s.name)
@pytest.mark.parametrize(("head", "apply"), HEADS)
def test_outputs_outside_the_space_of_the_head(head, apply, structure):
    model, inputs = fx.Conditional(apply, head), jnp.arange(1.0, 4.0)[:, None]
    trace = jax.jit(lambda p: fx.fisher(model, p, inputs, structure=structure).trace())
    assert np.isnan(trace(jnp.ones(1)))  # at the first input alone
    oracles.allclose(
        trace(2.0 * jnp.ones(1)), fx.fisher(model, 2.0 * jnp.ones(1), inputs, structure=structure).trace()
    )


@pytest.mark.parametrize("estimator", [fx.Empirical(), fx.Observed()], ids=lambda e: e.name)
def test_observations_outside_the_support(estimator):
    poisson = fx.Family(dist.Poisson)
    trace = jax.jit(lambda data: fx.fisher(poisson, {"rate": 2.0}, data, estimator).trace())
    line = fx.Conditional(lambda p, x: x @ p, fx.heads.Poisson())
    slope, x = jnp.ones(1), jnp.ones((2, 1))
    conditional = jax.jit(lambda y: fx.fisher(line, slope, (x, y), estimator).trace())
    for answer in (trace, conditional):
        assert np.isfinite(answer(jnp.array([1.0, 3.0])))
        assert np.isnan(answer(jnp.array([1.0, -3.0])))
        assert np.isnan(answer(jnp.array([1.0, 0.5])))


def test_parameters_that_a_regression_restricts_and_values_that_a_family_holds():
    model = fx.Conditional(lambda p, x: p["a"] * x, fx.heads.Normal(1.0), constraints={"a": C.positive})
    trace = jax.jit(lambda a: fx.fisher(model, {"a": a}, DATA).trace())
    assert np.isfinite(trace(1.0))
    assert np.isnan(trace(-1.0))
    held = jax.jit(
        lambda df: fx.fisher(fx.Family(dist.StudentT, fixed={"df": df}), {"loc": 0.0, "scale": 1.0}).trace()
    )
    assert np.isfinite(held(3.0))
    assert np.isnan(held(-3.0))


def test_divergences_cubic_tensors_coordinates_and_priors():
    line = fx.Conditional(lambda p, x: x @ p - 1.5, fx.heads.Poisson("identity"))
    inputs, flat, prior = jnp.ones((1, 1)), fx.DuallyFlat(NORMAL), fx.JeffreysPrior(NORMAL)

    @jax.jit
    def answers(scale):
        p, one = {"loc": 0.0, "scale": scale}, {"loc": 0.0, "scale": 1.0}
        return [
            fx.kl(NORMAL, p, one),
            fx.kl(NORMAL, one, p),
            fx.kl(line, jnp.array([2.0]), scale * jnp.array([2.0]), inputs),
            fx.hellinger_distance(NORMAL, p, one),
            fx.cubic_tensor(NORMAL, p),
            fx.cubic_tensor(line, 2.0 * scale[None], inputs),
            flat.natural(p),
            prior.log_prob(p),
        ]

    *inside, _ = answers(jnp.array(1.5))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(inside))
    *outside, density = answers(jnp.array(-1.5))
    assert all(np.isnan(leaf).all() for leaf in jax.tree.leaves(outside))
    assert density == -np.inf  # a prior's word for it

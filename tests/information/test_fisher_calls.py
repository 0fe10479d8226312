"""The front door through JAX's transformations, and calls that are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles

from .small_network import MODEL, PARAMS, data


def test_jit_vmap_grad_and_jvp_go_through():
    family = fx.Family(dist.Gamma)

    def half_logdet(a):
        return 0.5 * fx.fisher(family, {"concentration": a, "rate": 2.0}).logdet()

    a = jnp.array([0.5, 3.0])
    by_hand = lambda a: 0.5 * jnp.log((a * jax.scipy.special.polygamma(1, a) - 1) / 4.0)  # noqa: E731
    np.testing.assert_allclose(jax.jit(jax.vmap(half_logdet))(a), jax.vmap(by_hand)(a), rtol=1e-9)
    np.testing.assert_allclose(jax.vmap(jax.grad(half_logdet))(a), jax.vmap(jax.grad(by_hand))(a), rtol=1e-8)
    tangent = jax.jvp(half_logdet, (a[0],), (1.0,))[1]
    np.testing.assert_allclose(tangent, jax.grad(by_hand)(a[0]), rtol=1e-8)
    G = jax.jit(lambda a: fx.fisher(family, {"concentration": a, "rate": 2.0}))(a[0])
    assert "exact" in str(G)


def test_a_metric_is_the_same_as_a_function_of_the_parameters():
    inputs = data(8)[0]
    metric = fx.Metric(MODEL, inputs, structure=fx.Diagonal())
    oracles.allclose(
        metric(PARAMS).as_matrix(),
        fx.fisher(MODEL, PARAMS, inputs, structure=fx.Diagonal()).as_matrix(),
        1e-15,
    )
    with pytest.raises(ValueError, match="an iterator is read once"):
        fx.Metric(MODEL, iter([inputs]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fx.fisher(MODEL, PARAMS), "pass its inputs as data"),
        (lambda: fx.fisher(MODEL, PARAMS, estimator=fx.Empirical()), "pass \\(inputs, targets\\) as data"),
        (lambda: fx.fisher(MODEL, PARAMS, data(8)[0], fx.Empirical()), "pairs \\(inputs, targets\\)"),
        (lambda: fx.fisher(MODEL, PARAMS, jnp.zeros((0, 2))), "The data are empty"),
        (lambda: fx.fisher(MODEL, PARAMS, iter([])), "empty stream"),
        (
            lambda: fx.fisher(MODEL, PARAMS, (jnp.zeros((3, 2)), jnp.zeros(2)), fx.Empirical()),
            "disagree on the number of observations",
        ),
        (
            lambda: fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, estimator=fx.Observed()),
            "pass observations as data",
        ),
        (lambda: fx.MonteCarlo(jax.random.key(0), 0), "at least one draw"),
        (
            lambda: fx.fisher(fx.Family(dist.Poisson), {"rate": 0.0}),
            "not finite",
        ),
    ],
)
def test_bad_calls_are_refused_with_the_remedy(call, message):
    with pytest.raises(ValueError, match=message):
        call()

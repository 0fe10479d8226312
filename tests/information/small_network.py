"""A small network, nonlinear, with parameters that are shared; and data for it."""

import jax
import jax.numpy as jnp

import fisherax as fx


def network(params, x):
    """Two layers, with a bias that is shared by both: small, nonlinear, and tied."""
    hidden = jnp.tanh(params["first"] @ x + params["bias"][0])
    return params["second"] @ hidden + params["bias"][1]


def network_params(outputs, dtype=float):
    keys = jax.random.split(jax.random.key(outputs), 3)
    return {
        "first": jax.random.normal(keys[0], (3, 2), dtype),
        "second": jax.random.normal(keys[1], (outputs, 3), dtype),
        "bias": jax.random.normal(keys[2], (2, 1), dtype),
    }


MODEL = fx.Conditional(network, fx.heads.Categorical())
PARAMS = network_params(3)


def data(n):
    inputs = jax.random.normal(jax.random.key(n), (n, 2))
    return inputs, jax.random.randint(jax.random.key(n + 1), (n,), 0, 3)

"""The ladder computes in the precision that JAX has; the operator has the parameters' own."""

import jax.numpy as jnp
import numpyro.distributions as dist

import fisherax as fx
import oracles


def test_parameters_in_single_precision_keep_it_through_quadrature():
    family, params = fx.Family(dist.Weibull), {"scale": 2.0, "concentration": 1.5}
    single = fx.fisher(family, {key: jnp.float32(value) for key, value in params.items()})
    assert single.dtype == jnp.float32
    assert single.diagonal()["scale"].dtype == jnp.float32
    oracles.allclose(single.as_matrix(), fx.fisher(family, params).as_matrix(), 1e-6)

"""Models, points and directions that the laws of divergences are tested at."""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

import fisherax as fx

INPUTS = jnp.array([[1.0, 0.3], [1.0, -0.7], [1.0, 1.4]])


def line(params, x):
    return x @ params


# name: model, parameters, direction in tangent coordinates, data.
CASES = {
    "Normal": (fx.Family(dist.Normal), {"loc": 0.3, "scale": 1.4}, [0.8, 0.6], None),
    "Gamma": (fx.Family(dist.Gamma), {"concentration": 2.3, "rate": 1.7}, [0.9, -0.5], None),
    "Poisson": (fx.Family(dist.Poisson), {"rate": 2.4}, [0.9], None),
    "Categorical": (
        fx.Family(dist.Categorical),
        {"probs": jnp.array([0.2, 0.5, 0.3])},
        [0.11, 0.05],
        None,
    ),
    "Cauchy": (fx.Family(dist.Cauchy), {"loc": 0.3, "scale": 1.4}, [0.8, 0.6], None),
    "Poisson regression": (
        fx.Conditional(line, fx.heads.Poisson()),
        jnp.array([0.4, -0.6]),
        [0.5, 0.4],
        INPUTS,
    ),
}


def case(name):
    """The model, its parameters as arrays, tangent coordinates ↦ parameters, the direction, and data."""
    model, params, direction, data = CASES[name]
    params = jax.tree.map(jnp.asarray, params)
    tangent = model.tangent(params)

    def move(u):
        return jax.tree.map(jnp.add, params, tangent.unravel(u))

    return model, params, move, jnp.array(direction), data


def by_the_ladder(kind, constraints):
    """The same family without its closed forms: a function of its parameters."""
    return fx.Family(lambda **parameters: kind(**parameters), constraints=constraints, name=kind.__name__)


UNKNOWN_GAMMA = by_the_ladder(dist.Gamma, {"concentration": C.positive, "rate": C.positive})
UNKNOWN_POISSON = by_the_ladder(dist.Poisson, {"rate": C.positive})

"""Manifolds that several tests share, so that what is compiled for one serves the others, and random points of them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

import fisherax as fx

GAMMA = fx.Manifold(fx.Family(dist.Gamma))
BETA = fx.Manifold(fx.Family(dist.Beta))
DIRICHLET = fx.Manifold(fx.Family(dist.Dirichlet))
NORMAL = fx.Manifold(fx.Family(dist.Normal))
WEIBULL = fx.Manifold(fx.Family(dist.Weibull))
NEGATIVE_BINOMIAL = fx.Manifold(fx.Family(dist.NegativeBinomial2))
CATEGORICAL = fx.Manifold(fx.Family(dist.CategoricalProbs))
SPREAD = fx.Manifold(fx.Family(dist.MultivariateNormal, fixed={"loc": np.zeros(2)}))
"""Normal vectors with a known mean."""

_INPUTS = np.column_stack([np.ones(30), np.random.default_rng(5).normal(size=(30, 2))])
LOGISTIC = fx.Manifold(fx.Conditional(lambda params, x: x @ params["w"], fx.heads.Bernoulli()), _INPUTS)
"""A logistic regression with three coefficients on 30 rows."""


def _bumpy(params: Any) -> Any:
    x = params["x"]
    root = jnp.asarray([[1.0, 0.2, 0.0], [0.3, 1.2, -0.1], [0.1, -0.2, 0.8]]) + 0.3 * jnp.sin(
        jnp.outer(x, jnp.asarray([1.0, 2.0, -1.0])) + jnp.asarray([0.3, 1.0, 2.0])
    )
    return root.T @ root + 0.2 * jnp.eye(3)


BUMPY = fx.Manifold(_bumpy)
"""A metric of no model: any smooth positive definite matrix."""


def powers(seed: int, count: int, low: float, high: float, *shape: int) -> jax.Array:
    """Random numbers between two bounds, evenly in the logarithm."""
    draws = np.random.default_rng(seed).uniform(np.log(low), np.log(high), (count, *shape))
    return jnp.asarray(np.exp(draws))


def points(name: str, count: int, seed: int = 0) -> Any:
    """Points far apart, along a leading axis."""
    a, b = powers(2 * seed, count, 0.1, 100.0), powers(2 * seed + 1, count, 0.1, 100.0)
    normal = np.random.default_rng(seed).normal
    roots = normal(size=(count, 2, 2))
    table = {
        "Gamma": {"concentration": a, "rate": b},
        "Beta": {"concentration0": a, "concentration1": b},
        "Dirichlet": {"concentration": powers(seed, count, 0.1, 100.0, 3)},
        "Normal": {"loc": jnp.asarray(normal(size=count, scale=3.0)), "scale": a},
        "Negative binomial": {"mean": a, "concentration": b**0.6},
        "Weibull": {"concentration": a**0.5, "scale": b},
        "Categorical": {"probs": jnp.asarray(np.random.default_rng(seed).dirichlet(np.ones(4), count))},
        "Spread": {"covariance_matrix": jnp.asarray(roots @ np.swapaxes(roots, 1, 2) + 0.1 * np.eye(2))},
        "Logistic": {"w": jnp.asarray(normal(size=(count, 3), scale=1.5))},
        "Bumpy": {"x": jnp.asarray(normal(size=(count, 3)))},
    }
    return table[name]


MANIFOLDS = {
    "Gamma": GAMMA,
    "Beta": BETA,
    "Dirichlet": DIRICHLET,
    "Normal": NORMAL,
    "Negative binomial": NEGATIVE_BINOMIAL,
    "Weibull": WEIBULL,
    "Categorical": CATEGORICAL,
    "Spread": SPREAD,
    "Logistic": LOGISTIC,
    "Bumpy": BUMPY,
}


def at(tree: Any, index: int) -> Any:
    """One of the points."""
    return jax.tree.map(lambda leaf: leaf[index], tree)


def vectors(name: str, points: Any, seed: int) -> Any:
    """Random tangent vectors at points, each of unit length in the metric."""
    manifold = MANIFOLDS[name]
    count = len(jax.tree.leaves(points)[0])
    tangent = manifold.tangent(at(points, 0))
    raw = jnp.asarray(np.random.default_rng(seed).normal(size=(count, tangent.dim)))

    def unit(point: Any, u: Any) -> Any:
        matrix = manifold.metric(point).coordinates_matrix()
        return tangent.unravel(u / jnp.sqrt(u @ matrix @ u))

    return jax.vmap(unit)(points, raw)

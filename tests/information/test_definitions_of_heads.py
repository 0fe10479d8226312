"""The definitions of the information of a head: its closed form L Lᵀ, E[s sᵀ], −E[∇² ln p] and the KL's Hessian.

They agree at random outputs of a network, in double and in single precision; and what stands behind a network, Jᵀ(·)J,
agrees with them at random parameters.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax import heads

from .regular_families import QUICK
from .three_forms import three_forms

FORMS = (fx.ScoreForm(), fx.HessianForm(), fx.KLForm())
Draw = Callable[[np.random.Generator], Any]


def real(generator):
    return generator.normal()


def negative(generator):
    return -np.exp(generator.normal())


def probability(generator):
    return generator.uniform(0.02, 0.98)


def size(generator):
    return np.exp(generator.normal())


def both(*draws):
    return lambda generator: tuple(draw(generator) for draw in draws)


# A new head is one row for each link: the head, and its output at random.
HEADS: dict[str, tuple[Any, Draw]] = {
    "normal": (heads.Normal(scale=0.7), real),
    "normal, log": (heads.Normal(scale=0.7, link="log"), real),
    "normal, inverse": (heads.Normal(scale=0.7, link="inverse"), size),
    "normal, learned scale": (heads.Normal(), both(real, size)),
    "bernoulli": (heads.Bernoulli(), real),
    "bernoulli, probit": (heads.Bernoulli(link="probit"), real),
    "bernoulli, log": (heads.Bernoulli(link="log"), negative),
    "bernoulli, identity": (heads.Bernoulli(link="identity"), probability),
    "categorical": (heads.Categorical(), lambda generator: generator.normal(size=4)),
    "poisson": (heads.Poisson(), real),
    "poisson, identity": (heads.Poisson(link="identity"), size),
    "gamma": (heads.Gamma(shape=2.5), size),
    "gamma, log": (heads.Gamma(shape=2.5, link="log"), real),
    "gamma, learned shape": (heads.Gamma(), both(size, size)),
    "negative binomial": (heads.NegativeBinomial(concentration=3.0), real),
    "negative binomial, learned concentration": (heads.NegativeBinomial(), both(real, size)),
    "a family": (
        fx.Family(dist.Gumbel),
        lambda generator: {"loc": generator.normal(), "scale": np.exp(generator.normal())},
    ),
}
SINGLE = [
    "normal, learned scale",
    "categorical",
    "gamma, learned shape",
    "negative binomial, learned concentration",
]


@functools.cache
def informations(name):
    """One compiled program for all definitions; the first is the closed form where the head has one."""
    head = HEADS[name][0]

    def all_of_them(f):
        root = head.information_root(f)
        return [*([] if root is None else [root @ root.T]), *three_forms(head, f)]

    return jax.jit(all_of_them, compiler_options=QUICK)


def outputs(name, dtype):
    generator = np.random.default_rng(sum(map(ord, name)))
    for _ in range(5):
        yield jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), HEADS[name][1](generator))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, jnp.float64) for name in HEADS), *((name, jnp.float32) for name in SINGLE)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_the_definitions_agree_at_random_outputs(name, dtype):
    tolerance = 1e-8 if dtype == jnp.float64 else 1e-4
    for f in outputs(name, dtype):
        first, *others = informations(name)(f)
        diagonal = np.sqrt(np.diag(np.asarray(first, float)))
        for other in others:
            assert np.all(np.isfinite(other)), f
            assert np.all(
                np.abs(np.asarray(other, float) - first) <= tolerance * np.outer(diagonal, diagonal)
            ), f


def test_of_binomial_counts_the_trials_are_data():
    """The output holds the number of trials beside η; no form has information on it."""
    head = heads.Binomial()

    def moments(eta, trials):
        y = jnp.arange(trials + 1)
        weight = jnp.exp(jax.vmap(lambda k: head.log_prob((eta, jnp.asarray(trials)), k))(y))

        def log_prob(e, k):
            return head.log_prob((e, jnp.asarray(trials)), k)

        slope = jax.vmap(jax.grad(log_prob), (None, 0))(eta, y)
        bend = jax.vmap(jax.grad(jax.grad(log_prob)), (None, 0))(eta, y)
        return weight @ slope**2, -weight @ bend

    for eta, trials in ((-0.7, 9.0), (1.2, 1.0)):
        root = head.information_root((jnp.asarray(eta), jnp.asarray(trials)))
        p = 1 / (1 + np.exp(-eta))
        np.testing.assert_allclose(root @ root.T, [[trials * p * (1 - p), 0], [0, 0]], rtol=1e-12)
        for form in moments(jnp.asarray(eta), trials):
            np.testing.assert_allclose(form, (root @ root.T)[0, 0], rtol=1e-12)


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
def test_behind_a_network_the_definitions_agree_too(dtype):
    """Jᵀ(·)J with each of them, at random parameters that the inputs share, for 1 and for 8 inputs."""

    def network(params, x):
        return params["out"] @ jnp.tanh(params["in"] @ x + params["shift"][0]) + params["shift"][1]

    model = fx.Conditional(network, heads.Categorical())
    generator = np.random.default_rng(4)
    params = {
        "in": jnp.asarray(generator.normal(size=(2, 2)), dtype),
        "out": jnp.asarray(0.5 * generator.normal(size=(4, 2)), dtype),
        "shift": jnp.asarray(0.3 * generator.normal(size=(2, 1)), dtype),
    }

    @functools.partial(jax.jit, compiler_options=QUICK)
    def all_of_them(x):
        return [fx.fisher(model, params, x, fx.Exact(form)).as_matrix() for form in (None, *FORMS)]

    tolerance = 1e-8 if dtype == jnp.float64 else 2e-4
    for n in (1, 8):
        root, *forms = all_of_them(jnp.asarray(generator.normal(size=(n, 2)), dtype))
        assert root.dtype == dtype
        for other in forms:
            assert np.max(np.abs(np.asarray(other, float) - root)) <= tolerance * np.max(np.abs(root))

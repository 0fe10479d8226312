"""Heads: log-densities against SciPy, and the closed-form root L against the score's second moment."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import oracles
from fisherax import heads
from fisherax.models import links

COUNTS = jnp.arange(0.0, 400.0)
LINE = oracles.trapezoid_line(0.3, 1.0)
HALF = oracles.trapezoid_half_line(1.0)

# (head, flat parameter, how to rebuild the parameter, nodes, weights)
SCALAR = lambda f: f[0]  # noqa: E731
PAIR = lambda f: (f[0], f[1])  # noqa: E731
CASES = {
    "normal, known scale": (heads.Normal(scale=0.7), [0.3], SCALAR, *LINE),
    "normal, log link": (heads.Normal(scale=0.7, link="log"), [-0.4], SCALAR, *LINE),
    "normal, learned scale": (heads.Normal(), [0.3, 1.3], PAIR, *LINE),
    "bernoulli": (heads.Bernoulli(), [1.7], SCALAR, jnp.array([0.0, 1.0]), [1.0, 1.0]),
    "bernoulli, probit": (heads.Bernoulli(link="probit"), [-1.2], SCALAR, jnp.array([0.0, 1.0]), [1.0, 1.0]),
    "bernoulli, log": (heads.Bernoulli(link="log"), [-1.2], SCALAR, jnp.array([0.0, 1.0]), [1.0, 1.0]),
    "bernoulli, identity": (heads.Bernoulli("identity"), [0.3], SCALAR, jnp.array([0.0, 1.0]), [1.0, 1.0]),
    "poisson": (heads.Poisson(), [1.1], SCALAR, COUNTS, np.ones(400)),
    "poisson, identity": (heads.Poisson(link="identity"), [3.5], SCALAR, COUNTS, np.ones(400)),
    "gamma": (heads.Gamma(shape=2.5), [0.8], SCALAR, *HALF),
    "gamma, log link": (heads.Gamma(shape=2.5, link="log"), [-0.4], SCALAR, *HALF),
    "gamma, learned shape": (heads.Gamma(), [0.8, 3.5], PAIR, *HALF),
    "negative binomial": (heads.NegativeBinomial(concentration=3.0), [1.1], SCALAR, COUNTS, np.ones(400)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_root_squares_to_the_second_moment_of_the_score(name):
    head, flat, rebuild, nodes, weights = CASES[name]
    flat = jnp.asarray(flat)
    root = head.information_root(rebuild(flat))
    expected = oracles.score_information_1d(lambda f, y: head.log_prob(rebuild(f), y), flat, nodes, weights)
    oracles.allclose(root @ root.T, expected, 1e-10)


def test_binomial_root_and_density():
    head, eta, trials = heads.Binomial(), jnp.array(-0.7), jnp.array(9.0)
    y = jnp.arange(10.0)
    p = jax.nn.sigmoid(eta)
    log_prob = jax.vmap(lambda y: head.log_prob((eta, trials), y))(y)
    np.testing.assert_allclose(log_prob, scipy.stats.binom.logpmf(np.arange(10), 9, float(p)), rtol=1e-12)
    root = head.information_root((eta, trials))
    np.testing.assert_allclose((root @ root.T)[0, 0], 9 * p * (1 - p), rtol=1e-13)
    np.testing.assert_array_equal((root @ root.T)[1], 0.0)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_categorical_root_has_one_column_less_than_classes(classes):
    logits = jax.random.normal(jax.random.key(classes), (classes,)) * 3
    root = heads.Categorical().information_root(logits)
    p = jax.nn.softmax(logits)
    assert root.shape == (classes, classes - 1)
    oracles.allclose(root @ root.T, jnp.diag(p) - jnp.outer(p, p), 1e-14)


def test_categorical_positions_are_independent():
    logits = jax.random.normal(jax.random.key(0), (3, 4))
    root = heads.Categorical().information_root(logits)
    p = jax.nn.softmax(logits, axis=-1)
    expected = jax.scipy.linalg.block_diag(*(jnp.diag(row) - jnp.outer(row, row) for row in p))
    oracles.allclose(root @ root.T, expected, 1e-14)


def test_categorical_survives_extreme_logits():
    root = heads.Categorical().information_root(jnp.array([800.0, 0.0, -800.0]))
    assert np.all(np.isfinite(root))


@pytest.mark.parametrize(
    ("head", "f", "y", "expected"),
    [
        (heads.Normal(scale=2.0), 1.0, 0.5, scipy.stats.norm.logpdf(0.5, 1.0, 2.0)),
        (heads.Bernoulli(), 1.0, 1.0, np.log(1 / (1 + np.exp(-1.0)))),
        (heads.Bernoulli("probit"), -9.0, 1.0, scipy.stats.norm.logcdf(-9.0)),
        (heads.Poisson(), 0.7, 4.0, scipy.stats.poisson.logpmf(4, np.exp(0.7))),
        (heads.Gamma(shape=3.0), 0.5, 1.7, scipy.stats.gamma.logpdf(1.7, 3.0, scale=2.0 / 3.0)),
        (
            heads.NegativeBinomial(concentration=2.5),
            0.7,
            4.0,
            scipy.stats.nbinom.logpmf(4, 2.5, 2.5 / (2.5 + np.exp(0.7))),
        ),
    ],
    ids=lambda v: type(v).__name__,
)
def test_log_densities_equal_scipy(head, f, y, expected):
    np.testing.assert_allclose(head.log_prob(jnp.asarray(f), jnp.asarray(y)), expected, rtol=1e-12)


@pytest.mark.parametrize("name", links.link_names())
def test_a_link_and_its_inverse(name):
    link = links.as_link(name)
    mean = jnp.array([0.1, 0.35, 0.9])
    eta = link.predictor(mean)
    np.testing.assert_allclose(link.mean(eta), mean, rtol=1e-12)
    np.testing.assert_allclose(link.log_mean(eta), jnp.log(mean), rtol=1e-12)
    np.testing.assert_allclose(link.logit_mean(eta), jnp.log(mean / (1 - mean)), rtol=1e-11)


def test_an_unknown_link_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no link 'cauchit'; known links: identity, log"):
        heads.Poisson(link="cauchit")


def test_probit_is_finite_far_out():
    eta = jnp.array([-30.0, 30.0])
    head = heads.Bernoulli("probit")
    for y in (0.0, 1.0):
        assert np.all(np.isfinite(jax.vmap(jax.grad(head.log_prob), in_axes=(0, None))(eta, jnp.array(y))))
    assert np.all(np.isfinite(jax.vmap(head.information_root)(eta)))


def test_entries_of_a_vector_are_independent_and_share_a_learned_scale():
    head = heads.Normal()
    f = (jnp.array([0.1, 0.2, 0.3]), jnp.array(2.0))
    root = head.information_root(f)
    np.testing.assert_allclose(jnp.diag(root @ root.T), [0.25, 0.25, 0.25, 3 * 2 / 4.0], rtol=1e-14)

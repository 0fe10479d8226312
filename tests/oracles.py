"""Slow and obviously right: what the library's answers are held against."""

import equinox as eqx
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np


def flat_log_prob(model, params):
    """ln p as a function of the ravelled parameters, and the ravelled parameters."""
    vector, unravel = jax.flatten_util.ravel_pytree(params)
    return (lambda v, obs: model.log_prob(unravel(v), obs)), vector


def per_example_scores(model, params, observations):
    """(n, size): the gradient of ln p at each observation, one by one."""
    log_prob, vector = flat_log_prob(model, params)
    return jax.vmap(jax.grad(log_prob), in_axes=(None, 0))(vector, observations)


@eqx.filter_jit
def empirical_fisher(model, params, observations):
    scores = per_example_scores(model, params, observations)
    return jnp.mean(scores[:, :, None] * scores[:, None, :], axis=0)


@eqx.filter_jit
def observed_information(model, params, observations):
    log_prob, vector = flat_log_prob(model, params)
    hessians = jax.vmap(jax.hessian(log_prob), in_axes=(None, 0))(vector, observations)
    return -jnp.mean(hessians, axis=0)


@eqx.filter_jit
def enumerated_fisher(model, params, inputs, labels):
    """E[s sᵀ] for a Conditional with finitely many labels: sum over the labels, mean over the inputs."""
    log_prob, vector = flat_log_prob(model, params)

    def of_one(y):
        scores = jax.vmap(lambda x: jax.grad(log_prob)(vector, (x, y)))(inputs)
        p = jax.vmap(lambda x: jnp.exp(log_prob(vector, (x, y))))(inputs)
        return jnp.einsum("n,ni,nj->ij", p, scores, scores)

    return jnp.sum(jax.vmap(of_one)(jnp.asarray(labels)), axis=0) / len(inputs)


@eqx.filter_jit
def score_information_1d(log_prob, f, nodes, weights):
    """Σ w p(y|f) s sᵀ over given nodes, s by automatic differentiation, f a flat vector."""
    scores = jax.vmap(jax.grad(log_prob), in_axes=(None, 0))(f, nodes)
    p = jnp.exp(jax.vmap(log_prob, in_axes=(None, 0))(f, nodes))
    return jnp.einsum("n,ni,nj->ij", jnp.asarray(weights) * p, scores, scores)


def trapezoid_line(centre, scale, size=20_001, width=12.0):
    """Nodes x = c + s·sinh(t) with trapezoidal weights: spectrally accurate for smooth decaying densities."""
    t = np.linspace(-width, width, size)
    return centre + scale * np.sinh(t), scale * np.cosh(t) * (t[1] - t[0])


def trapezoid_half_line(scale, size=20_001, width=40.0):
    """Nodes x = s·exp(t) on the half line."""
    t = np.linspace(-width, width, size)
    x = scale * np.exp(t)
    return x, x * (t[1] - t[0])


def allclose(actual, expected, rtol=1e-10, atol=None):
    """To `rtol` of the largest entry: some entries of a matrix are zero in exact arithmetic."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    scale = np.max(np.abs(expected)) if expected.size else 1.0
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * scale if atol is None else atol)

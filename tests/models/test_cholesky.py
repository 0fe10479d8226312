"""The factor and the inverse in plain arithmetic, against LAPACK's, with their derivatives, batched and alone."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.models.cholesky import cholesky, inverse, inverse_lower


def definite(size, seed=0, condition=1e4):
    generator = np.random.default_rng(seed)
    q, _ = np.linalg.qr(generator.normal(size=(size, size)))
    return (q * np.geomspace(1.0, condition, size)) @ q.T


@pytest.mark.parametrize("size", [1, 2, 5, 40])
def test_they_are_lapacks(size):
    a = definite(size)
    factor = np.linalg.cholesky(a)
    np.testing.assert_allclose(cholesky(jnp.asarray(a)), factor, atol=1e-13 * np.max(factor))
    eye = inverse_lower(jnp.asarray(factor)) @ factor
    np.testing.assert_allclose(
        eye, np.eye(size), atol=1e-14 * size * 1e2
    )  # the condition of the factor is 100
    np.testing.assert_allclose(inverse(jnp.asarray(a)) @ a, np.eye(size), atol=1e-11 * size)
    assert np.array_equal(np.triu(cholesky(jnp.asarray(a)), 1), np.zeros((size, size)))


def test_single_precision_stays():
    a = jnp.asarray(definite(4, condition=10.0), jnp.float32)
    assert cholesky(a).dtype == inverse(a).dtype == jnp.float32
    np.testing.assert_allclose(cholesky(a), np.linalg.cholesky(np.asarray(a, float)), atol=1e-5)


def test_what_is_not_positive_definite_has_no_factor():
    assert np.any(np.isnan(cholesky(jnp.array([[1.0, 2.0], [2.0, 1.0]]))))


def test_derivatives_are_those_of_lapacks_rules():
    """First and second derivatives of ln det A and of A⁻¹, along symmetric directions, alone and in a batch."""
    matrices = jnp.stack([jnp.asarray(definite(3, seed, 10.0)) for seed in range(5)])
    direction = jnp.asarray(definite(3, 9, 2.0))

    def ours(t, a):
        moved = a + t * direction
        return jnp.append(jnp.ravel(inverse(moved)), jnp.sum(jnp.log(jnp.diagonal(cholesky(moved)))))

    def theirs(t, a):
        moved = a + t * direction
        return jnp.append(jnp.ravel(jnp.linalg.inv(moved)), 0.5 * jnp.linalg.slogdet(moved)[1])

    for order in (jax.jacfwd, lambda f: jax.jacfwd(jax.jacfwd(f)), jax.jacrev):
        batched = jax.jit(jax.vmap(order(ours), (None, 0)))(0.1, matrices)
        expected = np.stack([jax.jit(order(theirs))(0.1, a) for a in matrices])
        np.testing.assert_allclose(batched, expected, atol=1e-11 * np.max(np.abs(expected)))


MANY = """
import jax, jax.numpy as jnp, numpyro.distributions as dist
jax.config.update("jax_enable_x64", True)
import fisherax as fx

def apply(params, x):
    return {"loc": x * params["a"], "covariance_matrix": jnp.eye(2) * (jnp.exp(params["b"] * x) + 0.1)}

model = fx.Conditional(apply, fx.Family(dist.MultivariateNormal))
G = fx.fisher(model, {"a": jnp.ones(2), "b": jnp.asarray(0.3)}, jnp.linspace(-2.0, 2.0, 20_000))
print(float(G.trace()))
"""


def test_many_matrices_at_once_do_not_wait_for_each_other():
    """With LAPACK's triangular systems this program never ends on two cores. It runs alone, and hangs alone."""
    done = subprocess.run(
        [sys.executable, "-c", MANY], capture_output=True, text=True, timeout=180, check=True
    )
    # Σ⁻¹ = 1/(e^{bx} + 0.1): of a, the sum of x²/σ² twice; of b, ½ tr (Σ⁻¹ Σ′)², with Σ′ = x e^{bx}.
    x = np.linspace(-2.0, 2.0, 20_000)
    spread, slope = np.exp(0.3 * x) + 0.1, x * np.exp(0.3 * x)
    np.testing.assert_allclose(
        float(done.stdout), np.mean(2 * x**2 / spread + (slope / spread) ** 2), rtol=1e-12
    )

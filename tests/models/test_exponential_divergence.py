"""The divergence of an exponential family keeps its digits near equality, far apart, and in all its derivatives."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import numpyro.distributions as dist
import pytest

from fisherax.models.exponential import exponential_form


@pytest.mark.parametrize("epsilon", [1e-9, 1e-6, 1e-3, 0.1, 0.3, 0.6, 3.0])
def test_divergence_keeps_its_digits_near_equality(epsilon):
    """Against sixty digits; η′ − η itself is known to rounding, relative to |η|."""
    poisson, gamma = exponential_form(dist.Poisson, {}), exponential_form(dist.Gamma, {})
    normal = exponential_form(dist.Normal, {})
    assert poisson is not None
    assert gamma is not None
    assert normal is not None
    with mp.workdps(60):
        for size in (1e-6, 3.0, 1e8):
            a, b = mp.mpf(size), mp.mpf(size * (1 + epsilon))
            exact = b - a + a * mp.log(a / b)
            ours = poisson.kl({"rate": jnp.array(size)}, {"rate": jnp.array(size * (1 + epsilon))})
            conditioning = 1e-15 * (1 + abs(np.log(size))) / epsilon
            assert abs(mp.mpf(float(ours)) - exact) < (1e-13 + 4 * conditioning) * exact
            exact = mp.loggamma(b) - mp.loggamma(a) - (b - a) * mp.digamma(a)
            ours = gamma.kl(
                {"concentration": jnp.array(size), "rate": jnp.array(1.0)},
                {"concentration": jnp.array(size * (1 + epsilon)), "rate": jnp.array(1.0)},
            )
            # On a long path the terms of order a ln a cancel down to a ε².
            conditioning = 1e-15 * max(1 / epsilon, abs(np.log(size)) / epsilon**2 if epsilon > 0.05 else 0)
            assert abs(mp.mpf(float(ours)) - exact) < (1e-13 + 4 * conditioning) * exact
        loc, scale = 1e6, 2.0
        exact = (mp.mpf(loc + epsilon) - loc) ** 2 / 8
        ours = normal.kl(
            {"loc": jnp.array(loc), "scale": jnp.array(scale)},
            {"loc": jnp.array(loc + epsilon), "scale": jnp.array(scale)},
        )
        assert abs(mp.mpf(float(ours)) - exact) < 1e-13 * exact


def test_divergence_far_apart():
    """The path of a probability from one corner to the other passes a peak that no rule of six nodes sees."""
    form = exponential_form(dist.BernoulliLogits, {})
    assert form is not None
    for a, b in [(-300.0, 300.0), (-30.0, -6.0), (3.0, -700.0)]:
        with mp.workdps(60):
            p = 1 / (1 + mp.exp(-mp.mpf(a)))
            exact = mp.log(1 + mp.exp(mp.mpf(b))) - mp.log(1 + mp.exp(mp.mpf(a))) - (b - a) * p
            ours = form.kl({"logits": jnp.array(a)}, {"logits": jnp.array(b)})
            assert abs(mp.mpf(float(ours)) - exact) < 1e-13 * exact


def test_all_derivatives_of_the_divergence():
    """Of KL(λ ‖ λ′) = λ′ − λ + λ ln(λ/λ′), in both arguments, forward, reverse and mixed."""
    form = exponential_form(dist.Poisson, {})
    assert form is not None

    def kl(a, b):
        return form.kl({"rate": a}, {"rate": b})

    @jax.jit
    def derivatives(a, b):
        third = jax.jacfwd(jax.hessian(kl, 1), 1)
        first = (jax.grad(kl, 0)(a, b), jax.grad(kl, 1)(a, b))
        second = (jax.jacfwd(jax.grad(kl, 0), 1)(a, b), jax.grad(jax.grad(kl, 0), 0)(a, b))
        return (*first, *second, third(a, b), third(a, a))

    a, b = 2.0, 5.0
    expected = (np.log(a / b), 1 - a / b, -1 / b, 1 / a, -2 * a / b**3, -2 / a**2)
    np.testing.assert_allclose(derivatives(a, b), expected, rtol=1e-12)

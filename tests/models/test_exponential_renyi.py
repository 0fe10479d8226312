"""Rényi's divergence of an exponential family against sixty digits: near equality, far apart, at extreme orders."""

import jax.numpy as jnp
import mpmath as mp
import numpyro.distributions as dist
import pytest

from fisherax.models.exponential import exponential_form

ORDERS = (0.01, 0.5, 0.999999, 1.000001, 3.0, 50.0)


@pytest.mark.parametrize("alpha", ORDERS)
@pytest.mark.parametrize("epsilon", [1e-9, 1e-6, 1e-3, 0.1, 3.0])
def test_digits(epsilon, alpha):
    """Of Poisson and gamma laws that differ by the factor 1 + ε; a natural parameter rounds relative to |η|."""
    poisson, gamma = exponential_form(dist.Poisson, {}), exponential_form(dist.Gamma, {})
    assert poisson is not None
    assert gamma is not None
    with mp.workdps(60):
        a = mp.mpf(alpha)
        for size in (1e-3, 3.0, 1e5):
            here, there = mp.mpf(size), mp.mpf(size * (1 + epsilon))
            power = here**a * there ** (1 - a)
            exact = (power - a * here - (1 - a) * there) / (a - 1)
            found = poisson.renyi({"rate": jnp.array(size)}, {"rate": jnp.array(size * (1 + epsilon))}, alpha)
            # η = ln λ rounds by ε_m |ln λ|, which an order of 50 multiplies; so does what divides a 1 − α of 10⁻⁶.
            rounding = 1e-15 * (1 + abs(mp.log(size))) / epsilon * max(alpha, 1.0)
            assert abs(mp.mpf(float(found)) - exact) < (1e-12 + 8 * rounding) * exact
            # Of gamma laws with one shape, by their rates: κ/(α − 1) (α ln β + (1 − α) ln β′ − ln(αβ + (1 − α)β′)).
            mixed = a * here + (1 - a) * there
            found = gamma.renyi(
                {"concentration": jnp.array(2.0), "rate": jnp.array(size)},
                {"concentration": jnp.array(2.0), "rate": jnp.array(size * (1 + epsilon))},
                alpha,
            )
            if mixed <= 0:
                assert found == jnp.inf
                continue
            exact = 2 * (a * mp.log(here) + (1 - a) * mp.log(there) - mp.log(mixed)) / (a - 1)
            rounding = 1e-15 * max(1 / epsilon, 1.0) * max(alpha, 1.0) * abs(there / mixed)
            rounding += (
                1e-15 * abs(mp.log(size)) / exact if epsilon > 0.05 else 0
            )  # a long path: terms of order A
            assert abs(mp.mpf(float(found)) - exact) < (1e-12 + 8 * rounding) * exact

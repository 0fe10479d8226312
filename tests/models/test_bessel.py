"""ln I₀ and the Bessel ratio against mpmath: derivatives to the third order, from 0 to 10¹⁵."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from fisherax.models import bessel

QUICK = {"xla_backend_optimization_level": 0}  # each function runs once: compiling it is what takes time
KAPPAS = [1e-8, 1e-3, 0.1, 0.5, 0.999, 1.0, 1.001, 2.0, 3.7, 7.9, 12.0, 20.0, 24.9, 25.0, 25.1, 50.0]
KAPPAS += [100.0, 1e3, 1e5, 1e8, 1e15]


def reference(order: int, kappa: float) -> mp.mpf:
    """ln I₀, A, A′ = 1 − A² − A/κ, A″ = −2AA′ − A′/κ + A/κ²."""
    k = mp.mpf(kappa)
    i0 = mp.besseli(0, k)
    a = mp.besseli(1, k) / i0
    slope = 1 - a * a - a / k
    return (mp.log(i0), a, slope, -2 * a * slope - slope / k + a / k**2)[order]


@pytest.mark.parametrize("order", range(4))
def test_log_i0_and_its_derivatives(order):
    reverse, forward = bessel.log_i0, bessel.log_i0
    for _ in range(order):
        reverse, forward = jax.grad(reverse), jax.jacfwd(forward)
    with mp.workdps(120):
        references = [reference(order, k) for k in KAPPAS]
        for fun in (reverse, forward):
            values = jax.jit(jax.vmap(fun), compiler_options=QUICK)(jnp.array(KAPPAS))
            errors = [abs(mp.mpf(float(v)) - r) / abs(r) for v, r in zip(values, references, strict=True)]
            assert max(errors) < 1e-12


def test_named_derivatives_and_zero():
    k = jnp.array(KAPPAS)
    with mp.workdps(120):
        ratio = [reference(1, x) for x in KAPPAS]
        np.testing.assert_allclose(
            jax.jit(bessel.bessel_ratio, compiler_options=QUICK)(k), [float(r) for r in ratio], rtol=1e-13
        )
        np.testing.assert_allclose(
            jax.jit(bessel.bessel_ratio_complement, compiler_options=QUICK)(k),
            [float(1 - r) for r in ratio],
            rtol=1e-13,
        )
        np.testing.assert_allclose(
            jax.jit(bessel.bessel_ratio_slope, compiler_options=QUICK)(k),
            [float(reference(2, x)) for x in KAPPAS],
            rtol=1e-12,
        )
    zero = jnp.zeros(())
    assert float(bessel.log_i0(zero)) == 0.0
    assert float(bessel.bessel_ratio(zero)) == 0.0
    np.testing.assert_allclose(bessel.bessel_ratio_slope(zero), 0.5, rtol=1e-14)


def test_inverse_of_the_ratio():
    k = jnp.array(KAPPAS[1:])
    complement, slope = jax.jit(
        jax.vmap(jax.value_and_grad(bessel.bessel_ratio_complement)), compiler_options=QUICK
    )(k)
    back = jax.vmap(jax.value_and_grad(bessel.inverse_bessel_ratio_complement))
    inverse, inverse_slope = jax.jit(back, compiler_options=QUICK)(complement)
    # 1 − A is near 1 at small κ, where it determines κ to absolute accuracy only.
    np.testing.assert_allclose(inverse, k, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slope * inverse_slope, 1.0, rtol=1e-10)


def test_float32():
    k = jnp.array([0.01, 1.0, 10.0, 30.0, 1e5])
    for fun in (bessel.log_i0, bessel.bessel_ratio, bessel.bessel_ratio_slope):
        fun = jax.jit(fun, compiler_options=QUICK)
        narrow = fun(k.astype(jnp.float32))
        assert narrow.dtype == jnp.float32
        np.testing.assert_allclose(narrow, fun(k), rtol=3e-5)

"""Jensen's gap of the exponential function against sixty digits."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from fisherax.information.expectation.gaps import jensen_gap

POINTS = -np.logspace(-12, 2, 57)


@pytest.mark.parametrize("b", [-9.0, -0.5, -1e-6, 1e-6, 0.3, 0.5, 0.8, 1.0 - 1e-6, 1.0 + 1e-6, 1.5, 10.0])
def test_gap_keeps_its_digits(b):
    """Its derivative too, which is what a divergence's first derivative is made of."""
    c = 1.0 - b
    gap = jnp.vectorize(lambda x: jensen_gap(x, jnp.asarray(b), jnp.asarray(c)))
    found = np.asarray(gap(jnp.asarray(POINTS)))
    slopes = np.asarray(
        jax.vmap(jax.grad(lambda x: jensen_gap(x, jnp.asarray(b), jnp.asarray(c))))(jnp.asarray(POINTS))
    )
    with mp.workdps(60):
        for x, value, slope in zip(POINTS, found, slopes, strict=True):
            b_, c_, x_ = mp.mpf(b), mp.mpf(c), mp.mpf(float(x))
            if b * x > 45.0:
                continue  # cut: such a gap is not used
            exact = b_ * mp.exp(x_) + 1 - b_ - mp.exp(b_ * x_)
            assert abs(mp.mpf(float(value)) - exact) < 3e-13 * abs(exact) + 1e-16 * abs(c_) * abs(x_) ** 2
            exact = b_ * (mp.exp(x_) - mp.exp(b_ * x_))
            size = abs(b) * max(1.0, abs(float(mp.exp(x_))), float(mp.exp(b_ * x_)))
            assert abs(mp.mpf(float(slope)) - exact) < 1e-12 * abs(exact) + 1e-15 * size


def test_gap_at_minus_infinity_and_at_zero():
    for b in (0.2, 0.5, 0.9):
        assert jensen_gap(jnp.array(-jnp.inf), jnp.array(b), jnp.array(1.0 - b)) == 1.0 - b
        second = jax.grad(jax.grad(lambda x, b=b: jensen_gap(x, jnp.array(b), jnp.array(1.0 - b))))(0.0)
        np.testing.assert_allclose(second, b * (1.0 - b), rtol=1e-15)

"""ln(1 ± exp x) and the logistic function against mpmath, derivatives to the third order, in both tails."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from fisherax.models import log_exp

BOTH = [-600.0, -30.0, -3.0, -1e-3, 1e-3, 0.7, 3.0, 30.0, 600.0]
NEGATIVE = [-600.0, -30.0, -3.0, -0.7, -0.693, -0.1, -1e-8, -1e-300]


def s(x: mp.mpf) -> mp.mpf:
    return 1 / (1 + mp.exp(-x))


# Each function and its derivatives in closed form.
SOFTPLUS = [
    lambda x: mp.log(1 + mp.exp(x)),
    s,
    lambda x: s(x) * s(-x),
    lambda x: s(x) * s(-x) * (s(-x) - s(x)),
]
LOGISTIC = [*SOFTPLUS[1:], lambda x: s(x) * s(-x) * ((s(-x) - s(x)) ** 2 - 2 * s(x) * s(-x))]


def odds(x: mp.mpf) -> mp.mpf:
    return mp.exp(x) / (1 - mp.exp(x))


LOG1MEXP = [
    lambda x: mp.log(1 - mp.exp(x)),
    lambda x: -odds(x),
    lambda x: -odds(x) * (1 + odds(x)),
    lambda x: -odds(x) * (1 + odds(x)) * (1 + 2 * odds(x)),
]


@pytest.mark.parametrize("transform", [jax.grad, jax.jacfwd])
@pytest.mark.parametrize(
    ("fun", "derivatives", "points"),
    [
        (log_exp.softplus, SOFTPLUS, BOTH),
        (log_exp.logistic, LOGISTIC, BOTH),
        (log_exp.log1mexp, LOG1MEXP, NEGATIVE),
    ],
)
def test_value_and_three_derivatives(
    fun: Callable, derivatives: list[Callable], points: list[float], transform: Callable
):
    for order, derivative in enumerate(derivatives):
        values = jax.jit(jax.vmap(fun))(jnp.array(points))
        with mp.workdps(600):
            for point, value in zip(points, values, strict=True):
                if order > 1 and abs(point) < 1e-100:
                    continue  # beyond what a float can hold
                reference = derivative(mp.mpf(point))
                # s″ vanishes at 0: near it, the error is relative to s′.
                size = abs(reference) + (s(point) * s(-point) if points is BOTH and order > 1 else 0)
                assert abs(mp.mpf(float(value)) - reference) <= 1e-14 * size, (order, point)
        fun = transform(fun)


def test_float32():
    x = jnp.array([-20.0, -0.1], jnp.float32)
    for fun in (log_exp.softplus, log_exp.logistic, log_exp.log1mexp):
        curved = jax.jit(jax.vmap(jax.grad(jax.grad(fun))))
        assert curved(x).dtype == jnp.float32
        np.testing.assert_allclose(curved(x), curved(x.astype(float)), rtol=3e-6)

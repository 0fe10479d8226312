"""The functions that geodesics are written with, against mpmath and the algebra of noncommuting matrices."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from fisherax.geometry.closed.even import (
    arcsinc_root,
    arsinhc_root,
    cos_root,
    cosh_root,
    sinc_root,
    sinhc_root,
)
from fisherax.geometry.closed.matrix_logarithm import exponential, logarithm
from fisherax.models.cholesky import cholesky


def circular(s):
    return arcsinc_root(s, jnp.sqrt(s), jnp.sqrt(1.0 - s))


# Each with itself in mpmath, and arguments around the bound of its series.
FUNCTIONS = {
    "cosh": (cosh_root, lambda q: mpmath.cosh(mpmath.sqrt(q)), [0.0, 1e-20, 0.3, 0.499, 0.501, 30.0, 4e4]),
    "sinh": (
        sinhc_root,
        lambda q: mpmath.sinh(mpmath.sqrt(q)) / mpmath.sqrt(q),
        [0.0, 1e-20, 0.3, 0.499, 0.501, 30.0, 4e4],
    ),
    "cos": (cos_root, lambda q: mpmath.cos(mpmath.sqrt(q)), [0.0, 1e-20, 0.3, 0.499, 0.501, 5.0]),
    "sin": (
        sinc_root,
        lambda q: mpmath.sin(mpmath.sqrt(q)) / mpmath.sqrt(q),
        [0.0, 1e-20, 0.3, 0.499, 0.501, 5.0],
    ),
    "arsinh": (
        arsinhc_root,
        lambda s: mpmath.asinh(mpmath.sqrt(s)) / mpmath.sqrt(s),
        [0.0, 1e-20, 0.03, 0.0499, 0.0501, 1.0, 1e12],
    ),
    "arcsin": (
        circular,
        lambda s: mpmath.asin(mpmath.sqrt(s)) / mpmath.sqrt(s),
        [1e-20, 0.03, 0.0499, 0.0501, 0.5, 0.9],
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_even_functions_and_their_derivatives(name):
    ours, theirs, arguments = FUNCTIONS[name]
    first = jax.grad(ours)
    second = jax.grad(first)
    values = jax.jit(jax.vmap(lambda q: (ours(q), first(q), second(q))))(jnp.asarray(arguments))
    with mpmath.workdps(60):
        for index, argument in enumerate(arguments):
            # At zero the mean of both sides of a point near it, which is right to the square of its distance.
            q = mpmath.mpf(argument) + (mpmath.mpf(10) ** -20 if argument == 0.0 else 0)
            expected = [
                mpmath.diff(theirs, q, n, h=mpmath.mpf(10) ** -12 * (q + mpmath.mpf(10) ** -22))
                for n in range(3)
            ]
            for order, (value, right) in enumerate(zip(values, expected, strict=True)):
                assert float(value[index]) == pytest.approx(
                    float(right), rel=(1e-14, 1e-12, 1e-10)[order], abs=0.0
                )


def random_symmetric(seed, size=3):
    raw = np.random.default_rng(seed).normal(size=(size, size))
    return jnp.asarray(raw + raw.T)


def ln(a):
    return logarithm(a - jnp.eye(a.shape[0]), cholesky(a))


@pytest.mark.parametrize("norm", [1e-8, 0.1, 1.0, 8.0])
def test_the_logarithm_undoes_the_exponential(norm):
    x = norm * random_symmetric(0) / 4.0
    np.testing.assert_allclose(jax.jit(lambda x: ln(exponential(x)))(x), x, atol=1e-14 + 1e-13 * norm)


def test_the_exponential_of_commuting_matrices():
    w = jnp.asarray([-3.0, 0.0, 5.0])
    vectors = jnp.linalg.qr(random_symmetric(1))[0]
    np.testing.assert_allclose(
        exponential((vectors * w) @ vectors.T), (vectors * jnp.exp(w)) @ vectors.T, atol=1e-12
    )


def nested(f, order, mode):
    """The derivative of `f` of this order along `order` directions, the last by `mode`."""
    for _ in range(order - 1):

        def f(a, *directions, inner=f):
            return jax.jvp(lambda a: inner(a, *directions[1:]), (a,), (directions[0],))[1]

    def last(a, *directions):
        if mode == "forward":
            return jax.jvp(lambda a: f(a, *directions[1:]), (a,), (directions[0],))[1]
        transposed = jax.vjp(lambda a: f(a, *directions[1:]), a)[1]
        return jax.linear_transpose(lambda c: transposed(c)[0], a)(directions[0])[0]

    return last


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_at_the_identity_where_all_eigenvalues_agree(mode):
    # ln(1 + tE) = tE − t²E²/2 + t³E³/3, so that derivatives along E are E, −E² and 2E³.
    e, one = random_symmetric(2), jnp.eye(3)
    expected = [e, -e @ e, 2.0 * e @ e @ e]
    for order in (1, 2, 3):
        found = jax.jit(nested(ln, order, mode))(one, *[e] * order)
        np.testing.assert_allclose(found, expected[order - 1], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_derivatives_of_inverse_functions_are_inverse(mode):
    # ln exp X = X: its first derivative is the identity and its second is zero, also at a repeated eigenvalue.
    vectors = jnp.linalg.qr(random_symmetric(3))[0]
    x = (vectors * jnp.asarray([0.7, 0.7, -1.2])) @ vectors.T
    e = random_symmetric(4)

    def both(x):
        return ln(exponential(x))

    np.testing.assert_allclose(jax.jit(nested(both, 1, mode))(x, e), e, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(jax.jit(nested(both, 2, mode))(x, e, e), 0.0 * e, atol=1e-11)

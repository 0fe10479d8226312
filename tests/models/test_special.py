"""Special functions against mpmath: values and derivatives to the third order, at hard arguments."""

import itertools
from collections.abc import Callable, Iterable
from functools import partial

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from fisherax.models import special

QUICK = {"xla_backend_optimization_level": 0}  # each function runs once: compiling it is what takes time
SPREAD = [1e-8, 1e-3, 0.3, 0.999999, 1.0, 1.000001, 2.0, 2.5, 7.7, 10.0, 33.0, 77.7, 1e3, 1e6, 1e10, 1e15]


jit = partial(jax.jit, compiler_options=QUICK)


def psi(order: int, x: mp.mpf) -> mp.mpf:
    """The derivative of ln Γ of order `order` + 1."""
    return mp.loggamma(x) if order < 0 else mp.polygamma(order, x)


def nested(fun: Callable, argnums: Iterable[int], *, reverse: bool) -> Callable:
    """∂/∂argnums[0] ∂/∂argnums[1] … of a scalar function."""
    for argnum in argnums:
        fun = (jax.grad if reverse else jax.jacfwd)(fun, argnum)
    return fun


def worst(values: jax.Array, references: list[mp.mpf], scales: list[mp.mpf] | None = None) -> float:
    """The largest relative error; `scales` stand for |reference| where that may vanish."""
    scales = scales or [abs(r) for r in references]
    assert np.all(np.isfinite(values))
    return max(
        float(abs(mp.mpf(float(v)) - r) / s) for v, r, s in zip(values, references, scales, strict=True)
    )


@pytest.fixture(autouse=True)
def _digits():
    with mp.workdps(60):
        yield


@pytest.mark.parametrize("order", range(4))
def test_jax_gammaln_may_be_used(order):
    fun = jit(jax.vmap(nested(special.gammaln, [0] * order, reverse=True)))
    references = [psi(order - 1, mp.mpf(x)) for x in SPREAD]
    # ln Γ has zeros at 1 and 2, ψ at 1.46: there the error is relative to 1.
    assert (
        worst(fun(jnp.array(SPREAD)), references, [max(abs(r), mp.mpf(order < 2)) for r in references])
        < 1e-14
    )


def test_jax_polygamma_may_be_used():
    for order, depth in [(1, 0), (1, 1), (1, 2), (2, 1)]:
        fun = jit(jax.vmap(nested(partial(special.polygamma, order), [0] * depth, reverse=False)))
        assert worst(fun(jnp.array(SPREAD)), [psi(order + depth, mp.mpf(x)) for x in SPREAD]) < 1e-14


@pytest.mark.parametrize(
    ("argnums", "reverse"),
    [((0,) * i + (1,) * j, False) for i in range(4) for j in range(4 - i)]
    + [((0,), True), ((0, 1), True), ((1, 0, 0), True)],
)
def test_gammaln_increment(argnums, reverse):
    starts = [1e-8, 1e-3, 0.3, 1.0, 2.5, 10.0, 77.7, 1e3, 1e6, 1e10, 1e15]
    increments = [1e-6, 1e-3, 0.5, 1.0, 3.0, 10.0, 123.0, 1e5, 1e9, 1e14]
    pairs = list(itertools.product(starts, increments))
    r, x = jnp.array(pairs).T
    values = jit(jax.vmap(nested(special.gammaln_increment, argnums, reverse=reverse)))(r, x)
    references, scales = [], []
    for a, b in ((mp.mpf(a), mp.mpf(b)) for a, b in pairs):
        order = len(argnums) - 1
        reference = psi(order, a + b) - (psi(order, a) if 1 not in argnums else 0)
        references.append(reference)
        # Γ(r + x) = Γ(r), or ψ(r + x) = 0, for some x of order 1: there the error is relative to 1.
        scales.append(max(abs(reference), mp.mpf(a + b < 5 and b > 0.1 and order < 1)))
    assert worst(values, references, scales) < 1e-14


TIES = [1e-3, 0.5, 1.0, 2.0, 8.0, 1e5, 1e8]
PAIRS = [(1e-3, 1.0), (1.0, 1e5), (3.0, 1e8), (0.1, 1e3), (8.0, 8.1), (7.9, 30.0), (1e12, 2.0), (20.0, 300.0)]


@pytest.mark.parametrize("order", range(4))
def test_log_beta_also_at_equal_arguments(order):
    pairs = [(a, a) for a in TIES] + PAIRS
    for argnums in itertools.combinations_with_replacement((0, 1), order):
        values = jit(jax.vmap(nested(special.log_beta, argnums, reverse=True)))(*jnp.array(pairs).T)
        references, scales = [], []
        for pair in pairs:
            a, b = map(mp.mpf, pair)
            if order == 0:
                reference = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
            else:
                own = psi(order - 1, (a, b)[argnums[0]]) if len(set(argnums)) == 1 else 0
                reference = own - psi(order - 1, a + b)
            references.append(reference)
            scales.append(max(abs(reference), mp.mpf(order == 0)))  # ln B(1, 1) = 0
        assert worst(values, references, scales) < 1e-14


def test_log_multivariate_beta():  # entries of very different size: each has its own digits
    alphas = jnp.array([[1.0, 1.0, 1.0], [0.01, 3.0, 1e6], [5.0, 5.0, 2.0], [1e8, 1.0, 1e-3]])
    hessians = jit(jax.vmap(jax.hessian(special.log_multivariate_beta)))(alphas)
    for alpha, value, hessian in zip(
        alphas, jit(special.log_multivariate_beta)(alphas), hessians, strict=True
    ):
        a = [mp.mpf(float(x)) for x in alpha]
        reference = sum(map(mp.loggamma, a)) - mp.loggamma(sum(a))
        assert abs(mp.mpf(float(value)) - reference) < 1e-14 * abs(reference)
        for i, j in itertools.product(range(3), repeat=2):
            entry = (psi(1, a[i]) if i == j else 0) - psi(1, sum(a))
            assert abs(mp.mpf(float(hessian[i, j])) - entry) < 1e-13 * abs(entry)


@pytest.mark.parametrize("order", range(4))
def test_differences_that_cancel_at_large_arguments(order):
    for fun, reference in [
        (special.log_minus_digamma, lambda k, a: _log_derivative(k, a) - psi(k, a)),
        (special.trigamma_excess, lambda k, a: psi(k + 1, a) - _log_derivative(k + 1, a)),
    ]:
        values = jit(jax.vmap(nested(fun, [0] * order, reverse=True)))(jnp.array(SPREAD))
        with mp.workdps(120):
            assert worst(values, [reference(order, mp.mpf(a)) for a in SPREAD]) < 1e-14


def _log_derivative(order: int, a: mp.mpf) -> mp.mpf:
    return mp.log(a) if order == 0 else (-1) ** (order - 1) * mp.factorial(order - 1) / a**order


def test_inverses():
    y = jnp.array([-1e6, -50.0, -2.23, -2.22, -2.21, -0.57, 0.0, 1.0, 3.0, 10.0, 25.0])
    a, slope = jit(jax.vmap(jax.value_and_grad(special.inverse_digamma)))(y)
    np.testing.assert_allclose(special.digamma(a), y, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(slope * special.polygamma(1, a), 1.0, rtol=1e-13)
    a = jnp.array(SPREAD)
    s, slope = jit(jax.vmap(jax.value_and_grad(special.log_minus_digamma)))(a)
    inverse, inverse_slope = jit(jax.vmap(jax.value_and_grad(special.inverse_log_minus_digamma)))(s)
    np.testing.assert_allclose(inverse, a, rtol=1e-13)
    np.testing.assert_allclose(slope * inverse_slope, 1.0, rtol=1e-13)


def test_float32():
    r, x = jnp.array([0.3, 5.0, 1e6], jnp.float32), jnp.array([2.0, 5.0, 9.0], jnp.float32)
    for fun in (special.gammaln_increment, special.log_beta):
        for function in (fun, jax.grad(fun, 0), jax.grad(jax.grad(fun, 0), 1)):
            mapped = jit(jax.vmap(function))
            narrow, wide = mapped(r, x), mapped(r.astype(float), x.astype(float))
            assert narrow.dtype == jnp.float32
            np.testing.assert_allclose(narrow, wide, rtol=3e-6)


def test_whole_numbers_are_numbers():
    np.testing.assert_allclose(special.gammaln_increment(3, 2), np.log(12.0), rtol=1e-15)
    np.testing.assert_allclose(special.log_beta(2, 3), -np.log(12.0), rtol=1e-14)

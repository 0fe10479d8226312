"""Kronecker products: damping, derivatives, what is singular, and what is never made."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import jaxprs_in_params

from fisherax.models.tangent import Tangent
from fisherax.operators import (
    BlockwiseOperator,
    EigenvalueCorrectedBlock,
    KroneckerBlock,
    Layout,
    Part,
    ShiftedKroneckerBlock,
)

from .block_cases import PROVENANCE, factors, orthonormal

RNG = np.random.default_rng(2)


def layout(s, i, o):
    return Layout((Part.of(0, (s, i, o), stacked=(0,), inputs=(1,), outputs=(2,)),))


def block(a, b):
    a, b = jnp.asarray(a), jnp.asarray(b)
    return KroneckerBlock(a, b, layout(a.shape[0], a.shape[1], b.shape[1]))


def kron(a, b):
    a = a if a.ndim == 3 else np.stack([np.diag(x) for x in a])
    return np.stack([np.kron(x, y) for x, y in zip(a, b, strict=True)])


def applied(matrices, w):
    return np.stack([m @ x.ravel() for m, x in zip(matrices, w, strict=True)]).reshape(w.shape)


def of_rank(rank, stacked, size):
    """Positive semidefinite factors of a rank below their size."""
    roots = RNG.normal(size=(stacked, size, rank))
    return roots @ np.swapaxes(roots, 1, 2)


@pytest.mark.parametrize("shape", [(3, 1, 2), (2, 3, 1), (1, 1, 1)])
def test_products_and_solutions(shape):
    s, i, o = shape
    a, b, w = factors(s, i), factors(s, o), RNG.normal(size=shape)
    m = block(a, b)
    np.testing.assert_allclose(m.mv(jnp.asarray(w)), applied(kron(a, b), w), rtol=1e-12)
    found, failed = m.solve(jnp.asarray(w))
    assert not failed
    np.testing.assert_allclose(found, applied(np.linalg.inv(kron(a, b)), w), rtol=1e-11)


# --- Damping. ---

A, B, W = factors(2, 3), factors(2, 2), RNG.normal(size=(2, 3, 2))
FACTORS = {
    "regular": (A, B),
    "singular": (of_rank(1, 2, 3), of_rank(1, 2, 2)),
    "diagonal inputs": (np.array([[0.0, 0.5, 2.0], [1.0, 0.0, 0.0]]), B),
}


@pytest.mark.parametrize("case", FACTORS)
def test_exact_damping_adds_a_multiple_of_the_identity(case):
    a, b = FACTORS[case]
    for lam in (1e-3, 0.5):
        damped, m = block(a, b).shifted(jnp.asarray(lam)), kron(a, b) + lam * np.eye(6)
        np.testing.assert_allclose(damped.matrix(), m, rtol=1e-12)
        np.testing.assert_allclose(damped.mv(jnp.asarray(W)), applied(m, W), rtol=1e-11)
        found, failed = damped.solve(jnp.asarray(W))
        assert not failed
        np.testing.assert_allclose(found, applied(np.linalg.inv(m), W), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(damped.logdet()[0], np.sum(np.linalg.slogdet(m)[1]), rtol=1e-10)
        inverse, failed = damped.inverted()
        assert not failed
        np.testing.assert_allclose(inverse.matrix(), np.linalg.inv(m), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", FACTORS)
def test_factored_damping_is_its_formula(case):
    a, b = FACTORS[case]
    a_full = a if a.ndim == 3 else np.stack([np.diag(x) for x in a])
    lam = 0.3
    traces = [np.trace(x) / 3 / (np.trace(y) / 2) for x, y in zip(a_full, b, strict=True)]
    pi = np.sqrt(traces)[:, None, None]
    wanted = kron(a_full + pi * np.sqrt(lam) * np.eye(3), b + np.sqrt(lam) / pi * np.eye(2))
    damped = block(a, b).factored_damping(jnp.asarray(lam))
    assert isinstance(damped, KroneckerBlock)
    assert damped.inputs.ndim == a.ndim
    np.testing.assert_allclose(damped.matrix(), wanted, rtol=1e-12)
    found, failed = damped.solve(jnp.asarray(W))
    assert not failed
    np.testing.assert_allclose(found, applied(np.linalg.inv(wanted), W), rtol=1e-9)


def test_factored_damping_of_a_factor_that_is_zero():
    damped = block(np.zeros((1, 3, 3)), B[:1]).factored_damping(jnp.asarray(0.25))
    np.testing.assert_allclose(damped.inputs[0], 0.5 * np.eye(3))
    np.testing.assert_allclose(damped.outputs[0], B[0] + 0.5 * np.eye(2))


def test_both_dampings_vanish_with_lambda():
    m = block(A, B)
    wanted, _ = m.solve(jnp.asarray(W))
    for make, order in ((m.shifted, 1.0), (m.factored_damping, 0.5)):
        errors = [
            float(jnp.max(jnp.abs(make(jnp.asarray(lam)).solve(jnp.asarray(W))[0] - wanted)))
            for lam in (1e-8, 1e-10)
        ]
        assert errors[0] < 50 * 1e-8**order
        np.testing.assert_allclose(errors[1] / errors[0], 0.01**order, rtol=0.01)


def test_an_operator_diagonalised_once_is_damped_by_any_amount():
    operator = BlockwiseOperator([block(A, B)], Tangent.of(jnp.zeros((2, 3, 2))), PROVENANCE)
    kept = operator.diagonalised()
    assert isinstance(kept.blocks[0], EigenvalueCorrectedBlock)
    v = jnp.asarray(W)
    np.testing.assert_allclose(kept.coordinates_matrix(), operator.coordinates_matrix(), atol=1e-14)
    for lam in (0.0, 0.1, 10.0):
        np.testing.assert_allclose(
            kept.damped(lam).solve(v), operator.damped(lam).solve(v), rtol=1e-10, atol=1e-12
        )
    assert "eigh" not in str(jax.make_jaxpr(kept.damped(0.1).solve)(v))


# --- Derivatives. ---


def values(a, b, lam):
    """Numbers that depend on all verbs, of the product and of the damped one."""
    made, w = KroneckerBlock(a, b, layout(a.shape[0], a.shape[1], b.shape[1])), jnp.asarray(W)
    damped = made.shifted(lam)
    return jnp.stack(
        [
            *(jnp.sum(w * verb(jnp.cos(w))[0]) for verb in (made.solve, made.sqrt_mv, made.inv_sqrt_mv)),
            made.logdet()[0],
            jnp.sum(w * damped.solve(jnp.cos(w))[0]),
            damped.logdet()[0],
        ]
    )


@pytest.mark.parametrize("case", ["distinct", "repeated"])
def test_derivatives_with_respect_to_the_factors(case):
    """Also where A is the identity: a derivative of eigenvectors would not exist."""
    a = A if case == "distinct" else np.broadcast_to(np.eye(3), (2, 3, 3))
    lam = 0.2
    da, db = factors(2, 3) - 1.0, factors(2, 2) - 1.0
    da, db = da + np.swapaxes(da, 1, 2), db + np.swapaxes(db, 1, 2)
    along = jax.jit(lambda t: values(a + t * da, B + t * db, lam + 0.3 * t))
    h = 1e-5
    wanted = (np.asarray(along(h)) - np.asarray(along(-h))) / (2 * h)
    np.testing.assert_allclose(jax.jacfwd(along)(0.0), wanted, rtol=1e-7, atol=1e-8)
    reverse = jax.jit(jax.jacrev(values, argnums=(0, 1, 2)))(jnp.asarray(a), jnp.asarray(B), lam)
    found = sum(np.sum(np.asarray(g) * d, axis=(1, 2, 3)) for g, d in zip(reverse[:2], (da, db), strict=True))
    np.testing.assert_allclose(found + 0.3 * np.asarray(reverse[2]), wanted, rtol=1e-7, atol=1e-8)


# --- What is never made. ---


def largest(jaxpr):
    """The size of the largest array in a program."""
    sizes = [0]
    for equation in jaxpr.eqns:
        sizes += [int(np.prod(v.aval.shape)) for v in equation.outvars]
        sizes += [largest(inner) for inner in jaxprs_in_params(equation.params)]
    return max(sizes)


@pytest.mark.parametrize("damping", ["none", "exact", "factored", "diagonalised"])
def test_no_verb_makes_a_dense_matrix(damping):
    i, o = 20, 30
    made = block(factors(1, i), factors(1, o))
    operator = BlockwiseOperator([made], Tangent.of(jnp.zeros((1, i, o))), PROVENANCE)
    operator = {
        "none": operator,
        "exact": operator.damped(0.1),
        "factored": operator.factored_damping(0.1),
        "diagonalised": operator.diagonalised().damped(0.1),
    }[damping]
    v = jnp.ones((1, i, o))
    for verb in ("mv", "solve", "sqrt_mv", "inv_sqrt_mv", "quadratic"):
        assert largest(jax.make_jaxpr(getattr(operator, verb))(v).jaxpr) <= 2 * o * o, verb
    for verb in (
        "logdet",
        "trace",
        "diagonal",
        "inverse_diagonal",
        "eigenvalues",
        "rank",
        "condition_number",
    ):
        assert largest(jax.make_jaxpr(getattr(operator, verb))().jaxpr) <= 2 * o * o, verb
    for inverse in (False, True):
        draw = jax.make_jaxpr(lambda key, inverse=inverse: operator.sample(key, inverse))(jax.random.key(0))
        assert largest(draw.jaxpr) <= 2 * o * o


# --- Refusals. ---


def test_factors_that_do_not_fit_are_refused():
    one = layout(1, 2, 3)
    with pytest.raises(ValueError, match=r"factors of shapes \(1, 3, 3\) and \(1, 2, 2\) do not fit"):
        KroneckerBlock(jnp.ones((1, 3, 3)), jnp.ones((1, 2, 2)), one)
    with pytest.raises(ValueError, match="dtypes float32 and float64: cast one"):
        KroneckerBlock(jnp.ones((1, 2, 2), jnp.float32), jnp.ones((1, 3, 3)), one)
    with pytest.raises(ValueError, match="the scales have shape"):
        EigenvalueCorrectedBlock(None, None, jnp.ones((1, 3, 2)), one)


def test_lambda_below_the_rounding_of_a_singular_product_is_refused():
    a = of_rank(1, 1, 3)
    damped = block(a, B[:1]).shifted(jnp.asarray(1e-16))
    assert isinstance(damped, ShiftedKroneckerBlock)
    for _, failed in (damped.solve(jnp.asarray(W[:1])), damped.logdet(), damped.inverted()):
        assert failed


def test_factors_in_any_units_are_solved():
    """1e-9 beside 1e9: regular, with a condition number of 1e36."""
    d = np.array([1e-9, 1.0, 1e9])
    a = A[:1] * d[:, None] * d[None, :]
    found, failed = block(a, B[:1]).solve(jnp.asarray(W[:1]))
    assert not failed
    unit = applied(np.linalg.inv(kron(A[:1], B[:1])), W[:1] / d[:, None])
    np.testing.assert_allclose(found, unit / d[:, None], rtol=1e-11)


def test_bases_are_shared_in_sums():
    q = jnp.asarray(orthonormal(2, 3, 3))
    one = EigenvalueCorrectedBlock(q, None, jnp.ones((2, 3, 2)), layout(2, 3, 2))
    total = one.plus(one.scaled(jnp.asarray(3.0)))
    assert isinstance(total, EigenvalueCorrectedBlock)
    np.testing.assert_allclose(total.scales, 4.0)
    assert one.plus(EigenvalueCorrectedBlock(q + 0.0, None, one.scales, one.layout)) is None
    assert block(A, B).plus(block(A, B)) is None

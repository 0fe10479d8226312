"""Blocks that are singular, do not cover the parameters, or have digits of their own."""

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest

from fisherax.models.tangent import Tangent
from fisherax.operators import (
    BlockDiagonalOperator,
    BlockwiseOperator,
    DenseBlock,
    DenseOperator,
    DiagonalBlock,
    DiagonalOperator,
    EigenvalueCorrectedBlock,
    InverseSolver,
    KroneckerBlock,
    Layout,
    LowRankOperator,
    Part,
    Provenance,
    SummedOperator,
)

from .block_cases import PROVENANCE, factors, orthonormal

PARAMS = {"bias": jnp.zeros(2), "kernel": jnp.zeros((3, 2)), "scale": jnp.zeros(2)}
TANGENT = Tangent.of(PARAMS)
LAYER = Layout((Part.of(1, (3, 2), inputs=(0,), outputs=(1,)), Part.of(0, (2,), outputs=(0,))))
SCALE = Layout.flat([2], [(2,)])
A, B = factors(1, 4), factors(1, 2)
ONES = DiagonalBlock(jnp.ones((1, 2, 1)), SCALE)
VECTOR = jax.tree.map(jnp.ones_like, PARAMS)


def dead_input(a):
    """The input 1 is always zero."""
    a = np.array(a)
    a[:, 1], a[:, :, 1] = 0.0, 0.0
    return a


def made(*blocks, provenance=PROVENANCE, tangent=TANGENT):
    return BlockwiseOperator(blocks, tangent, provenance)


def layer(a=A, b=B):
    return KroneckerBlock(jnp.asarray(a), jnp.asarray(b), LAYER)


CORRECTED = EigenvalueCorrectedBlock(None, jnp.eye(2)[None], jnp.ones((1, 4, 2)).at[0, 1].set(1e-20), LAYER)
# Each is singular in the same two directions.
SINGULAR = {
    "Kronecker": made(layer(dead_input(A)), ONES),
    "diagonal inputs": made(KroneckerBlock(jnp.array([[1.0, 0.0, 2.0, 1.0]]), jnp.asarray(B), LAYER), ONES),
    "eigenvalue corrected": made(CORRECTED, ONES),
    "dense": made(DenseBlock(layer(dead_input(A)).matrix().reshape(1, 8, 8), LAYER), ONES),
    "diagonal": made(DiagonalBlock(jnp.ones((1, 4, 2)).at[0, 1].set(0.0), LAYER), ONES),
    "damped by nothing": made(layer(dead_input(A)), ONES).damped(0.0),
}
VERBS = {
    "solve": lambda g: g.solve(VECTOR),
    "inv_sqrt_mv": lambda g: g.inv_sqrt_mv(VECTOR),
    "logdet": lambda g: g.logdet(),
    "inverse_diagonal": lambda g: g.inverse_diagonal(),
    "sample": lambda g: g.sample(jax.random.key(0), inverse=True),
}


@pytest.mark.parametrize("case", SINGULAR)
def test_a_singular_block_is_a_finding(case):
    operator = SINGULAR[case]
    one = r"1.00·kernel\[1, [01]\]"
    for verb, call in VERBS.items():
        with pytest.raises(ValueError, match=rf"{verb}: the information is singular.*{one}, and of {one};"):
            call(operator)
    assert set(operator.unidentified()) == {"1.00·kernel[1, 0]", "1.00·kernel[1, 1]"}
    assert int(operator.rank()) == 8
    for u in jnp.eye(10)[2:4]:
        np.testing.assert_allclose(
            operator._mv(u[jnp.array([0, 1, 4, 5, 2, 3, 6, 7, 8, 9])]), 0.0, atol=1e-15
        )
    root = operator.sqrt_mv(operator.sqrt_mv(VECTOR))
    for found, wanted in zip(jax.tree.leaves(root), jax.tree.leaves(operator.mv(VECTOR)), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_null_directions_of_two_singular_factors():
    """dim ker(A ⊗ B) = i·o − rank A · rank B, and all of it is found."""
    b = np.ones((1, 2, 2))
    operator = made(layer(dead_input(A), b), ONES)
    directions = operator.null_directions()
    assert directions["kernel"].shape == (8 - 3 * 1, 3, 2)
    stack = np.concatenate([np.asarray(x).reshape(5, -1) for x in jax.tree.leaves(directions)], axis=1)
    assert np.linalg.matrix_rank(stack) == 5
    np.testing.assert_allclose(operator.as_matrix() @ stack.T, 0.0, atol=1e-14)
    with pytest.raises(ValueError, match=r"and of 2 more; damp the operator"):
        operator.solve(VECTOR)


def test_a_singular_block_under_jit_is_a_run_time_error():
    operator = SINGULAR["Kronecker"]
    with pytest.raises(eqx.EquinoxRuntimeError, match="solve: the information is singular"):
        eqx.filter_jit(lambda g: g.solve(VECTOR))(operator)
    solution = lx.linear_solve(operator, VECTOR, InverseSolver(), throw=False)
    assert solution.result == lx.RESULTS.singular
    assert int(eqx.filter_jit(lambda g: g.rank())(operator)) == 8


def test_what_is_not_finite_says_where():
    with pytest.raises(ValueError, match="not finite in kernel, bias"):
        made(layer(A * np.nan), ONES).solve(VECTOR)


def test_an_observed_information_may_be_indefinite():
    observed = Provenance("observed", "block diagonal", "data", positive_semidefinite=False)
    matrix = np.diag([1.0, -2.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    operator = made(DenseBlock(jnp.asarray(matrix)[None], LAYER), ONES, provenance=observed)
    np.testing.assert_allclose(
        operator.solve(VECTOR)["kernel"].ravel(), [1, -0.5, 1 / 3, 1, 1, 1], rtol=1e-14
    )
    with pytest.raises(ValueError, match="not positive semidefinite: its smallest eigenvalue is -2"):
        operator.logdet()


# --- Digits. ---


def test_factors_of_a_wider_dtype_than_the_parameters():
    """bfloat16 parameters: vectors are theirs, arithmetic and numbers are the factors'."""
    params = jax.tree.map(lambda x: x.astype(jnp.bfloat16), PARAMS)
    tangent = Tangent.of(params)
    blocks = (
        KroneckerBlock(jnp.asarray(A, jnp.float32), jnp.asarray(B, jnp.float32), LAYER),
        DiagonalBlock(jnp.full((1, 2, 1), 2.0, jnp.float32), SCALE),
    )
    narrow, wide = made(*blocks, tangent=tangent), made(layer(), DiagonalBlock(2 * ONES.values, SCALE))
    v = jax.tree.map(jnp.ones_like, params)
    for call in (
        lambda g, v: g.mv(v),
        lambda g, v: g.solve(v),
        lambda g, v: g.sqrt_mv(v),
        lambda g, v: g.damped(0.1).solve(v),
        lambda g, v: g.diagonal(),
    ):
        for found, wanted in zip(
            jax.tree.leaves(call(narrow, v)), jax.tree.leaves(call(wide, VECTOR)), strict=True
        ):
            assert found.dtype == jnp.bfloat16
            np.testing.assert_allclose(np.asarray(found, float), wanted, rtol=2**-8, atol=1e-2)
    assert narrow.dtype == jnp.float32
    for number in (narrow.logdet(), narrow.trace(), narrow.quadratic(v), narrow.eigenvalues()):
        assert number.dtype == jnp.float32
    np.testing.assert_allclose(narrow.logdet(), wide.logdet(), rtol=1e-5)
    # A bfloat16 would make 60160 of this.
    assert float((60_001 * narrow).count) == 60_001
    np.testing.assert_allclose(narrow.to_dense().logdet(), wide.logdet(), rtol=1e-5)
    assert float(narrow.damped(1.001).damping) == np.float32(1.001)


@pytest.mark.parametrize("structure", [DenseOperator, DiagonalOperator, BlockDiagonalOperator])
def test_other_structures_of_a_wider_dtype(structure):
    tangent = Tangent.of(jnp.zeros(2, jnp.bfloat16))
    matrix = np.diag([2.001, 3.0]).astype(np.float32)
    held = {
        DenseOperator: matrix,
        DiagonalOperator: np.diag(matrix),
        BlockDiagonalOperator: (jnp.asarray(matrix),),
    }
    array = held[structure] if isinstance(held[structure], tuple) else jnp.asarray(held[structure])
    operator = structure(array, tangent, PROVENANCE)
    v = jnp.ones(2, jnp.bfloat16)
    for verb in (operator.mv, operator.solve, operator.sqrt_mv, operator.damped(1.0).solve):
        assert verb(v).dtype == jnp.bfloat16
    total = SummedOperator((operator, operator)).damped(0.001)
    for number in (operator.trace(), total.trace() - 0.002, operator.logdet(), (3 * operator).count):
        assert number.dtype == jnp.float32
    np.testing.assert_allclose(operator.trace(), 5.001, rtol=1e-6)
    np.testing.assert_allclose(total.trace(), 10.004, rtol=1e-6)
    np.testing.assert_allclose(operator.to_dense().as_matrix(), matrix)


def test_blocks_that_lose_digits_are_refused():
    blocks = (
        KroneckerBlock(jnp.asarray(A, jnp.float32), jnp.asarray(B, jnp.float32), LAYER),
        DiagonalBlock(jnp.ones((1, 2, 1), jnp.float32), SCALE),
    )
    with pytest.raises(
        ValueError, match=r"dtype float32, but the parameters have float64, which loses digits"
    ):
        made(*blocks)
    with pytest.raises(ValueError, match="different dtypes, float32, float64"):
        made(blocks[0], ONES)


# --- Cover. ---


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (lambda: (layer(),), "'scale' is in no block"),
        (lambda: (layer(), ONES, ONES), "'scale' is in 2 blocks"),
        (lambda: (DiagonalBlock(jnp.ones((1, 2, 1)), Layout.flat([7], [(2,)])),), "lays out leaf 7"),
        (
            lambda: (layer(), DiagonalBlock(jnp.ones((1, 3, 1)), Layout.flat([2], [(3,)]))),
            r"leaf 'scale' as one of shape \(3,\), but it has shape \(2,\)",
        ),
        (lambda: (DenseBlock(jnp.ones((1, 3, 3)), SCALE),), "matrices of shape"),
        (lambda: (DiagonalBlock(jnp.ones((1, 3, 1)), SCALE),), "values of shape"),
    ],
)
def test_every_leaf_is_in_one_block(blocks, message):
    with pytest.raises(ValueError, match=message):
        made(*blocks())


def test_lambda_is_one_number():
    for wrong in (-1.0, jnp.ones(2)):
        with pytest.raises(ValueError, match="damped: λ"):
            made(layer(), ONES).factored_damping(wrong)


# --- Sums. ---


def test_sums_of_blocks():
    dense, diagonal = DenseBlock(jnp.asarray(factors(1, 8)), LAYER), DiagonalBlock(jnp.ones((1, 4, 2)), LAYER)
    one, other = made(dense, ONES), made(diagonal, ONES)
    for total in (one + other, other + one):
        assert isinstance(total, BlockwiseOperator)
        np.testing.assert_allclose(total.as_matrix(), one.as_matrix() + other.as_matrix(), rtol=1e-14)
    mixed = made(layer(), ONES) + DiagonalOperator(jnp.ones(10), TANGENT, PROVENANCE)
    assert isinstance(mixed, SummedOperator)
    np.testing.assert_allclose(mixed.trace(), np.trace(A[0]) * np.trace(B[0]) + 2 + 10, rtol=1e-13)


# --- A few eigenvectors. ---


def test_a_low_rank_is_refused_undamped():
    u, s = orthonormal(10, 2), jnp.array([3.0, 1.0])
    operator = LowRankOperator(jnp.asarray(u), s, TANGENT, PROVENANCE)
    for verb, call in VERBS.items():
        with pytest.raises(ValueError, match=rf"{verb}: the information is of rank 2 at most.*along 8: damp"):
            call(operator)
    assert int(operator.rank()) == 2
    assert len(operator.unidentified()) == 8
    matrix = (u * np.asarray(s)) @ u.T
    np.testing.assert_allclose(operator.as_matrix(), matrix, atol=1e-14)
    v = np.concatenate([np.ravel(x) for x in jax.tree.leaves(operator.damped(0.1).solve(VECTOR))])
    np.testing.assert_allclose(v, np.linalg.solve(matrix + 0.1 * np.eye(10), np.ones(10)), rtol=1e-11)
    zero = LowRankOperator(jnp.eye(10), jnp.ones(10).at[3].set(0.0), TANGENT, PROVENANCE)
    with pytest.raises(ValueError, match=r"do not determine the combination 1.00·kernel\[0, 1\]"):
        zero.solve(VECTOR)


def test_vectors_that_are_not_orthonormal_are_refused():
    with pytest.raises(ValueError, match="not orthonormal"):
        LowRankOperator(jnp.ones((10, 2)), jnp.ones(2), TANGENT, PROVENANCE)
    with pytest.raises(ValueError, match="not r ≤ p columns in the p = 10"):
        LowRankOperator(jnp.ones((9, 2)), jnp.ones(2), TANGENT, PROVENANCE)


def test_a_sum_of_kronecker_products_has_products_and_no_inverse():
    total = made(layer(), ONES) + made(layer(2 * A, B + np.eye(2)), ONES)
    assert isinstance(total, SummedOperator)
    wanted = np.kron(A[0], B[0]) + np.kron(2 * A[0], B[0] + np.eye(2))
    np.testing.assert_allclose(total.trace(), np.trace(wanted) + 4, rtol=1e-13)
    with pytest.raises(ValueError, match="solve: a sum of informations that no one structure holds"):
        total.solve(VECTOR)
    solution = lx.linear_solve(total, VECTOR, lx.CG(1e-12, 1e-12)).value
    flat = np.concatenate([np.ravel(solution["kernel"]), solution["bias"]])
    np.testing.assert_allclose(flat, np.linalg.solve(wanted, np.ones(8)), rtol=1e-9)

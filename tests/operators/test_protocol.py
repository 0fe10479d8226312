"""lineax's protocol, and its solvers."""

import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest

from fisherax.models.tangent import Simplex, Tangent
from fisherax.operators import (
    BlockwiseOperator,
    DampedOperator,
    DenseOperator,
    DiagonalBlock,
    DiagonalOperator,
    ImplicitOperator,
    Information,
    InverseSolver,
    Layout,
    LowRankOperator,
    Provenance,
)

EXACT = Provenance("exact", "dense", "closed form")
MATRIX = jnp.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 3.0]])
VECTOR = jnp.array([1.0, -2.0, 0.5])
G = DenseOperator(MATRIX, Tangent.of(VECTOR), EXACT)
D = DiagonalOperator(jnp.array([1.0, 2.0, 4.0]), Tangent.of(VECTOR), EXACT)
BLOCKS = BlockwiseOperator(
    [DiagonalBlock(D.vector[None, :, None], Layout.flat([0], [(3,)]))], D.tangent, EXACT
)
LOW_RANK = LowRankOperator(jnp.eye(3)[:, :1], jnp.ones(1), D.tangent, EXACT)
IMPLICIT = ImplicitOperator(D.mv, D.tangent, EXACT)


def dispatch_functions():
    return {
        name: f for name, f in inspect.getmembers(lx) if hasattr(f, "registry") and hasattr(f, "dispatch")
    }


def test_lineax_dispatch_functions_are_found():
    known = {"linearise", "materialise", "conj", "diagonal", "tridiagonal", "has_unit_diagonal"}
    assert known <= set(dispatch_functions())


@pytest.mark.parametrize("name", sorted(dispatch_functions()))
def test_every_dispatch_function_knows_every_structure(name):
    function = dispatch_functions()[name]
    assert Information in function.registry, f"lineax.{name} is not registered on the abstract base"
    for operator in (G, D, G.damped(0.1), D.damped(0.1), BLOCKS, LOW_RANK, IMPLICIT):
        function(operator)


def test_properties():
    assert lx.is_diagonal(D)
    assert lx.is_diagonal(D.damped(1.0))
    assert lx.is_diagonal(BLOCKS)
    assert not lx.is_diagonal(G)
    for check in (lx.is_tridiagonal, lx.is_lower_triangular, lx.is_upper_triangular):
        assert check(D)
        assert not check(G)
    probs = DiagonalOperator(jnp.ones(2), Tangent.of({"p": jnp.full((3,), 1 / 3)}, {"p": Simplex}), EXACT)
    assert not lx.is_diagonal(probs)  # its matrix in the probabilities is 1 − 11ᵀ/3
    assert G.T is G


@pytest.mark.parametrize("solver", [lx.AutoLinearSolver(well_posed=True), lx.Cholesky(), lx.LU(), lx.SVD()])
def test_lineax_solvers_that_materialise(solver):
    wanted = np.linalg.solve(MATRIX, VECTOR)
    np.testing.assert_allclose(lx.linear_solve(G, VECTOR, solver).value, wanted, rtol=1e-13)


def test_a_diagonal_operator_is_solved_by_the_diagonal_solver():
    solver = lx.AutoLinearSolver(well_posed=True)
    assert isinstance(solver.select_solver(D), lx.Diagonal)
    np.testing.assert_allclose(lx.linear_solve(D, VECTOR, solver).value, VECTOR / D.vector)


def test_derivatives_pass_through_a_linear_solve():
    """x(s, b) = (A + sE)⁻¹ b: dx = A⁻¹(db − E x), and the second derivative in s is 2 A⁻¹ E A⁻¹ E x."""
    e = jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 1.0]])

    def solution(s):
        operator = DenseOperator(MATRIX + s * e, G.tangent, EXACT)
        return lx.linear_solve(operator, VECTOR, InverseSolver()).value

    a = np.asarray(MATRIX)
    step = np.linalg.solve(a, e)
    x = np.linalg.solve(a, VECTOR)
    np.testing.assert_allclose(jax.jacfwd(solution)(0.0), -step @ x, rtol=1e-12)
    np.testing.assert_allclose(jax.jacrev(solution)(0.0), -step @ x, rtol=1e-12)
    np.testing.assert_allclose(jax.jacfwd(jax.jacrev(solution))(0.0), 2 * step @ step @ x, rtol=1e-12)


def test_second_derivatives_in_raw_matrix_entries_are_symmetric():
    """`transpose` returns the operator itself, which is right only because constructors symmetrise."""

    def value(entries):
        operator = DenseOperator(entries.reshape(3, 3), G.tangent, EXACT)
        return VECTOR @ lx.linear_solve(operator, VECTOR, InverseSolver()).value

    def direct(entries):
        m = entries.reshape(3, 3)
        return VECTOR @ jnp.linalg.solve(0.5 * (m + m.T), VECTOR)

    entries = MATRIX.ravel()
    hessian = jax.hessian(value)(entries)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-14)
    np.testing.assert_allclose(hessian, jax.hessian(direct)(entries), atol=1e-12)


# --- What lineax and optimistix wrap around an operator. ---

IDENTITY = lx.IdentityLinearOperator(G.in_structure())
WRAPPED = {
    "tagged": (lx.TaggedLinearOperator(G, lx.positive_semidefinite_tag), MATRIX),
    "times": (lx.MulLinearOperator(G, jnp.array(3.0)), 3 * MATRIX),
    "divided": (lx.DivLinearOperator(G, jnp.array(4.0)), MATRIX / 4),
    "plus identity": (G + IDENTITY, MATRIX + np.eye(3)),
    "identity plus": (IDENTITY * 0.5 + G, MATRIX + 0.5 * np.eye(3)),
    "plus tagged": (G + lx.TaggedLinearOperator(IDENTITY / 2.0, lx.diagonal_tag), MATRIX + 0.5 * np.eye(3)),
    "sum": (lx.AddLinearOperator(G, D), MATRIX + jnp.diag(D.vector)),
    "as optimistix makes it": (
        lx.TaggedLinearOperator(G + jnp.array(0.7) * IDENTITY, lx.positive_semidefinite_tag),
        MATRIX + 0.7 * np.eye(3),
    ),
}


@pytest.mark.parametrize("case", WRAPPED)
def test_the_inverse_solver_looks_through_wrappers(case):
    operator, matrix = WRAPPED[case]
    np.testing.assert_allclose(operator.as_matrix(), matrix, rtol=1e-14)
    found = lx.linear_solve(operator, VECTOR, InverseSolver()).value
    np.testing.assert_allclose(found, np.linalg.solve(matrix, VECTOR), rtol=1e-13)


def test_a_damped_structure_stays_one():
    state = InverseSolver().init(D + 0.5 * IDENTITY, {})
    assert isinstance(state, DampedOperator)
    assert isinstance(state.operator, DiagonalOperator)


def test_the_inverse_solver_refuses_what_holds_no_information():
    plain = lx.MatrixLinearOperator(MATRIX, lx.positive_semidefinite_tag)
    for operator in (plain, plain + IDENTITY, G + plain, G @ G, -G):
        with pytest.raises(ValueError, match=r"InverseSolver solves with an information"):
            lx.linear_solve(operator, VECTOR, InverseSolver())


def test_a_batch_of_solves():
    scales = jnp.array([1.0, 2.0, 4.0])
    solve = eqx.filter_vmap(lambda s: lx.linear_solve(s * G, VECTOR, InverseSolver()).value)
    np.testing.assert_allclose(solve(scales), np.linalg.solve(MATRIX, VECTOR) / scales[:, None], rtol=1e-13)

"""A singular information is a finding, in words, and never a NaN."""

from math import comb

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest

from fisherax.models.tangent import Simplex, Symmetric, Tangent
from fisherax.operators import (
    BlockDiagonalOperator,
    DenseOperator,
    DiagonalOperator,
    InverseSolver,
    Provenance,
)

EXACT = Provenance("exact", "dense", "closed form")
OBSERVED = Provenance("observed", "dense", "data", 100, positive_semidefinite=False)
ABC = {"a": jnp.zeros(()), "b": jnp.zeros(()), "c": jnp.zeros(())}
VECTOR = {"a": jnp.array(1.0), "b": jnp.array(2.0), "c": jnp.array(3.0)}


def dense(matrix, params=ABC, provenance=EXACT, **directions):
    return DenseOperator(jnp.asarray(matrix, float), Tangent.of(params, directions), provenance)


# a and b enter the model through their sum alone.
COLLINEAR = dense([[2.0, 2.0, 1.0], [2.0, 2.0, 1.0], [1.0, 1.0, 3.0]])
INVERTING = {
    "solve": lambda g: g.solve(VECTOR),
    "inv_sqrt_mv": lambda g: g.inv_sqrt_mv(VECTOR),
    "logdet": lambda g: g.logdet(),
    "inverse_diagonal": lambda g: g.inverse_diagonal(),
    "sample": lambda g: g.sample(jax.random.key(0), inverse=True),
}


@pytest.mark.parametrize("verb", INVERTING)
def test_what_needs_an_inverse_names_the_combination(verb):
    with pytest.raises(ValueError, match=rf"^{verb}: .*singular.*1\.00·a − 1\.00·b.*damp"):
        INVERTING[verb](COLLINEAR)


@pytest.mark.parametrize("verb", INVERTING)
def test_under_jit_it_is_an_error_too(verb):
    with pytest.raises(Exception, match="information is singular"):
        eqx.filter_jit(INVERTING[verb])(COLLINEAR)


def test_under_grad_the_combination_is_still_named():
    with pytest.raises(ValueError, match=r"1\.00·a − 1\.00·b"):
        jax.grad(lambda s: (s * COLLINEAR).logdet())(2.0)


def test_what_needs_no_inverse_works():
    matrix = np.asarray(COLLINEAR.as_matrix())
    root = COLLINEAR.sqrt_mv(COLLINEAR.sqrt_mv(VECTOR))
    np.testing.assert_allclose(jnp.stack(jax.tree.leaves(root)), matrix @ [1, 2, 3], rtol=1e-12)
    assert int(COLLINEAR.rank()) == 2
    assert int(jax.jit(lambda g: g.rank())(COLLINEAR)) == 2
    assert COLLINEAR.condition_number() > 1e14
    assert np.all(np.isfinite(jax.tree.leaves(COLLINEAR.damped(0.1).solve(VECTOR))))
    draw = COLLINEAR.sample(jax.random.key(1))
    np.testing.assert_allclose(draw["a"], draw["b"], atol=1e-7)


def test_null_directions_span_the_null_space():
    directions = COLLINEAR.null_directions()
    assert directions["a"].shape == (1,)
    moved = COLLINEAR.mv(jax.tree.map(lambda x: x[0], directions))
    np.testing.assert_allclose(jax.tree.leaves(moved), 0, atol=1e-14)
    with pytest.raises(ValueError, match="outside jit"):
        jax.jit(lambda g: g.null_directions())(COLLINEAR)


def test_separate_findings_are_told_apart():
    """Any mixture of (1, −1, 0) and (0, 0, 1) spans the same null space; a reader wants these two."""
    operator = dense([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert sorted(operator.unidentified()) == ["1.00·a − 1.00·b", "1.00·c"]


def test_a_combination_of_three():
    x = np.array([[1.0, 2.0, 5.0], [0.0, 1.0, 2.0]])
    # Null direction of xᵀx: (1, 2, −1).
    assert dense(x.T @ x).unidentified() == ("0.50·a + 1.00·b − 0.50·c",)


def test_entries_of_arrays_are_named_by_their_index():
    operator = dense(np.diag([1.0, 0.0]), {"weight": jnp.zeros((2, 1))})
    assert operator.unidentified() == ("1.00·weight[1, 0]",)


def test_on_a_simplex_it_speaks_of_the_probabilities():
    """Nothing is known of p₀ against p₁: Helmert's first contrast is (1, −1, 0)/√2."""
    operator = dense(np.diag([0.0, 2.0]), {"probs": jnp.full((3,), 1 / 3)}, probs=Simplex)
    assert operator.unidentified() == ("1.00·probs[0] − 1.00·probs[1]",)


def test_in_a_symmetric_matrix_every_entry_appears_once():
    operator = dense(np.diag([1.0, 0.0, 1.0]), {"precision": jnp.eye(2)}, precision=Symmetric)
    assert operator.unidentified() == ("1.00·precision[1, 0]",)


def test_units_do_not_matter():
    """The same correlations in units 10¹² apart: neither singular, nor cured of being singular."""
    units = np.diag([1e-12, 1.0, 1e12])
    correlation = np.array([[1.0, 0.9, 0.2], [0.9, 1.0, 0.1], [0.2, 0.1, 1.0]])
    operator = dense(units @ correlation @ units)
    assert int(operator.rank()) == 3
    variances = np.diag(np.linalg.inv(correlation)) / np.diag(units) ** 2
    np.testing.assert_allclose(jax.tree.leaves(operator.inverse_diagonal()), variances, rtol=1e-13)
    np.testing.assert_allclose(operator.logdet(), np.linalg.slogdet(correlation)[1], rtol=1e-12)
    # An eigenvalue is known to ε times the largest: the true 10⁴⁸ can only be told from 1/ε by luck.
    assert operator.condition_number() > 1e15
    np.testing.assert_allclose(
        operator.condition_number(scaled=True), np.linalg.cond(correlation), rtol=1e-12
    )
    # The symmetric root does depend on the units, and says so rather than lose all digits.
    with pytest.raises(ValueError, match="badly scaled"):
        operator.inv_sqrt_mv(VECTOR)
    singular = dense(units @ np.asarray(COLLINEAR.as_matrix()) @ units)
    assert int(singular.rank()) == 2
    assert singular.unidentified() == ("1.00·a",)  # one unit of a is 10⁻¹² units of b
    with pytest.raises(ValueError, match="singular"):
        singular.solve(VECTOR)


@pytest.mark.parametrize("size", [4, 8])
def test_ill_conditioned_but_regular_is_answered(size):
    """Hilbert matrices, whose inverses are known integers: the error is that of the condition number."""
    i = np.arange(1, size + 1)
    operator = dense(1 / (i[:, None] + i[None, :] - 1), jnp.zeros(size))
    # M.-D. Choi (1983), "Tricks or treats with the Hilbert matrix".
    # (H⁻¹)_jj = (2j − 1) [C(n+j−1, n−j) C(2j−2, j−1)]²
    exact = [(2 * j - 1) * (comb(size + j - 1, size - j) * comb(2 * j - 2, j - 1)) ** 2 for j in i.tolist()]
    condition = float(operator.condition_number())
    np.testing.assert_allclose(operator.inverse_diagonal(), exact, rtol=1e-16 * 10 * condition)


def test_a_hilbert_matrix_beyond_working_precision_is_singular():
    i = np.arange(1, 16)
    operator = dense(1 / (i[:, None] + i[None, :] - 1), jnp.zeros(15))
    assert int(operator.rank()) < 15
    with pytest.raises(ValueError, match="singular"):
        operator.solve(jnp.ones(15))


@pytest.mark.parametrize("structure", ["diagonal", "block diagonal"])
def test_every_structure_names_it(structure):
    if structure == "diagonal":
        operator = DiagonalOperator(jnp.array([1.0, 0.0, 2.0]), Tangent.of(ABC), EXACT)
    else:
        blocks = (jnp.eye(1), jnp.zeros((1, 1)), jnp.eye(1))
        operator = BlockDiagonalOperator(blocks, Tangent.of(ABC), EXACT)
    for verb, call in INVERTING.items():
        with pytest.raises(ValueError, match=rf"^{verb}: .*singular.*1\.00·b"):
            call(operator)
    with pytest.raises(Exception, match="information is singular"):
        eqx.filter_jit(INVERTING["solve"])(operator)


def test_what_is_not_finite_is_named():
    matrix = np.eye(3)
    matrix[1, 1] = np.nan
    with pytest.raises(ValueError, match="not finite in b"):
        dense(matrix).solve(VECTOR)


# --- An observed information may be indefinite. ---

INDEFINITE = dense([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]], provenance=OBSERVED)


def test_an_indefinite_information_is_solved_and_inverted():
    matrix = np.asarray(INDEFINITE.as_matrix())
    found = jax.tree.leaves(INDEFINITE.solve(VECTOR))
    np.testing.assert_allclose(found, np.linalg.solve(matrix, [1.0, 2.0, 3.0]), rtol=1e-14)
    np.testing.assert_allclose(
        jax.tree.leaves(INDEFINITE.inverse_diagonal()), np.diag(np.linalg.inv(matrix)), rtol=1e-14
    )
    assert int(INDEFINITE.rank()) == 3
    assert not lx.is_positive_semidefinite(INDEFINITE)
    solution = lx.linear_solve(INDEFINITE, VECTOR, InverseSolver()).value
    np.testing.assert_allclose(jax.tree.leaves(solution), found, rtol=1e-14)
    hollow = dense([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], provenance=OBSERVED)
    np.testing.assert_allclose(jax.tree.leaves(hollow.solve(VECTOR)), [2.0, 1.0, 3.0])


@pytest.mark.parametrize("verb", ["inv_sqrt_mv", "logdet", "sample"])
def test_an_indefinite_information_has_no_root_and_no_volume(verb):
    with pytest.raises(ValueError, match=r"not positive semidefinite.*1\.00·a − 1\.00·b"):
        INVERTING[verb](INDEFINITE)
    with pytest.raises(ValueError, match="not positive semidefinite"):
        INDEFINITE.sqrt_mv(VECTOR)


def test_an_observed_information_at_a_maximum_has_all_verbs():
    operator = dense(np.diag([1.0, 4.0, 9.0]), provenance=OBSERVED)
    np.testing.assert_allclose(operator.logdet(), 2 * np.log(6), rtol=1e-15)
    np.testing.assert_allclose(operator.sqrt_mv(VECTOR)["c"], 9.0)


def test_an_observed_information_that_is_singular_is_named():
    operator = dense([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, -1.0]], provenance=OBSERVED)
    with pytest.raises(ValueError, match=r"singular.*1\.00·a − 1\.00·b"):
        operator.solve(VECTOR)


def test_the_solver_reports_a_singular_operator():
    solution = lx.linear_solve(COLLINEAR, VECTOR, InverseSolver(), throw=False)
    assert solution.result == lx.RESULTS.singular

"""What an operator remembers, prints, and refuses."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.models.tangent import Simplex, Tangent
from fisherax.operators import (
    BlockDiagonalOperator,
    DampedOperator,
    DenseOperator,
    DiagonalOperator,
    Provenance,
    SummedOperator,
)

PARAMS = {"loc": jnp.zeros(()), "scale": jnp.ones(())}
TANGENT = Tangent.of(PARAMS)
VECTOR = {"loc": jnp.array(1.0), "scale": jnp.array(-2.0)}
MATRIX = jnp.array([[2.0, 0.5], [0.5, 1.0]])
EXACT = Provenance("exact", "dense", "closed form")


def operator(structure="dense", estimator="exact", expectation="closed form", **options):
    provenance = Provenance(estimator, structure, expectation, options.pop("data_size", None))
    if structure == "dense":
        return DenseOperator(MATRIX, TANGENT, provenance, **options)
    if structure == "diagonal":
        return DiagonalOperator(jnp.array([3.0, 4.0]), TANGENT, provenance, **options)
    return BlockDiagonalOperator((jnp.array([[5.0]]), jnp.array([[6.0]])), TANGENT, provenance, **options)


def test_provenance_is_static_and_compares_by_value():
    assert Provenance("exact", "dense", "sum") == Provenance("exact", "dense", "sum")
    assert Provenance("exact", "dense", "sum") != Provenance("exact", "dense", "quadrature")
    assert hash(EXACT) == hash(Provenance("exact", "dense", "closed form"))
    assert jax.tree.leaves(EXACT) == []


# --- Sums. ---


@pytest.mark.parametrize("other", ["empirical", "observed", "Monte Carlo"])
def test_an_exact_information_is_added_to_nothing_else(other):
    with pytest.raises(
        ValueError, match=f"'exact' cannot be added to one of estimator '{other}'.*same estimator"
    ):
        operator() + operator(estimator=other)


def test_informations_of_different_parameters_are_not_added():
    other = DenseOperator(MATRIX, Tangent.of({"rate": jnp.zeros(2)}), EXACT)
    with pytest.raises(ValueError, match=r"different parameters, \{loc, scale\} and \{rate\[2\]\}"):
        operator() + other


def test_a_sum_remembers_both():
    total = operator(count=10, error=1e-3, data_size=10) + operator(
        expectation="quadrature", count=5, error=2e-3, data_size=5
    )
    assert total.provenance == Provenance("exact", "dense", "closed form + quadrature", 15)
    assert float(total.count) == 15
    np.testing.assert_allclose(total.error, 3e-3)
    assert operator().error is None
    np.testing.assert_allclose((operator() + operator(error=1e-3)).error, 1e-3)


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("dense", "diagonal", DenseOperator),
        ("dense", "block diagonal", DenseOperator),
        ("block diagonal", "diagonal", BlockDiagonalOperator),
        ("diagonal", "diagonal", DiagonalOperator),
    ],
)
def test_a_structure_takes_in_a_sparser_one(first, second, kind):
    a, b = operator(first), operator(second)
    for total in (a + b, b + a):
        assert type(total) is kind
        np.testing.assert_allclose(total.as_matrix(), a.as_matrix() + b.as_matrix())
        assert total.provenance.structure == (first if first == second else f"{first} + {second}")


def test_damping_adds_up():
    for total in (
        operator().damped(0.1) + operator("diagonal"),
        operator("diagonal") + operator().damped(0.1),
    ):
        assert isinstance(total, DampedOperator)
        np.testing.assert_allclose(total.damping, 0.1)
        np.testing.assert_allclose(total.as_matrix(), MATRIX + np.diag([3.1, 4.1]))
    both = operator().damped(0.1) + operator().damped(0.2)
    np.testing.assert_allclose(both.damping, 0.3)


def test_sum_of_nothing_known_in_common_stays_lazy():
    """Two structures without a common algebra, as a Kronecker product and a matrix will be."""
    total = SummedOperator((operator(), operator("diagonal")))
    matrix = np.asarray(MATRIX) + np.diag([3.0, 4.0])
    np.testing.assert_allclose(jax.tree.leaves(total.mv(VECTOR)), matrix @ [1.0, -2.0])
    np.testing.assert_allclose(total.trace(), 10.0)
    np.testing.assert_allclose(total.as_matrix(), matrix)
    np.testing.assert_allclose(total.quadratic(VECTOR), np.array([1, -2]) @ matrix @ [1, -2])
    np.testing.assert_allclose(jax.tree.leaves(total.diagonal()), np.diag(matrix))
    np.testing.assert_allclose((3 * total).as_matrix(), 3 * matrix)
    np.testing.assert_allclose((total + operator()).as_matrix(), matrix + MATRIX)
    np.testing.assert_allclose((operator() + total).as_matrix(), matrix + MATRIX)
    np.testing.assert_allclose(total.damped(0.5).as_matrix(), matrix + 0.5 * np.eye(2))
    assert float(total.damped(0.5).count) == float(total.count) == 2.0
    refused = {
        "solve": lambda g: g.solve(VECTOR),
        "sqrt_mv": lambda g: g.sqrt_mv(VECTOR),
        "inv_sqrt_mv": lambda g: g.inv_sqrt_mv(VECTOR),
        "logdet": lambda g: g.logdet(),
        "eigh": lambda g: g.eigh(),
        "inverse_diagonal": lambda g: g.inverse_diagonal(),
    }
    for verb, call in refused.items():
        with pytest.raises(ValueError, match=rf"^{verb}: a sum .*dense, diagonal.*to_dense"):
            call(total)
    found = total.to_dense().solve(VECTOR)
    np.testing.assert_allclose(jax.tree.leaves(found), np.linalg.solve(matrix, [1.0, -2.0]), rtol=1e-14)


# --- Scaling and damping. ---


def test_scaling_counts_observations():
    total = 100 * operator(error=0.5)
    assert float(total.count) == 100
    np.testing.assert_allclose(total.error, 50.0)
    np.testing.assert_allclose((total / 100).as_matrix(), MATRIX)


@pytest.mark.parametrize("factor", [0, -1.0, np.nan, np.inf])
def test_a_number_of_observations_is_positive(factor):
    with pytest.raises(ValueError, match="must be positive"):
        factor * operator()
    with pytest.raises(ValueError, match="must be positive"):
        operator() / factor


def test_a_number_of_observations_is_one_number():
    with pytest.raises(ValueError, match=r"one number, but it has shape \(2,\)"):
        operator() * jnp.ones(2)


def test_damping_is_one_number_and_not_negative():
    with pytest.raises(ValueError, match="must not be negative"):
        operator().damped(-1.0)
    with pytest.raises(ValueError, match="one number"):
        operator().damped(jnp.ones(2))


def test_damping_may_be_traced_and_differentiated():
    """d/dλ ln det(A + λ1) = tr (A + λ1)⁻¹."""
    for structure in ("dense", "diagonal", "block diagonal"):
        g = operator(structure)
        slope = jax.jit(jax.grad(lambda lam, g=g: g.damped(lam).logdet()))(0.3)
        exact = np.trace(np.linalg.inv(g.as_matrix() + 0.3 * np.eye(2)))
        np.testing.assert_allclose(slope, exact, rtol=1e-13)


# --- Printing. ---


def test_it_says_in_one_look_what_it_is():
    assert (
        repr(operator())
        == "Information(exact, dense, 2 parameters, per observation; expectation: closed form)"
    )
    assert str(operator("diagonal", "empirical", "data", data_size=5000)) == (
        "Information(empirical, diagonal, 2 parameters, per observation; "
        "expectation: data, averaged over 5,000 observations)"
    )
    assert repr(12 * operator(expectation="quadrature", error=1e-9)) == (
        "Information(exact, dense, 2 parameters, of 12 observations; expectation: quadrature (error 1.2e-08))"
    )
    assert "damped by 0.1, per observation" in repr(operator().damped(0.1))
    probs = Tangent.of({"p": jnp.full((3,), 1 / 3)}, {"p": Simplex})
    assert "3 parameters with 2 free directions" in repr(DenseOperator(MATRIX, probs, EXACT))


def test_it_prints_while_traced_and_in_a_batch():
    seen = []
    jax.jit(lambda g: seen.append(repr(g)))(operator())
    assert seen[0].startswith("Information(exact, dense, 2 parameters, of <traced> observations")
    batch = jax.vmap(lambda n: n * operator())(jnp.arange(1.0, 4.0))
    assert "of <batch (3,)> observations" in repr(batch)
    assert "Information" in repr(eqx.filter_eval_shape(lambda: operator()))


# --- What does not fit. ---


def test_constructors_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match=r"is for 3 directions, but .* has 2"):
        DenseOperator(jnp.eye(3), TANGENT, EXACT)
    with pytest.raises(ValueError, match=r"is for 3 directions, but .* has 2"):
        DiagonalOperator(jnp.ones(3), TANGENT, EXACT)
    with pytest.raises(
        ValueError, match=r"one square block for each leaf .*'loc' of size 1, 'scale' of size 1"
    ):
        BlockDiagonalOperator((jnp.eye(2),), TANGENT, EXACT)
    with pytest.raises(ValueError, match="dtype float32, but the parameters have float64"):
        DenseOperator(MATRIX.astype(jnp.float32), TANGENT, EXACT)


def test_a_vector_of_another_precision_is_not_promoted():
    single = jax.tree.map(lambda x: x.astype(jnp.float32), VECTOR)
    with pytest.raises(ValueError, match=r"Leaf 'loc' .* float32, but .* float64.*astype\('float64'\)"):
        operator().mv(single)
    with pytest.raises(ValueError, match="Leaf 'loc'"):
        jax.jit(lambda v: operator().solve(v))(single)
    # A Python number has no precision of its own.
    found = operator().mv({"loc": 1.0, "scale": -2.0})
    np.testing.assert_array_equal(jax.tree.leaves(found), jax.tree.leaves(operator().mv(VECTOR)))


def test_a_vector_of_another_structure_is_refused():
    with pytest.raises(ValueError, match="pytree like the parameters"):
        operator().mv(jnp.ones(2))
    with pytest.raises(ValueError, match=r"'scale'.*shape \(3,\)"):
        operator().mv({"loc": jnp.array(1.0), "scale": jnp.ones(3)})

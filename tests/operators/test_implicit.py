"""An information known by its products alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import lineax as lx
import numpy as np
import pytest

from fisherax.models.tangent import Simplex, Tangent
from fisherax.operators import DenseOperator, ImplicitOperator, InverseSolver, Provenance
from laws import Laws, flat

EXACT = Provenance("exact", "implicit", "data")
RNG = np.random.default_rng(4)
Q = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
MATRIX = (Q * np.array([0.5, 1.0, 2.0, 5.0])) @ Q.T
PARAMS = {"a": jnp.zeros(2), "p": jnp.full((3,), 1 / 3)}
TANGENT = Tangent.of(PARAMS, {"p": Simplex})
DENSE = DenseOperator(jnp.asarray(MATRIX), TANGENT, EXACT)
G = ImplicitOperator(DENSE.mv, TANGENT, EXACT, count=3.0, tolerance=1e-13)
LAWS = Laws(G, MATRIX)


def test_products_and_what_is_read_off_its_columns():
    g, u, basis = G, LAWS.u, LAWS.basis
    LAWS.close(g.mv(LAWS.vector), basis @ MATRIX @ u)
    LAWS.close(g.quadratic(LAWS.vector), u @ MATRIX @ u)
    LAWS.close(g.coordinates_matrix(), MATRIX)
    LAWS.close(g.as_matrix(), LAWS.ambient(MATRIX))
    LAWS.close(g.diagonal(), np.diag(LAWS.ambient(MATRIX)))
    LAWS.close(g.trace(), np.trace(MATRIX))
    LAWS.close(g.to_dense().logdet(), np.linalg.slogdet(MATRIX)[1])
    assert int(g.rank()) == 4
    assert g.unidentified() == ()


def test_more_columns_than_one_chunk():
    size = 150
    values = jnp.arange(1.0, size + 1)
    g = ImplicitOperator(lambda v: values * v, Tangent.of(jnp.zeros(size)), EXACT)
    np.testing.assert_array_equal(g.diagonal(), values)
    np.testing.assert_array_equal(g.coordinates_matrix(), np.diag(values))


def test_solutions_by_conjugate_gradients():
    v, u, identity = LAWS.vector, LAWS.u, np.eye(4)
    LAWS.close(G.solve(v), LAWS.basis @ np.linalg.solve(MATRIX, u), 1e-11)
    LAWS.close(G.damped(0.3).solve(v), LAWS.basis @ np.linalg.solve(MATRIX + 0.3 * identity, u), 1e-11)
    LAWS.close((2 * G.damped(0.3)).mv(v), LAWS.basis @ (2 * (MATRIX + 0.3 * identity)) @ u)
    LAWS.close(lx.linear_solve(G, v, InverseSolver()).value, flat(G.solve(v)), 1e-11)
    for scale in (1e-20, 1e20):  # a tolerance means the same in any units
        LAWS.close((scale * G).solve(v), LAWS.basis @ np.linalg.solve(MATRIX, u) / scale, 1e-11)
    zero = jtu.tree_map(jnp.zeros_like, v)
    np.testing.assert_array_equal(flat(G.solve(zero)), 0.0)


def test_scales_and_sums():
    assert float((7 * G).count) == 21.0
    LAWS.close((7 * G).coordinates_matrix(), 7 * MATRIX)
    for total in (sum([G, 2 * G, G]), G + 3 * DENSE, 3 * DENSE + G):
        assert isinstance(total, ImplicitOperator)
        LAWS.close(total.coordinates_matrix(), 4 * MATRIX)
    assert float((G + 3 * DENSE).count) == 6.0


def test_it_is_differentiated_and_compiled():
    """x(s, b) = (sG)⁻¹ b by the equation, whatever conjugate gradients do."""
    v = LAWS.vector

    def value(s, matrix):
        product = DenseOperator(matrix, TANGENT, EXACT).mv
        return jnp.dot(
            TANGENT.ravel(v), TANGENT.ravel((s * ImplicitOperator(product, TANGENT, EXACT)).solve(v))
        )

    x = np.linalg.solve(MATRIX, LAWS.u)
    slope, gradient = jax.jit(jax.grad(value, argnums=(0, 1)))(1.0, jnp.asarray(MATRIX))
    np.testing.assert_allclose(slope, -LAWS.u @ x, rtol=1e-8)
    np.testing.assert_allclose(gradient, -np.outer(x, x), rtol=1e-7, atol=1e-8)
    batch = jax.vmap(lambda s: (s * G).solve(v)["a"])(jnp.array([1.0, 4.0]))
    np.testing.assert_allclose(batch[0], 4 * batch[1], rtol=1e-10)
    # The product is part of a pytree.
    compiled = jax.jit(lambda g, v: g.damped(0.1).mv(v))(G, v)
    LAWS.close(compiled, flat(G.damped(0.1).mv(v)))


def test_what_does_not_converge_is_refused():
    few = ImplicitOperator(DENSE.mv, TANGENT, EXACT, max_steps=1)
    with pytest.raises(ValueError, match=r"solve: conjugate gradients did not reach a residual.*in 1 steps"):
        few.solve(LAWS.vector)
    singular = np.diag([0.0, 1.0, 2.0, 3.0])
    g = ImplicitOperator(DenseOperator(jnp.asarray(singular), TANGENT, EXACT).mv, TANGENT, EXACT)
    with pytest.raises(ValueError, match="the information is singular or badly conditioned"):
        g.solve(TANGENT.unravel(jnp.ones(4)))
    # The shortest of the solutions, where there is one.
    found = TANGENT.ravel(g.solve(TANGENT.unravel(jnp.array([0.0, 1.0, 2.0, 3.0]))))
    np.testing.assert_allclose(found, [0.0, 1.0, 1.0, 1.0], atol=1e-9)
    with pytest.raises(eqx.EquinoxRuntimeError, match="conjugate gradients did not reach"):
        eqx.filter_jit(lambda g, v: g.solve(v))(few, LAWS.vector)
    assert lx.linear_solve(few, LAWS.vector, InverseSolver(), throw=False).result == lx.RESULTS.singular


def test_what_it_cannot_do_names_what_can():
    calls = {
        "sqrt_mv": lambda g: g.sqrt_mv(LAWS.vector),
        "inv_sqrt_mv": lambda g: g.inv_sqrt_mv(LAWS.vector),
        "logdet": lambda g: g.logdet(),
        "eigh": lambda g: g.eigh(),
        "inverse_diagonal": lambda g: g.inverse_diagonal(),
    }
    for verb, call in calls.items():
        for g in (G, G.damped(0.1)):
            with pytest.raises(
                ValueError, match=rf"{verb}: an information known by its products alone.*to_dense"
            ):
                call(g)


def test_a_product_that_returns_something_else_is_refused():
    with pytest.raises(ValueError, match="must return a pytree of the same shapes and dtypes"):
        ImplicitOperator(lambda v: v["a"], TANGENT, EXACT)

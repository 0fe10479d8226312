"""Every structure, on every kind of parameters, satisfies the laws of `tests/laws.py`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.models.tangent import Simplex, Symmetric, Tangent
from fisherax.operators import (
    BlockDiagonalOperator,
    DampedOperator,
    DenseOperator,
    DiagonalOperator,
    Provenance,
)
from laws import Laws, operator_laws


def parameters(dtype=jnp.float64):
    """Kinds of parameters: (a pytree, the leaves that may not move freely)."""

    def z(*shape):
        return jnp.zeros(shape, dtype)

    return {
        "scalar": (z(), {}),
        "scalars": ({"rate": z(), "shape": z(), "loc": z()}, {}),
        "nested": ({"layer": [z(2), {"bias": z()}]}, {}),
        "simplex": ({"probs": jnp.full((3,), 1 / 3, dtype), "rate": z()}, {"probs": Simplex}),
        "symmetric": (jnp.eye(2, dtype=dtype), {"value": Symmetric}),
        "mixed dtypes": ({"a": jnp.zeros(2, jnp.float32), "b": jnp.zeros((), jnp.float64)}, {}),
    }


def random_matrix(size, seed=0):
    """A positive definite matrix with condition number near 10."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(size, size)))
    return (q * np.geomspace(0.5, 5.0, size)) @ q.T


def dense(tangent, dtype):
    a = random_matrix(tangent.dim)
    return DenseOperator(jnp.asarray(a, dtype), tangent, Provenance("exact", "dense", "closed form")), a


def diagonal(tangent, dtype):
    a = np.geomspace(0.5, 5.0, tangent.dim)
    provenance = Provenance("exact", "diagonal", "closed form")
    return DiagonalOperator(jnp.asarray(a, dtype), tangent, provenance), np.diag(a)


def block_diagonal(tangent, dtype):
    blocks = [random_matrix(dim, seed) for seed, dim in enumerate(tangent.dims)]
    a = np.zeros((tangent.dim, tangent.dim))
    for s, block in zip(tangent.slices(), blocks, strict=True):
        a[s, s] = block
    arrays = tuple(jnp.asarray(block, dtype) for block in blocks)
    return BlockDiagonalOperator(arrays, tangent, Provenance("exact", "block diagonal", "closed form")), a


def damped(tangent, dtype):
    operator, a = dense(tangent, dtype)
    return DampedOperator(operator, jnp.asarray(0.2, dtype)), a + 0.2 * np.eye(tangent.dim)


# A new structure is one row: a function that makes an operator, and the matrix that it stands for.
STRUCTURES = {"dense": dense, "diagonal": diagonal, "block diagonal": block_diagonal, "damped": damped}
KINDS = list(parameters())


def make(structure, kind, dtype=jnp.float64):
    params, directions = parameters(dtype)[kind]
    tangent = Tangent.of(params, directions)
    operator, a = STRUCTURES[structure](tangent, jnp.result_type(*tangent.dtypes))
    # What the operator holds, after rounding to its dtype.
    return operator, np.asarray(jnp.asarray(a, operator.dtype), np.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_laws(structure, kind):
    operator_laws(*make(structure, kind))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_laws_in_single_precision(structure):
    operator, a = make(structure, "simplex", jnp.float32)
    assert operator.dtype == np.float32
    operator_laws(operator, a)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_jit_vmap_grad_and_jvp(structure):
    Laws(*make(structure, "simplex")).transformations()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_samples_have_the_covariance(structure):
    Laws(*make(structure, "simplex")).samples_have_the_covariance()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_lineax_and_optimistix_use_it_as_it_is(structure):
    laws = Laws(*make(structure, "simplex"))
    laws.lineax_solves()
    laws.conjugate_gradients()
    laws.optimistix_descends()


def test_conjugate_gradients_in_single_precision():
    Laws(*make("block diagonal", "nested", jnp.float32)).conjugate_gradients()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_it_passes_through_a_scan(structure):
    """An accumulation over batches: every operation keeps every dtype, so the carry has one type."""
    operator, a = make(structure, "scalars")

    def step(total, n):
        return (total + n * operator) / 1.0, n

    total, _ = jax.lax.scan(step, operator, jnp.arange(1.0, 4.0))
    np.testing.assert_allclose(total.coordinates_matrix(), 7 * a, rtol=1e-14)
    np.testing.assert_allclose(total.count, 7.0)


def test_a_leaf_that_may_not_move_at_all():
    """A simplex with one entry has no direction, and a block of no rows."""
    params = {"a": jnp.zeros(2), "p": jnp.ones(1)}
    tangent = Tangent.of(params, {"p": Simplex})
    a = random_matrix(2)
    blocks = (jnp.asarray(a), jnp.zeros((0, 0)))
    operator = BlockDiagonalOperator(blocks, tangent, Provenance("exact", "block diagonal", "closed form"))
    operator_laws(operator, a)

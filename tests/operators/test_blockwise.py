"""Informations made of blocks, or of a few eigenvectors, satisfy every law that a dense one does."""

import jax.numpy as jnp
import numpy as np
import pytest

from fisherax.operators import SummedOperator
from laws import Laws, operator_laws

from . import block_cases as cases

# A new structure of blocks is one row: a function that makes an operator and the matrix that it stands for, and the
# type of a sum where that is another.
STRUCTURES = {
    "Kronecker": (cases.kronecker, SummedOperator),
    "layers": (cases.layers, SummedOperator),
    "shifted": (cases.shifted, SummedOperator),
    "eigenvalue corrected": (cases.eigenvalue_corrected, None),
    "dense and diagonal": (cases.plain, None),
    "low rank": (cases.low_rank, None),
    "full rank": (cases.full_rank, None),
}


def make(structure, dtype=jnp.float64):
    operator, matrix = STRUCTURES[structure][0](dtype)
    return operator, matrix


@pytest.mark.parametrize("structure", STRUCTURES)
def test_laws(structure):
    operator_laws(*make(structure), sums=STRUCTURES[structure][1])


@pytest.mark.parametrize("structure", ["Kronecker", "low rank"])
def test_verbs_in_single_precision(structure):
    operator, matrix = make(structure, jnp.float32)
    assert operator.dtype == np.float32
    laws = Laws(operator, matrix)
    laws.verbs_equal_the_matrix()
    laws.dtypes_are_kept()
    damped = operator.damped(0.3).solve(laws.vector)
    laws.close(damped, laws.basis @ np.linalg.solve(matrix + 0.3 * np.eye(12), laws.u), laws.solution)


@pytest.mark.parametrize("structure", ["shifted", "low rank"])
def test_jit_vmap_grad_and_jvp(structure):
    Laws(*make(structure)).transformations()


@pytest.mark.parametrize("structure", ["Kronecker"])
def test_lineax_and_optimistix_use_it_as_it_is(structure):
    laws = Laws(*make(structure))
    laws.lineax_solves()
    laws.optimistix_descends()


@pytest.mark.parametrize("structure", ["Kronecker"])
def test_samples_have_the_covariance(structure):
    Laws(*make(structure)).samples_have_the_covariance()


def test_conjugate_gradients_with_its_inverse_as_the_preconditioner():
    Laws(*make("Kronecker")).conjugate_gradients()

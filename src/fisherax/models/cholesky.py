"""The Cholesky factor of a small matrix and its inverse, in plain arithmetic, column by column and row by row.

A batch of triangular systems is solved by jaxlib (0.10) on the threads that also wait for it: two batches at once, one
of a value and one of its derivative, wait for each other for ever on two cores. Here no such system is solved, neither
for a value nor for a derivative to any order, whatever is batched.
"""

import jax.numpy as jnp
from jax import lax

from .._types import Array, Float


def cholesky(matrix: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """The lower L with L Lᵀ = A, from A's lower triangle; NaN where A is not positive definite.

        Lᵢⱼ = (Aᵢⱼ − Σₖ₍ₖ<ⱼ₎ Lᵢₖ Lⱼₖ)/Lⱼⱼ,  i ≥ j

    References:
        Golub and Van Loan (2013), Matrix Computations, §4.2.5.
    """
    size = matrix.shape[-1]
    rows = jnp.arange(size)

    def column(factor: Array, j: Array) -> tuple[Array, None]:
        rest = matrix[:, j] - factor @ factor[j]
        new = jnp.where(rows >= j, rest / jnp.sqrt(rest[j]), 0.0)
        return factor.at[:, j].set(new), None

    return lax.scan(column, jnp.zeros_like(matrix), rows)[0]


def inverse_lower(factor: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """L⁻¹ of a lower triangular L, row by row: (L⁻¹)ᵢ = (eᵢ − Σₖ₍ₖ<ᵢ₎ Lᵢₖ (L⁻¹)ₖ)/Lᵢᵢ."""
    size = factor.shape[-1]
    rows = jnp.arange(size)

    def row(inverse: Array, i: Array) -> tuple[Array, None]:
        below = jnp.where(rows < i, factor[i], 0.0)
        unit = (rows == i).astype(factor.dtype)
        return inverse.at[i].set((unit - below @ inverse) / factor[i, i]), None

    return lax.scan(row, jnp.zeros_like(factor), rows)[0]


def inverse(matrix: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """A⁻¹ = L⁻ᵀ L⁻¹ of a positive definite A, symmetric to the last digit."""
    root = inverse_lower(cholesky(matrix))
    return root.T @ root

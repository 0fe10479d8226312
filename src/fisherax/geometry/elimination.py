"""Small linear systems in plain arithmetic, for batches of them.

A batch of triangular systems that jaxlib (0.10) solves can wait for ever on two cores (see models/cholesky.py), and
its LU factors of small matrices cost more than their arithmetic.
"""

import jax.numpy as jnp
from jax import lax

from .._types import Array, Float, Scalar


def eliminated(matrix: Float[Array, "m m"], right: Float[Array, "m r"]) -> Float[Array, "m r"]:
    """A⁻¹B by Gauss and Jordan's elimination, without pivoting; not finite where a leading minor vanishes."""
    return eliminated_with_pivot(matrix, right)[0]


def eliminated_with_pivot(
    matrix: Float[Array, "m m"], right: Float[Array, "m r"]
) -> tuple[Float[Array, "m r"], Scalar]:
    """The same, with the smallest pivot of the scaled A: A is positive definite where it is positive.

    For a definite A it is as stable as Cholesky's factorisation.

    References:
        Higham (2002), Accuracy and Stability of Numerical Algorithms, §14.4.
    """
    size = matrix.shape[-1]
    scale = lax.rsqrt(jnp.maximum(jnp.abs(jnp.diagonal(matrix)), jnp.finfo(matrix.dtype).tiny))
    table = jnp.concatenate([matrix * scale[:, None] * scale[None, :], right * scale[:, None]], axis=1)

    def step(table: Array, i: Array) -> tuple[Array, Scalar]:
        row = table[i] / table[i, i]
        return (table - table[:, i][:, None] * row[None, :]).at[i].set(row), table[i, i]

    table, pivots = lax.scan(step, table, jnp.arange(size))
    return table[:, size:] * scale[:, None], jnp.min(pivots, initial=jnp.inf)

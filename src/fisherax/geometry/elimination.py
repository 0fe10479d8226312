"""Small linear systems in plain arithmetic, for batches of them.

A batch of triangular systems that jaxlib (0.10) solves can wait for ever on two cores (see models/cholesky.py), and
its LU factors of small matrices cost more than their arithmetic.
"""

import jax.numpy as jnp
from jax import lax

from .._types import Array, Float


def eliminated(matrix: Float[Array, "m m"], right: Float[Array, "m r"]) -> Float[Array, "m r"]:
    """A⁻¹B by Gauss and Jordan's elimination, without pivoting; not finite where a leading minor vanishes.

    For a definite A it is as stable as Cholesky's factorisation.

    References:
        Higham (2002), Accuracy and Stability of Numerical Algorithms, §14.4.
    """
    size = matrix.shape[-1]
    scale = lax.rsqrt(jnp.maximum(jnp.abs(jnp.diagonal(matrix)), jnp.finfo(matrix.dtype).tiny))
    table = jnp.concatenate([matrix * scale[:, None] * scale[None, :], right * scale[:, None]], axis=1)

    def step(table: Array, i: Array) -> tuple[Array, None]:
        row = table[i] / table[i, i]
        return (table - table[:, i][:, None] * row[None, :]).at[i].set(row), None

    table, _ = lax.scan(step, table, jnp.arange(size))
    return table[:, size:] * scale[:, None]

r"""Functions of a matrix known by its eigenvectors: those of a Kronecker product, Q_A ⊗ Q_B.

    W ↦ Q_A [f(v) ∘ (Q_Aᵀ W Q_B)] Q_Bᵀ

with v (s, i, o) the eigenvalues and either basis the identity where it is None.
"""

import jax
import jax.numpy as jnp

from .._types import Array, Bool, Float, Scalar
from .blocks import Laid, Laying
from .factors import transposed

Left = Float[Array, "s i i"]
Right = Float[Array, "s o o"]


def spectral(left: Left | None, right: Right | None, values: Laid, w: Laid) -> Laid:
    """Q_A [values ∘ (Q_Aᵀ w Q_B)] Q_Bᵀ."""
    w = w if left is None else transposed(left) @ w
    w = values * (w if right is None else w @ right)
    w = w if left is None else left @ w
    return w if right is None else w @ transposed(right)


def diagonal_of(left: Left | None, right: Right | None, values: Laid) -> Laid:
    """Its diagonal: Σ_kl (Q_A)²_ik values_kl (Q_B)²_ol."""
    values = values if left is None else left**2 @ values
    return values if right is None else values @ transposed(right**2)


def vectors_of(left: Left | None, right: Right | None, values: Laid) -> Laying:
    """Q_A ⊗ Q_B itself, of (i·o)² numbers for each stacked part."""
    s, i, o = values.shape
    identity = lambda size: jnp.broadcast_to(jnp.eye(size, dtype=values.dtype), (s, size, size))  # noqa: E731
    return kron(identity(i) if left is None else left, identity(o) if right is None else right)


def kron(left: Left, right: Right) -> Laying:
    """A_s ⊗ B_s for each s."""
    s, i, o = left.shape[0], left.shape[1], right.shape[1]
    product = left[:, :, None, :, None] * right[:, None, :, None, :]
    return jnp.reshape(product, (s, i * o, i * o))


def rounding(values: Laid) -> Scalar:
    """Eigenvalues that are not larger than this, 10 ε max|v|, are zero to working precision."""
    largest = jax.lax.stop_gradient(jnp.max(jnp.abs(values), initial=0.0))
    return 10 * float(jnp.finfo(values.dtype).eps) * largest


def not_positive(values: Laid) -> Bool[Array, ""]:
    return ~jnp.all((values > rounding(values)) & jnp.isfinite(values))


def singular(values: Laid, definite: bool) -> Bool[Array, ""]:
    return not_positive(values if definite else jnp.abs(values))

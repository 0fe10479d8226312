"""The Levi-Civita connection of a metric, by differentiating it.

All tensors are written in affine coordinates u of the parameters, θ = θ₀ + Bu with B the basis of their tangent space:
their own entries, unless a constraint ties these.
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Float, Matrix, Params, Vector
from .elimination import eliminated
from .field import Field, affine


def metric_at(field: Field, params: Params, u: Vector) -> Matrix:
    """g at θ₀ + Bu."""
    return field.pulled(affine(field, params), u)


def lowered(slopes: Float[Array, "k k k"]) -> Float[Array, "k k k"]:
    """Γ_k,ij = ½ (∂ᵢ g_jk + ∂ⱼ g_ik − ∂_k g_ij), from slopes[i, j, k] = ∂_k g_ij; indices [k, i, j]."""
    first = jnp.einsum("jki->kij", slopes)
    return 0.5 * (first + jnp.swapaxes(first, 1, 2) - jnp.einsum("ijk->kij", slopes))


def raised(metric: Matrix, symbols: Float[Array, "k k k"]) -> Float[Array, "k k k"]:
    """Γᵏ_ij = gᵏˡ Γ_l,ij."""
    size = metric.shape[0]
    return eliminated(metric, symbols.reshape(size, -1)).reshape(size, size, size)


def first_kind_at(field: Field, params: Params, u: Vector) -> tuple[Matrix, Float[Array, "k k k"]]:
    """g and Γ_k,ij at θ₀ + Bu."""
    metric = lambda u: metric_at(field, params, u)  # noqa: E731
    return metric(u), lowered(jax.jacfwd(metric)(u))


def second_kind_at(field: Field, params: Params, u: Vector) -> Float[Array, "k k k"]:
    """Γᵏ_ij at θ₀ + Bu."""
    return raised(*first_kind_at(field, params, u))


def jacobian_of(field: Field, z: Vector) -> Float[Array, "k k"]:
    """∂u/∂z: from unconstrained coordinates to those of the tangent space."""
    return jax.jacfwd(lambda z: field.tangent.ravel(field.coordinates.to_params(z)))(z)


def origin(field: Field) -> Vector:
    """u = 0."""
    dtypes = field.tangent.dtypes
    return jnp.zeros(field.tangent.dim, jnp.result_type(*dtypes) if dtypes else float)


@eqx.filter_jit
def first_kind(field: Field, params: Params) -> Float[Array, "k k k"]:
    """Γ_k,ij at θ."""
    return first_kind_at(field, params, origin(field))[1]


@eqx.filter_jit
def second_kind(field: Field, params: Params) -> Float[Array, "k k k"]:
    """Γᵏ_ij at θ."""
    return second_kind_at(field, params, origin(field))

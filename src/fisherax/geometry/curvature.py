"""The curvature of a connection, from its symbols and their derivatives.

    R(∂ᵢ, ∂ⱼ) ∂_k = Rˡ_kij ∂ₗ,    Rˡ_kij = ∂ᵢ Γˡ_jk − ∂ⱼ Γˡ_ik + Γˡ_im Γᵐ_jk − Γˡ_jm Γᵐ_ik

With this sign a sphere is curved positively.

References:
    Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., eq. 7.5 and chapter 8.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Float, Matrix, Params, Scalar, Vector
from .connection import metric_at, origin, second_kind_at
from .elimination import eliminated
from .field import Field

Tensor = Float[Array, "k k k k"]


def of_symbols(symbols_at: Callable[[Vector], Float[Array, "k k k"]], u: Vector) -> Tensor:
    """Rˡ_kij of any connection Γˡ_ij(u), with indices [l, k, i, j]."""
    symbols, slopes = symbols_at(u), jax.jacfwd(symbols_at)(u)
    half = jnp.einsum("ljki->lkij", slopes) + jnp.einsum("lim,mjk->lkij", symbols, symbols)
    return half - jnp.swapaxes(half, 2, 3)


@eqx.filter_jit
def riemann(field: Field, params: Params) -> Tensor:
    """Rˡ_kij of the Levi-Civita connection at θ."""
    return of_symbols(lambda u: second_kind_at(field, params, u), origin(field))


@eqx.filter_jit
def riemann_lowered(field: Field, params: Params) -> Tensor:
    """R_lkij = g_lm Rᵐ_kij."""
    return jnp.einsum("lm,mkij->lkij", metric_at(field, params, origin(field)), riemann(field, params))


@eqx.filter_jit
def ricci(field: Field, params: Params) -> Matrix:
    """Ric_kj = Rˡ_klj."""
    return jnp.einsum("lklj->kj", riemann(field, params))


@eqx.filter_jit
def scalar(field: Field, params: Params) -> Scalar:
    """R = gᵏʲ Ric_kj."""
    return jnp.trace(eliminated(metric_at(field, params, origin(field)), ricci(field, params)))


@eqx.filter_jit
def sectional(field: Field, params: Params, u: Vector, v: Vector) -> Scalar:
    """⟨R(u, v) v, u⟩/(|u|²|v|² − ⟨u, v⟩²); NaN where the vectors are parallel to rounding."""
    metric = metric_at(field, params, origin(field))
    # The part of v across u spans the same plane, and nothing cancels where the two are nearly parallel.
    across = v - u * (u @ metric @ v) / (u @ metric @ u)
    left = across @ metric @ across
    rounding = (100 * jnp.finfo(left.dtype).eps) ** 2 * (v @ metric @ v)
    area = (u @ metric @ u) * jnp.where(left > rounding, left, jnp.nan)
    return jnp.einsum("lkij,l,k,i,j->", riemann_lowered(field, params), u, across, u, across) / area

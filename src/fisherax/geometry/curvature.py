"""The curvature of a connection, from its symbols and their derivatives.

    R(∂ᵢ, ∂ⱼ) ∂_k = Rˡ_kij ∂ₗ,    Rˡ_kij = ∂ᵢ Γˡ_jk − ∂ⱼ Γˡ_ik + Γˡ_im Γᵐ_jk − Γˡ_jm Γᵐ_ik

With this sign a sphere is curved positively.

References:
    Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., eq. 7.5 and chapter 8.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._types import Array, Float, Matrix, Params, Scalar, Vector
from .compiled import compiled
from .connection import metric_at, origin, second_kind_at
from .elimination import eliminated
from .field import Field
from .points import Place

Tensor = Float[Array, "k k k k"]


def of_symbols(symbols_at: Callable[[Vector], Float[Array, "k k k"]], u: Vector) -> Tensor:
    """Rˡ_kij of any connection Γˡ_ij(u), with indices [l, k, i, j]."""
    symbols, slopes = symbols_at(u), jax.jacfwd(symbols_at)(u)
    half = jnp.einsum("ljki->lkij", slopes) + jnp.einsum("lim,mjk->lkij", symbols, symbols)
    return half - jnp.swapaxes(half, 2, 3)


def of_metric(field: Field, params: Params) -> Tensor:
    """Rˡ_kij of the Levi-Civita connection at θ, by differentiating the metric."""
    return of_symbols(lambda u: second_kind_at(field, params, u), origin(field))


def of_space(place: Place, params: Params) -> Tensor:
    """R_lkij = ⟨R(∂ᵢ, ∂ⱼ)∂_k, ∂ₗ⟩ by the formula of a model space."""
    assert place.isometry is not None
    space, tangent = place.isometry.space, place.field.tangent
    units = jax.vmap(tangent.unravel)(jnp.eye(tangent.dim, dtype=origin(place.field).dtype))
    push = place.isometry.push
    x = place.isometry.to_space(params)
    basis = jax.vmap(lambda unit: push(params, unit)[1])(units)

    def component(third: Array, u: Array, v: Array) -> Vector:
        turned = space.curvature(x, u, v, third)
        return jax.vmap(lambda w: space.inner(x, turned, w))(basis)

    over_v = jax.vmap(component, (None, None, 0))
    over_u = jax.vmap(over_v, (None, 0, None))
    return jnp.moveaxis(jax.vmap(over_u, (0, None, None))(basis, basis, basis), 3, 0)


@compiled
def riemann(place: Place, params: Params) -> Tensor:
    """Rˡ_kij of the Levi-Civita connection at θ."""
    if place.isometry is None:
        return of_metric(place.field, params)
    lowered = of_space(place, params)
    size = lowered.shape[0]
    return eliminated(_metric(place, params), lowered.reshape(size, -1)).reshape(lowered.shape)


@compiled
def riemann_lowered(place: Place, params: Params) -> Tensor:
    """R_lkij = g_lm Rᵐ_kij."""
    if place.isometry is not None:
        return of_space(place, params)
    return jnp.einsum("lm,mkij->lkij", _metric(place, params), of_metric(place.field, params))


def _metric(place: Place, params: Params) -> Matrix:
    return metric_at(place.field, params, origin(place.field))


@compiled
def ricci(place: Place, params: Params) -> Matrix:
    """Ric_kj = Rˡ_klj."""
    return jnp.einsum("lklj->kj", riemann(place, params))


@compiled
def scalar(place: Place, params: Params) -> Scalar:
    """R = gᵏʲ Ric_kj."""
    return jnp.trace(eliminated(_metric(place, params), ricci(place, params)))


@compiled
def sectional(place: Place, params: Params, u: Vector, v: Vector) -> Scalar:
    """⟨R(u, v) v, u⟩/(|u|²|v|² − ⟨u, v⟩²); NaN where the vectors are parallel to rounding."""
    metric = _metric(place, params)
    # The part of v across u spans the same plane, and nothing cancels where the two are nearly parallel.
    across = v - u * (u @ metric @ v) / (u @ metric @ u)
    left = across @ metric @ across
    rounding = (100 * jnp.finfo(left.dtype).eps) ** 2 * (v @ metric @ v)
    area = (u @ metric @ u) * jnp.where(left > rounding, left, jnp.nan)
    return jnp.einsum("lkij,l,k,i,j->", riemann_lowered(place, params), u, across, u, across) / area

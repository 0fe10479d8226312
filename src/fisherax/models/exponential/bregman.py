"""The Bregman divergence of a log-partition function, with all its digits near equality."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ..._types import Scalar


def pairing(a: Any, b: Any) -> Scalar:
    """⟨a, b⟩, summed over all leaves."""
    terms = [jnp.sum(x * y) for x, y in zip(jtu.tree_leaves(a), jtu.tree_leaves(b), strict=True)]
    return sum(terms[1:], start=terms[0])


def bregman(family: Any, natural: Any, other: Any) -> Scalar:
    """D(η, η′) = A(η′) − A(η) − ⟨η′ − η, ∇A(η)⟩, for A = `family.log_partition`; `family` is a constant."""
    return _bregman(jax.lax.stop_gradient(family), natural, other)


# The difference cancels near η′ = η: D is of the order |η′ − η|², its terms are not. There
#
#     D = ∫₀¹ (1 − t) φ″(t) dt,   φ(t) = A(η + t (η′ − η)),
#
# whose integrand is positive, by Gauss and Legendre's rule: exact to rounding on a path that is short on the
# scale of A. On a longer one the rule is off, but there D is no small part of its terms. So the integral is
# taken where it agrees with the difference to within the latter's rounding, and the difference elsewhere.
_ROOTS, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_NODES = (1.0 + _ROOTS) / 2.0
_ROUNDINGS = 16.0


@eqx.filter_custom_jvp
@eqx.filter_jit
def _bregman(family: Any, natural: Any, other: Any) -> Scalar:
    step = jtu.tree_map(jnp.subtract, other, natural)

    def along(t: Any) -> Scalar:
        return family.log_partition(jtu.tree_map(lambda e, h: e + t * h, natural, step))

    def slope(t: Any) -> Scalar:
        return jax.jvp(along, (t,), (jnp.ones_like(t),))[1]

    def curvature(t: Any) -> Scalar:
        return jax.jvp(slope, (t,), (jnp.ones_like(t),))[1]

    zero = jnp.zeros_like(pairing(step, step))
    start, end, rise = along(zero), family.log_partition(other), slope(zero)
    difference = end - start - rise
    bends = jax.vmap(curvature)(jnp.asarray(_NODES, zero.dtype))
    integral = jnp.sum(jnp.asarray(_WEIGHTS / 2.0 * (1.0 - _NODES), zero.dtype) * bends)
    rounding = _ROUNDINGS * jnp.finfo(zero.dtype).eps * (jnp.abs(start) + jnp.abs(end) + jnp.abs(rise))
    return jnp.where(jnp.abs(integral - difference) <= rounding, integral, difference)


@_bregman.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Scalar, Scalar]:
    # dD = ⟨∇A(η′) − ∇A(η), dη′⟩ − ⟨∇²A(η) dη, η′ − η⟩. The difference of the gradients comes first: at
    # η′ = η it is an exact zero, so that the curvature of η′(θ) leaves no rounding in the next derivative.
    family, natural, other = primals
    _, d_natural, d_other = (
        jtu.tree_map(_materialise, primal, tangent) for primal, tangent in zip(primals, tangents, strict=True)
    )
    gradient = jax.grad(family.log_partition)
    here, d_here = jax.jvp(gradient, (natural,), (d_natural,))
    rise = jtu.tree_map(jnp.subtract, gradient(other), here)
    step = jtu.tree_map(jnp.subtract, other, natural)
    return _bregman(family, natural, other), pairing(rise, d_other) - pairing(d_here, step)


def _materialise(primal: Any, tangent: Any) -> Any:
    """Zeros for a tangent that is None because it is not perturbed."""
    return jnp.zeros_like(primal) if tangent is None else tangent

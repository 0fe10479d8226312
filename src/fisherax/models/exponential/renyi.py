"""Rényi's divergence of two members of an exponential family, with all its digits near equality."""

from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu

from ..._types import Array, Scalar
from .bregman import bregman


def renyi(family: Any, natural: Any, other: Any, alpha: float) -> Scalar:
    """R = (A(m) − αA(η) − (1 − α)A(η′))/(α − 1) at m = αη + (1 − α)η′, for α > 0, α ≠ 1.

    It is Jensen's gap of A, whose terms cancel near η′ = η. Of Bregman divergences D from the point between the
    two others none do. That point is m for α < 1 and η for α > 1, so that

        R = D(m, η′) + α/(1 − α) D(m, η),   α < 1,        R = D(η, η′) + D(η, m)/(α − 1),   α > 1.

    For α > 1, m may be outside of the natural parameter space. There the integral diverges, and R = ∞.

    References:
        Nielsen and Nock (2011), On Rényi and Tsallis entropies and divergences for exponential families, eq. 21.
    """
    mean = jtu.tree_map(lambda here, there: there + alpha * (here - there), natural, other)
    if alpha < 1.0:
        return bregman(family, mean, other) + alpha / (1.0 - alpha) * bregman(family, mean, natural)
    inside = family.is_natural(jax.lax.stop_gradient(mean))
    mean = jtu.tree_map(lambda m, here: jnp.where(inside, m, here), mean, natural)
    total = bregman(family, natural, other) + bregman(family, natural, mean) / (alpha - 1.0)
    return jnp.where(inside, total, jnp.inf)


def outcomes(p: Array, q: Array, alpha: float) -> Array:
    """pᵅ q¹⁻ᵅ of probabilities, entry by entry: 0 where p is 0, ∞ where q alone is and α > 1."""
    both = (p > 0.0) & (q > 0.0)
    inside = jnp.where(both, p, 1.0) ** alpha * jnp.where(both, q, 1.0) ** (1.0 - alpha)
    edge = jnp.where(p > 0.0, jnp.inf if alpha > 1.0 else 0.0, 0.0)
    return jnp.where(both, inside, edge)

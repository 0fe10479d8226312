"""Even functions of a length, as smooth functions of its square.

A length √q has no derivative at q = 0, but cosh √q and (sinh √q)/√q are entire functions of q, and (arsinh √s)/√s is
analytic around s = 0: written with q, geodesics have derivatives of every order at a vanishing velocity. Near zero
each function is its power series; the bound and the number of terms leave the series exact to rounding, and so are
its first derivatives.
"""

import math
from collections.abc import Callable, Sequence

import jax.numpy as jnp

from ..._types import Array

_COSH = [1.0 / math.factorial(2 * k) for k in range(10)]
_SINHC = [1.0 / math.factorial(2 * k + 1) for k in range(10)]
_ARSINHC = [
    (-1.0) ** k * math.comb(2 * k, k) / (4.0**k * (2 * k + 1)) for k in range(14)
]  # Abramowitz and Stegun 4.6.31


def _alternate(coefficients: Sequence[float]) -> list[float]:
    """The coefficients of f(−q)."""
    return [(-1.0) ** k * c for k, c in enumerate(coefficients)]


def _even(q: Array, coefficients: Sequence[float], bound: float, closed: Callable[[Array], Array]) -> Array:
    """The series for q < bound, `closed` beyond; neither is evaluated where its derivatives are no numbers."""
    small = q < bound
    near = jnp.where(small, q, 0.0)
    series = jnp.full_like(near, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        series = series * near + coefficient
    return jnp.where(small, series, closed(jnp.where(small, bound, q)))


def cosh_root(q: Array) -> Array:
    """cosh √q."""
    return _even(q, _COSH, 0.5, lambda q: jnp.cosh(jnp.sqrt(q)))


def sinhc_root(q: Array) -> Array:
    """(sinh √q)/√q."""
    return _even(q, _SINHC, 0.5, lambda q: jnp.sinh(jnp.sqrt(q)) / jnp.sqrt(q))


def cos_root(q: Array) -> Array:
    """cos √q."""
    return _even(q, _alternate(_COSH), 0.5, lambda q: jnp.cos(jnp.sqrt(q)))


def sinc_root(q: Array) -> Array:
    """(sin √q)/√q."""
    return _even(q, _alternate(_SINHC), 0.5, lambda q: jnp.sin(jnp.sqrt(q)) / jnp.sqrt(q))


def arsinhc_root(s: Array) -> Array:
    """(arsinh √s)/√s."""
    return _even(s, _ARSINHC, 0.05, lambda s: jnp.arcsinh(jnp.sqrt(s)) / jnp.sqrt(s))


def arcsinc_root(s: Array, root_s: Array, root_rest: Array) -> Array:
    """(arcsin √s)/√s, given √s and √(1 − s), which keep their digits at both ends where 1 − s does not.

    They are read for s ≥ 0.05 only.
    """
    far = s >= 0.05
    sine, cosine = jnp.where(far, root_s, 0.6), jnp.where(far, root_rest, 0.8)
    return jnp.where(
        far, jnp.arctan2(sine, cosine) / sine, _even(s, _alternate(_ARSINHC), 0.05, jnp.zeros_like)
    )

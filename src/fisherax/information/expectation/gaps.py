"""Jensen's gap of the exponential function, with all its digits at 0."""

import math

import jax.numpy as jnp

from ..._types import Array, Scalar

_ORDER = 20
# Beyond this the gap is of a size that leaves no digit of the rest; overflow would make its derivative NaN.
_LARGEST = 50.0


def jensen_gap(x: Array, b: Scalar, c: Scalar) -> Array:
    """b exp x + c − exp(b x) for x ≤ 0, b + c = 1: of the sign of bc, and like bc x²/2 at x = 0.

    Near 0 by its series, bc Σ_{k≥2} (1 + b + … + b^{k−2}) xᵏ/k!. Elsewhere by differences that are exact
    as b → 0 or as c → 0. A b < 0 makes it grow like exp(b x); it is cut there, not to overflow.
    """
    small = x > -0.5 / jnp.maximum(1.0, jnp.abs(b))
    near, far = jnp.where(small, x, 0.0), jnp.where(small, -1.0, x)
    sums = [jnp.ones_like(b)]
    for _ in range(_ORDER - 3):
        sums.append(1.0 + b * sums[-1])
    series = jnp.zeros_like(near)
    for k in range(_ORDER - 1, 1, -1):
        series = series * near + sums[k - 2] / math.factorial(k)
    small_b = b * jnp.expm1(far) - jnp.expm1(jnp.minimum(b * far, _LARGEST))
    small_c = -c * jnp.expm1(far) - jnp.exp(far) * jnp.expm1(jnp.minimum(-c * far, _LARGEST))
    direct = jnp.where(jnp.abs(b) <= jnp.abs(c), small_b, small_c)
    return jnp.where(small, b * c * near * near * series, direct)

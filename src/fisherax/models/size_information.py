"""What one negative binomial count tells about its size r, without an infinite sum."""

import jax.numpy as jnp
import numpy as np

from .._types import Array
from .half_line import half_line

# ∫₀^∞ e^{-τ} f(τ) dτ: what is cut off at the ends is under rounding for all r and all 1 − q > 10⁻¹⁵.
_, _TAU, _WEIGHTS = half_line(-38.0, 100.0, 0.5)
_WEIGHTS = _WEIGHTS * np.exp(-_TAU)

# (artanh z − z)/z² = Σ z²ʲ⁺¹/(2j + 3); below z = ⅓ the rest is under rounding.
_SERIES = tuple(1.0 / (2 * j + 3) for j in range(18))


def size_information(size: Array, success: Array, failure: Array) -> Array:
    """The information on r of x ~ C(x + r − 1, x) qˣ pʳ with its mean μ = rq/p held, which is orthogonal to r.

        I(r) = E[ψ′(r) − ψ′(r + x)] − q/r = Σₖ qᵏ B(r, k)/k, from k = 2
             = q²/r ∫₀^∞ e^{-(r+1)t} κ(q (1 − e^{-t})) dt,    κ(w) = (w/(1 − w) + ln(1 − w))/w²

    The first form cancels where r is large or μ is small, and the second needs about 1/p terms. The third is of one
    sign and smooth; its second equality is B(r, k) = ∫₀¹ (1 − v)^{r−1} v^{k−1} dv, and one integration by parts.

    Args:
        size: r > 0, of any shape.
        success: q, 0 < q < 1; the shapes broadcast.
        failure: p = 1 − q, with digits of its own.

    References:
        Fisher (1941), The negative binomial distribution, Annals of Eugenics 11, 182–187, for the sum.
    """
    r, q, p = (jnp.asarray(value)[..., None] for value in (size, success, failure))
    t = jnp.asarray(_TAU, jnp.result_type(r, q)) / (r + 1.0)
    integral = jnp.sum(
        jnp.asarray(_WEIGHTS, t.dtype) * _kappa(-q * jnp.expm1(-t), p + q * jnp.exp(-t)), axis=-1
    )
    return success / size * (success / (size + 1.0)) * integral


def _kappa(w: Array, rest: Array) -> Array:
    """κ(w) of w and 1 − w. With z = w/(2 − w), ln(1 − w) = −2 artanh z, it is

    1/((2 − w)(1 − w)) − 2 A(z)/(2 − w)²,  A(z) = (artanh z − z)/z², of which the second is less than half of the first.
    """
    z = w / (1.0 + rest)
    small = z < 1.0 / 3.0
    near, far, left = jnp.where(small, z, 0.0), jnp.where(small, 1.0, z), jnp.where(small, 1.0, rest)
    series = jnp.zeros_like(near)
    for coefficient in reversed(_SERIES):
        series = series * near * near + coefficient
    gap = jnp.where(small, series * near, (-0.5 * jnp.log(left) - far) / (far * far))
    return (1.0 / rest - 2.0 * gap / (1.0 + rest)) / (1.0 + rest)

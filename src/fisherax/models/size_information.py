"""What one negative binomial count tells about its size r, without an infinite sum."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array
from .half_line import half_line

# ∫₀^∞ e^{-τ} f(τ) dτ: what is cut off at the ends is under rounding for all r and all 1 − q > 10⁻¹⁵.
_TAU, _WEIGHTS = half_line(-38.0, 100.0, 0.5)[1:]
_WEIGHTS = _WEIGHTS * np.exp(-_TAU)
# Gauss and Legendre's nodes on (0, 1): enough for integrands with a pole at 2 or beyond, of any order up to ten.
_U, _U_WEIGHTS = (np.polynomial.legendre.leggauss(20)[0] + 1) / 2, np.polynomial.legendre.leggauss(20)[1] / 2


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
    r, q, p = jnp.broadcast_arrays(size, success, failure)
    return q / r * q * _integral(0, 0, r, q, p)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
@partial(jax.jit, static_argnums=(0, 1))
def _integral(a: int, b: int, r: Array, q: Array, p: Array) -> Array:
    """∫₀^∞ tᵃ vᵇ e^{-(r+1)t} κ⁽ᵇ⁾(qv) dt with v = 1 − e^{-t}, which is (−1)ᵃ ∂ᵃ/∂rᵃ ∂ᵇ/∂qᵇ of that with a = b = 0.

    As functions of their own, derivatives of any order are as good as the value, and as small a program.
    """
    r, q, p = r[..., None], q[..., None], p[..., None]
    t = jnp.asarray(_TAU, r.dtype) / (r + 1.0)
    v = -jnp.expm1(-t)
    values = jnp.asarray(_WEIGHTS, r.dtype) * t**a * v**b * _kappa(b, q * v, p + q * jnp.exp(-t))
    return jnp.sum(values, axis=-1) / (r[..., 0] + 1.0)


@_integral.defjvp
def _(a: int, b: int, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    (r, q, p), (dr, dq, dp) = primals, tangents
    dq = jnp.where(q < 0.5, dq, -dp)  # the same number: the smaller of q and p knows it to more digits
    slope = _integral(a, b + 1, r, q, p) * dq - _integral(a + 1, b, r, q, p) * dr
    return _integral(a, b, r, q, p), slope


def _kappa(order: int, w: Array, rest: Array) -> Array:
    """A derivative of κ(w) = 1/(1 − w) − λ(w), of w and 1 − w.

    λ = −(ln(1 − w) + w)/w² = ∫₀¹ u/(1 − uw) du is at most half of 1/(1 − w), and so are its derivatives of theirs. For
    w < ½ they come from the integral, and elsewhere from those of w²λ = −ln(1 − w) − w, by Leibniz' rule.
    """
    near, far = jnp.minimum(w, 0.5)[..., None], jnp.maximum(w, 0.5)
    ratio = jnp.asarray(_U, w.dtype) / (1.0 - jnp.asarray(_U, w.dtype) * near)
    integral = math.factorial(order) * jnp.sum(
        jnp.asarray(_U_WEIGHTS, w.dtype) * ratio ** (order + 1), axis=-1
    )
    inverse = 1.0 / rest
    below = [(-jnp.log(rest) - far) / far**2]
    for n in range(1, order + 1):
        right = math.factorial(n - 1) * inverse**n - (n == 1) - 2 * n * far * below[n - 1]
        below.append((right - (n * (n - 1) * below[n - 2] if n > 1 else 0.0)) / far**2)
    return math.factorial(order) * inverse ** (order + 1) - jnp.where(w < 0.5, integral, below[order])

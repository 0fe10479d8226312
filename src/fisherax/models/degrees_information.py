"""What one Student t observation tells about its degrees of freedom ν."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array
from .half_line import half_line

# ∫₀^∞ e^{-τ} f(τ) dτ, where f has poles on the imaginary axis.
_TAU, _WEIGHTS = half_line(-20.0, 64.0, 0.25)[1:]
_WEIGHTS = _WEIGHTS * np.exp(-_TAU)


def degrees_information(df: Array) -> Array:
    """¼ (ψ′(ν/2) − ψ′((ν + 1)/2)) − (ν + 5)/(2ν (ν + 1)(ν + 3)), which is 7/2ν⁴ + O(ν⁻⁵).

    Its two terms are 1/2ν², so that the difference has lost all digits at ν = 10⁸. Both are Laplace transforms:

        I(ν) = ∫₀^∞ e^{-νs} K(s) ds,    K(s) = s/(1 + e^{-s}) − 5/6 + e^{-s} − e^{-3s}/6 > 0

    Args:
        df: ν > 0, of any shape.

    References:
        Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution, JASA 84, appendix B.
    """
    return _transform(0, df)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
@partial(jax.jit, static_argnums=0)
def _transform(order: int, df: Array) -> Array:
    """∫₀^∞ sⁿ e^{-νs} K(s) ds, with its derivatives in ν as good as the value, and as small a program."""
    s = jnp.asarray(_TAU, df.dtype) / df[..., None]
    return jnp.sum(jnp.asarray(_WEIGHTS, df.dtype) * s**order * _kernel(s), axis=-1) / df


@_transform.defjvp
def _(order: int, primals: tuple[Any], tangents: tuple[Any]) -> tuple[Array, Array]:
    return _transform(order, *primals), -_transform(order + 1, *primals) * tangents[0]


def _kernel(s: Array) -> Array:
    """K(s), below s = 1 by its power series: it is 7s³/12 + O(s⁴)."""
    small = s < 1.0
    near, far = jnp.where(small, s, 0.0), jnp.where(small, 1.0, s)
    series = jnp.zeros_like(s)
    for coefficient in reversed(_SERIES):
        series = series * near + coefficient
    once = jnp.exp(-far)
    return jnp.where(small, series * near**3, far / (1.0 + once) - 5.0 / 6.0 + once - once**3 / 6.0)


def _series(terms: int) -> list[float]:
    """Those of K/s³: s/(1 + e^{-s}) is s/2 (1 + tanh s/2), and with T = tanh(s/2), T′ = (1 − T²)/2."""
    tanh = [0.0]
    for n in range(terms + 3):
        square = sum(tanh[i] * tanh[n - i] for i in range(n + 1))
        tanh.append(((n == 0) - square) / (2 * (n + 1)))
    return [0.5 * tanh[n - 1] + (-1) ** n * (1 - 3**n / 6) / math.factorial(n) for n in range(3, terms + 3)]


# Its radius of convergence is π: what is left out at s = 1 is under rounding.
_SERIES = _series(32)

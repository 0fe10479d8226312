"""ln I₀(κ) and the Bessel ratio A(κ) = I₁(κ)/I₀(κ), the normaliser and mean of a von Mises law.

From `i0e` and `i1e`, A′ = 1 − A² − A/κ has lost half its digits at κ = 10⁵, where it is 1/2κ², and A″ has
lost all. Here everything is a derivative of one of two expressions of ln(I₀(κ) exp(−κ)), in neither of which
terms cancel:

- κ < 25: I₀(κ) = (1/2π) ∮ exp(κ cos θ) dθ by the midpoint rule, which for a periodic analytic function
  converges faster than any power. With M midpoints its error is I_M(κ)/I₀(κ) < 10⁻¹⁷.
- κ ≥ 25: Hankel's asymptotic series, of which 18 terms are exact to rounding there.
"""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array

LARGE = 25.0
POINTS = 56
ANGLES = (np.arange(POINTS) + 0.5) * (2.0 * np.pi / POINTS)


def _hankel(terms: int) -> list[float]:
    """cₙ with ln(√(2πκ) exp(−κ) I₀(κ)) ~ Σ cₙ κ⁻ⁿ, n = 1, 2, …

    I₀'s own series has aₙ = aₙ₋₁ (2n − 1)²/(8n), a₀ = 1; a logarithm of a series f solves f′ = (ln f)′ f:
    n aₙ = Σⱼ j cⱼ aₙ₋ⱼ, j = 1, …, n.

    References:
        Abramowitz and Stegun (1964), 9.7.1.
    """
    a, c = [Fraction(1)], [Fraction(0)]
    for n in range(1, terms + 1):
        a.append(a[-1] * Fraction((2 * n - 1) ** 2, 8 * n))
        c.append(a[n] - sum((j * c[j] * a[n - j] for j in range(1, n)), Fraction(0)) / n)
    return [float(coefficient) for coefficient in c[1:]]


_HANKEL = _hankel(18)


def log_i0e_large(k: Array) -> Array:
    """ln(I₀(κ) exp(−κ)) for κ ≥ 25."""
    w = 1.0 / k
    series = jnp.zeros_like(w)
    for coefficient in reversed(_HANKEL):
        series = (series + coefficient) * w
    return series - 0.5 * jnp.log(2.0 * np.pi * k)


def log_i0e(k: Array) -> Array:
    """ln(I₀(κ) exp(−κ)) for κ ≥ 0, to absolute accuracy at κ → 0 (see `log_i0`)."""
    large = k >= LARGE
    near = jnp.where(large, 1.0, k)
    dips = jnp.asarray(np.cos(ANGLES[: POINTS // 2]) - 1.0, k.dtype)
    middle = jnp.log(jnp.mean(jnp.exp(near[..., None] * dips), axis=-1))
    return jnp.where(large, log_i0e_large(jnp.where(large, k, LARGE)), middle)


def log_i0(k: Array) -> Array:
    """ln I₀(κ) for κ ≥ 0, to relative accuracy also at κ → 0, where it is κ²/4.

    There it is the midpoint rule for cosh(κ cos θ) − 1 = 2 sinh²(κ cos θ / 2).
    """
    small = k < 1.0
    near = jnp.where(small, k, 0.5)
    cosines = jnp.asarray(np.cos(ANGLES[: POINTS // 4]), k.dtype)
    rises = 2.0 * jnp.square(jnp.sinh(0.5 * near[..., None] * cosines))
    return jnp.where(small, jnp.log1p(jnp.mean(rises, axis=-1)), k + log_i0e(jnp.where(small, 1.0, k)))


def bessel_ratio(k: Array) -> Array:
    """A(κ) = I₁(κ)/I₀(κ) = d ln I₀/dκ: the mean resultant length of a von Mises law."""
    return jax.jvp(log_i0, (k,), (jnp.ones_like(k),))[1]


def bessel_ratio_complement(k: Array) -> Array:
    """1 − A(κ), with all its digits at large κ, where it is 1/2κ."""
    return -jax.jvp(log_i0e, (k,), (jnp.ones_like(k),))[1]


def bessel_ratio_slope(k: Array) -> Array:
    """A′(κ) = 1 − A² − A/κ: the information on κ. ½ at κ = 0, 1/2κ² at large κ."""
    return jax.jvp(bessel_ratio, (k,), (jnp.ones_like(k),))[1]


@jax.custom_jvp
def inverse_bessel_ratio_complement(d: Array) -> Array:
    """The κ ≥ 0 with 1 − A(κ) = d, 0 < d ≤ 1.

    References:
        Best and Fisher (1981), The bias of the maximum likelihood estimators of the von Mises-Fisher
        concentration parameters, for the start; then five steps of Newton.
    """
    r = 1.0 - d
    low = 2.0 * r + r**3 + 5.0 / 6.0 * r**5
    middle = -0.4 + 1.39 * r + 0.43 / d
    high = 1.0 / (r * d * (2.0 + d))  # 1/(r³ − 4r² + 3r)
    start = jnp.where(r < 0.53, low, jnp.where(r < 0.85, middle, high))

    def step(_: object, k: Array) -> Array:
        return k + (bessel_ratio_complement(k) - d) / bessel_ratio_slope(k)

    return jax.lax.fori_loop(0, 5, step, start)


@inverse_bessel_ratio_complement.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    k = inverse_bessel_ratio_complement(*primals)
    return k, -tangents[0] / bessel_ratio_slope(k)

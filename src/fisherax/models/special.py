"""Special functions of the gamma kind whose values and derivatives up to the third order are right.

"Right" is measured against mpmath (tests/models/test_special.py): small, large, equal and switch-over
arguments, forward and reverse mode, nested. JAX's own `gammaln`, `digamma` and `polygamma` pass and
are used as they are. Its `betaln` has wrong second derivatives (off by a factor at equal arguments),
and differences of right values cancel; the functions below stand in their place.

All of these step away from small arguments by the recurrence Γ(z + 1) = z Γ(z), written so that no
term cancels, and finish with Stirling's series at z + 10. There is no switch-over, so any nesting of
derivatives is as good as the value.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jax.scipy.special import digamma as digamma
from jax.scipy.special import gammaln as gammaln
from jax.scipy.special import polygamma as polygamma

from .._types import Array

Number = Array | float | int

# ln Γ(z) = (z − ½) ln z − z + ½ ln 2π + Σ Sₖ z¹⁻²ᵏ with Sₖ = B₂ₖ / (2k (2k − 1)), k = 1, …, 8. From z = 10 on
# the remainder and its first three derivatives are below rounding.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
_STEPS = 10


def _ladder(x: Array) -> Array:
    """x, x + 1, …, x + 9, along a new last axis."""
    return jnp.expand_dims(x, -1) + jnp.arange(_STEPS, dtype=x.dtype)


def gammaln_increment(r: Number, x: Number) -> Array:
    r"""ln Γ(r + x) − ln Γ(r), the logarithm of the rising factorial r (r + 1) ⋯ (r + x − 1).

    Args:
        r: Positive; large r is no trouble, where the difference of two `gammaln` has lost all digits.
        x: Not negative. The shapes broadcast.

    Examples:
        >>> abs(float(gammaln_increment(1e12, 2.0) / 2.0 - jnp.log(1e12))) < 1e-12
        True
    """
    r, x = jnp.broadcast_arrays(*_floating(r, x))
    return _increment(0, r, x)


def _stirling_increment(r: Array, x: Array) -> Array:
    """With m = 10 and z = r + m, and i = 0, …, m − 1, the increment is

    (z − ½) ln(1 + x/z) + x (ln(z + x) − 1) + Σₖ Sₖ ((z + x)¹⁻²ᵏ − z¹⁻²ᵏ) − Σᵢ ln(1 + x/(r + i)).
    """
    start, end = r + _STEPS, r + _STEPS + x
    a, b = 1.0 / end, 1.0 / start
    # aᵏ⁺² − bᵏ⁺² = a² (aᵏ − bᵏ) + bᵏ (a² − b²): both terms are negative.
    difference = -x * a * b
    squares = difference * (a + b)
    power, series = b, _STIRLING[0] * difference
    for coefficient in _STIRLING[1:]:
        difference, power = a * a * difference + power * squares, power * b * b
        series = series + coefficient * difference
    steps = jnp.sum(jnp.log1p(x[..., None] / _ladder(r)), axis=-1)
    return (start - 0.5) * jnp.log1p(x * b) + x * (jnp.log(end) - 1.0) + series - steps


@partial(jax.custom_jvp, nondiff_argnums=(0,))
@partial(jax.jit, static_argnums=0)
def _increment(order: int, r: Array, x: Array) -> Array:
    """∂ʳ of the increment `order` times: of ln Γ(r + x) − ln Γ(r), ψ(r + x) − ψ(r), ψ′(r + x) − ψ′(r), …"""
    derivative = partial(_stirling_increment, x=x)
    for _ in range(order):
        derivative = _slope(derivative)
    return derivative(r)


def _increment_jvp(
    order: int, primals: tuple[Array, Array], tangents: tuple[Any, Any]
) -> tuple[Array, Array]:
    # In x the derivative is ψ(r + x) itself, free of the cancellation that x/(r + i) has at x ≫ r.
    (r, x), (dr, dx) = primals, tangents
    tangent = jnp.zeros_like(r)
    if not isinstance(dr, SymbolicZero):
        tangent = tangent + _increment(order + 1, r, x) * dr
    if not isinstance(dx, SymbolicZero):
        tangent = tangent + (polygamma(order, r + x) if order else digamma(r + x)) * dx
    return _increment(order, r, x), tangent


_increment.defjvp(_increment_jvp, symbolic_zeros=True)


def _slope(fun: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """f′, entry by entry."""
    return lambda x: jax.jvp(fun, (x,), (jnp.ones_like(x),))[1]


def log_beta(a: Number, b: Number) -> Array:
    """ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b) for a, b > 0.

    The smaller argument is the increment. Which one that is, is chosen by `where` and not by `minimum`:
    the derivative of `minimum` at a tie is ½ to each side, which is right to first order only.

    Examples:
        >>> round(float(jax.hessian(log_beta)(1.0, 1.0)), 6)  # ψ′(1) − ψ′(2) = 1
        1.0
    """
    a, b = _floating(a, b)
    first = a < b
    small, large = jnp.where(first, a, b), jnp.where(first, b, a)
    return gammaln(small) - gammaln_increment(large, small)


@jax.custom_jvp
def log_multivariate_beta(a: Array) -> Array:
    """ln B(a) = Σ ln Γ(aₖ) − ln Γ(Σ aₖ) over the last axis: B(a₁, a₂) B(a₁ + a₂, a₃) ⋯, in logarithms."""
    return jnp.sum(log_beta(jnp.cumsum(a, axis=-1)[..., :-1], a[..., 1:]), axis=-1)


@log_multivariate_beta.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    # ∂/∂aₖ = ψ(aₖ) − ψ(Σa), an increment by the sum of the others.
    (a,) = primals
    others = a @ (1.0 - jnp.eye(a.shape[-1], dtype=a.dtype))
    return log_multivariate_beta(a), -jnp.sum(_increment(1, a, others) * tangents[0], axis=-1)


def log_minus_digamma(a: Number) -> Array:
    """ln a − ψ(a) for a > 0, which is 1/2a + O(a⁻²): positive, decreasing, and cancelled away at large a.

    By recurrence, ln a − ψ(a) = Σᵢ [1/(a + i) − ln(1 + 1/(a + i))] + 1/2z + Σₖ (2k − 1) Sₖ z⁻²ᵏ.
    """
    (a,) = _floating(a)
    rungs = 1.0 / _ladder(a)
    w = 1.0 / (a + _STEPS)
    series = _horner([(2 * k + 1) * s for k, s in enumerate(_STIRLING)], w * w) * w * w
    return jnp.sum(rungs - jnp.log1p(rungs), axis=-1) + 0.5 * w + series


def trigamma_excess(a: Number) -> Array:
    """ψ′(a) − 1/a for a > 0, which is 1/2a² + O(a⁻³): the information on a gamma law's shape, given its mean.

    By recurrence, ψ′(a) − 1/a = Σᵢ 1/((a + i)² (a + i + 1)) + 1/2z² + Σₖ (2k − 1) 2k Sₖ z⁻¹⁻²ᵏ.
    """
    (a,) = _floating(a)
    rungs = 1.0 / _ladder(a)
    w = 1.0 / (a + _STEPS)
    series = _horner([(2 * k + 1) * (2 * k + 2) * s for k, s in enumerate(_STIRLING)], w * w) * w**3
    return jnp.sum(rungs * rungs / (1.0 + _ladder(a)), axis=-1) + 0.5 * w * w + series


@jax.custom_jvp
def inverse_digamma(y: Array) -> Array:
    """The a > 0 with ψ(a) = y.

    References:
        Minka (2000), Estimating a Dirichlet distribution, appendix C: start, and five steps of Newton.
    """
    # ψ(a) ≈ ln(a − ½) for large a, −1/a − γ for small a.
    start = jnp.where(y >= -2.22, jnp.exp(y) + 0.5, -1.0 / (jnp.minimum(y, -2.22) + 0.5772156649015329))
    return jax.lax.fori_loop(0, 5, lambda _, a: a - (digamma(a) - y) / polygamma(1, a), start)


@inverse_digamma.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    a = inverse_digamma(*primals)
    return a, tangents[0] / polygamma(1, a)


@jax.custom_jvp
def inverse_log_minus_digamma(s: Array) -> Array:
    """The a > 0 with ln a − ψ(a) = s > 0: the gamma law's shape, where s is ln(mean x) − mean(ln x).

    References:
        Minka (2002), Estimating a Gamma distribution, equation 10: Newton in 1/a.
    """
    start = (3.0 - s + jnp.sqrt(jnp.square(s - 3.0) + 24.0 * s)) / (12.0 * s)

    def step(_: Any, a: Array) -> Array:
        return 1.0 / (1.0 / a - (log_minus_digamma(a) - s) / (jnp.square(a) * trigamma_excess(a)))

    return jax.lax.fori_loop(0, 5, step, start)


@inverse_log_minus_digamma.defjvp
def _(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    a = inverse_log_minus_digamma(*primals)
    return a, -tangents[0] / trigamma_excess(a)


def _horner(coefficients: list[float], x: Array) -> Array:
    """c₀ + c₁ x + c₂ x² + …"""
    value = jnp.zeros_like(x)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def _floating(*values: Number) -> tuple[Array, ...]:
    """As arrays of their common floating-point type."""
    dtype = jnp.result_type(*values)
    if not jnp.issubdtype(dtype, jnp.floating):
        dtype = jnp.result_type(float)
    return tuple(jnp.asarray(value, dtype) for value in values)

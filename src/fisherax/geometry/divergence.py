"""Divergences beside Kullback and Leibler's, all of which have the Fisher information as their second derivative."""

import math
from typing import Any, Literal, overload

import jax.numpy as jnp
from jax import lax

from .._tree import as_arrays
from .._types import Array, Params, PyTree, Scalar
from ..information.checks import check_arguments
from ..information.expectation import Expectation, head_jeffreys, head_renyi
from ..information.pairs import pairwise, refuse_no_number
from ..models.base import Head, Model


@overload
def jeffreys_divergence(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    return_error: Literal[False] = False,
) -> Scalar: ...


@overload
def jeffreys_divergence(
    model: Model, params: Params, other: Params, data: PyTree | None = None, *, return_error: Literal[True]
) -> Expectation: ...


def jeffreys_divergence(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    return_error: bool = False,
) -> Scalar | Expectation:
    """Jeffreys' divergence, in nats: KL divergence both ways, added up.

        J(p_θ, p_φ) = KL(p_θ ‖ p_φ) + KL(p_φ ‖ p_θ) = ∫ (p_θ − p_φ) ln (p_θ/p_φ) ≈ δᵀG(θ)δ,   φ = θ + δ

    By a closed form, a sum over the support, quadrature or sampling, as `fx.kl`; near equality too it keeps its digits.

    Args:
        model: A family, or a `Conditional`, whose divergence is averaged over inputs.
        params: θ.
        other: φ. It makes no difference which of the two comes first.
        data: Inputs, for a `Conditional`.
        return_error: Return the divergence with its error and the method used, as `fx.kl` does.

    Returns:
        A scalar, ≥ 0, in nats; ∞ where one of the two does not allow what the other does. With `return_error=True` an
        `Expectation`.

    Raises:
        ValueError: If a `Conditional` is given no inputs, a parameter is outside its space, or the divergence
            is not a number, or mostly error.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> p, q = {"rate": 1.0}, {"rate": 3.0}
        >>> round(float(fx.jeffreys_divergence(fx.Family(dist.Poisson), p, q)), 6)  # (3 − 1) ln 3
        2.197225

    References:
        Jeffreys (1946), An invariant form for the prior probability in estimation problems, eq. 1.
    """
    check_arguments("jeffreys_divergence", model=model)
    params, other = as_arrays(params), as_arrays(other)
    parts = pairwise("jeffreys_divergence", "Jeffreys divergence", model, params, other, data, head_jeffreys)
    error = None if parts.error is None else jnp.mean(parts.error)
    result = Expectation(jnp.mean(parts.value), error, parts.method)
    refuse_no_number("jeffreys_divergence", result)
    return result if return_error else result.value


@overload
def renyi_divergence(
    model: Model,
    params: Params,
    other: Params,
    alpha: Any,
    data: PyTree | None = None,
    *,
    return_error: Literal[False] = False,
) -> Scalar: ...


@overload
def renyi_divergence(
    model: Model,
    params: Params,
    other: Params,
    alpha: Any,
    data: PyTree | None = None,
    *,
    return_error: Literal[True],
) -> Expectation: ...


def renyi_divergence(
    model: Model,
    params: Params,
    other: Params,
    alpha: Any,
    data: PyTree | None = None,
    *,
    return_error: bool = False,
) -> Scalar | Expectation:
    """Rényi's divergence of order α, in nats; of order 1 it is KL divergence.

        R_α(p_θ ‖ p_φ) = 1/(α − 1) ln ∫ p_θᵅ p_φ¹⁻ᵅ ≈ α/2 δᵀG(θ)δ,   φ = θ + δ

    In closed form for exponential families; elsewhere by a sum over the support, quadrature or sampling, of an
    integrand without cancellation, so that the value keeps its digits near equality.

    Args:
        model: A family, or a `Conditional`. For the latter the integral is averaged over inputs before its logarithm
            is taken: it is the divergence of the joint law of an input, drawn from `data`, and its observation.
        params: θ.
        other: φ.
        alpha: The order α > 0, a known number (not an array that JAX traces).
        data: Inputs, for a `Conditional`.
        return_error: Return the divergence with its error and the method used, as `fx.kl` does.

    Returns:
        A scalar, ≥ 0, in nats; ∞ where the integral diverges (only for α > 1) or is 0. With `return_error=True` an
        `Expectation`.

    Raises:
        ValueError: If α is not a positive, finite, known number, a `Conditional` is given no inputs, a parameter is
            outside its space, or the divergence is not a number, or mostly error.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> normal, p, q = fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, {"loc": 2.0, "scale": 1.0}
        >>> [round(float(fx.renyi_divergence(normal, p, q, alpha)), 12) for alpha in (0.5, 1.0, 3.0)]
        [1.0, 2.0, 6.0]
        >>> wide = {"loc": 0.0, "scale": 2.0}
        >>> float(fx.renyi_divergence(normal, wide, p, 2.0))  # p_θ² / p_φ grows without bound
        inf

    References:
        Rényi (1961), On measures of entropy and information, eq. 3.3; van Erven and Harremoës (2014), Rényi divergence
        and Kullback–Leibler divergence, IEEE Transactions on Information Theory 60, 3797–3820; Gil, Alajaji and Linder
        (2013), Rényi divergence measures for commonly used univariate continuous distributions, table 2.
    """
    check_arguments("renyi_divergence", model=model)
    params, other = as_arrays(params), as_arrays(other)
    result = _renyi("renyi_divergence", "Rényi divergence", model, params, other, _order(alpha), data)
    return result if return_error else result.value


@overload
def hellinger_distance(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    squared: bool = False,
    return_error: Literal[False] = False,
) -> Scalar: ...


@overload
def hellinger_distance(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    squared: bool = False,
    return_error: Literal[True],
) -> Expectation: ...


def hellinger_distance(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    squared: bool = False,
    return_error: bool = False,
) -> Scalar | Expectation:
    """Hellinger's distance, between 0 and 1.

        H²(p_θ, p_φ) = 1 − ∫ √(p_θ p_φ) = ½ ∫ (√p_θ − √p_φ)² ≈ δᵀG(θ)δ / 8,   φ = θ + δ

    With Rényi's divergence R of order ½, H² = 1 − exp(−R/2). It is a metric: symmetric, with the triangle inequality.
    Some authors leave out the factor ½.

    Args:
        model: A family, or a `Conditional`, whose H² is averaged over inputs before its root is taken: the distance of
            the joint laws of an input, drawn from `data`, and its observation.
        params: θ.
        other: φ. It makes no difference which of the two comes first.
        data: Inputs, for a `Conditional`.
        squared: Return H², which is differentiable at φ = θ, where H is not: derivatives of H are NaN there.
        return_error: Return the distance with its error and the method used, as `fx.kl` does.

    Returns:
        A scalar between 0 (the same law) and 1 (no common observation), without units. With `return_error=True` an
        `Expectation`.

    Raises:
        ValueError: If a `Conditional` is given no inputs, a parameter is outside its space, or the distance
            is not a number, or mostly error.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> p, q = {"probs": jnp.array([0.5, 0.5, 0.0])}, {"probs": jnp.array([0.0, 0.5, 0.5])}
        >>> round(float(fx.hellinger_distance(fx.Family(dist.Categorical), p, q, squared=True)), 12)
        0.5

    References:
        Hellinger (1909), Neue Begründung der Theorie quadratischer Formen von unendlichvielen Veränderlichen; Le Cam
        and Yang (2000), Asymptotics in Statistics, 2nd ed., section 4.2.
    """
    check_arguments("hellinger_distance", model=model)
    params, other = as_arrays(params), as_arrays(other)
    half = _renyi("hellinger_distance", "Hellinger distance", model, params, other, 0.5, data)
    value = -jnp.expm1(-0.5 * half.value)
    error = None if half.error is None else 0.5 * jnp.exp(-0.5 * half.value) * half.error
    if not squared:
        value = jnp.sqrt(jnp.where(value <= 0.0, 0.0, value))  # −1e-16 is 0, NaN is not
        # |√(h + e) − √h| ≤ √e, and about e/2√h where that is less.
        error = None if error is None else error / (2.0 * jnp.maximum(value, 0.5 * jnp.sqrt(error)) + _TINY)
    return Expectation(value, error, half.method) if return_error else value


_TINY = 1e-300


def _order(alpha: Any) -> float:
    """α as a number."""
    try:
        order = float(alpha)
    except (TypeError, ValueError) as error:  # JAX's own for a traced array is a TypeError
        raise ValueError(
            f"renyi_divergence: alpha must be one known number, not {alpha!r}; under `jit` make it a static argument."
        ) from error
    if not 0.0 < order < math.inf:
        raise ValueError(
            f"renyi_divergence: alpha must be positive and finite, but it is {order:g}; 1 is KL divergence, and the "
            "order 1 − α < 0 is that of α with its arguments exchanged, times (1 − α)/α and with the other sign."
        )
    return order


def _renyi(
    call: str, what: str, model: Model, params: Params, other: Params, alpha: float, data: PyTree | None
) -> Expectation:
    def divergence(head: Head, f: PyTree, g: PyTree) -> Expectation:
        return head_renyi(head, f, g, alpha)

    parts = pairwise(call, what, model, params, other, data, divergence)
    error = None if parts.error is None else jnp.max(parts.error)
    value = parts.value
    if value.ndim:
        value = jnp.mean(value) if alpha == 1.0 else _log_mean_exp(alpha - 1.0, value)
        error = None if parts.error is None else jnp.mean(parts.error)
    result = Expectation(value, error, parts.method)
    refuse_no_number(call, result)
    return result


def _log_mean_exp(factor: float, values: Array) -> Scalar:
    """ln(mean exp(cx))/c for x ≥ 0, from the x with the largest term, or where all terms are close the smallest.

    With all terms near 1 no digit may be lost: s + ln(1 + mean(exp(cx − s) − 1)) has two terms of one sign then.
    """
    terms = factor * values
    low, high = jnp.min(terms), jnp.max(terms)
    shift = lax.stop_gradient(jnp.where((factor > 0.0) & (high - low < 1.0), low, high))
    shift = jnp.where(jnp.isfinite(shift), shift, 0.0)
    return (shift + jnp.log1p(jnp.mean(jnp.expm1(terms - shift)))) / factor

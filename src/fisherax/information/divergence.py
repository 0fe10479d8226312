"""Kullback–Leibler divergence between two members of a model."""

from typing import Literal, overload

import jax.numpy as jnp

from .._tree import as_arrays
from .._types import Params, PyTree, Scalar
from ..models.base import Model
from .checks import check_arguments
from .expectation import Expectation, head_kl
from .pairs import pairwise, refuse_no_number


@overload
def kl(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    return_error: Literal[False] = False,
) -> Scalar: ...


@overload
def kl(
    model: Model, params: Params, other: Params, data: PyTree | None = None, *, return_error: Literal[True]
) -> Expectation: ...


def kl(
    model: Model,
    params: Params,
    other: Params,
    data: PyTree | None = None,
    *,
    return_error: bool = False,
) -> Scalar | Expectation:
    """KL divergence, in nats, of the member at `other` from the member at `params`.

        KL(p_θ ‖ p_φ) = ∫ p_θ ln (p_θ/p_φ)

    By a closed form, a sum over the support, or quadrature; what can be done by none of these (most vectors)
    is sampled, always with the same draws, and then its standard error may be far from negligible.

    Args:
        model: A family, or a `Conditional`, whose divergence is averaged over inputs.
        params: θ, the first argument; the expectation is taken under it.
        other: φ.
        data: Inputs, for a `Conditional`.
        return_error: Return the divergence with its error, and say which of the methods was used.

    Returns:
        A scalar, ≥ 0 (but for its error), in nats; ∞ where p_φ does not allow what p_θ does. With
        `return_error=True` an `Expectation`: `value`; `error`, one standard error where it is sampled, an estimate of
        the absolute error of a sum or a quadrature, None for a closed form; and `method`, "closed form", "sum",
        "truncated sum", "quadrature" or "sampling". Errors of entries and inputs are added up as if they all had one
        sign.

    Raises:
        ValueError: If a `Conditional` is given no inputs, a parameter is outside its space, or the divergence
            is not a number, or mostly error. (Under `jit` and `vmap`, where no value is known, its error says so.)

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> round(float(fx.kl(fx.Family(dist.Normal), p, q)), 12)
        0.5
        >>> fx.kl(fx.Family(dist.Cauchy), p, q, return_error=True).method
        'quadrature'
        >>> float(fx.kl(fx.Family(dist.BernoulliProbs), {"probs": 0.5}, {"probs": 0.0}))
        inf

    References:
        Kullback and Leibler (1951), On information and sufficiency.
    """
    check_arguments("kl", model=model)
    params, other = as_arrays(params), as_arrays(other)
    parts = pairwise("kl", "KL divergence", model, params, other, data, head_kl)
    error = None if parts.error is None else jnp.mean(parts.error)
    result = Expectation(jnp.mean(parts.value), error, parts.method)
    refuse_no_number("kl", result)
    return result if return_error else result.value

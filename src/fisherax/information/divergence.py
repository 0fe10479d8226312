"""Kullback–Leibler divergence between two members of a model."""

import jax
import jax.numpy as jnp

from .._tree import as_arrays
from .._types import Params, PyTree, Scalar
from ..models.base import Model
from ..models.family import Family
from ..models.unconditional import Unconditional
from .expectation import head_kl


def kl(model: Model, params: Params, other: Params, data: PyTree | None = None) -> Scalar:
    """KL divergence, in nats, of the member at `other` from the member at `params`.

        KL(p_θ ‖ p_φ) = ∫ p_θ ln (p_θ/p_φ)

    By a closed form, a sum over the support, or quadrature; what can be done by none of these is
    sampled (see `expectation.head_kl`, which also returns the method and its error).

    Args:
        model: A family, or a `Conditional`, whose divergence is averaged over inputs.
        params: θ, the first argument; the expectation is taken under it.
        other: φ.
        data: Inputs, for a `Conditional`.

    Returns:
        A scalar, ≥ 0, in nats.

    Raises:
        ValueError: If a `Conditional` is given no inputs.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> round(float(fx.kl(fx.Family(dist.Normal), p, q)), 12)
        0.5
    """
    params, other = as_arrays(params), as_arrays(other)
    if isinstance(model, Family):
        batch = jnp.broadcast_shapes(model.batch_shape(params), model.batch_shape(other))
        if batch:  # independent entries: their divergences add up
            pairs = model.elements(params, batch), model.elements(other, batch)
            return jnp.sum(jax.vmap(lambda p, q: head_kl(model, p, q).value)(*pairs))
    if isinstance(model, Unconditional):
        return head_kl(model, params, other).value
    if data is None:
        raise ValueError("The KL divergence of a Conditional is an average over inputs: pass them as data.")
    inputs, _ = model.split(data, targets=False)

    def one(x: PyTree) -> Scalar:
        return head_kl(model.head, model.output(params, x), model.output(other, x)).value

    return jnp.mean(jax.vmap(one)(inputs))

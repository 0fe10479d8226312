"""Weibull(scale λ, concentration k)."""

from collections.abc import Mapping

import jax.numpy as jnp

from ..._types import Array
from .base import DensityTraits


class WeibullTraits(DensityTraits):
    """With w = k (ln x − ln λ), ln p = ln k − ln x + w − eʷ.

    NumPyro's power of x/λ has second derivatives with a factor (x/λ)^{k−2}, which overflows for small x.
    """

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        k = params["concentration"]
        log_x = jnp.log(x)
        w = k * (log_x - jnp.log(params["scale"]))
        return jnp.log(k) - log_x + w - jnp.exp(w)

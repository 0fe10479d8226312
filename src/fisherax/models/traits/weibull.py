"""Weibull(scale λ, concentration k)."""

from collections.abc import Mapping

import jax.numpy as jnp

from ..._types import Array
from .base import DensityTraits, Entries
from .location_scale import MEAN_LOG, MEAN_SQUARE_LOG


class WeibullTraits(DensityTraits):
    """With w = k (ln x − ln λ), ln p = ln k − ln x + w − eʷ.

    NumPyro's power of x/λ has second derivatives with a factor (x/λ)^{k−2}, which overflows for small x.
    """

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        k = params["concentration"]
        log_x = jnp.log(x)
        w = k * (log_x - jnp.log(params["scale"]))
        return jnp.log(k) - log_x + w - jnp.exp(w)

    def information(self, params: Mapping[str, Array]) -> Entries:
        """−ln x is Gumbel's, with location −ln λ and scale 1/k."""
        k, scale = params["concentration"], params["scale"]
        return {
            ("scale", "scale"): (k / scale) ** 2,
            ("scale", "concentration"): -MEAN_LOG / scale,
            ("concentration", "concentration"): MEAN_SQUARE_LOG / k**2,
        }

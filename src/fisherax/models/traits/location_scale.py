"""Logistic and Gumbel laws: μ + σε with a fixed law of ε, so that the information is a fixed matrix over σ²."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from ..._types import Array
from .base import Entries, Traits

# ∫₀^∞ ln t e^{-t} dt + 1, and E of its square: where a Weibull or Gumbel law's scores meet.
MEAN_LOG = 1.0 - np.euler_gamma
MEAN_SQUARE_LOG = MEAN_LOG**2 + np.pi**2 / 6.0


class LogisticTraits(Traits):
    """Densities e^{-z}/(1 + e^{-z})² of z = (x − loc)/scale."""

    def information(self, params: Mapping[str, Array]) -> Entries:
        unit = 1.0 / jnp.square(params["scale"])
        return {("loc", "loc"): unit / 3.0, ("scale", "scale"): (1.0 / 3.0 + np.pi**2 / 9.0) * unit}


class GumbelTraits(Traits):
    """Densities exp(−z − e^{-z}) of z = (x − loc)/scale."""

    def information(self, params: Mapping[str, Array]) -> Entries:
        unit = 1.0 / jnp.square(params["scale"])
        return {
            ("loc", "loc"): unit,
            ("loc", "scale"): -MEAN_LOG * unit,
            ("scale", "scale"): MEAN_SQUARE_LOG * unit,
        }

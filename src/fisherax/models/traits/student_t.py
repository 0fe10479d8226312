"""Student's t distribution."""

from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from ..._types import Array
from ..special import gammaln_increment
from .base import Traits

# Where the t distributions with 0.1 to infinitely many degrees of freedom have their mass, in scales.
_SPREAD = np.concatenate([-np.geomspace(1e4, 0.3, 8), [0.0], np.geomspace(0.3, 1e4, 8)])


class StudentTTraits(Traits):
    """ln Γ((ν+1)/2) − ln Γ(ν/2) grows like ½ ln ν, while each of the two grows like ν ln ν.

    NumPyro subtracts them and has lost eight digits of the density at ν = 10⁷ (and all of the score in ν).
    """

    has_log_prob: ClassVar[bool] = True

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        df, scale = params["df"], params["scale"]
        z = (x - params["loc"]) / scale
        log_normalizer = gammaln_increment(df / 2, 0.5) - 0.5 * jnp.log(jnp.pi * df) - jnp.log(scale)
        return log_normalizer - 0.5 * (df + 1.0) * jnp.log1p(z * z / df)

    def landmarks(self, distribution: Any) -> Array:
        shape = (-1,) + (1,) * len(distribution.batch_shape)
        return distribution.loc + distribution.scale * jnp.reshape(jnp.asarray(_SPREAD), shape)

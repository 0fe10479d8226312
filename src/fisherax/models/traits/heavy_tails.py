"""Student's t and Cauchy: densities that fall like a power, so that data far out are nothing unusual."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._types import Array
from ..degrees_information import degrees_information
from ..special import gammaln_increment
from .base import DensityTraits, Entries

# The median, and values near the quartiles and further out for 1 to infinitely many degrees of freedom.
_SPREAD = np.array([-30.0, -3.0, -0.8, 0.0, 0.8, 3.0, 30.0])


def _log1p_square(deviation: Array, scale: Array, df: Array | float) -> Array:
    """ln(1 + z²/ν) with z = deviation/scale; far out as 2 ln|deviation| − 2 ln scale − ln ν + ln(1 + ν/z²).

    There no power of z is taken, so derivatives stay right as long as the deviation itself is finite.
    """
    z = deviation / scale
    far = z * z > df
    near = jnp.where(far, 0.0, z)
    distance = jnp.where(far, deviation, 1.0)
    tail = (
        2.0 * (jnp.log(jnp.abs(distance)) - jnp.log(scale))
        - jnp.log(df)
        + jnp.log1p(df * (scale / distance) ** 2)
    )
    return jnp.where(far, tail, jnp.log1p(near * near / df))


class StudentTTraits(DensityTraits):
    """ln Γ((ν+1)/2) − ln Γ(ν/2) grows like ½ ln ν, while each of the two grows like ν ln ν.

    NumPyro subtracts them and has lost eight digits of the density at ν = 10⁷ (and all of the score in ν).
    """

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        df, scale = params["df"], params["scale"]
        log_normalizer = gammaln_increment(df / 2, 0.5) - 0.5 * jnp.log(jnp.pi * df) - jnp.log(scale)
        return log_normalizer - 0.5 * (df + 1.0) * _log1p_square(x - params["loc"], scale, df)

    def information(self, params: Mapping[str, Array]) -> Entries:
        """Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution, appendix B."""
        df, scale = params["df"], params["scale"]
        return {
            ("loc", "loc"): (df + 1.0) / (df + 3.0) / scale**2,
            ("scale", "scale"): 2.0 * df / (df + 3.0) / scale**2,
            ("df", "scale"): -2.0 / ((df + 1.0) * (df + 3.0) * scale),
            ("df", "df"): degrees_information(df),
        }

    def landmarks(self, distribution: Any) -> Array:
        shape = (-1,) + (1,) * len(distribution.batch_shape)
        return distribution.loc + distribution.scale * jnp.reshape(
            jnp.asarray(_SPREAD, jnp.result_type(float)), shape
        )


class CauchyTraits(DensityTraits):
    """NumPyro squares z: its density is right up to |z| = 10¹⁵⁴, its second derivative up to 10⁷⁷."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        scale = params["scale"]
        return -jnp.log(jnp.pi * scale) - _log1p_square(x - params["loc"], scale, 1.0)

    def information(self, params: Mapping[str, Array]) -> Entries:
        each = 0.5 / params["scale"] ** 2
        return {("loc", "loc"): each, ("scale", "scale"): each}


class HalfCauchyTraits(DensityTraits):
    """The same on the half line."""

    def log_prob(self, params: Mapping[str, Array], x: Array) -> Array:
        return jnp.log(2.0) - jnp.log(jnp.pi * params["scale"]) - _log1p_square(x, params["scale"], 1.0)

    def information(self, params: Mapping[str, Array]) -> Entries:
        return {("scale", "scale"): 0.5 / params["scale"] ** 2}

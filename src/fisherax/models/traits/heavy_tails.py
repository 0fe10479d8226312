"""Student's t and Cauchy: densities that fall like a power, so that data far out are nothing unusual."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._types import Array
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
            ("df", "df"): _degrees_information(df),
        }

    def landmarks(self, distribution: Any) -> Array:
        shape = (-1,) + (1,) * len(distribution.batch_shape)
        return distribution.loc + distribution.scale * jnp.reshape(
            jnp.asarray(_SPREAD, jnp.result_type(float)), shape
        )


# ¼ (ψ′(z/2) − ψ′((z + 1)/2)) = 1/2z² + Σ B₂ₖ (2²ᵏ − 1)/z²ᵏ⁺¹. This is B₂ₖ (2²ᵏ − 1) for k = 2, …, 12: from z = 20 on
# the rest is under rounding, and so are its first four derivatives.
_BOOLE = (
    -1 / 2,
    3 / 2,
    -17 / 2,
    155 / 2,
    -2073 / 2,
    38227 / 2,
    -929569 / 2,
    28820619 / 2,
    -1109652905 / 2,
    51943281731 / 2,
    -2905151042481 / 2,
)
_STEPS = 10


def _degrees_information(df: Array) -> Array:
    """The information on ν: ¼ (ψ′(ν/2) − ψ′((ν + 1)/2)) − (ν + 5)/(2ν (ν + 1)(ν + 3)), which is 7/2ν⁴ + O(ν⁻⁵).

    Its terms are 1/2ν², so that the difference has lost all digits at ν = 10⁸. As for the functions in `special`, ten
    steps of I(ν) − I(ν + 2) = (28ν² + 66ν + 30)/(ν² (ν + 1)² (ν + 2)(ν + 3)(ν + 5)) > 0 lead to the series at
    z = ν + 20, of which the two parts left of order z⁻⁴ are (7z + 3)/(2z³ (z + 1)(z + 3)) and the sum from k = 2.
    """
    rungs = jnp.expand_dims(df, -1) + 2.0 * jnp.arange(_STEPS, dtype=df.dtype)
    u, v = 1.0 / rungs, 1.0 / (rungs + 1.0)
    steps = (28.0 + (66.0 + 30.0 * u) * u) * v * v / (rungs + 2.0) / (rungs + 3.0) / (rungs + 5.0)
    z = df + 2.0 * _STEPS
    w = 1.0 / z
    series = jnp.zeros_like(w)
    for coefficient in reversed(_BOOLE):
        series = series * w * w + coefficient
    rest = (3.5 + 1.5 * w) / (z + 1.0) / (z + 3.0)
    return jnp.sum(steps, axis=-1) + w * w * (rest + w**3 * series)


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

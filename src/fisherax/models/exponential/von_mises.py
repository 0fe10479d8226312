"""The von Mises law on the circle."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._types import Array, Scalar
from ..bessel import ANGLES, LARGE, inverse_bessel_ratio_complement, log_i0e_large
from .base import ExponentialFamily, Natural, Parameters


class VonMises(ExponentialFamily):
    """NumPyro's VonMises(loc μ, concentration κ): exp(κ cos(x − μ))/(2π I₀(κ)). From a centre c,

        κ cos(x − μ) = a + a (cos(x − c) − 1) + b sin(x − c),   (a, b) = κ (cos(μ − c), sin(μ − c)),

    so T = (cos(x − c) − 1, sin(x − c)), η = (a, b), h = 1/2π and A = ln I₀(κ) − a. The −1 keeps the digits
    of a concentrated law: T is small with x − c.
    """

    centre: Any = 0.0

    def adapted(self, params: Parameters) -> "VonMises":
        return VonMises(self.fixed, params["loc"])

    def natural(self, params: Parameters) -> Natural:
        angle = params["loc"] - self.centre
        return {
            "cos x - 1": params["concentration"] * jnp.cos(angle),
            "sin x": params["concentration"] * jnp.sin(angle),
        }

    def from_natural(self, natural: Natural) -> Parameters:
        a, b = natural["cos x - 1"], natural["sin x"]
        return {"loc": _wrapped(self.centre + jnp.arctan2(b, a)), "concentration": jnp.hypot(a, b)}

    def log_partition(self, natural: Natural) -> Scalar:
        """A = ln (1/2π)∮ exp(a (cos θ − 1) + b sin θ) dθ, analytic in (a, b) at (0, 0) too.

        By the midpoint rule for κ < 25 (see `bessel`). Beyond, ln I₀(κ) − a = ln(I₀(κ) exp(−κ)) + κ − a,
        where κ − a = b²/(κ + a) does not cancel for a > 0.
        """
        a, b = natural["cos x - 1"], natural["sin x"]
        large = a * a + b * b >= LARGE**2
        dips, sines = (jnp.asarray(values, a.dtype) for values in (np.cos(ANGLES) - 1.0, np.sin(ANGLES)))
        near_a, near_b = jnp.where(large, 0.0, a), jnp.where(large, 0.0, b)
        near = jnp.log(jnp.mean(jnp.exp(near_a * dips + near_b * sines)))
        far_a, far_b = jnp.where(large, a, LARGE), jnp.where(large, b, 0.0)
        k = jnp.sqrt(far_a * far_a + far_b * far_b)
        ahead = far_a > 0.0
        gap = jnp.where(ahead, far_b * far_b / (k + jnp.where(ahead, far_a, 0.0)), k - far_a)
        return jnp.where(large, log_i0e_large(k) + gap, near)

    def statistics(self, x: Array) -> Natural:
        angle = x - self.centre
        return {"cos x - 1": -2.0 * jnp.square(jnp.sin(0.5 * angle)), "sin x": jnp.sin(angle)}

    def log_base(self, x: Array) -> Scalar:
        return jnp.full_like(x, -math.log(2.0 * math.pi))

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """μ and A(κ) are direction and length R of the mean (cos x, sin x): the likelihood's maximum."""
        dip, sine = mean_statistics["cos x - 1"], mean_statistics["sin x"]
        length = jnp.hypot(1.0 + dip, sine)
        complement = -(2.0 * dip + dip * dip + sine * sine) / (1.0 + length)  # 1 − R
        return {
            "loc": _wrapped(self.centre + jnp.arctan2(sine, 1.0 + dip)),
            "concentration": inverse_bessel_ratio_complement(complement),
        }


def _wrapped(angle: Array) -> Array:
    """The same angle in [−π, π), where NumPyro has the support."""
    return jnp.mod(angle + math.pi, 2.0 * math.pi) - math.pi

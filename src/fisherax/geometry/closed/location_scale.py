"""Families of a location and a scale: half-planes.

The law of (x − μ)/σ does not depend on the parameters, so G = (a dμ² + 2c dμ dσ + b dσ²)/σ² with three numbers that
belong to that law, of score ψ(z) = −d ln p/dz:

    a = E ψ²,    c = E ψ (zψ − 1),    b = E (zψ − 1)²

With μ′ = μ + (c/a)σ the cross term is gone: (a dμ′² + B dσ²)/σ², B = b − c²/a, and this is a half-plane of scale √B
and aspect √(a/B), with the coordinates μ′ and σ.
"""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ..._types import Array, Params
from .hyperbolic import Hyperbolic
from .isometry import Isometry


class Coefficients(NamedTuple):
    """a, b, c of the information (a dμ² + 2c dμ dσ + b dσ²)/σ²."""

    location: Any
    scale: Any
    cross: Any = 0.0


NORMAL = Coefficients(1.0, 2.0)
CAUCHY = Coefficients(0.5, 0.5)
LAPLACE = Coefficients(1.0, 1.0)
"""Also the asymmetric law: |z| times the rate of its side is exponential, and independent of the side."""
LOGISTIC = Coefficients(1.0 / 3.0, (3.0 + math.pi**2) / 9.0)
SOFT_LAPLACE = Coefficients(0.5, math.pi**2 / 8.0)
"""p = sech(z)/π and ψ = tanh z."""
GUMBEL = Coefficients(1.0, math.pi**2 / 6.0 + (1.0 - np.euler_gamma) ** 2, np.euler_gamma - 1.0)
"""ψ = 1 − e^{−z}, where e^{−z} is exponential."""
GUMBEL_MINIMUM = GUMBEL._replace(cross=-GUMBEL.cross)
"""The law of −z."""


def student(df: Array) -> Coefficients:
    """ψ = (ν + 1) z/(ν + z²): Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution."""
    return Coefficients((df + 1.0) / (df + 3.0), 2.0 * df / (df + 3.0))


class LocationScale(Isometry):
    """{"loc": μ, "scale": σ} as a half-plane; or n locations with one scale as a half-space.

    n independent entries share σ, so their information is the sum (a Σ dμᵢ′² + nB dσ²)/σ².

    Attributes:
        coefficients: a, b and c.
        shape: The shape of μ.
    """

    coefficients: Coefficients = eqx.field(converter=lambda three: Coefficients(*map(jnp.asarray, three)))
    shape: tuple[int, ...] = eqx.field(static=True, default=())

    @property
    def space(self) -> Hyperbolic:
        a, b, c = self.coefficients
        reduced = math.prod(self.shape) * (b - jnp.square(c) / a)
        return Hyperbolic(jnp.sqrt(reduced), jnp.sqrt(a / reduced))

    def to_space(self, params: Params) -> Array:
        return self.place(jnp.asarray(params["loc"]), jnp.asarray(params["scale"]))

    def from_space(self, x: Array) -> dict[str, Array]:
        loc, scale = self.displace(x)
        return {"loc": loc, "scale": scale}

    def place(self, loc: Array, scale: Array) -> Array:
        """The point of the half-space."""
        a, _, c = self.coefficients
        return jnp.append(jnp.ravel(loc) + c / a * scale, scale)

    def displace(self, x: Array) -> tuple[Array, Array]:
        """μ and σ."""
        a, _, c = self.coefficients
        return jnp.reshape(x[:-1] - c / a * x[-1], self.shape), x[-1]


class Weibull(Isometry):
    """{"scale": λ, "concentration": k}: ln x is a Gumbel law of minima with location ln λ and scale 1/k.

    Attributes:
        logarithm: That law.
    """

    logarithm: LocationScale

    def __init__(self, shape: tuple[int, ...] = ()):
        self.logarithm = LocationScale(GUMBEL_MINIMUM, shape)

    @property
    def space(self) -> Hyperbolic:
        return self.logarithm.space

    def to_space(self, params: Params) -> Array:
        return self.logarithm.place(jnp.log(params["scale"]), 1.0 / jnp.asarray(params["concentration"]))

    def from_space(self, x: Array) -> dict[str, Array]:
        loc, scale = self.logarithm.displace(x)
        return {"scale": jnp.exp(loc), "concentration": 1.0 / scale}

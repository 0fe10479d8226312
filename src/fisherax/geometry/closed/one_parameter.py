"""Families of one parameter: lines, measured by arc length ∫ √G(θ) dθ."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Params, Scalar
from ...models.log_exp import softplus
from .euclidean import Euclidean
from .hyperbolic import Hyperbolic
from .isometry import Isometry
from .sphere import Sphere


class Location(Isometry):
    """G = k²: the parameter itself, on a line of that scale.

    Attributes:
        name: The parameter's name.
        root: k.
    """

    name: str = eqx.field(static=True)
    root: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Euclidean:
        return Euclidean(self.root)

    def to_space(self, params: Params) -> Array:
        return jnp.asarray(params[self.name])

    def from_space(self, x: Array) -> dict[str, Array]:
        return {self.name: x}


class Scale(Isometry):
    """G = k²/θ²: the parameter itself, on a half-line of lengths k |d ln θ|.

    Attributes:
        name: The parameter's name.
        root: k.
    """

    name: str = eqx.field(static=True)
    root: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Hyperbolic:
        return Hyperbolic(self.root)

    def to_space(self, params: Params) -> Array:
        return jnp.asarray(params[self.name])[None]

    def from_space(self, x: Array) -> dict[str, Array]:
        return {self.name: x[0]}


@dataclass(frozen=True)
class Arc:
    """An arc length up to a constant k: x = `length(θ, k)`, θ = `parameter(x, k)`, x > 0."""

    length: Callable[[Any, Any], Array]
    parameter: Callable[[Any, Any], Array]


SQUARE_ROOT = Arc(lambda theta, k: k * jnp.sqrt(theta), lambda x, k: jnp.square(x / k))
"""G = k²/4θ: with k = 2 the mean of a Poisson law."""


def failures(odds: Callable[[Any, Any], Array], parameter: Callable[[Any, Any], Array]) -> Arc:
    """Failures before success number r: in the odds o of a failure G = r/(o (1 + o)), so x = 2√r arsinh √o.

    `odds(θ, r)` and its inverse `parameter(o, r)` say what the family's own parameter is.
    """
    return Arc(
        lambda theta, r: 2.0 * jnp.sqrt(r) * jnp.arcsinh(jnp.sqrt(odds(theta, r))),
        lambda x, r: parameter(jnp.square(jnp.sinh(0.5 * x / jnp.sqrt(r))), r),
    )


BY_SUCCESS = failures(lambda p, r: (1.0 - p) / p, lambda o, r: 1.0 / (1.0 + o))
BY_SUCCESS_LOGITS = failures(lambda logits, r: jnp.exp(-logits), lambda o, r: -jnp.log(o))
BY_FAILURE = failures(lambda q, r: q / (1.0 - q), lambda o, r: o / (1.0 + o))
BY_FAILURE_LOGITS = failures(lambda logits, r: jnp.exp(logits), lambda o, r: jnp.log(o))
BY_MEAN = failures(lambda mean, r: mean / r, lambda o, r: r * o)
BY_RATE = failures(lambda rate, r: 1.0 / rate, lambda o, r: 1.0 / o)


class Count(Isometry):
    """A parameter of counts, on the half-line of its arc length.

    Attributes:
        name: The parameter's name.
        arc: Its arc length.
        constant: k.
    """

    name: str = eqx.field(static=True)
    arc: Arc = eqx.field(static=True)
    constant: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Euclidean:
        return Euclidean(jnp.asarray(1.0), lower=0.0)

    def to_space(self, params: Params) -> Array:
        return self.arc.length(jnp.asarray(params[self.name]), self.constant)

    def from_space(self, x: Array) -> dict[str, Array]:
        return {self.name: self.arc.parameter(x, self.constant)}


class Trials(Isometry):
    """Successes in n trials: x = 2√n (√p, √(1 − p)), a quarter of a circle. Its arc is 2√n arcsin √p.

    On the circle, unlike in its arc length, neither end is rounded away.

    Attributes:
        name: `probs` or `logits`.
        trials: n.
    """

    name: str = eqx.field(static=True)
    trials: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Sphere:
        return Sphere(2.0 * jnp.sqrt(self.trials), positive=True)

    def to_space(self, params: Params) -> Array:
        value = jnp.asarray(params[self.name])
        if self.name == "probs":
            roots = jnp.stack([jnp.sqrt(value), jnp.sqrt(1.0 - value)])
        else:
            roots = jnp.exp(-0.5 * jnp.stack([softplus(-value), softplus(value)]))
        return 2.0 * jnp.sqrt(self.trials) * roots

    def from_space(self, x: Array) -> dict[str, Array]:
        if self.name == "probs":
            return {"probs": jnp.square(x[0]) / jnp.sum(jnp.square(x))}
        return {"logits": 2.0 * (jnp.log(x[0]) - jnp.log(x[1]))}

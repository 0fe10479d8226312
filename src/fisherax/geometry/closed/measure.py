"""Volumes in closed form: families whose √det G is a product of functions of one number each."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln

from ..._types import Array, PRNGKeyArray
from .categories import Categories
from .isometry import Entries, Isometry
from .location_scale import LocationScale, Weibull
from .multivariate_normal import Mean, MeanAndSpread, Spread
from .one_parameter import Count, Location, Scale, Trials
from .von_mises import Direction

Ends = dict[str, tuple[Array, Array]]
"""The box of each leaf."""
Map = Callable[[Array], Array]


class ClosedMeasure:
    """∫ √det G dθ over a box, and exact draws from √det G on it."""

    @abstractmethod
    def factors(self, ends: Ends) -> dict[str, Array]:
        """What each entry of each leaf contributes to the volume, ∞ where it diverges."""

    @abstractmethod
    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...], ends: Ends) -> dict[str, Array]:
        """Independent draws on a box of finite volume."""

    @abstractmethod
    def diverges(self, ends: Ends) -> list[tuple[str, int]]:
        """The leaf's entries, as labels, and the sides on which their factors are infinite."""

    def volume(self, ends: Ends) -> float:
        """The product of all factors; ∞ if one of them is."""
        logs = [np.log(np.asarray(factor, float)).sum() for factor in self.factors(ends).values()]
        return math.exp(total) if (total := float(sum(logs))) < 709.0 else math.inf


@dataclass(frozen=True)
class Primitive:
    """W with W′(θ) the density in one number θ, up to its sign, and the inverse of W."""

    value: Map
    inverse: Map


@dataclass(frozen=True)
class Separable(ClosedMeasure):
    """√det G = c Π W′(θᵢ), so that W(θᵢ) is uniform: its arc length, in families of one parameter.

    Attributes:
        log_constant: ln c.
        parts: W of each leaf, entry by entry.
    """

    log_constant: float
    parts: dict[str, Primitive]

    def factors(self, ends: Ends) -> dict[str, Array]:
        found = {name: self._width(name, ends) for name in self.parts}
        return {**found, "": jnp.exp(jnp.asarray(self.log_constant))}

    def _width(self, name: str, ends: Ends) -> Array:
        low, high = self._images(name, ends)
        known = jnp.isfinite(low) & jnp.isfinite(high)
        return jnp.where(known, jnp.abs(jnp.where(known, high - low, 0.0)), jnp.inf)

    def _images(self, name: str, ends: Ends) -> tuple[Array, Array]:
        low, high = (self.parts[name].value(end) for end in ends[name])
        return low, high

    def diverges(self, ends: Ends) -> list[tuple[str, int]]:
        found = []
        for name in self.parts:
            images = [np.asarray(image) for image in self._images(name, ends)]
            for index in np.ndindex(images[0].shape):
                label = f"{name}[{', '.join(map(str, index))}]" if index else name
                found += [
                    (label, side)
                    for side, image in zip((-1, 1), images, strict=True)
                    if not np.isfinite(image[index])
                ]
        return found

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...], ends: Ends) -> dict[str, Array]:
        draws = {}
        for name, part in self.parts.items():
            key, own = jax.random.split(key)
            low, high = self._images(name, ends)
            # Both ends themselves are left out: there a probability is 0 or 1.
            unit = jax.random.uniform(own, (*shape, *low.shape), low.dtype, minval=jnp.finfo(low.dtype).tiny)
            value = part.inverse(low + (high - low) * unit)
            draws[name] = inside(value, *ends[name])
        return draws


def inside(value: Array, low: Array, high: Array) -> Array:
    """Rounding may have put a draw on an end of the box: the number beside it is inside."""
    tiny = jnp.finfo(value.dtype).tiny
    least, most = jnp.nextafter(low, high), jnp.nextafter(high, low)
    return jnp.clip(value, jnp.where(low == 0.0, tiny, least), jnp.where(high == 0.0, -tiny, most))


@dataclass(frozen=True)
class OnSpheres(ClosedMeasure):
    """Probabilities of K categories in n draws, the whole simplex: Dirichlet's law with all parameters ½.

        ∫ √det G = n^{(K−1)/2} Γ(½)ᴷ/Γ(K/2)

    Attributes:
        draws: n, for each entry of a batch.
        shape: The batch, then K.
    """

    draws: Any
    shape: tuple[int, ...]

    def factors(self, ends: Ends) -> dict[str, Array]:
        size = self.shape[-1]
        log = 0.5 * size * math.log(math.pi) - gammaln(0.5 * size)
        draws = jnp.broadcast_to(jnp.asarray(self.draws, float), self.shape[:-1])
        return {"probs": jnp.exp(log + 0.5 * (size - 1) * jnp.log(draws))}

    def diverges(self, ends: Ends) -> list[tuple[str, int]]:
        return []

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...], ends: Ends) -> dict[str, Array]:
        return {"probs": jax.random.dirichlet(key, jnp.full(self.shape[-1], 0.5), (*shape, *self.shape[:-1]))}


@dataclass(frozen=True)
class Matrices(ClosedMeasure):
    """Covariances, precisions or their factors, all of them: the integral is infinite, whatever the bounds of a mean.

    With a known mean c Σ has the volume element that Σ has, so that it diverges as c goes to 0 and to ∞; with a free
    one of k numbers it is c^{−k/2} times as large, and diverges where the covariance goes to 0.

    Attributes:
        name: The leaf.
        sides: Where it diverges, as far as this argument tells.
    """

    name: str
    sides: tuple[int, ...]

    def factors(self, ends: Ends) -> dict[str, Array]:
        return {self.name: jnp.asarray(jnp.inf)}

    def diverges(self, ends: Ends) -> list[tuple[str, int]]:
        found = [(self.name, side) for side in self.sides]
        for side, end in zip((-1, 1), map(np.asarray, ends.get("loc", ())), strict=False):
            found += [
                (f"loc[{', '.join(map(str, index))}]", side)
                for index in np.ndindex(end.shape)
                if not np.isfinite(end[index])
            ]
        return found

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...], ends: Ends) -> dict[str, Array]:
        raise AssertionError("an improper prior has no samples")


def measure_of(isometry: Isometry, shapes: dict[str, tuple[int, ...]]) -> ClosedMeasure | None:
    """The measure of a family that is a model space, for parameters of these shapes; None if it has no closed form."""
    if isinstance(isometry, Entries):
        one, batch = isometry.each, isometry.batch
    else:
        one, batch = isometry, ()

    def spread(constant: Any) -> Array:
        """A constant of each entry, in the shape of the batch."""
        return jnp.reshape(jnp.asarray(constant, float), batch)

    match one:
        case Location():
            return _line(one.name, spread(one.root))
        case Direction():
            entries = spread(jax.vmap(_radius)(one) if batch else _radius(one))
            return _line("loc", entries)
        case Scale():
            k = spread(one.root)
            return Separable(0.0, {one.name: Primitive(lambda x: k * jnp.log(x), lambda w: jnp.exp(w / k))})
        case Count():
            k, arc = spread(one.constant), one.arc
            part = Primitive(lambda x: arc.length(x, k), lambda w: arc.parameter(w, k))
            return Separable(0.0, {one.name: part})
        case Trials():
            return Separable(0.0, {one.name: _trials(one.name, 2.0 * jnp.sqrt(spread(one.trials)))})
        case Mean():
            logs = jnp.log(jnp.abs(jnp.diagonal(one.root, axis1=-2, axis2=-1)))
            return Separable(float(jnp.sum(logs)), {"loc": _IDENTITY})
        case LocationScale():
            n = math.prod(one.shape)
            scale = Primitive(lambda x: -(x ** (-n)) / n, lambda w: (-n * w) ** (-1.0 / n))
            return Separable(_half_space(one), {"loc": _IDENTITY, "scale": scale})
        case Weibull():
            n = math.prod(one.logarithm.shape)
            power = Primitive(lambda x: x**n / n, lambda w: (n * w) ** (1.0 / n))
            parts = {"scale": Primitive(jnp.log, jnp.exp), "concentration": power}
            return Separable(_half_space(one.logarithm), parts)
        case Spread():
            return Matrices(one.name, (-1, 1))
        case MeanAndSpread():
            return Matrices(one.name, (1,) if one.name == "precision_matrix" else (-1,))
        case Categories():
            return OnSpheres(spread(one.draws), shapes["probs"])
    return None


_IDENTITY = Primitive(lambda x: x, lambda w: w)


def _line(name: str, root: Array) -> Separable:
    return Separable(0.0, {name: Primitive(lambda x: root * x, lambda w: w / root)})


def _radius(one: Direction) -> Array:
    return jnp.asarray(one.space.radius)


def _trials(name: str, radius: Array) -> Primitive:
    """The arc 2√n arcsin √p."""
    if name == "probs":
        return Primitive(
            lambda p: radius * jnp.arcsin(jnp.sqrt(p)), lambda w: jnp.square(jnp.sin(w / radius))
        )
    return Primitive(
        lambda x: radius * jnp.arctan(jnp.exp(0.5 * x)), lambda w: 2.0 * jnp.log(jnp.tan(w / radius))
    )


def _half_space(one: LocationScale) -> float:
    """ln of c in √det G = c/σⁿ⁺¹: (a Σ dμᵢ′² + nB dσ²)/σ² with μᵢ′ = μᵢ + (c/a)σ, a change of determinant 1."""
    n = math.prod(one.shape)
    a, b, c = (jnp.asarray(x) for x in one.coefficients)
    return float(jnp.sum(0.5 * (n * jnp.log(a) + jnp.log(n * (b - jnp.square(c) / a)))))

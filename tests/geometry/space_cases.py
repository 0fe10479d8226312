"""The model spaces with random points and tangent vectors, near and far."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from fisherax.geometry.closed.circle import Circle
from fisherax.geometry.closed.euclidean import Euclidean
from fisherax.geometry.closed.hyperbolic import Hyperbolic
from fisherax.geometry.closed.normal_vectors import NormalVectors
from fisherax.geometry.closed.positive_definite import PositiveDefinite
from fisherax.geometry.closed.product import Product
from fisherax.geometry.closed.space import ModelSpace
from fisherax.geometry.closed.sphere import Sphere

Generator = np.random.Generator


@dataclass(frozen=True, eq=False)
class Case:
    space: ModelSpace
    point: Callable[[Generator], Any]
    project: Callable[[Any, Any], Any]
    """Any array of a point's shape as a tangent vector at the point."""

    def points(self, count: int, seed: int = 0) -> Any:
        generator = np.random.default_rng(seed)
        return jnp.asarray(np.stack([self.point(generator) for _ in range(count)]))

    def vectors(self, points: Any, seed: int = 1) -> Any:
        raw = np.random.default_rng(seed).normal(size=points.shape)
        return jnp.stack([self.project(x, jnp.asarray(v)) for x, v in zip(points, raw, strict=True)])


def flat(x, v):
    del x
    return v


def symmetric(x, v):
    root = jnp.linalg.cholesky(x)
    return root @ (v + v.T) @ root.T


def on_sphere(radius: float, positive: bool, size: int) -> Case:
    def point(generator: Generator) -> np.ndarray:
        x = generator.normal(size=size)
        x = np.abs(x) if positive else x
        return radius * x / np.linalg.norm(x)

    def project(x, v):
        return v - x * (x @ v) / radius**2

    return Case(Sphere(jnp.asarray(radius), positive), point, project)


def half_space(size: int, generator: Generator) -> np.ndarray:
    return np.append(generator.normal(size=size - 1, scale=5.0), np.exp(generator.normal(scale=2.0)))


def matrix(size: int, generator: Generator) -> np.ndarray:
    lower = np.tril(generator.normal(size=(size, size)), -1) + np.diag(np.exp(generator.normal(size=size)))
    return lower @ lower.T


def mean_and_matrix(size: int, generator: Generator) -> np.ndarray:
    return np.column_stack([generator.normal(size=size, scale=3.0), matrix(size, generator)])


def any_and_symmetric(x, v):
    return jnp.concatenate([v[:, :1], symmetric(x[:, 1:], v[:, 1:])], axis=1)


ROOT = np.array([[2.0, 0.0, 0.0], [0.3, 1.0, 0.0], [-0.5, 0.2, 0.7]])
CASES = {
    "a line": Case(Euclidean(jnp.asarray(1.5)), lambda generator: generator.normal(), flat),
    "a half-line": Case(
        Euclidean(jnp.asarray(1.0), lower=0.0), lambda generator: np.exp(generator.normal()), flat
    ),
    "flat space": Case(Euclidean(jnp.asarray(ROOT)), lambda generator: generator.normal(size=3), flat),
    "a circle": Case(Circle(jnp.asarray(2.0)), lambda generator: generator.uniform(-3.0, 3.0), flat),
    "a sphere": on_sphere(2.0, False, 3),
    "a quarter of a circle": on_sphere(2.0, True, 2),
    "a piece of a sphere": on_sphere(5.0, True, 4),
    "lengths of a logarithm": Case(
        Hyperbolic(jnp.asarray(0.6)), lambda generator: np.exp(generator.normal(size=1, scale=3.0)), flat
    ),
    "a half-plane": Case(
        Hyperbolic(jnp.asarray(1.3), jnp.asarray(0.8)), lambda generator: half_space(2, generator), flat
    ),
    "a half-space": Case(Hyperbolic(jnp.asarray(0.7)), lambda generator: half_space(4, generator), flat),
    "positive definite": Case(
        PositiveDefinite(jnp.asarray(0.5)), lambda generator: matrix(3, generator), symmetric
    ),
    "normal vectors": Case(
        NormalVectors(), lambda generator: mean_and_matrix(3, generator), any_and_symmetric
    ),
    "a product": Case(
        Product(eqx.filter_vmap(Hyperbolic)(jnp.asarray([1.3, 0.5]))),
        lambda generator: np.stack([half_space(2, generator) for _ in range(2)]),
        flat,
    ),
}

SYMMETRIC = [name for name in CASES if name != "normal vectors"]
"""The symmetric spaces, in which the reflection of all geodesics through a point is an isometry."""

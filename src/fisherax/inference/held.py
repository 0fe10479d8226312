"""Hypotheses: surfaces that a maximisation stays on."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Matrix, Params, Vector
from ..models.coordinates import Coordinates
from .likelihood.chart import flat as flat


class Hypothesis(ABC):
    """A smooth surface {h(z) = 0}. None of its methods costs a pass over the data."""

    @abstractmethod
    def basis(self, z: np.ndarray) -> np.ndarray:
        """An orthonormal basis of the tangent plane of {h = 0} at z, as columns."""

    @abstractmethod
    def bend(self, z: np.ndarray, score: np.ndarray) -> np.ndarray:
        """What the constraint adds to −∂²ℓ: Σ λⱼ ∂²hⱼ, with the multipliers of h′ᵀλ = ∂ℓ in least squares.

        Newton's method on a curved set needs the curvature of the Lagrangian ℓ − λᵀh.
        """

    @abstractmethod
    def retract(self, z: np.ndarray) -> np.ndarray:
        """A point of {h = 0} near z."""


class Held(Hypothesis):
    """h(z) = 0: entries `indices` of the parameters θ(z) are equal to `targets`.

    It is a plane where each entry is a function of one coordinate (a mean, a scale, a coefficient), and
    curved elsewhere (a probability, a covariance).

    Args:
        coordinates: z ↔ θ.
        indices: Which entries, in the order of the parameters' flattened leaves.
        targets: Their values.
        near: A point z near which the hypothesis is.
    """

    def __init__(
        self,
        coordinates: Coordinates,
        indices: Sequence[int],
        targets: Sequence[float] | np.ndarray,
        near: np.ndarray,
    ):
        self.coordinates = coordinates
        self.indices = tuple(int(i) for i in indices)
        self.targets = np.asarray(targets, float)
        leaves = self._leaves()
        self.is_flat = all(coordinates.constraints[leaf].value.event_dim == 0 for leaf in leaves)
        if not self.is_flat:
            return
        # Leaf by leaf z and θ then have the same shape, so an entry's coordinate stands where the entry stands.
        entries = np.array(_flat_params(coordinates, jnp.asarray(near)))
        entries[list(self.indices)] = self.targets
        starts = np.cumsum([0, *(int(np.prod(s, dtype=int)) for s in coordinates.free_shapes)])
        firsts = np.cumsum([0, *_sizes(coordinates)])
        self._axes = [
            int(starts[leaf] + i - firsts[leaf]) for leaf, i in zip(leaves, self.indices, strict=True)
        ]
        self._fixed = np.asarray(_coordinates(coordinates, jnp.asarray(entries)))[self._axes]
        if not np.all(np.isfinite(self._fixed)):
            raise ValueError(
                f"A hypothesis must lie inside the parameter space, but {self.targets.tolist()} does not."
            )

    def _leaves(self) -> list[int]:
        leaf_of = np.repeat(np.arange(len(self.coordinates.shapes)), _sizes(self.coordinates))
        return [int(leaf_of[i]) for i in self.indices]

    def retract(self, z: np.ndarray) -> np.ndarray:
        """In a plane the coordinates are set, and all others stay.

        Elsewhere the shortest Newton steps are taken, zₙ₊₁ = zₙ − h′⁺ h, halved where h does not fall.
        """
        z = np.array(z, dtype=float)
        if self.is_flat:
            z[self._axes] = self._fixed
            return z
        residual, jacobian = self._linear(z)
        for _ in range(50):
            if np.max(np.abs(residual)) <= 1e-15 * max(1.0, np.max(np.abs(self.targets))):
                break
            step = np.linalg.lstsq(jacobian, residual, rcond=None)[0]
            for _ in range(30):
                moved = self._linear(z - step)
                if np.linalg.norm(moved[0]) < np.linalg.norm(residual):
                    break
                step = 0.5 * step
            else:
                break
            z, (residual, jacobian) = z - step, moved
        return z

    def basis(self, z: np.ndarray) -> np.ndarray:
        if self.is_flat:
            return np.delete(np.eye(z.size), self._axes, axis=1)
        return np.linalg.qr(self._linear(z)[1].T, mode="complete")[0][:, len(self.indices) :]

    def bend(self, z: np.ndarray, score: np.ndarray) -> np.ndarray:
        if self.is_flat:
            return np.zeros((z.size, z.size))
        multipliers = np.linalg.lstsq(self._linear(z)[1].T, score, rcond=None)[0]
        curvature = _curvature(self.coordinates, self.indices, jnp.asarray(z), jnp.asarray(multipliers))
        return np.asarray(curvature)

    def _linear(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """h and h′."""
        value, jacobian = _entries(self.coordinates, self.indices, jnp.asarray(z))
        return np.asarray(value) - self.targets, np.asarray(jacobian)


def _sizes(coordinates: Coordinates) -> list[int]:
    return [int(np.prod(shape, dtype=int)) for shape in coordinates.shapes]


def _unflat(coordinates: Coordinates, entries: Vector) -> Params:
    leaves, start = [], 0
    for shape, size, dtype in zip(coordinates.shapes, _sizes(coordinates), coordinates.dtypes, strict=True):
        leaves.append(jnp.reshape(entries[start : start + size], shape).astype(dtype))
        start += size
    return jtu.tree_unflatten(coordinates.treedef, leaves)


@partial(jax.jit, static_argnums=0)
def _flat_params(coordinates: Coordinates, z: Vector) -> Vector:
    return flat(coordinates.to_params(z))


@partial(jax.jit, static_argnums=0)
def _coordinates(coordinates: Coordinates, entries: Vector) -> Vector:
    return coordinates.to_vector(_unflat(coordinates, entries))


def _held_entries(coordinates: Coordinates, indices: tuple[int, ...], z: Vector) -> Float[Array, " m"]:
    return flat(coordinates.to_params(z))[np.asarray(indices)]


@partial(jax.jit, static_argnums=(0, 1))
def _entries(
    coordinates: Coordinates, indices: tuple[int, ...], z: Vector
) -> tuple[Float[Array, " m"], Float[Array, "m p"]]:
    entries = partial(_held_entries, coordinates, indices)
    return entries(z), jax.jacobian(entries)(z)


@partial(jax.jit, static_argnums=(0, 1))
def _curvature(
    coordinates: Coordinates, indices: tuple[int, ...], z: Vector, multipliers: Float[Array, " m"]
) -> Matrix:
    return jax.hessian(lambda z: jnp.dot(multipliers, _held_entries(coordinates, indices, z)))(z)

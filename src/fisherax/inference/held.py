"""A hypothesis on parameters: some of their entries held at given values."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Matrix, Params, Vector
from ..models.coordinates import Coordinates


def flat(params: Params) -> Vector:
    """All entries of the parameters, in the order of their names."""
    leaves = jtu.tree_leaves(params)
    return jnp.concatenate([jnp.ravel(leaf) for leaf in leaves]) if leaves else jnp.zeros((0,))


class Hypothesis(eqx.Module):
    """A smooth surface {h(z) = 0} that a maximisation stays on."""

    @abstractmethod
    def basis(self, z: Vector) -> Float[Array, "k free"]:
        """An orthonormal basis of the tangent plane of {h = 0} at z."""

    @abstractmethod
    def bend(self, z: Vector, score: Vector) -> Matrix:
        """What the constraint adds to −∂²ℓ: Σ λⱼ ∂²hⱼ, with the multipliers of h′ᵀλ = ∂ℓ in least squares.

        Newton's method on a curved set needs the curvature of the Lagrangian ℓ − λᵀh.
        """

    @abstractmethod
    def retract(self, z: Vector) -> Vector:
        """A point of {h = 0} near z; it costs no pass over the data."""


class Held(Hypothesis):
    """h(z) = 0: entries `indices` of the parameters θ(z) are equal to `targets`.

    Maximisation under it stays on {z : h(z) = 0}, which is curved where an entry is no function of
    one coordinate (a probability, a covariance). The targets are arrays, so that another value compiles nothing.
    """

    coordinates: Coordinates = eqx.field(static=True)
    indices: tuple[int, ...] = eqx.field(static=True)
    targets: Float[Array, " m"]

    def residual(self, z: Vector) -> Float[Array, " m"]:
        """h(z)."""
        return flat(self.coordinates.to_params(z))[np.asarray(self.indices)] - self.targets

    def jacobian(self, z: Vector) -> Float[Array, "m k"]:
        return jax.jacobian(self.residual)(z)

    def basis(self, z: Vector) -> Float[Array, "k free"]:
        return jnp.linalg.qr(self.jacobian(z).T, mode="complete")[0][:, len(self.indices) :]

    def bend(self, z: Vector, score: Vector) -> Matrix:
        if self.is_flat:
            return jnp.zeros((z.size, z.size), z.dtype)
        normal = self.jacobian(z)
        multipliers = jnp.linalg.solve(normal @ normal.T, normal @ score)
        return jax.hessian(lambda z: jnp.dot(multipliers, self.residual(z)))(z)

    @property
    def is_flat(self) -> bool:
        """Whether each held entry is a function of one coordinate: the set is then a plane in z."""
        leaf_of = np.repeat(np.arange(len(self.coordinates.shapes)), self._sizes)
        return all(self.coordinates.constraints[leaf_of[i]].value.event_dim == 0 for i in self.indices)

    @property
    def _sizes(self) -> list[int]:
        return [int(np.prod(shape, dtype=int)) for shape in self.coordinates.shapes]

    def retract(self, z: Vector, iterations: int = 12) -> Vector:
        """A point of {h = 0} near z; it costs no pass over the data.

        In a plane it is exact: the entries are set, and all other coordinates stay. Elsewhere the shortest
        Newton steps are taken, zₙ₊₁ = zₙ − h′⁺ h.
        """
        if self.is_flat:
            params = self.coordinates.to_params(z)
            entries = flat(params).at[np.asarray(self.indices)].set(self.targets)
            moved = self.coordinates.to_vector(self._unflat(entries))
            # The map there and back rounds; the coordinates that are not held must not move at all.
            touched = jnp.any(self.jacobian(moved) != 0, axis=0)
            return jnp.where(touched, moved, z)

        def step(_: int, z: Vector) -> Vector:
            jacobian = self.jacobian(z)
            return z - jacobian.T @ jnp.linalg.solve(jacobian @ jacobian.T, self.residual(z))

        return jax.lax.fori_loop(0, iterations, step, z)

    def _unflat(self, entries: Vector) -> Params:
        leaves, start = [], 0
        for shape, size, dtype in zip(
            self.coordinates.shapes, self._sizes, self.coordinates.dtypes, strict=True
        ):
            leaves.append(jnp.reshape(entries[start : start + size], shape).astype(dtype))
            start += size
        return jtu.tree_unflatten(self.coordinates.treedef, leaves)

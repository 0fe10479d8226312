"""The parameters at one z, and how they move with it."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ..._types import Array, Float, Params, Vector
from ...models.coordinates import Coordinates
from ...models.tangent import Free, Tangent


def flat(params: Params) -> Vector:
    """All entries of the parameters, in the order of their names."""
    leaves = jtu.tree_leaves(params)
    return jnp.concatenate([jnp.ravel(leaf) for leaf in leaves]) if leaves else jnp.zeros((0,))


@dataclasses.dataclass(frozen=True)
class Chart:
    """θ(z) and its derivatives.

    Attributes:
        params: θ.
        jacobian: ∂θ/∂z, (size, k), a row for each entry of the parameters.
        tangent_jacobian: ∂u/∂z, (p, k), with u the orthonormal coordinates of the tangent space.
        basis: The tangent space's orthonormal basis, (size, p).
    """

    params: Params
    jacobian: np.ndarray
    tangent_jacobian: np.ndarray
    basis: np.ndarray

    @staticmethod
    def at(coordinates: Coordinates, tangent: Tangent, z: Vector | np.ndarray) -> "Chart":
        params, jacobian, basis = _derivatives(coordinates, tangent, jnp.asarray(z))
        return Chart.of(tangent, params, np.asarray(jacobian), np.asarray(basis))

    @staticmethod
    def of(tangent: Tangent, params: Params, jacobian: np.ndarray, basis: np.ndarray) -> "Chart":
        """From derivatives."""
        return Chart(params, jacobian, jacobian if tangent.is_free else basis.T @ jacobian, basis)

    def to_tangent(self, information: Array | np.ndarray) -> np.ndarray:
        """An information in z on the tangent space of the parameters: J⁻ᵀ I J⁻¹."""
        j = self.tangent_jacobian
        in_z = np.asarray(information)
        # One coordinate that ran away must not spoil the others.
        bad = ~np.all(np.isfinite(in_z), axis=1) & ~np.isfinite(np.diagonal(in_z))
        kept = np.where(bad[:, None] | bad[None, :], 0.0, in_z)
        matrix = np.linalg.solve(j.T, np.linalg.solve(j.T, kept).T)
        lost = np.any(j[:, bad] != 0, axis=1)
        matrix[lost], matrix[:, lost] = np.nan, np.nan
        return 0.5 * (matrix + matrix.T)

    def to_z(self, information: Array | np.ndarray) -> np.ndarray:
        """The other way: Jᵀ I J."""
        return self.tangent_jacobian.T @ np.asarray(information) @ self.tangent_jacobian


def derivatives(
    coordinates: Coordinates, tangent: Tangent, z: Vector
) -> tuple[Params, Float[Array, "size k"], Float[Array, "size p"]]:
    """θ(z), ∂θ/∂z and the basis of the tangent space."""
    jacobian = jax.jacobian(lambda z: flat(coordinates.to_params(z)))(z)
    basis = jnp.eye(tangent.dim, dtype=z.dtype) if tangent.is_free else tangent.basis()
    return coordinates.to_params(z), jacobian, basis


_derivatives = partial(jax.jit, static_argnums=(0, 1))(derivatives)


def entry_names(coordinates: Coordinates, labels: dict[str, tuple[str, ...]] | None) -> tuple[str, ...]:
    """A name for each entry of parameters of this shape."""
    names: list[str] = []
    for name, shape in zip(coordinates.names, coordinates.shapes, strict=True):
        known = labels and labels.get(name)
        names += known or (Free(shape).labels(name) if shape else (name,))
    return tuple(names)

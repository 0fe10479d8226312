"""The tangent space of a parameter space: which directions a parameter may move in.

A probability vector may not move off Σp = 1, nor a covariance matrix off symmetry. There an
"inverse information" exists only on the tangent space, so all matrices of the library are
written in an orthonormal basis B of it (BᵀB = 1): v = B u for a tangent vector v, shaped like the
parameters, with coordinates u. A leaf without such a constraint has B = 1.
"""

import itertools
import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import leaf_name
from .._types import Array, Float, Params


class Directions(eqx.Module):
    """An orthonormal basis of the directions that one leaf of shape `shape` may move in."""

    shape: eqx.AbstractVar[tuple[int, ...]]

    @property
    @abstractmethod
    def dim(self) -> int: ...

    @abstractmethod
    def ravel(self, leaf: Array) -> Array:
        """Bᵀv: leaf → coordinates (and the orthogonal projection, for a leaf that is not tangent)."""

    @abstractmethod
    def unravel(self, coordinates: Array) -> Array:
        """Bu: coordinates → leaf."""

    @abstractmethod
    def labels(self, name: str) -> tuple[str, ...]: ...


class Free(Directions):
    """Every entry moves on its own: B = 1."""

    shape: tuple[int, ...] = eqx.field(static=True)

    @property
    def dim(self) -> int:
        return math.prod(self.shape)

    def ravel(self, leaf: Array) -> Array:
        return jnp.reshape(leaf, (self.dim,))

    def unravel(self, coordinates: Array) -> Array:
        return jnp.reshape(coordinates, self.shape)

    def labels(self, name: str) -> tuple[str, ...]:
        return tuple(_indexed(name, i) for i in np.ndindex(self.shape))


class Simplex(Directions):
    """Probability vectors in the last axis: directions that sum to zero, in Helmert's basis."""

    shape: tuple[int, ...] = eqx.field(static=True)

    @property
    def dim(self) -> int:
        return math.prod(self.shape[:-1]) * (self.shape[-1] - 1)

    def _basis(self, dtype: Any) -> Array:
        """Row k of Helmert's matrix is (1, …, 1, −k, 0, …)/√(k(k+1)), k ones."""
        size = self.shape[-1]
        k = np.arange(1, size)[:, None]
        j = np.arange(size)[None, :]
        rows = np.where(j < k, 1.0, np.where(j == k, -k, 0.0)) / np.sqrt(k * (k + 1))
        return jnp.asarray(rows, dtype)

    def ravel(self, leaf: Array) -> Array:
        return jnp.reshape(leaf @ self._basis(leaf.dtype).T, (self.dim,))

    def unravel(self, coordinates: Array) -> Array:
        rows = jnp.reshape(coordinates, (*self.shape[:-1], self.shape[-1] - 1))
        return rows @ self._basis(coordinates.dtype)

    def labels(self, name: str) -> tuple[str, ...]:
        rows = np.ndindex((*self.shape[:-1], self.shape[-1] - 1))
        return tuple(f"{_indexed(name, i)} (contrast)" for i in rows)


class Symmetric(Directions):
    """Symmetric matrices in the last two axes: E_ii and (E_ij + E_ji)/√2, i > j."""

    shape: tuple[int, ...] = eqx.field(static=True)

    def _indices(self) -> tuple[np.ndarray, np.ndarray]:
        return np.tril_indices(self.shape[-1])

    @property
    def dim(self) -> int:
        size = self.shape[-1]
        return math.prod(self.shape[:-2]) * size * (size + 1) // 2

    def ravel(self, leaf: Array) -> Array:
        i, j = self._indices()
        weight = jnp.asarray(np.where(i == j, 0.5, math.sqrt(0.5)), leaf.dtype)
        return jnp.reshape((leaf[..., i, j] + leaf[..., j, i]) * weight, (self.dim,))

    def unravel(self, coordinates: Array) -> Array:
        i, j = self._indices()
        weight = jnp.asarray(np.where(i == j, 0.5, math.sqrt(0.5)), coordinates.dtype)
        entries = jnp.reshape(coordinates, (*self.shape[:-2], i.size)) * weight
        zero = jnp.zeros(self.shape, coordinates.dtype)
        return zero.at[..., i, j].add(entries).at[..., j, i].add(entries)

    def labels(self, name: str) -> tuple[str, ...]:
        i, j = self._indices()
        batch = np.ndindex(self.shape[:-2])
        return tuple(_indexed(name, (*b, *ij)) for b in batch for ij in zip(i, j, strict=True))


class LowerTriangular(Directions):
    """Lower-triangular matrices in the last two axes."""

    shape: tuple[int, ...] = eqx.field(static=True)

    @property
    def dim(self) -> int:
        size = self.shape[-1]
        return math.prod(self.shape[:-2]) * size * (size + 1) // 2

    def ravel(self, leaf: Array) -> Array:
        i, j = np.tril_indices(self.shape[-1])
        return jnp.reshape(leaf[..., i, j], (self.dim,))

    def unravel(self, coordinates: Array) -> Array:
        i, j = np.tril_indices(self.shape[-1])
        entries = jnp.reshape(coordinates, (*self.shape[:-2], i.size))
        return jnp.zeros(self.shape, coordinates.dtype).at[..., i, j].set(entries)

    def labels(self, name: str) -> tuple[str, ...]:
        i, j = np.tril_indices(self.shape[-1])
        batch = np.ndindex(self.shape[:-2])
        return tuple(_indexed(name, (*b, *ij)) for b in batch for ij in zip(i, j, strict=True))


class Tangent(eqx.Module):
    """The tangent space at a pytree of parameters, with one `Directions` for each leaf.

    It holds shapes and no arrays, so it is static under `jit`, and two of them compare by value.
    """

    treedef: Any = eqx.field(static=True)
    leaves: tuple[Directions, ...] = eqx.field(static=True)
    dtypes: tuple[Any, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    own_labels: tuple[tuple[str, ...] | None, ...] = eqx.field(static=True)

    @staticmethod
    def of(
        params: Params,
        directions: Mapping[str, type[Directions]] | None = None,
        labels: Mapping[str, tuple[str, ...]] | None = None,
    ) -> "Tangent":
        """The tangent space at `params`.

        `directions` names the leaves that are not `Free`; `labels` the leaves whose coordinates have names.
        """
        directions = directions or {}
        with_path, treedef = jtu.tree_flatten_with_path(params)
        names = tuple(leaf_name(path) for path, _ in with_path)
        for name, (_, leaf) in zip(names, with_path, strict=True):
            if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
                raise ValueError(
                    f"Parameter {name!r} has dtype {jnp.result_type(leaf)}; parameters are differentiated, "
                    "so they must be floating point: convert it, or keep it out of the parameters."
                )
        leaves = tuple(
            directions.get(name, Free)(tuple(jnp.shape(leaf)))
            for name, (_, leaf) in zip(names, with_path, strict=True)
        )
        dtypes = tuple(np.dtype(jnp.result_type(leaf)) for _, leaf in with_path)
        given = [(labels or {}).get(name) for name in names]
        own = tuple(
            None if words is None or words == leaf.labels(name) else words
            for words, leaf, name in zip(given, leaves, names, strict=True)
        )
        return Tangent(treedef, leaves, dtypes, names, own)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each coordinate. They are made when asked for: a network has millions."""
        return tuple(itertools.chain(*(self.leaf_labels(k) for k in range(len(self.leaves)))))

    def leaf_labels(self, k: int) -> tuple[str, ...]:
        """The names of the coordinates of the k-th leaf."""
        own = self.own_labels[k]
        return self.leaves[k].labels(self.names[k]) if own is None else own

    @property
    def dims(self) -> tuple[int, ...]:
        return tuple(leaf.dim for leaf in self.leaves)

    @property
    def dim(self) -> int:
        return sum(self.dims)

    @property
    def size(self) -> int:
        """Number of entries of the parameters; more than `dim` where a constraint removes directions."""
        return sum(math.prod(leaf.shape) for leaf in self.leaves)

    @property
    def is_free(self) -> bool:
        return all(isinstance(leaf, Free) for leaf in self.leaves)

    def slices(self) -> tuple[slice, ...]:
        """Where each leaf's coordinates stand in the vector."""
        stops = np.cumsum((0, *self.dims)).tolist()
        return tuple(slice(a, b) for a, b in itertools.pairwise(stops))

    def structure(self) -> Params:
        """The parameters' shapes and dtypes."""
        shapes = [
            jax.ShapeDtypeStruct(leaf.shape, dtype)
            for leaf, dtype in zip(self.leaves, self.dtypes, strict=True)
        ]
        return jtu.tree_unflatten(self.treedef, shapes)

    def ravel(self, vector: Params) -> Float[Array, " p"]:
        """u = Bᵀv: the coordinates of a tangent vector (of its projection, if it is none)."""
        leaves = self._leaves_of(vector)
        if not leaves:
            return jnp.zeros((0,))
        return jnp.concatenate([d.ravel(leaf) for d, leaf in zip(self.leaves, leaves, strict=True)])

    def unravel(self, coordinates: Float[Array, " p"]) -> Params:
        """v = Bu: the tangent vector, shaped like the parameters, with these coordinates."""
        leaves = [
            d.unravel(coordinates[s]).astype(dtype)
            for d, s, dtype in zip(self.leaves, self.slices(), self.dtypes, strict=True)
        ]
        return jtu.tree_unflatten(self.treedef, leaves)

    def basis(self) -> Float[Array, "size p"]:
        """B itself, rows in the order of the parameters' entries."""

        def column(coordinates: Array) -> Array:
            return jnp.concatenate([jnp.ravel(x) for x in jtu.tree_leaves(self.unravel(coordinates))])

        dtype = jnp.result_type(*self.dtypes) if self.dtypes else jnp.result_type(float)
        return jax.vmap(column, out_axes=1)(jnp.eye(self.dim, dtype=dtype))

    def _leaves_of(self, vector: Params) -> list[Array]:
        leaves, treedef = jtu.tree_flatten(vector)
        if treedef != self.treedef:
            raise ValueError(
                f"A tangent vector must be a pytree like the parameters, {self.treedef}, not {treedef}."
            )
        for name, direction, leaf in zip(self.names, self.leaves, leaves, strict=True):
            if jnp.shape(leaf) != direction.shape:
                raise ValueError(
                    f"Leaf {name!r} of the tangent vector has shape {jnp.shape(leaf)}, "
                    f"but the parameter has shape {direction.shape}."
                )
        return [jnp.asarray(leaf) for leaf in leaves]


def _indexed(name: str, index: tuple[Any, ...]) -> str:
    return f"{name}[{', '.join(str(int(i)) for i in index)}]" if index else name

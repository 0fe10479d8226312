"""Carrying an information over to functions of the parameters."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays, leaf_name
from .._types import Array, Float, Params, PyTree, Vector
from ..models.tangent import Free, Tangent
from ..operators.factorization import tolerance
from .covariance import meat_root


class Function:
    """g(θ), a pytree, with its entries in one row.

    Args:
        g: From a pytree of parameters to a pytree of numbers.
        params: Where it is looked at.
        tangent: The directions in which θ may move.
    """

    def __init__(self, g: Callable[[Params], PyTree], params: Params, tangent: Tangent):
        self.value = as_arrays(g(params))
        self._g, self._params, self._tangent = g, params, tangent
        with_path = jtu.tree_leaves_with_path(self.value)
        if not with_path:
            raise ValueError(
                "The function of the parameters returns nothing: return an array, or a pytree of them."
            )
        self.names = tuple(
            label for path, leaf in with_path for label in Free(jnp.shape(leaf)).labels(leaf_name(path))
        )

    @property
    def entries(self) -> Float[Array, " m"]:
        return ravel(self.value)

    def jacobian(self) -> np.ndarray:
        """∂g/∂u, in the orthonormal coordinates u of the tangent space. Shape (m, p)."""

        def along(u: Vector) -> Float[Array, " m"]:
            moved = jtu.tree_map(jnp.add, self._params, self._tangent.unravel(u))
            return ravel(as_arrays(self._g(moved)))

        dtype = jnp.result_type(*self._tangent.dtypes)
        matrix = np.asarray(jax.jacobian(along)(jnp.zeros(self._tangent.dim, dtype)))
        bad = [name for name, row in zip(self.names, matrix, strict=True) if not np.all(np.isfinite(row))]
        if bad:
            raise ValueError(
                f"The function of the parameters has no finite derivative in {', '.join(bad)} at this point."
            )
        return matrix

    def unflatten(self, entries: Any) -> PyTree:
        """An array with a leading axis over the entries as a pytree like g's value (other axes last)."""
        leaves, treedef = jtu.tree_flatten(self.value)
        entries, parts, start = jnp.asarray(entries), [], 0
        for leaf in leaves:
            parts.append(jnp.reshape(entries[start : start + leaf.size], (*leaf.shape, *entries.shape[1:])))
            start += leaf.size
        return jtu.tree_unflatten(treedef, parts)


def ravel(tree: PyTree) -> Float[Array, " m"]:
    """All entries of a pytree in one row."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jtu.tree_leaves(tree)])


def propagate(jacobian: np.ndarray, information: np.ndarray, meat: np.ndarray | None = None) -> np.ndarray:
    """J I⁻¹ Jᵀ, or J I⁻¹ M I⁻¹ Jᵀ with a meat M; with ∞ where I does not determine what J asks for.

    For a singular I it is the limit of J (I + εD)⁻¹ Jᵀ as ε → 0, D the diagonal of I: what is in the range of
    I (an estimable function) keeps its finite variance; the variance of any other function is ∞, and so, with
    its sign, is the covariance of two of them that move together along a direction that I does not see.
    """
    size = information.shape[0]
    d = np.sqrt(np.abs(np.diagonal(information)))
    d = np.where(d > 0, d, 1.0)
    values, vectors = np.linalg.eigh(information / d[:, None] / d[None, :])
    null = values <= max(tolerance(size, information.dtype), 1e-12)
    if np.any(values < -1e-8):
        raise ValueError("The information is not positive semidefinite: these parameters are at no maximum.")
    scaled = jacobian / d
    seen = scaled @ vectors[:, ~null]
    if meat is None:
        finite = (seen / values[~null]) @ seen.T
    else:
        half = (seen / values[~null]) @ (vectors[:, ~null].T / d) @ meat_root(meat)
        finite = half @ half.T
    unseen = scaled @ vectors[:, null]
    length = np.sqrt(np.sum(scaled**2, axis=1, keepdims=True))
    unseen = np.where(np.abs(unseen) > 1e-7 * length, unseen, 0.0)
    together = unseen @ unseen.T
    norms = np.sqrt(np.diagonal(together))
    apart = np.abs(together) <= 1e-9 * norms[:, None] * norms[None, :]
    return np.where(apart, finite, np.copysign(np.inf, together))

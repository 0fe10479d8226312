"""High-order elements on [0, 1]: their nodes, and the polynomials through values there.

A path lives in an array for the finest mesh there is; on a coarser one, of `elements` elements, the first
`elements · DEGREE + 1` rows count. So the number of elements may be known at run time alone.

References:
    Canuto, Hussaini, Quarteroni and Zang (2006), Spectral Methods: Fundamentals in Single Domains, §2.3.1.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial import legendre

from .._types import Array, Float, Int, Scalar, Vector

DEGREE = 5
"""Of the polynomial on an element."""
COARSEST, FINEST = 8, 256
"""Elements."""
ROWS = FINEST * DEGREE + 1
"""Nodes of the finest mesh; neighbours share one."""

Path = Float[Array, "nodes k"]
"""Values at the nodes of a mesh: (ROWS, k)."""
Count = Int[Array, ""]
"""The number of elements, a power of two."""


def lobatto(degree: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes and weights of Lobatto's rule on [0, 1], and the matrix that differentiates a polynomial there."""
    series = np.zeros(degree + 1)
    series[degree] = 1.0
    inner = np.sort(np.real(legendre.legroots(legendre.legder(series))))
    slope, bend = legendre.legder(series), legendre.legder(series, 2)
    inner = inner - legendre.legval(inner, slope) / legendre.legval(inner, bend)
    nodes = np.concatenate([[-1.0], 0.5 * (inner - inner[::-1]), [1.0]])
    values = legendre.legval(nodes, series)
    weights = 2.0 / (degree * (degree + 1) * values**2)
    gaps = nodes[:, None] - nodes[None, :] + np.eye(degree + 1)
    matrix = values[:, None] / values[None, :] / gaps
    np.fill_diagonal(matrix, 0.0)
    matrix[0, 0], matrix[-1, -1] = -degree * (degree + 1) / 4, degree * (degree + 1) / 4
    return 0.5 * (nodes + 1.0), 0.5 * weights, 2.0 * matrix


NODES, WEIGHTS, SLOPES = lobatto(DEGREE)


def times(elements: Count) -> Float[Array, " nodes"]:
    """When the path is at each node; beyond 1 the rows do not count."""
    starts = jnp.arange(FINEST)[:, None]
    inner = (starts + jnp.asarray(NODES[:-1])[None, :]).ravel() / elements
    return jnp.append(inner, FINEST / elements)


def lagrange(at: np.ndarray) -> np.ndarray:
    """Lagrange's polynomials of an element's nodes, at points of [0, 1]: (points, DEGREE + 1)."""
    gaps = at[:, None] - NODES[None, :]
    others = [np.delete(np.arange(DEGREE + 1), j) for j in range(DEGREE + 1)]
    columns = [np.prod(gaps[:, o], axis=1) / np.prod(NODES[j] - NODES[o]) for j, o in enumerate(others)]
    return np.stack(columns, axis=1)


_HALVES = np.stack([lagrange(NODES / 2), lagrange((NODES + 1) / 2)])


def halved(path: Path) -> Path:
    """The same path with every element cut in two. Of the finest mesh only the first half is kept."""
    parents = path[np.arange(FINEST // 2)[:, None] * DEGREE + np.arange(DEGREE + 1)[None, :]]
    values = jnp.einsum("hij,ejk->ehik", jnp.asarray(_HALVES, path.dtype), parents)
    return jnp.concatenate([values[:, :, :-1].reshape(-1, path.shape[1]), values[-1, -1, -1:]])


def position(path: Path, elements: Count | Scalar, t: Scalar) -> Vector:
    """The point at time t; beyond the ends the last polynomial goes on."""
    scaled = t * elements
    element = jnp.clip(jnp.floor(scaled), 0, elements - 1).astype(int)
    nodes = jax.lax.dynamic_slice_in_dim(path, element * DEGREE, DEGREE + 1)
    gaps = scaled - element - jnp.asarray(NODES, path.dtype)
    weights = []
    for j in range(DEGREE + 1):
        others = np.delete(np.arange(DEGREE + 1), j)
        weights.append(jnp.prod(gaps[others]) / np.prod(NODES[j] - NODES[others]))
    return jnp.stack(weights) @ nodes

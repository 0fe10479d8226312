"""Draws of one number from a density that is known at points: the inverse of its distribution function."""

import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, PRNGKeyArray

Values = Callable[[np.ndarray], np.ndarray]
_CELLS, _MOST = 256, 16384
_EXACT = 1e-9
"""How far the distribution of the draws may be from the right one, in probability."""


class InverseTable(eqx.Module):
    """t(C), a cubic on each cell with the right slope dt/dC = 1/h at its ends, limited so that t increases.

    Attributes:
        nodes: t at the ends of the cells.
        cumulative: C there, from 0 to 1.
        rises: The slopes times the cell's own ΔC, at its left end and at its right end.
    """

    nodes: Array
    cumulative: Array
    rises: tuple[Array, Array]

    def __call__(self, probability: Array) -> Array:
        """t at a probability."""
        cell = jnp.clip(
            jnp.searchsorted(self.cumulative, probability, side="right") - 1, 0, len(self.nodes) - 2
        )
        start, end = self.cumulative[cell], self.cumulative[cell + 1]
        x = jnp.clip((probability - start) / jnp.where(end > start, end - start, 1.0), 0.0, 1.0)
        return hermite(self.nodes[cell], self.nodes[cell + 1], self.rises[0][cell], self.rises[1][cell], x)

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Array:
        """Independent draws of t."""
        return self(jax.random.uniform(key, shape, self.cumulative.dtype))


def hermite(a: Any, b: Any, left: Any, right: Any, x: Any) -> Any:
    """The cubic on [0, 1] with these ends and slopes."""
    y = 1.0 - x
    return a * y**2 * (1.0 + 2.0 * x) + b * x**2 * (1.0 + 2.0 * y) + x * y * (left * y - right * x)


def inverse_table(call: str, density: Values, edges: np.ndarray) -> InverseTable:
    """The inverse for a density of t on first cells, which are halved until the table is exact."""
    count = _CELLS
    while count <= _MOST:
        per = -(-count // (len(edges) - 1))
        nodes = np.unique(np.concatenate([np.linspace(a, b, per + 1) for a, b in itertools.pairwise(edges)]))
        table, off = _table(density, nodes)
        if off <= _EXACT:
            return table
        count *= 4
    raise ValueError(
        f"{call}: the density cannot be drawn from: its distribution function is not smooth enough to be inverted to "
        f"{_EXACT:g}. Bound the parameter to a smaller interval."
    )


def _table(density: Values, nodes: np.ndarray) -> tuple[InverseTable, float]:
    """The table, and the largest error of its distribution function, looked at in the middle of every cell."""
    at_nodes = density(nodes[:, None])
    a, b = nodes[:-1], nodes[1:]
    masses = _masses(density, a, b)
    total = masses.sum()
    width = b - a
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        left, right = (
            np.minimum(masses / at_nodes[part], 3.0 * width) for part in (slice(None, -1), slice(1, None))
        )
    left, right = (np.where(masses > 0.0, rise, width) for rise in (left, right))
    middle = hermite(a, b, left, right, 0.5)
    off = np.max(np.abs(_masses(density, a, middle) - 0.5 * masses)) / total
    cumulative = np.concatenate([[0.0], np.cumsum(masses)]) / total
    cumulative[-1] = 1.0
    rises = jnp.asarray(left), jnp.asarray(right)
    return InverseTable(jnp.asarray(nodes), jnp.asarray(cumulative), rises), float(off)


def _masses(density: Values, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The integrals over cells, by Gauss and Legendre's rule of five points."""
    x, w = np.polynomial.legendre.leggauss(5)
    points = 0.5 * (a + b)[:, None] + 0.5 * (b - a)[:, None] * x
    return density(points.reshape(-1, 1)).reshape(points.shape) @ w * 0.5 * (b - a)

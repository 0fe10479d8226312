"""The rows of the data, as arrays ready to compute with."""

from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ..._tree import record
from ..._types import Array, Float
from .terms import Block


@record
class Rows:
    """Inputs (None for a family), observations, and weights (None if each counts once).

    The leading axes agree. They are a batch of a stream, or all data there are.
    """

    inputs: Any
    targets: Array
    weights: Float[Array, " n"] | None

    @property
    def size(self) -> int:
        return self.targets.shape[0]

    def block(self, start: Any, length: int) -> Block:
        """Rows [start, start + length) as a block; `start` may be traced.

        Where these would run over the end, the block is the last `length` rows, and the rows before
        `start` weigh nothing: no array has to be padded or copied.
        """
        first = jnp.minimum(start, self.size - length)
        cut = lambda a: jax.lax.dynamic_slice_in_dim(a, first, length)  # noqa: E731
        inputs, targets, weights = jtu.tree_map(cut, (self.inputs, self.targets, self.weights))
        counts = jnp.arange(length) >= start - first
        mask = counts.astype(jnp.result_type(float))
        return Block(inputs, targets, mask if weights is None else jnp.where(counts, weights, 0.0))

    def whole(self) -> Block:
        """All rows as one block."""
        weights = jnp.ones(self.size) if self.weights is None else self.weights
        return Block(self.inputs, self.targets, weights)

    def padded(self, length: int) -> "Rows":
        """These rows followed by copies of the first one, of weight 0, so that all batches have one shape."""
        extra = length - self.size
        if extra == 0:
            return self if self.weights is not None else Rows(self.inputs, self.targets, jnp.ones(length))
        weights = np.zeros(length)
        weights[: self.size] = 1.0 if self.weights is None else np.asarray(self.weights)
        pad = lambda a: _pad(np.asarray(a), extra)  # noqa: E731
        inputs = jtu.tree_map(lambda a: jax.device_put(pad(a)), self.inputs)
        return Rows(inputs, jax.device_put(pad(self.targets)), jax.device_put(weights))


def _pad(array: np.ndarray, extra: int) -> np.ndarray:
    return np.concatenate([array, np.broadcast_to(array[:1], (extra, *array.shape[1:]))])


def rows_between(rows: Rows, start: int, stop: int) -> Rows:
    """Rows [start, stop)."""
    if start == 0 and stop == rows.size:
        return rows
    return jtu.tree_map(lambda a: a[start:stop], rows)

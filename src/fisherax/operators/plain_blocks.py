"""Blocks without factors: a dense matrix, and a diagonal."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Scalar
from . import matrix_functions
from .blocks import Block, Laid, Laying
from .factorization import Failed
from .factors import DiagonalFactor, Factor, FullFactor, symmetrised
from .layout import Layout


class DenseBlock(Block):
    r"""A symmetric matrix (n, n) over the n = i·o entries of each stacked part.

    Args:
        matrices: M, in row-major order of (i, o), symmetrised here. Shape (s, n, n).
        layout: which leaves the block is of.

    Raises:
        ValueError: M does not have the layout's size.

    Examples:
        >>> layout = Layout.flat([0, 1], [(), ()])
        >>> block = DenseBlock(jnp.array([[[2.0, 1.0], [1.0, 2.0]]]), layout)
        >>> block.solve(jnp.ones((1, 2, 1)))[0][0, :, 0]
        Array([0.33333333, 0.33333333], dtype=float64)
    """

    matrices: Array
    layout: Layout = eqx.field(static=True)

    def __init__(self, matrices: Float[Array, "s n n"], layout: Layout):
        s, i, o = layout.shape
        if matrices.shape != (s, i * o, i * o):
            raise ValueError(
                f"DenseBlock: matrices of shape {matrices.shape} do not fit a layout of (stacked, inputs, outputs) = "
                f"{layout.shape}: they are {(s, i * o, i * o)}."
            )
        self.matrices = symmetrised(matrices)
        self.layout = layout

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.matrices.dtype)

    @property
    def is_diagonal(self) -> bool:
        return self._factor.is_diagonal

    def matrix(self) -> Laying:
        return self.matrices

    def mv(self, w: Laid) -> Laid:
        return self._apply(self._factor, w)

    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        inverse, failed = self._factor.inverse(definite)
        return self._apply(inverse, w), failed

    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        root, failed = self._factor.root()
        return self._apply(root, w), failed

    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        root, failed = self._factor.symmetric_inverse_root()
        return self._apply(root, w), failed

    def inverse_root_mv(self, w: Laid) -> tuple[Laid, Failed]:
        root, failed = self._factor.inverse_root()
        return self._apply(root, w), failed

    def logdet(self) -> tuple[Scalar, Failed]:
        values, failed = self._factor.logdets()
        return jnp.sum(values), failed

    def diagonal(self) -> Laid:
        return jnp.reshape(self._factor.diagonal(), self.layout.shape)

    def eigenvalues(self) -> Laid:
        return jnp.reshape(self._factor.eigenvalues(), self.layout.shape)

    def eigenvectors(self) -> Laying:
        return jax.vmap(matrix_functions.eigenvectors)(self.matrices)

    def inverted(self, definite: bool = True) -> tuple[Block, Failed]:
        inverse, failed = self._factor.inverse(definite)
        return DenseBlock(inverse.array, self.layout), failed

    def scaled(self, factor: Scalar) -> Block:
        return DenseBlock(self.matrices * factor, self.layout)

    def shifted(self, damping: Scalar) -> Block:
        identity = jnp.eye(self.matrices.shape[1], dtype=self.dtype)
        return DenseBlock(self.matrices + damping * identity, self.layout)

    def plus(self, other: Block) -> Block | None:
        # A sum with a diagonal takes no more room than this does already.
        if isinstance(other, DenseBlock | DiagonalBlock) and self.layout == other.layout:
            return DenseBlock(self.matrices + other.matrix(), self.layout)
        return None

    @property
    def _factor(self) -> Factor:
        return FullFactor(self.matrices)

    def _apply(self, factor: Factor, w: Laid) -> Laid:
        s, n = self.matrices.shape[:2]
        return jnp.reshape(factor.left(jnp.reshape(w, (s, n, 1))), self.layout.shape)


class DiagonalBlock(Block):
    r"""W ↦ v ∘ W: each entry by itself.

    Args:
        values: v. Shape (s, i, o).
        layout: which leaves the block is of.

    Raises:
        ValueError: v does not have the layout's shape.

    Examples:
        >>> layout = Layout.flat([0], [(2,)])
        >>> block = DiagonalBlock(jnp.array([[[4.0], [9.0]]]), layout)
        >>> block.inv_sqrt_mv(jnp.ones((1, 2, 1)))[0][0, :, 0]
        Array([0.5       , 0.33333333], dtype=float64)
    """

    values: Array
    layout: Layout = eqx.field(static=True)

    def __init__(self, values: Float[Array, "s i o"], layout: Layout):
        if values.shape != layout.shape:
            raise ValueError(
                f"DiagonalBlock: values of shape {values.shape} do not fit a layout of (stacked, inputs, outputs) = "
                f"{layout.shape}."
            )
        self.values = values
        self.layout = layout

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.values.dtype)

    @property
    def is_diagonal(self) -> bool:
        return True

    def matrix(self) -> Laying:
        return self._factor.matrix()

    def mv(self, w: Laid) -> Laid:
        return self.values * w

    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        return w / self.values, self._factor.inverse(definite)[1]

    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        return jnp.sqrt(self.values) * w, ~jnp.all(self.values >= 0)

    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        return w / jnp.sqrt(self.values), self._factor.inverse()[1]

    def logdet(self) -> tuple[Scalar, Failed]:
        values, failed = self._factor.logdets()
        return jnp.sum(values), failed

    def diagonal(self) -> Laid:
        return self.values

    def eigenvalues(self) -> Laid:
        return self.values

    def eigenvectors(self) -> Laying:
        s, i, o = self.layout.shape
        return jnp.broadcast_to(jnp.eye(i * o, dtype=self.dtype), (s, i * o, i * o))

    def inverted(self, definite: bool = True) -> tuple[Block, Failed]:
        return DiagonalBlock(1 / self.values, self.layout), self._factor.inverse(definite)[1]

    def scaled(self, factor: Scalar) -> Block:
        return DiagonalBlock(self.values * factor, self.layout)

    def shifted(self, damping: Scalar) -> Block:
        return DiagonalBlock(self.values + damping, self.layout)

    def plus(self, other: Block) -> Block | None:
        if isinstance(other, DiagonalBlock) and self.layout == other.layout:
            return DiagonalBlock(self.values + other.values, self.layout)
        return None

    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]:
        return self._factor.scaled_eigenvalues(definite)

    def null_directions(self, definite: bool, limit: int | None = None) -> np.ndarray:
        del definite
        places = np.argwhere(np.asarray(jax.lax.stop_gradient(self.values)) == 0)[:limit]
        found = np.zeros((len(places), *self.layout.shape), self.dtype)
        for row, place in zip(found, places, strict=True):
            row[tuple(place)] = 1.0
        return found

    @property
    def _factor(self) -> Factor:
        return DiagonalFactor(jnp.reshape(self.values, (self.layout.shape[0], -1)))

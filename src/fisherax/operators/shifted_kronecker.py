"""A Kronecker product plus a multiple of the identity, which is no Kronecker product."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._types import Array, Float, Int, Scalar
from .blocks import Block, Laid, Laying
from .eigenbasis import kron, not_positive, rounding, singular
from .eigenvalue_corrected import EigenvalueCorrectedBlock
from .factorization import Failed
from .factors import Factor, as_factor, symmetrised
from .layout import Layout
from .null_products import null_products


class ShiftedKroneckerBlock(Block):
    r"""W ↦ A W B + λW, exactly: the damped `KroneckerBlock`, by the eigendecompositions of A and B.

        (A ⊗ B + λ1)⁻¹ W = Q_A [(Q_Aᵀ W Q_B) / (a bᵀ + λ)] Q_Bᵀ

    Made by `KroneckerBlock.shifted`. An eigenvalue a_k b_l + λ that is not larger than 10 ε max(a bᵀ + λ) counts as
    zero. Solves and determinants have the derivatives of the equation, also where eigenvalues are repeated; roots
    have none there.

    Args:
        inputs: A, (s, i, i) or the diagonal (s, i).
        outputs: B, (s, o, o) or (s, o).
        damping: λ, one number.
        layout: which leaves the block is of.

    Examples:
        >>> from fisherax.operators import Part
        >>> layout = Layout((Part.of(0, (2, 1), inputs=(0,), outputs=(1,)),))
        >>> block = ShiftedKroneckerBlock(jnp.ones((1, 2, 2)), jnp.ones((1, 1, 1)), jnp.array(0.5), layout)
        >>> jnp.round(block.solve(jnp.ones((1, 2, 1)))[0][0, :, 0], 6)  # 1/(2 + λ)
        Array([0.4, 0.4], dtype=float64)

    References:
        Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature,
        appendix B.
    """

    inputs: Array
    outputs: Array
    damping: Scalar
    layout: Layout = eqx.field(static=True)

    def __init__(
        self,
        inputs: Float[Array, "s i i"] | Float[Array, "s i"],
        outputs: Float[Array, "s o o"] | Float[Array, "s o"],
        damping: Scalar,
        layout: Layout,
    ):
        self.inputs = symmetrised(inputs)
        self.outputs = symmetrised(outputs)
        self.damping = damping
        self.layout = layout

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.inputs.dtype)

    @property
    def is_diagonal(self) -> bool:
        return self._left.is_diagonal and self._right.is_diagonal

    def matrix(self) -> Laying:
        product = kron(self._left.matrix(), self._right.matrix())
        return product + self.damping * jnp.eye(product.shape[1], dtype=self.dtype)

    def mv(self, w: Laid) -> Laid:
        return self._right.right(self._left.left(w)) + self.damping * w

    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        return _solve(definite, self, w)

    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        return self.diagonalised().sqrt_mv(w)

    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        return self.diagonalised().inv_sqrt_mv(w)

    def logdet(self) -> tuple[Scalar, Failed]:
        values = self.eigenvalues()
        return jnp.sum(jnp.log(values)), not_positive(values)

    def diagonal(self) -> Laid:
        return self._left.diagonal()[:, :, None] * self._right.diagonal()[:, None, :] + self.damping

    def eigenvalues(self) -> Laid:
        return self._left.eigenvalues()[:, :, None] * self._right.eigenvalues()[:, None, :] + self.damping

    def eigenvectors(self) -> Laying:
        return self.diagonalised().eigenvectors()

    def inverted(self, definite: bool = True) -> tuple[Block, Failed]:
        return self.diagonalised().inverted(definite)

    def scaled(self, factor: Scalar) -> Block:
        return ShiftedKroneckerBlock(self.inputs, self.outputs * factor, self.damping * factor, self.layout)

    def shifted(self, damping: Scalar) -> Block:
        return ShiftedKroneckerBlock(self.inputs, self.outputs, self.damping + damping, self.layout)

    def diagonalised(self) -> EigenvalueCorrectedBlock:
        (left, inputs_basis), (right, outputs_basis) = self._left.eigensystem(), self._right.eigensystem()
        scales = left[:, :, None] * right[:, None, :] + self.damping
        return EigenvalueCorrectedBlock(inputs_basis, outputs_basis, scales, self.layout)

    def rank(self, definite: bool = True) -> Int[Array, ""]:
        del definite
        values = self.eigenvalues()
        return jnp.sum(jnp.abs(values) > rounding(values))

    def null_directions(self, definite: bool, limit: int | None = None) -> np.ndarray:
        found = self.diagonalised().null_directions(definite, limit)
        if not len(found):
            return found
        # λ is nothing beside the product: its own directions have fewer entries.
        sparse = null_products(self._left, self._right, definite, limit)
        return sparse if len(sparse) == len(found) else found

    @property
    def _left(self) -> Factor:
        return as_factor(self.inputs)

    @property
    def _right(self) -> Factor:
        return as_factor(self.outputs)


@functools.partial(jax.jit, static_argnums=0)  # outside `jit` it would be compiled again whenever it is met
def _solve(definite: bool, block: ShiftedKroneckerBlock, w: Laid) -> tuple[Laid, Failed]:
    # How the equation is solved is not differentiated.
    known = lax.stop_gradient(block).diagonalised()
    solution = lax.custom_linear_solve(block.mv, w, lambda _, b: known.solve(b, definite)[0], symmetric=True)
    return solution, singular(known.scales, definite)

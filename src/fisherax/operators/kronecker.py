"""A Kronecker product: one factor for what goes into a layer, one for what comes out."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Int, Scalar
from .blocks import Block, Laid, Laying
from .eigenbasis import kron
from .eigenvalue_corrected import EigenvalueCorrectedBlock
from .factorization import Failed, tolerance
from .factors import Factor, as_factor, symmetrised
from .layout import Layout
from .null_products import null_products
from .shifted_kronecker import ShiftedKroneckerBlock


class KroneckerBlock(Block):
    r"""A_s ⊗ B_s for each stacked part: W ↦ A W B, in the algebra of the factors.

    For a layer f = Wᵀx the score of W is x gᵀ, with g the score of f, so its information is E[xxᵀ ⊗ ggᵀ]; with
    A = E[xxᵀ] and B = E[ggᵀ] the product A ⊗ B takes the two as independent of each other. Verbs cost
    i³ + o³ + io(i + o) instead of (io)³:

        (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹,   (A ⊗ B)^{1/2} = A^{1/2} ⊗ B^{1/2},   ln det(A ⊗ B) = o ln det A + i ln det B

    A damped one, A ⊗ B + λ1, is a `ShiftedKroneckerBlock`, and exact; `factored_damping` is the customary
    approximation of it that is a product again.

    Args:
        inputs: A, (s, i, i), symmetrised here; or its diagonal (s, i), as the second moment of one-hot vectors is
            (an embedding's).
        outputs: B, (s, o, o), or its diagonal (s, o).
        layout: which leaves the block is of; (s, i, o) is its shape.

    Raises:
        ValueError: the factors do not have the layout's sizes, or are of different dtypes.

    Examples:
        >>> from fisherax.operators import Part
        >>> kernel = Part.of(1, (2, 3), inputs=(0,), outputs=(1,))
        >>> layout = Layout((kernel, Part.of(0, (3,), outputs=(0,))))  # a kernel and its bias
        >>> A, B = jnp.eye(3)[None] + 1.0, 2.0 * jnp.eye(3)[None]
        >>> block = KroneckerBlock(A, B, layout)
        >>> block.mv(jnp.ones((1, 3, 3)))[0, 0]
        Array([8., 8., 8.], dtype=float64)
        >>> round(float(block.logdet()[0]), 6)  # 3 ln det A + 3 ln det B = 3 ln 4 + 3 ln 8
        10.397208

    References:
        Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, ICML,
        section 3; Grosse and Martens (2016), A Kronecker-factored approximate Fisher matrix for convolution layers,
        ICML, section 3.
    """

    inputs: Array
    outputs: Array
    layout: Layout = eqx.field(static=True)

    def __init__(
        self,
        inputs: Float[Array, "s i i"] | Float[Array, "s i"],
        outputs: Float[Array, "s o o"] | Float[Array, "s o"],
        layout: Layout,
    ):
        s, i, o = layout.shape
        if inputs.shape not in ((s, i, i), (s, i)) or outputs.shape not in ((s, o, o), (s, o)):
            raise ValueError(
                f"KroneckerBlock: factors of shapes {inputs.shape} and {outputs.shape} do not fit a layout of "
                f"(stacked, inputs, outputs) = {layout.shape}: they are {(s, i, i)}, or for a diagonal {(s, i)}, "
                f"and {(s, o, o)} or {(s, o)}."
            )
        if inputs.dtype != outputs.dtype:
            raise ValueError(
                f"KroneckerBlock: the factors have dtypes {inputs.dtype} and {outputs.dtype}: cast one of them."
            )
        self.inputs = symmetrised(inputs)
        self.outputs = symmetrised(outputs)
        self.layout = layout

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.inputs.dtype)

    @property
    def is_diagonal(self) -> bool:
        return self._left.is_diagonal and self._right.is_diagonal

    def matrix(self) -> Laying:
        return kron(self._left.matrix(), self._right.matrix())

    def mv(self, w: Laid) -> Laid:
        return self._right.right(self._left.left(w))

    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        left, right, failed = _both(self._left.inverse(definite), self._right.inverse(definite))
        return right.right(left.left(w)), failed

    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        left, right, failed = _both(self._left.root(), self._right.root())
        return right.right(left.left(w)), failed

    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        left, right, failed = _both(self._left.symmetric_inverse_root(), self._right.symmetric_inverse_root())
        return right.right(left.left(w)), failed

    def inverse_root_mv(self, w: Laid) -> tuple[Laid, Failed]:
        left, right, failed = _both(self._left.inverse_root(), self._right.inverse_root())
        return right.right(left.left(w)), failed

    def logdet(self) -> tuple[Scalar, Failed]:
        _, i, o = self.layout.shape
        (left, failed), (right, failed_too) = self._left.logdets(), self._right.logdets()
        return o * jnp.sum(left) + i * jnp.sum(right), failed | failed_too

    def diagonal(self) -> Laid:
        return self._left.diagonal()[:, :, None] * self._right.diagonal()[:, None, :]

    def eigenvalues(self) -> Laid:
        return self._left.eigenvalues()[:, :, None] * self._right.eigenvalues()[:, None, :]

    def eigenvectors(self) -> Laying:
        return self.diagonalised().eigenvectors()

    def inverted(self, definite: bool = True) -> tuple[Block, Failed]:
        left, right, failed = _both(self._left.inverse(definite), self._right.inverse(definite))
        return KroneckerBlock(left.array, right.array, self.layout), failed

    def scaled(self, factor: Scalar) -> Block:
        return KroneckerBlock(self.inputs, self.outputs * factor, self.layout)

    def shifted(self, damping: Scalar) -> Block:
        return ShiftedKroneckerBlock(self.inputs, self.outputs, jnp.asarray(damping, self.dtype), self.layout)

    def diagonalised(self) -> EigenvalueCorrectedBlock:
        (left, inputs_basis), (right, outputs_basis) = self._left.eigensystem(), self._right.eigensystem()
        scales = left[:, :, None] * right[:, None, :]
        return EigenvalueCorrectedBlock(inputs_basis, outputs_basis, scales, self.layout)

    def factored_damping(self, damping: Scalar) -> Block:
        r"""The damped factors, whose product stays one: exact in its cost, not in its value.

            (A + π√λ 1) ⊗ (B + √λ/π 1),   π² = (tr A / i) / (tr B / o)

        It is A ⊗ B + λ1 plus π√λ 1 ⊗ B + (√λ/π) A ⊗ 1, and π makes these two of one trace norm. Where a factor
        is zero, π is 1. Each stacked part has a π of its own.

        Args:
            damping: λ ≥ 0, one number.

        Returns:
            A `KroneckerBlock`; a diagonal factor stays diagonal.

        Examples:
            >>> from fisherax.operators import Part
            >>> layout = Layout((Part.of(0, (2, 1), inputs=(0,), outputs=(1,)),))
            >>> block = KroneckerBlock(4.0 * jnp.eye(2)[None], jnp.ones((1, 1, 1)), layout)
            >>> block.factored_damping(jnp.array(0.25)).inputs[0, 0, 0]  # π = 2: 4 + 2 · 0.5
            Array(5., dtype=float64)

        References:
            Martens and Grosse (2015), section 6.3.
        """
        _, i, o = self.layout.shape
        left, right = self._left.traces() / i, self._right.traces() / o
        usable = (left > 0) & (right > 0)
        pi = jnp.sqrt(jnp.where(usable, left, 1.0) / jnp.where(usable, right, 1.0))
        root = jnp.sqrt(jnp.asarray(damping, self.dtype))
        return KroneckerBlock(
            self._left.shifted(pi * root).array, self._right.shifted(root / pi).array, self.layout
        )

    # --- What it leaves undetermined. ---

    def scaled_eigenvalues(self, definite: bool = True) -> Float[Array, "s n"]:
        left, right = self._left.scaled_eigenvalues(definite), self._right.scaled_eigenvalues(definite)
        return jnp.reshape(left[:, :, None] * right[:, None, :], (left.shape[0], -1))

    def rank(self, definite: bool = True) -> Int[Array, ""]:
        # Each factor knows its own zeros better than the product does.
        return jnp.sum(_ranks(self._left, definite) * _ranks(self._right, definite))

    def null_directions(self, definite: bool, limit: int | None = None) -> np.ndarray:
        return null_products(self._left, self._right, definite, limit)

    @property
    def _left(self) -> Factor:
        return as_factor(self.inputs)

    @property
    def _right(self) -> Factor:
        return as_factor(self.outputs)


def _both(left: tuple[Factor, Failed], right: tuple[Factor, Failed]) -> tuple[Factor, Factor, Failed]:
    return left[0], right[0], left[1] | right[1]


def _ranks(factor: Factor, definite: bool) -> Int[Array, " s"]:
    values = factor.scaled_eigenvalues(definite)
    return jnp.sum(jnp.abs(values) > tolerance(values.shape[1], values.dtype), axis=1)

"""A Kronecker product's eigenvectors with eigenvalues of their own."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Int, Scalar
from .blocks import Block, Laid, Laying, placed, stacked
from .eigenbasis import diagonal_of, not_positive, rounding, singular, spectral, vectors_of
from .factorization import Failed
from .factors import transposed
from .layout import Layout


class EigenvalueCorrectedBlock(Block):
    r"""W ↦ Q_A [v ∘ (Q_Aᵀ W Q_B)] Q_Bᵀ, with v the second moments in the basis Q_A ⊗ Q_B.

    Of all matrices with these eigenvectors it is the nearest one to the Fisher information, in Frobenius norm, when v
    is the information's diagonal in that basis; the Kronecker product A ⊗ B is the one with v = a bᵀ. Every verb costs
    four products with the bases, and damping adds λ to v. Eigenvalues that are not larger than 10 ε max(v) count as
    zero.

    Args:
        inputs_basis: Q_A, orthonormal eigenvectors of the input factors as columns, (s, i, i); None for the
            identity, where the input factor is diagonal.
        outputs_basis: Q_B, (s, o, o); None for the identity.
        scales: v, the eigenvalues. Shape (s, i, o).
        layout: which leaves the block is of.

    Raises:
        ValueError: the shapes do not fit each other or the layout.

    Examples:
        >>> from fisherax.operators import Part
        >>> layout = Layout((Part.of(0, (2, 1), inputs=(0,), outputs=(1,)),))
        >>> rotation = jnp.array([[[0.6, -0.8], [0.8, 0.6]]])
        >>> block = EigenvalueCorrectedBlock(rotation, None, jnp.array([[[1.0], [4.0]]]), layout)
        >>> jnp.round(block.matrix()[0], 6)
        Array([[ 2.92, -1.44],
               [-1.44,  2.08]], dtype=float64)

    References:
        George, Laurent, Bouthillier, Ballas, Vincent (2018), Fast approximate natural gradient descent in a
        Kronecker-factored eigenbasis, NeurIPS, section 3.
    """

    inputs_basis: Array | None
    outputs_basis: Array | None
    scales: Array
    layout: Layout = eqx.field(static=True)

    def __init__(
        self,
        inputs_basis: Float[Array, "s i i"] | None,
        outputs_basis: Float[Array, "s o o"] | None,
        scales: Float[Array, "s i o"],
        layout: Layout,
    ):
        if scales.shape != layout.shape:
            raise ValueError(
                f"EigenvalueCorrectedBlock: the scales have shape {scales.shape}, but the layout gathers its leaves as "
                f"(stacked, inputs, outputs) = {layout.shape}."
            )
        self.inputs_basis = inputs_basis
        self.outputs_basis = outputs_basis
        self.scales = scales
        self.layout = layout

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.scales.dtype)

    @property
    def is_diagonal(self) -> bool:
        _, i, o = self.layout.shape
        return (i == 1 or self.inputs_basis is None) and (o == 1 or self.outputs_basis is None)

    def matrix(self) -> Laying:
        vectors = self.eigenvectors()
        s, n, _ = vectors.shape
        return (vectors * jnp.reshape(self.scales, (s, 1, n))) @ transposed(vectors)

    def mv(self, w: Laid) -> Laid:
        return self._with_values(self.scales, w)

    def solve(self, w: Laid, definite: bool = True) -> tuple[Laid, Failed]:
        return self._with_values(1 / self.scales, w), singular(self.scales, definite)

    def sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        values = jnp.where(self.scales > 0, self.scales, 0.0)
        failed = ~jnp.all(self.scales >= -rounding(self.scales))
        return self._with_values(jnp.sqrt(values), w), failed

    def inv_sqrt_mv(self, w: Laid) -> tuple[Laid, Failed]:
        return self._with_values(1 / jnp.sqrt(self.scales), w), not_positive(self.scales)

    def logdet(self) -> tuple[Scalar, Failed]:
        return jnp.sum(jnp.log(self.scales)), not_positive(self.scales)

    def diagonal(self) -> Laid:
        return diagonal_of(self.inputs_basis, self.outputs_basis, self.scales)

    def eigenvalues(self) -> Laid:
        return self.scales

    def eigenvectors(self) -> Laying:
        return vectors_of(self.inputs_basis, self.outputs_basis, self.scales)

    def inverted(self, definite: bool = True) -> tuple[Block, Failed]:
        return self._with(1 / self.scales), singular(self.scales, definite)

    def scaled(self, factor: Scalar) -> Block:
        return self._with(self.scales * factor)

    def shifted(self, damping: Scalar) -> Block:
        return self._with(self.scales + damping)

    def plus(self, other: Block) -> Block | None:
        # Bases are compared as objects: whether numbers agree is not known while JAX traces.
        if (
            isinstance(other, EigenvalueCorrectedBlock)
            and self.layout == other.layout
            and self.inputs_basis is other.inputs_basis
            and self.outputs_basis is other.outputs_basis
        ):
            return self._with(self.scales + other.scales)
        return None

    def rank(self, definite: bool = True) -> Int[Array, ""]:
        del definite
        return jnp.sum(jnp.abs(self.scales) > rounding(self.scales))

    def null_directions(self, definite: bool, limit: int | None = None) -> np.ndarray:
        del definite
        s, i, o = self.layout.shape
        places = np.argwhere(np.asarray(jnp.abs(self.scales) <= rounding(self.scales)))[:limit]
        left = np.asarray(jnp.eye(i)[None].repeat(s, 0) if self.inputs_basis is None else self.inputs_basis)
        right = np.asarray(
            jnp.eye(o)[None].repeat(s, 0) if self.outputs_basis is None else self.outputs_basis
        )
        found = [
            placed(self.layout.shape, part, np.outer(left[part, :, k], right[part, :, l]))
            for part, k, l in places.tolist()
        ]
        return stacked(found, self.layout.shape)

    def _with_values(self, values: Laid, w: Laid) -> Laid:
        return spectral(self.inputs_basis, self.outputs_basis, values, w)

    def _with(self, scales: Laid) -> "EigenvalueCorrectedBlock":
        return EigenvalueCorrectedBlock(self.inputs_basis, self.outputs_basis, scales, self.layout)

"""The eigenvectors of K-FAC with the information's own second moments in their basis."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import jax.tree_util as jtu

from ..._types import Array, Float, PyTree
from ...capture import Layer, Pairs, Program
from ...models.tangent import Tangent
from ...operators import (
    Block,
    BlockwiseOperator,
    EigenvalueCorrectedBlock,
    Information,
    Provenance,
)
from .base import Structure
from .captured import Captured, layout_of, row_gradients
from .kfac import KFAC
from .layer_state import LayerState, Setting, exact


class EKFAC(Captured):
    """The eigenbasis of K-FAC, with the exact second moments of the gradients along its vectors.

        Q_A ⊗ Q_B from A = Q_A Λ_A Q_Aᵀ, B = Q_B Λ_B Q_Bᵀ;    v = E[(Q_Aᵀ ∂W Q_B)²]

    where ∂W is one observation's whole gradient, summed over positions and uses BEFORE it is squared. Of all matrices
    with these eigenvectors it is the nearest to the Fisher information in Frobenius norm, so never further than K-FAC.
    The data are read twice: once for the factors, once for the moments.

    Args:
        setting: "expand" or "reduce", of the factors whose eigenvectors are taken.
        dense_up_to: As for `KFAC`.

    Raises:
        ValueError: As `KFAC`; `fisher` for an iterator of batches, which is read once.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> model = fx.Conditional(lambda params, x: x @ params["w"], fx.heads.Categorical())
        >>> params, x = {"w": jnp.ones((3, 2))}, jnp.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
        >>> exact, corrected = (fx.fisher(model, params, x, structure=s) for s in (fx.Dense(), fx.EKFAC()))
        >>> bool(jnp.allclose(exact.trace(), corrected.trace()))
        True

    References:
        George, Laurent, Bouthillier, Ballas and Vincent (2018), Fast approximate natural gradient descent in a
        Kronecker-factored eigenbasis, NeurIPS, section 3.
    """

    setting: Setting = "expand"
    dense_up_to: int = 64

    def __check_init__(self) -> None:
        KFAC(self.setting, self.dense_up_to)  # which refuses what makes no sense

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return f"EK-FAC ({self.setting})"

    @property
    def passes(self) -> int:
        """How often the data are read."""
        return 2

    def settled(self, fisher: Callable[[Structure], Information]) -> Structure:
        found = fisher(KFAC(self.setting, self.dense_up_to))
        assert isinstance(found, BlockwiseOperator)
        corrected = found.diagonalised()
        return Corrected(tuple(corrected.blocks), self.setting, self.dense_up_to)

    def from_pairs(self, program: Program, layers: Sequence[Layer], pairs: Pairs) -> PyTree:
        raise NotImplementedError("EKFAC is settled before data are read.")

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        raise NotImplementedError("EKFAC is settled before data are read.")


class Corrected(Captured):
    """EK-FAC once the bases are known: what is summed are second moments along them.

    Attributes:
        blocks: Blocks with the bases, one for each layer.
    """

    blocks: tuple[Block, ...]
    setting: Setting
    dense_up_to: int

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return f"EK-FAC ({self.setting})"

    def from_pairs(self, program: Program, layers: Sequence[Layer], pairs: Pairs) -> PyTree:
        known = {block.layout: block for block in self.blocks}
        return tuple(self._layer(program, layer, known[layout_of(program, layer)], pairs) for layer in layers)

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        dtype = jnp.result_type(*(array for layer in state for array in layer.sums))
        by_layout = {block.layout: block for block in self.blocks}
        blocks: list[Block] = []
        for layer in state:
            known = by_layout[layer.layout]
            layer = jtu.tree_map(lambda a: a.astype(dtype), layer)
            if isinstance(known, EigenvalueCorrectedBlock):
                bases = (_cast(known.inputs_basis, dtype), _cast(known.outputs_basis, dtype))
                blocks.append(EigenvalueCorrectedBlock(*bases, layer.sums[0], known.layout))
            else:
                blocks.append(layer.block())
        return BlockwiseOperator(blocks, tangent, provenance, error=error)

    def _layer(self, program: Program, layer: Layer, block: Block, pairs: Pairs) -> LayerState:
        layout = layout_of(program, layer)
        if layer.kind == "unused":
            return LayerState((jnp.zeros(layout.shape, jnp.float32),), layout, "diagonal")
        if not isinstance(block, EigenvalueCorrectedBlock):
            gradients = jax.vmap(lambda one: row_gradients(program, layer, one))(pairs)
            return exact(gradients, layout, self.dense_up_to)
        moments = second_moments(program, layer, block.inputs_basis, block.outputs_basis, pairs)
        return LayerState((moments,), layout, "diagonal")


def second_moments(
    program: Program,
    layer: Layer,
    inputs_basis: Float[Array, "s i i"] | None,
    outputs_basis: Float[Array, "s o o"] | None,
    pairs: Pairs,
) -> Float[Array, "s i o"]:
    """Σ over observations and their rows of (Q_Aᵀ ∂W Q_B)², entry by entry; Q = 1 where it is None.

    Where no positions share W, ∂W = a gᵀ, and the sum is one product of squares.
    """
    single = len(layer.uses) == 1 and program.uses[layer.uses[0]].sizes[1] == 1
    if single and program.uses[layer.uses[0]].kind == "matrix":
        activation, cotangents = jax.vmap(lambda one: layer.pair(program, one, 0))(pairs)
        activation = activation[:, :, 0].astype(cotangents.dtype)  # (n, s, i)
        cotangents = cotangents[:, :, :, 0]  # (n, r, s, o)
        if inputs_basis is not None:
            activation = jnp.einsum("nsi,sij->nsj", activation, inputs_basis)
        if outputs_basis is not None:
            cotangents = jnp.einsum("nrso,sop->nrsp", cotangents, outputs_basis)
        return jnp.einsum("nsi,nso->sio", activation**2, jnp.sum(cotangents**2, axis=1))

    def one(total: Array, pair: Pairs) -> tuple[Array, None]:
        found = layer.gradients(program, pair)
        if inputs_basis is not None:
            found = jnp.einsum("sij,rsio->rsjo", inputs_basis, found)
        if outputs_basis is not None:
            found = jnp.einsum("rsio,sop->rsip", found, outputs_basis)
        return total + jnp.sum(found**2, axis=0), None

    like = jax.eval_shape(lambda pair: one(jnp.zeros(()), pair)[0], jtu.tree_map(lambda a: a[0], pairs))
    return jax.lax.scan(one, jnp.zeros(like.shape, like.dtype), pairs)[0]


def _cast(basis: Array | None, dtype: jnp.dtype) -> Array | None:
    return None if basis is None else basis.astype(dtype)

"""Kronecker factors for every layer that is a product, an exact block for everything else."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import jax.tree_util as jtu

from ..._types import Array, PyTree
from ...capture import Layer, Pairs, Program
from ...models.tangent import Tangent
from ...operators import BlockwiseOperator, Information, Provenance
from .captured import Captured, layout_of, row_gradients
from .layer_state import LayerState, Setting, exact, kronecker


class KFAC(Captured):
    """Kronecker factors of each layer: the second moments of what goes in, and of what comes back.

        f = Wᵀa,  ∂ℓ/∂f = g:    E[vec(a gᵀ) vec(a gᵀ)ᵀ] ≈ A ⊗ B,   A = E[a aᵀ],   B = E[g gᵀ]

    with a 1 appended to a where the layer has a bias. Where T positions (of a sequence, an image, a scan) share W,
    "expand" takes them as independent of each other, "reduce" takes their sum as one:

        expand:  A = (1/nT) Σ a aᵀ,  B = (1/n) Σ g gᵀ        reduce:  A = (1/n) Σ ā āᵀ,  B = (1/n) Σ ĝ ĝᵀ

    with ā the mean and ĝ the sum over positions. It is exact for one observation without shared positions, and for a
    deep linear network with squared error. Leaves that are no product (the gain of a norm, a shift that belongs to no
    layer) and leaves used in a way that no rule knows get their own exact block; `fx.explain` says which.

    Args:
        setting: "expand" or "reduce".
        dense_up_to: Up to how many entries such an exact block is a dense matrix; beyond, it is its diagonal.

    Raises:
        ValueError: Another setting, or a negative number.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> def apply(params, x):
        ...     return jnp.tanh(x @ params["w1"] + params["b1"]) @ params["w2"]
        >>> model = fx.Conditional(apply, fx.heads.Categorical())
        >>> params = {"w1": 0.1 * jnp.ones((4, 3)), "b1": jnp.zeros(3), "w2": 0.1 * jnp.ones((3, 2))}
        >>> G = fx.fisher(model, params, jnp.ones((5, 4)), structure=fx.KFAC())
        >>> [block.layout.shape for block in G.blocks]  # w1 with b1, and w2
        [(1, 5, 3), (1, 3, 2)]

    References:
        Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, ICML;
        Grosse and Martens (2016), A Kronecker-factored approximate Fisher matrix for convolution layers, ICML;
        Eschenhagen, Immer, Turner, Schneider and Hennig (2023), Kronecker-factored approximate curvature for modern
        neural network architectures, NeurIPS, sections 3.2 and 3.3.
    """

    setting: Setting = "expand"
    dense_up_to: int = 64

    def __check_init__(self) -> None:
        if self.setting not in ("expand", "reduce"):
            raise ValueError(f'KFAC: the setting is "expand" or "reduce", not {self.setting!r}.')
        if self.dense_up_to < 0:
            raise ValueError(f"KFAC: dense_up_to must be 0 or more, not {self.dense_up_to}.")

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return f"K-FAC ({self.setting})"

    def from_pairs(self, program: Program, layers: Sequence[Layer], pairs: Pairs) -> PyTree:
        return tuple(self._layer(program, layer, pairs) for layer in layers)

    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information:
        dtype = jnp.result_type(*(array for layer in state for array in layer.sums))
        blocks = [jtu.tree_map(lambda a: a.astype(dtype), layer).block() for layer in state]
        return BlockwiseOperator(blocks, tangent, provenance, error=error)

    def _layer(self, program: Program, layer: Layer, pairs: Pairs) -> LayerState:
        if layer.kind == "matrix":
            return kronecker(program, layer, pairs, self.setting)
        layout = layout_of(program, layer)
        if layer.kind == "unused":
            return LayerState((jnp.zeros(layout.shape, jnp.float32),), layout, "diagonal")
        gradients = jax.vmap(lambda one: row_gradients(program, layer, one))(pairs)
        return exact(gradients, layout, self.dense_up_to)

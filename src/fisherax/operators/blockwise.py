"""G made of blocks, each of some leaves of the parameters in an algebra of its own."""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Array, Int, Matrix, Scalar, Vector
from ..models.tangent import Tangent
from .base import Information
from .blocks import Block, Laid
from .factorization import Failed
from .findings import reason
from .placement import check_cover, check_dtypes, coordinate_shape, index, spread
from .provenance import Provenance
from .vectors import as_count, as_damping, common_dtype


class BlockwiseOperator(Information):
    r"""G = B diag(M_1, …, M_k) Bᵀ with M_b the matrix of the b-th block of leaves, in a structure of its own.

    It is what K-FAC keeps of a network: one `KroneckerBlock` for each layer. No verb makes a matrix larger than a
    block's factors, except those that return one (`as_matrix`, `coordinates_matrix`, `to_dense`, `eigh`).

    The blocks may be of a wider dtype than the parameters (float32 factors of bfloat16 parameters): verbs take and
    return pytrees of the parameters' dtypes, compute in the blocks', and give scalars and eigenvalues in the blocks'.

    Args:
        blocks: the blocks (`KroneckerBlock`, `EigenvalueCorrectedBlock`, `DenseBlock`, `DiagonalBlock`), which together
            cover every leaf exactly once.
        tangent: the tangent space at the parameters.
        provenance: where the blocks come from.
        count: the number of observations whose information they are.
        error: an error estimate of their entries, from the expectation; None where it is exact.

    Raises:
        ValueError: a leaf is covered twice or not at all, a block lays out a leaf of another shape, or the blocks are
            of different dtypes, or of one that does not hold the parameters'.

    Examples:
        >>> from fisherax.operators import DiagonalBlock, KroneckerBlock, Layout, Part
        >>> params = {"bias": jnp.zeros(3), "kernel": jnp.zeros((2, 3)), "scale": jnp.zeros(())}
        >>> kernel = Part.of(1, (2, 3), inputs=(0,), outputs=(1,))
        >>> layer = Layout((kernel, Part.of(0, (3,), outputs=(0,))))
        >>> blocks = (
        ...     KroneckerBlock(2 * jnp.eye(3)[None], 3 * jnp.eye(3)[None], layer),
        ...     DiagonalBlock(jnp.full((1, 1, 1), 5.0), Layout.flat([2], [()])),
        ... )
        >>> G = BlockwiseOperator(blocks, Tangent.of(params), Provenance("exact", "Kronecker-factored", "data"))
        >>> G.solve(params | {"bias": jnp.ones(3)})["bias"]
        Array([0.16666667, 0.16666667, 0.16666667], dtype=float64)
        >>> float(G.trace())  # 9 · 6 + 5
        59.0

    References:
        Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, §4.2.
    """

    blocks: tuple[Block, ...]
    tangent: Tangent = eqx.field(static=True)
    provenance: Provenance = eqx.field(static=True)
    count: Scalar
    error: Scalar | None

    def __init__(
        self,
        blocks: Sequence[Block],
        tangent: Tangent,
        provenance: Provenance,
        count: Any = 1.0,
        error: Any = None,
    ):
        self.blocks = tuple(blocks)
        self.tangent = tangent
        self.provenance = provenance
        check_cover(self.blocks, tangent)
        check_dtypes(self.blocks, tangent)
        self.count = as_count(count, self.dtype)
        self.error = None if error is None else as_count(error, self.dtype)

    @property
    def dtype(self) -> np.dtype:
        return self.blocks[0].dtype if self.blocks else common_dtype(self.tangent)

    @property
    def is_diagonal(self) -> bool:
        return self.tangent.is_free and all(block.is_diagonal for block in self.blocks)

    def factored_damping(self, damping: Any) -> "BlockwiseOperator":
        r"""The information with λ added to the factors of each Kronecker product, which thus stays one.

            (A + π√λ 1) ⊗ (B + √λ/π 1),   π² = (tr A / dim A) / (tr B / dim B)

        It approximates `damped`, whose A ⊗ B + λ1 is exact. Blocks without factors get exactly λ1.

        Args:
            damping: λ ≥ 0, one number; it may be traced.

        Returns:
            An operator of the same structure, in which λ is no longer told from the information.

        Raises:
            ValueError: λ is negative or not one number.

        Examples:
            >>> from fisherax.operators import KroneckerBlock, Layout, Part
            >>> layer = Layout((Part.of(0, (2, 1), inputs=(0,), outputs=(1,)),))
            >>> block = KroneckerBlock(4 * jnp.eye(2)[None], jnp.ones((1, 1, 1)), layer)
            >>> provenance = Provenance("exact", "Kronecker-factored", "data")
            >>> G = BlockwiseOperator([block], Tangent.of(jnp.zeros((2, 1))), provenance)
            >>> G.factored_damping(0.25).eigenvalues()  # (4 + 2 · ½)(1 + ½ / 2)
            Array([6.25, 6.25], dtype=float64)
            >>> G.damped(0.25).eigenvalues()
            Array([4.25, 4.25], dtype=float64)

        References:
            Martens and Grosse (2015), section 6.3.
        """
        damping = as_damping(damping, self.dtype)
        return self._with([block.factored_damping(damping) for block in self.blocks])

    def diagonalised(self) -> "BlockwiseOperator":
        """The same information with the eigendecompositions of its factors taken once, for many uses.

            A ⊗ B = (Q_A ⊗ Q_B) diag(a ⊗ b) (Q_A ⊗ Q_B)ᵀ

        Afterwards `solve`, the roots, `logdet`, and all of these `damped` by any λ, are products with the bases. Dense
        and diagonal blocks stay as they are.

        Returns:
            An operator of the same matrix, with an `EigenvalueCorrectedBlock` for each Kronecker product. Derivatives
            with respect to the factors are refused where eigenvalues are repeated.

        Examples:
            >>> from fisherax.operators import KroneckerBlock, Layout, Part
            >>> layer = Layout((Part.of(0, (2, 1), inputs=(0,), outputs=(1,)),))
            >>> block = KroneckerBlock(4 * jnp.eye(2)[None], jnp.ones((1, 1, 1)), layer)
            >>> provenance = Provenance("exact", "Kronecker-factored", "data")
            >>> G = BlockwiseOperator([block], Tangent.of(jnp.zeros((2, 1))), provenance)
            >>> type(G.diagonalised().blocks[0]).__name__
            'EigenvalueCorrectedBlock'
        """
        return self._with([block.diagonalised() for block in self.blocks])

    # --- The verbs. ---

    def coordinates_matrix(self) -> Matrix:
        matrix = jnp.zeros((self.tangent.dim, self.tangent.dim), self.dtype)
        for block in self.blocks:
            at = index(block.layout, self.tangent)
            matrix = matrix.at[at[:, :, None], at[:, None, :]].set(block.matrix())
        return matrix

    def _mv(self, u: Vector) -> Vector:
        return self._spread([b.mv(w) for b, w in zip(self.blocks, self._gathered(u), strict=True)])

    def _solve(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(lambda block, w: block.solve(w, self._definite), u)

    def _sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(lambda block, w: block.sqrt_mv(w), u)

    def _inv_sqrt_mv(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(lambda block, w: block.inv_sqrt_mv(w), u)

    def _inverse_root(self, u: Vector) -> tuple[Vector, Failed]:
        return self._each(lambda block, w: block.inverse_root_mv(w), u)

    def _logdet(self) -> tuple[Scalar, Failed]:
        values = [block.logdet() for block in self.blocks]
        return sum((value for value, _ in values), start=jnp.zeros((), self.dtype)), _any(
            f for _, f in values
        )

    def _diagonal(self) -> Vector:
        return self._spread([block.diagonal() for block in self.blocks])

    def _block(self, s: slice) -> Matrix:
        leaf = self.tangent.slices().index(s)
        found = jnp.zeros((s.stop - s.start, s.stop - s.start), self.dtype)
        for block in self.blocks:
            if leaf in block.layout.leaves:
                at = index(block.layout, self.tangent)
                part, entry = np.nonzero((at >= s.start) & (at < s.stop))
                places, together = at[part, entry] - s.start, part[:, None] == part[None, :]
                own = block.matrix()[part[:, None], entry[:, None], entry[None, :]]
                found = found.at[places[:, None], places[None, :]].set(jnp.where(together, own, 0.0))
        return found

    def _eigenvalues(self) -> Vector:
        return jnp.sort(self._unsorted_eigenvalues())

    def _eigenvectors(self) -> Matrix:
        vectors, column = jnp.zeros((self.tangent.dim, self.tangent.dim), self.dtype), 0
        for block in self.blocks:
            at = index(block.layout, self.tangent)
            columns = column + np.arange(at.size).reshape(at.shape)
            vectors = vectors.at[at[:, :, None], columns[:, None, :]].set(block.eigenvectors())
            column += at.size
        return vectors[:, jnp.argsort(self._unsorted_eigenvalues())]

    def _inverted(self) -> tuple[Information, Failed]:
        found = [block.inverted(self._definite) for block in self.blocks]
        return self._with([block for block, _ in found]), _any(failed for _, failed in found)

    def _scaled(self, factor: Scalar) -> Information:
        error = None if self.error is None else self.error * factor
        blocks = [block.scaled(factor) for block in self.blocks]
        return BlockwiseOperator(blocks, self.tangent, self.provenance, self.count * factor, error)

    def _plus(self, other: Information) -> Information | None:
        if not isinstance(other, BlockwiseOperator) or len(self.blocks) != len(other.blocks):
            return None
        blocks = [_sum(a, b) for a, b in zip(self.blocks, other.blocks, strict=True)]
        if any(block is None for block in blocks):
            return None
        provenance = self.provenance.combined(other.provenance)
        kept = [block for block in blocks if block is not None]
        return BlockwiseOperator(
            kept, self.tangent, provenance, self.count + other.count, self._error_of_sum(other)
        )

    def shifted(self, damping: Scalar) -> Information:
        return self._with([block.shifted(damping) for block in self.blocks])

    # --- What it leaves undetermined. ---

    def _scaled_eigenvalues(self) -> Vector:
        return self._joined([block.scaled_eigenvalues(self._definite) for block in self.blocks])

    def _rank(self) -> Int[Array, ""]:
        return sum((block.rank(self._definite) for block in self.blocks), start=jnp.zeros((), int))

    def _null_space(self) -> np.ndarray:
        return self._null_directions().T

    def _null_directions(self, limit: int | None = None) -> np.ndarray:
        """Directions u with Au = 0, as rows of largest entry 1; at most `limit` of each block."""
        found = [np.zeros((0, self.tangent.dim), self.dtype)]
        for block in self.blocks:
            directions = block.null_directions(self._definite, limit)
            rows = np.zeros((len(directions), self.tangent.dim), self.dtype)
            at = index(block.layout, self.tangent).ravel()
            rows[:, at] = directions.reshape(len(directions), at.size)
            found.append(rows / np.max(np.abs(rows), axis=1, keepdims=True, initial=0.0))
        return np.concatenate(found)

    def _reason(self, verb: str) -> str:
        return reason(self, needs_definite=self._needs_definite(verb))

    # --- Inside. ---

    def _gathered(self, u: Vector) -> list[Array]:
        """What each block sees of a vector of coordinates."""
        u = u.astype(self.dtype)
        leaves = [
            jnp.reshape(u[s], coordinate_shape(directions))
            for s, directions in zip(self.tangent.slices(), self.tangent.leaves, strict=True)
        ]
        return [block.layout.gather([leaves[k] for k in block.layout.leaves]) for block in self.blocks]

    def _spread(self, parts: Sequence[Array]) -> Vector:
        """The vector of coordinates whose parts these are, one for each block."""
        leaves = spread([block.layout for block in self.blocks], parts)
        return self._joined([leaves[k] for k in range(len(leaves))])

    def _each(
        self, function: Callable[[Block, Laid], tuple[Laid, Failed]], u: Vector
    ) -> tuple[Vector, Failed]:
        """A function of each block and its part of the vector; it fails where any of them does."""
        found = [function(block, w) for block, w in zip(self.blocks, self._gathered(u), strict=True)]
        return self._spread([w for w, _ in found]), _any(failed for _, failed in found)

    def _unsorted_eigenvalues(self) -> Vector:
        return self._joined([block.eigenvalues() for block in self.blocks])

    def _joined(self, arrays: Sequence[Array]) -> Vector:
        flat = [jnp.ravel(array) for array in arrays]
        return jnp.concatenate(flat) if flat else jnp.zeros((0,), self.dtype)

    def _with(self, blocks: Sequence[Block]) -> "BlockwiseOperator":
        return BlockwiseOperator(blocks, self.tangent, self.provenance, self.count, self.error)


def _sum(first: Block, second: Block) -> Block | None:
    total = first.plus(second)
    return second.plus(first) if total is None else total


def _any(flags: Iterable[Failed]) -> Failed:
    return functools.reduce(operator.or_, flags, jnp.asarray(False))

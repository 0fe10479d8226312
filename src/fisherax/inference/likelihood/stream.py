"""The likelihood of data that come in batches, again and again."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ..._types import Array, Matrix, Params, Scalar, Vector
from ...models.unconditional import Unconditional
from .base import Likelihood
from .evaluation import Evaluation
from .memory import family_expected
from .rows import Rows, rows_between
from .terms import Block, Terms

BatchProgress = Callable[[int], None]


class Blocks:
    """Batches of any lengths as blocks of one length: cut where they are longer, padded where they are shorter.

    Args:
        batches: Gives the batches from the beginning each time it is called.
        length: Rows to a block.
    """

    def __init__(self, batches: Callable[[], Iterator[Rows]], length: int):
        self.batches = batches
        self.length = length

    def __iter__(self) -> Iterator[tuple[Block, int]]:
        """Each block and the number of its rows that count."""
        for rows in self.batches():
            for start in range(0, rows.size, self.length):
                stop = min(start + self.length, rows.size)
                yield rows_between(rows, start, stop).padded(self.length).whole(), stop - start


class Streamed(Likelihood):
    """The log-likelihood of a stream; every evaluation reads it once, in memory for one batch.

    Args:
        terms: What a block adds.
        blocks: The data.
        params: Any parameters, for their shapes.
        num_observations: Σ wᵢ, known from the first pass.
        num_rows: The number of rows.
        passes: Passes made already.
        progress: Called with the number of rows read so far in a pass.
        kinks: The parameters that move a kink of the density: its curvature is then the expected information.
    """

    def __init__(
        self,
        terms: Terms,
        blocks: Blocks,
        params: Params,
        num_observations: float,
        num_rows: int,
        passes: int,
        progress: BatchProgress | None = None,
        kinks: tuple[str, ...] = (),
    ):
        self.kinks = kinks
        self.model = terms.model
        self.terms = terms
        self.coordinates = terms.coordinates
        self.tangent = terms.model.tangent(params)
        self.blocks = blocks
        self.num_observations = num_observations
        self.num_rows = num_rows
        self.passes = passes
        self.progress = progress

    def sum(self, part: Callable[[Block], Any]) -> Any:
        """Σ part(block) over all data: one pass. `part` is a pytree."""
        self.passes += 1
        total, read = None, 0
        for block, size in self.blocks:
            total = _part(part, block) if total is None else _add(total, part, block)
            read += size
            if self.progress is not None:
                self.progress(read)
        if self.num_rows < 0:  # the first pass, which counts
            self.num_rows = read
        if read != self.num_rows:
            raise ValueError(
                f"fit: the stream gave {self.num_rows} rows when it was first read and {read} now: it must give the "
                "same rows each time it is iterated."
            )
        return total

    def sample(self) -> Block:
        return next(iter(self.blocks))[0]

    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        z = jnp.asarray(z)
        if not self.kinks:
            return self.sum(Part(self.terms, z, "evaluate"))
        return Evaluation(*self.value_and_score(z), self.expected(z))

    def value(self, z: Vector) -> Scalar:
        return self.sum(Part(self.terms, z, "value"))

    def value_and_score(self, z: Vector) -> tuple[Scalar, Vector]:
        both = self.sum(Part(self.terms, z, "value_and_score"))
        return both[0], both[1:]

    def observed(self, z: Vector) -> Matrix:
        self.check_smooth()
        whole = self.terms.steps_with_observed(z.size)
        part = self.sum(Part(self.terms, z, "evaluate" if whole else "observed"))
        return part.information if whole else part

    def expected(self, z: Vector) -> Matrix:
        if isinstance(self.model, Unconditional):
            return family_expected(self.model, self.coordinates, self.tangent, z, self.num_observations)
        return self.sum(Part(self.terms, z, "expected"))

    def opg(self, z: Vector) -> Matrix:
        return self.sum(Part(self.terms, z, "opg"))

    def clustered_opg(self, z: Vector, clusters: np.ndarray) -> Matrix:
        self.passes += 1
        num_clusters = int(clusters.max()) + 1
        total = jnp.zeros((num_clusters, z.size), z.dtype)
        start = 0
        for block, size in self.blocks:
            numbers = np.zeros(block.weights.shape[0], int)
            numbers[:size] = clusters[start : start + size]
            total = total + _cluster_sums(self.terms, z, block, jnp.asarray(numbers), num_clusters)
            start += size
        return total.T @ total


class Part(eqx.Module):
    """One of the terms' functions at one z, as a function of blocks."""

    terms: Terms
    z: Vector
    name: str = eqx.field(static=True)

    def __call__(self, block: Block) -> Any:
        return getattr(self.terms, self.name)(self.z, block)


@eqx.filter_jit
def _part(part: Callable[[Block], Any], block: Block) -> Any:
    return part(block)


@eqx.filter_jit
def _add(total: Any, part: Callable[[Block], Any], block: Block) -> Any:
    return total + part(block)


@eqx.filter_jit
def _cluster_sums(terms: Terms, z: Vector, block: Block, clusters: Array, num_clusters: int) -> Array:
    return terms.cluster_sums(z, block, clusters, num_clusters)

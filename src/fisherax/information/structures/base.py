"""How JᵀL is kept: what is accumulated over the data, and the operator that is made of it."""

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx

from ..._types import Array, Float, PyTree
from ...models.tangent import Tangent
from ...operators import Information, Provenance

Curvature = Callable[[Float[Array, " p"]], Float[Array, " p"]]
"""v ↦ Hv for a symmetric matrix H known by its products."""

COLUMNS = 64
"""Products taken at once: each of them holds what a gradient holds, so that memory stays at so many gradients."""


class Structure(eqx.Module):
    """A way to keep an information matrix. Its state is a pytree of sums, so that batches add up."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def passes(self) -> int:
        """How often the data are read."""
        return 1

    def settled(self, fisher: Callable[["Structure"], Information]) -> "Structure":
        """The structure to sum in the last pass; `fisher` gives that in another, by a pass of its own."""
        del fisher
        return self

    @abstractmethod
    def check(self, tangent: Tangent) -> None:
        """Raise ValueError where this structure makes no sense for these parameters."""

    @abstractmethod
    def from_rows(self, rows: Float[Array, "m p"], tangent: Tangent) -> PyTree:
        """The state of RᵀR, for rows R of JᵀL, without forming more of it than is kept."""

    @abstractmethod
    def from_products(self, product: Curvature, tangent: Tangent, like: Array) -> PyTree:
        """The state of a symmetric matrix known by its products with vectors of the dtype of `like`."""

    @abstractmethod
    def from_matrix(self, matrix: Float[Array, "p p"], tangent: Tangent) -> PyTree:
        """The state of a matrix that is there already."""

    @abstractmethod
    def operator(
        self, state: PyTree, tangent: Tangent, provenance: Provenance, error: Array | None
    ) -> Information: ...

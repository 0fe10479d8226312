"""The observations behind a fit, as far as they are at hand."""

import dataclasses
from typing import Any

import jax
import jax.tree_util as jtu
import numpy as np

from .._types import PyTree
from ..models.unconditional import Unconditional

MOST = 2000
"""Points in one scatter plot: of more, so many are drawn, at equal distances in the data's own order."""


@dataclasses.dataclass(frozen=True)
class Observations:
    """Rows of data on the host.

    Attributes:
        inputs: A pytree with a leading axis of n; None for a model without inputs.
        targets: (n, ...) observations.
        weights: (n,) how often each row counts.
    """

    inputs: PyTree
    targets: np.ndarray
    weights: np.ndarray

    @property
    def size(self) -> int:
        return self.targets.shape[0]

    def thinned(self, most: int = MOST) -> "Observations":
        """At most so many of the rows, at equal distances."""
        if self.size <= most:
            return self
        kept = np.unique(np.linspace(0, self.size - 1, most).round().astype(int))
        return Observations(
            jtu.tree_map(lambda a: a[kept], self.inputs), self.targets[kept], self.weights[kept]
        )


def observations_of(fit: Any) -> Observations | None:
    """The data of a fit, as the figures of data take them.

    Args:
        fit: A `Fit`.

    Returns:
        Inputs, targets and weights as NumPy arrays, without rows that weigh nothing; None if the data were
        streamed and are gone.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Exponential), np.array([0.5, 1.0, 1.5]), weights=[1, 0, 2])
        >>> fx.plot.observations_of(fit).targets
        array([0.5, 1.5])
    """
    rows = getattr(fit.likelihood, "rows", None)
    if rows is None:
        return None
    size = int(fit.likelihood.num_rows)
    targets = np.asarray(rows.targets)[:size]
    weights = np.ones(size) if rows.weights is None else np.asarray(rows.weights, float)[:size]
    kept = np.flatnonzero(weights > 0)
    inputs = jtu.tree_map(lambda a: np.asarray(a)[:size][kept], rows.inputs)
    return Observations(inputs, targets[kept], weights[kept])


def outputs_of(fit: Any, inputs: PyTree) -> PyTree:
    """The head's parameter at the estimate for each row, with a leading axis; of length 1 without inputs."""
    if isinstance(fit.model, Unconditional):
        return jtu.tree_map(lambda a: np.asarray(a)[None], fit.params)
    return jax.vmap(lambda x: fit.model.output(fit.params, x))(inputs)

"""How a proper prior is drawn from: in closed form, by an inverse distribution function, or by rejection."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._tree import leaf_name
from .._types import Array, Params, PRNGKeyArray, Scalar, Vector
from ..geometry.closed.measure import ClosedMeasure, inside
from ..geometry.expanse import Total
from ..geometry.region import Region
from ..geometry.tails import Density, continued, log_density
from ..geometry.volume import closed_measure
from ..information import Metric
from .envelope import Envelope, envelope
from .inverse import InverseTable, inverse_table


class Sampler:
    """Independent draws of parameters."""

    @abstractmethod
    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Params:
        """Draws with leading axes of this shape."""


def sampler_of(metric: Metric, like: Params, region: Region, total: Total) -> Sampler:
    """The sampler for an integral that is finite."""
    closed = closed_measure(metric, like)
    if closed is not None:
        return Closed(closed, region)
    assert total.density is not None
    assert total.boxes is not None
    density = total.density
    if density.region.dim > 1:
        return Rejection(density, total)
    edges = np.unique(np.concatenate([total.boxes.lower[:, 0], total.boxes.upper[:, 0]]))
    return Inverse(density, inverse_table("JeffreysPrior.sample", density, edges))


class Closed(Sampler):
    """By the closed form of the volume."""

    def __init__(self, measure: ClosedMeasure, region: Region):
        self.measure, self.ends = measure, region.ends()

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Params:
        return self.measure.sample(key, shape, self.ends)


class Inverse(Sampler):
    """One number, by the inverse of its distribution function."""

    def __init__(self, density: Density, table: InverseTable):
        self.region, self.table = density.region, table

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Params:
        return _params(self.region, self.table.sample(key, shape)[..., None])


class Rejection(Sampler):
    """Several numbers, under an envelope; a wider one where the density was found above it."""

    def __init__(self, density: Density, total: Total):
        assert total.boxes is not None
        self.density, self.boxes, self.margin = density, total.boxes, 0.05
        self.envelope = envelope(density, self.boxes, self.margin)

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Params:
        count = int(np.prod(shape, dtype=int))
        for _ in range(4):
            draws, above = _rejected(
                self.density.metric, self.density.region, self.density.ends, self.envelope, key, count
            )
            if isinstance(above, Tracer):
                draws = eqx.error_if(draws, above, "JeffreysPrior.sample: the density is above its envelope.")
                above = False
            if not above:
                draws = jnp.reshape(draws, (*shape, self.density.region.dim))
                return _params(self.density.region, draws)
            self.margin *= 4.0
            self.envelope = envelope(self.density, self.boxes, self.margin)
        raise ValueError(
            "JeffreysPrior.sample: no envelope was found for the density, which is too rough: choose smaller bounds."
        )


@eqx.filter_jit
def _rejected(
    metric: Any, region: Region, ends: Any, bound: Envelope, key: PRNGKeyArray, count: int
) -> tuple[Array, Array]:
    def log(t: Vector) -> Scalar:
        known, extra = continued(ends, t, jnp)
        return log_density(metric, region, known)[0] + extra

    return bound.sample(log, key, count)


def _params(region: Region, ts: Array) -> Params:
    """Parameters at points t with leading axes, none on an end of the box by rounding."""
    shape = ts.shape[:-1]
    flat = jax.vmap(region.to_params)(jnp.reshape(ts, (-1, ts.shape[-1])))
    ends = region.ends()
    named = [(leaf_name(path), leaf) for path, leaf in jtu.tree_leaves_with_path(flat)]
    kept = [inside(leaf, *ends[name]) if name in ends else leaf for name, leaf in named]
    shaped = [jnp.reshape(leaf, (*shape, *leaf.shape[1:])) for leaf in kept]
    return jtu.tree_unflatten(jtu.tree_structure(flat), shaped)

"""The first, and only, look at the data of an exponential family: is it legal, what sums up to, where to start.

Two compiled programs. The first depends on the number of rows and reads them; the second does not, and takes the
closed-form estimate to all that a fit asks for there. For most families that is the maximum itself.
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Bool, Float, Params
from ..models.coordinates import Constraint
from ..models.exponential import ExponentialFamily
from .layout import Layout
from .likelihood.chart import Chart, derivatives
from .likelihood.statistics import StatisticsObjective, Sums, sums
from .likelihood.sufficient import Sheet, packed
from .observations import inside


@partial(jax.jit, static_argnums=(3, 4))
def read(
    form: ExponentialFamily,
    x: Array,
    weights: Float[Array, " n"] | None,
    names: tuple[str, ...],
    support: Constraint | None,
) -> tuple[Sums, Params, Bool[Array, ""]]:
    """Sums over the data, the estimates that they suggest, and whether all observations are in the support."""
    totals = sums(form, x, weights)
    good = jnp.asarray(True) if support is None else jnp.all(inside(support.value, x))
    start = form.start(totals.mean)
    return totals, {name: start[name] for name in names}, good


@dataclasses.dataclass(frozen=True)
class Opening:
    """What is known after one pass, on the host.

    Attributes:
        inside: Whether all observations are in the support.
        count: Σ wᵢ.
        start: θ to start from; it may be on the boundary, and then all that follows is not finite.
        z: The same in unconstrained coordinates.
        sheet: ℓ there with its derivatives.
        chart: θ there with its derivatives.
    """

    inside: bool
    count: float
    start: dict[str, np.ndarray]
    z: np.ndarray
    sheet: Sheet
    chart: Chart

    @staticmethod
    def at(
        layout: Layout, form: ExponentialFamily, totals: Sums, start: Params, inside: Bool[Array, ""]
    ) -> "Opening":
        """From the sums."""
        everything, params = _open(layout, form, totals, start, inside)
        size, k, p = layout.tangent.size, layout.coordinates.dim, layout.tangent.dim
        parts = np.split(
            np.asarray(everything), np.cumsum([2, size, k, Sheet.size(k), size * k, size * p][:-1])
        )
        flags, entries, z, sheet, jacobian, basis = parts
        chart = Chart.of(layout.tangent, params, jacobian.reshape(size, k), basis.reshape(size, p))
        return Opening(bool(flags[0]), float(flags[1]), layout.cut(entries), z, Sheet.cut(sheet, k), chart)


@partial(jax.jit, static_argnums=0)
def _open(
    layout: Layout, form: ExponentialFamily, totals: Sums, start: Params, inside: Bool[Array, ""]
) -> tuple[Float[Array, " s"], Params]:
    coordinates = layout.coordinates
    z = coordinates.to_vector(start)
    params, jacobian, basis = derivatives(coordinates, layout.tangent, z)
    parts = [
        jnp.stack([inside.astype(z.dtype), totals.count]),
        *jtu.tree_leaves(start),
        z,
        packed(StatisticsObjective(form, totals, coordinates), z),
        jacobian,
        basis,
    ]
    return jnp.concatenate([jnp.ravel(part) for part in parts]), params

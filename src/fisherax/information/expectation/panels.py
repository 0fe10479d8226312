"""Adaptive panels of Gauss and Kronrod: 21 points in each, 10 of which are Gauss's.

The mesh is found in a loop that no derivative passes through. Afterwards the integrand is evaluated once
on the final mesh, as a plain weighted sum.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..._types import Array, Float

# Kronrod's extension of the 10-point Gauss rule (Kronrod 1965), exact up to degree 31:
# abscissa ≥ 0, Kronrod's weight, Gauss's weight.
_TABLE = np.array(
    [
        (0.0, 0.14944555400291690566, 0.0),
        (0.14887433898163121088, 0.14773910490133849137, 0.29552422471475287017),
        (0.29439286270146019813, 0.1427759385770600808, 0.0),
        (0.4333953941292471908, 0.13470921731147332593, 0.26926671930999635509),
        (0.56275713466860468334, 0.12349197626206585108, 0.0),
        (0.67940956829902440623, 0.1093871588022976419, 0.219086362515982044),
        (0.78081772658641689706, 0.093125454583697605535, 0.0),
        (0.86506336668898451073, 0.075039674810919952767, 0.14945134915058059315),
        (0.930157491355708226, 0.054755896574351996031, 0.0),
        (0.97390652851717172008, 0.032558162307964727479, 0.066671344308688137594),
        (0.99565716302580808074, 0.011694638867371874278, 0.0),
    ]
)
ABSCISSAE = np.concatenate([-_TABLE[:0:-1, 0], _TABLE[:, 0]])
KRONROD = np.concatenate([_TABLE[:0:-1, 1], _TABLE[:, 1]])
GAUSS = np.concatenate([_TABLE[:0:-1, 2], _TABLE[:, 2]])
SIZE = KRONROD.size

_BATCH = 8  # panels measured in one pass of the loop: 8 of the first mesh, or the halves of the worst 4
_SPARE = 64  # panels that halving may add


class Panels(eqx.Module):
    """Intervals [left, right] of the variable of integration; those of no width are unused."""

    left: Float[Array, " p"]
    right: Float[Array, " p"]

    def nodes(self) -> tuple[Float[Array, " n"], Float[Array, " n"], Float[Array, " n"]]:
        """Abscissae, Kronrod's weights, and Kronrod's minus Gauss's, panel by panel."""
        half = (self.right - self.left) / 2
        middle = (self.right + self.left) / 2
        dtype = half.dtype
        nodes = middle[:, None] + half[:, None] * jnp.asarray(ABSCISSAE, dtype)
        weights = half[:, None] * jnp.asarray(KRONROD, dtype)
        differences = half[:, None] * jnp.asarray(KRONROD - GAUSS, dtype)
        return nodes.ravel(), weights.ravel(), differences.ravel()


class _Mesh(eqx.Module):
    """One row for each panel: left, right, stalled, then the integrals and their errors.

    `stalled` counts how often, last, halving did not help: rounding, not the mesh, is the limit there. (One
    array, because what is written in one place is compiled once.)
    """

    rows: Float[Array, "p c"]
    used: Array

    def panels(self) -> Panels:
        return Panels(self.rows[:, 0], self.rows[:, 1])

    def badness(self) -> tuple[Float[Array, " p"], Float[Array, " j"]]:
        """Each panel's error, relative to the whole integral, of its worst integrand; and the integrals."""
        left, right = self.rows[:, 0], self.rows[:, 1]
        integral, error = jnp.split(self.rows[:, 3:], 2, axis=1)
        total = jnp.maximum(jnp.sum(integral, axis=0), jnp.finfo(integral.dtype).tiny)
        narrow = right - left <= 64 * jnp.finfo(left.dtype).eps * (1.0 + jnp.abs(left))
        return jnp.where(narrow, 0.0, jnp.max(error / total, axis=1)), total


def adapt(
    integrand: Callable[[Float[Array, " n"]], Float[Array, "n j"]],
    left: Float[Array, " p0"],
    right: Float[Array, " p0"],
) -> Panels:
    """Halve the worst panels until all are good, or the spare panels are used up.

    A panel is good when the Gauss and Kronrod sums of every integrand (all of them ≥ 0) differ by less
    than a few hundred roundings of the whole integral. The first mesh is measured in the same loop, eight
    panels at a time, so that the integrand is compiled once.
    """
    first = -(-left.shape[0] // _BATCH) * _BATCH
    size = first + _SPARE
    tolerance = 500 * jnp.finfo(left.dtype).eps

    def measure(panels: Panels) -> tuple[Array, Array]:
        nodes, weights, differences = panels.nodes()
        values = integrand(nodes)
        both = jnp.stack([weights, differences])[:, :, None] * values
        sums = jnp.sum(jnp.reshape(both, (2, _BATCH, SIZE, values.shape[1])), axis=2)
        return sums[0], jnp.abs(sums[1])

    def unfinished(mesh: _Mesh) -> Array:
        return (mesh.used < first) | ((mesh.used < size) & jnp.any(mesh.badness()[0] > tolerance))

    def step(mesh: _Mesh) -> _Mesh:
        starting = mesh.used < first
        fresh = mesh.used + jnp.arange(_BATCH)
        bad, total = mesh.badness()
        urgency, chosen = bad * 0.1 ** mesh.rows[:, 2], []
        for _ in range(_BATCH // 2):
            chosen.append(jnp.argmax(urgency))
            urgency = urgency.at[chosen[-1]].set(-1.0)
        worst = jnp.stack(chosen)
        old = mesh.rows[worst]
        middles = (old[:, 0] + old[:, 1]) / 2
        halves = Panels(jnp.concatenate([old[:, 0], middles]), jnp.concatenate([middles, old[:, 1]]))
        given = Panels(mesh.rows[fresh, 0], mesh.rows[fresh, 1])
        panels = jax.tree.map(lambda a, b: jnp.where(starting, a, b), given, halves)
        places = jnp.where(starting, fresh, jnp.concatenate([worst, fresh[: _BATCH // 2]]))
        integral, error = measure(panels)
        after = jnp.sum(jnp.reshape(jnp.max(error / total, axis=1), (2, -1)), axis=0)
        stalled = jnp.where(starting | (after <= 0.25 * bad[worst]), 0.0, old[:, 2] + 1.0)
        columns = [
            panels.left[:, None],
            panels.right[:, None],
            jnp.tile(stalled, 2)[:, None],
            integral,
            error,
        ]
        rows = mesh.rows.at[places].set(jnp.concatenate(columns, axis=1))
        return _Mesh(rows, mesh.used + jnp.where(starting, _BATCH, _BATCH // 2))

    pad = jnp.full((size - left.shape[0],), right[-1], left.dtype)
    columns = jax.eval_shape(integrand, jax.ShapeDtypeStruct((_BATCH * SIZE,), left.dtype)).shape[1]
    ends = [jnp.concatenate([left, pad])[:, None], jnp.concatenate([right, pad])[:, None]]
    rows = jnp.concatenate([*ends, jnp.zeros((size, 1 + 2 * columns), left.dtype)], axis=1)
    return lax.while_loop(unfinished, step, _Mesh(rows, jnp.zeros((), int))).panels()

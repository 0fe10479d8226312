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

# Kronrod's extension of the 10-point Gauss rule (Kronrod 1965), exact for polynomials of degree 31:
# abscissa ≥ 0, Kronrod's weight, Gauss's weight. tests/ rebuild them from orthogonality with mpmath.
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


class _State(eqx.Module):
    panels: Panels
    integral: Float[Array, "p j"]
    error: Float[Array, "p j"]
    stalled: Float[Array, " p"]  # how often, last, halving did not help: rounding, not the mesh, is the limit
    used: Array

    def badness(self) -> Float[Array, " p"]:
        """Each panel's error, relative to the whole integral, of its worst integrand."""
        total = jnp.sum(self.integral, axis=0)
        tiny = jnp.finfo(total.dtype).tiny
        relative = jnp.max(self.error / jnp.maximum(total, tiny), axis=1)
        left, right = self.panels.left, self.panels.right
        narrow = right - left <= 64 * jnp.finfo(left.dtype).eps * (1.0 + jnp.abs(left))
        return jnp.where(narrow, 0.0, relative)


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

        def by_panel(w: Array) -> Array:
            return jnp.sum(jnp.reshape(w[:, None] * values, (_BATCH, SIZE, values.shape[1])), axis=1)

        return by_panel(weights), jnp.abs(by_panel(differences))

    def unfinished(state: _State) -> Array:
        return (state.used < first) | ((state.used < size) & jnp.any(state.badness() > tolerance))

    def step(state: _State) -> _State:
        starting = state.used < first
        bad = state.badness()
        fresh = state.used + jnp.arange(_BATCH)
        urgency, chosen = bad * 0.1**state.stalled, []
        for _ in range(_BATCH // 2):
            chosen.append(jnp.argmax(urgency))
            urgency = urgency.at[chosen[-1]].set(-1.0)
        worst = jnp.stack(chosen)
        lows, highs = state.panels.left[worst], state.panels.right[worst]
        middles = (lows + highs) / 2
        halved_places = jnp.concatenate([worst, fresh[: _BATCH // 2]])
        places = jnp.where(starting, fresh, halved_places)
        panels = Panels(
            jnp.where(starting, state.panels.left[fresh], jnp.concatenate([lows, middles])),
            jnp.where(starting, state.panels.right[fresh], jnp.concatenate([middles, highs])),
        )
        integral, error = measure(panels)
        return _State(
            Panels(
                state.panels.left.at[places].set(panels.left), state.panels.right.at[places].set(panels.right)
            ),
            state.integral.at[places].set(integral),
            state.error.at[places].set(error),
            state.stalled,
            state.used + jnp.where(starting, _BATCH, _BATCH // 2),
        )
        after = jnp.reshape(measured.badness()[halved_places], (2, -1))
        count = jnp.where(jnp.sum(after, axis=0) > 0.25 * bad[worst], state.stalled[worst] + 1.0, 0.0)
        stalled = state.stalled.at[halved_places].set(jnp.where(starting, 0.0, jnp.tile(count, 2)))
        return eqx.tree_at(lambda s: s.stalled, measured, stalled)

    pad = jnp.full((size - left.shape[0],), right[-1], left.dtype)
    columns = jax.eval_shape(integrand, jax.ShapeDtypeStruct((_BATCH * SIZE,), left.dtype)).shape[1]
    nothing = jnp.zeros((size, columns), left.dtype)
    state = _State(
        Panels(jnp.concatenate([left, pad]), jnp.concatenate([right, pad])),
        integral=nothing,
        error=nothing,
        stalled=jnp.zeros(size, left.dtype),
        used=jnp.zeros((), int),
    )
    return lax.while_loop(unfinished, step, state).panels

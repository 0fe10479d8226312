"""The set of members at one divergence from a centre, found along rays in any chart, to rounding."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Float
from .chart import Chart, domain_of
from .divergence import AT_ONCE, DivergenceFrom

_FARTHEST = 8.0
"""In radii of the ellipse: a set that has not been met by then is left open."""
_SCAN, _REFINEMENTS = 40, 40


@eqx.filter_jit
def level_set(
    divergence: DivergenceFrom,
    chart: Chart,
    centre: Float[Array, "2"],
    directions: Float[Array, "a 2"],
    radius: Any,
) -> Float[Array, "a 2"]:
    """Where KL(p_θ ‖ ·) first reaches radius²/2 along each ray; NaN where it does not.

    Args:
        divergence: KL from the member at the centre.
        chart: The plotted coordinates.
        centre: The centre in them.
        directions: From the centre to the ellipse of that radius.
        radius: r.
    """

    def height(direction: Array, share: Array) -> Array:
        """√(2 KL)/r − 1, which is share − 1 where the quadratic approximation is exact."""
        params = chart.to_params(*(centre + share * direction))
        inside = domain_of(divergence.model, params)
        value = divergence(params)
        found = jnp.sqrt(2 * jnp.maximum(value, 0.0)) / radius - 1
        return jnp.where(inside & jnp.isfinite(found), found, jnp.inf)

    def ray(direction: Array) -> Array:
        shares = jnp.linspace(0.0, _FARTHEST ** (1 / 3), _SCAN + 1)[1:] ** 3
        heights = jax.vmap(lambda share: height(direction, share))(shares)
        stop = jnp.argmax(heights > 0)
        low = jnp.where(stop == 0, 0.0, shares[stop - 1])
        below = jnp.where(stop == 0, -1.0, heights[stop - 1])

        def refine(k: Array, state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            # The Illinois method; halves where the far end is outside of the space, and now and then to be sure.
            low, high, below, above = state
            secant = (low * above - high * below) / (above - below)
            halve = ~jnp.isfinite(above) | (k % 4 == 3) | ~jnp.isfinite(secant)
            middle = jnp.where(halve, 0.5 * (low + high), secant)
            value = height(direction, middle)
            up = value > 0
            return (
                jnp.where(up, low, middle),
                jnp.where(up, middle, high),
                jnp.where(up, 0.5 * below, value),
                jnp.where(up, value, jnp.where(jnp.isfinite(above), 0.5 * above, above)),
            )

        state = (low, shares[stop], below, heights[stop])
        low, high, _, _ = jax.lax.fori_loop(0, _REFINEMENTS, refine, state)
        share = jnp.where(jnp.abs(height(direction, high)) < jnp.abs(height(direction, low)), high, low)
        # √KL is good to half the digits of KL where that is small.
        enough = 10 * jnp.sqrt(jnp.finfo(share.dtype).eps)
        met = (heights[stop] > 0) & (jnp.abs(height(direction, share)) < enough)
        return jnp.where(met, centre + share * direction, jnp.nan)

    return jax.lax.map(ray, directions, batch_size=AT_ONCE)

"""Expectations of one real observation by adaptive quadrature."""

from typing import Any

import jax.numpy as jnp
from jax import lax
from numpyro.distributions import constraints

from ..._types import Array, Float, PyTree
from .axis import Axis, CircleAxis, HalfAxis, IntervalAxis, RealAxis
from .landmarks import center_and_scale, landmarks
from .law import Law, held
from .panels import SIZE, adapt
from .rule import Features, WeightedRule, carried, settle


def axis_of(support: Any, quantiles: Float[Array, "l k"]) -> Axis | None:
    """The variable of integration for a support; None if it is no part of the real line."""
    low, high = getattr(support, "lower_bound", None), getattr(support, "upper_bound", None)
    if support is constraints.circular:
        return CircleAxis(float(support.lower_bound), float(support.upper_bound))
    if isinstance(support, type(constraints.real)):
        return RealAxis(*center_and_scale(quantiles))
    dtype = quantiles.dtype
    if low is not None and high is not None:
        return IntervalAxis(*(lax.stop_gradient(jnp.asarray(end, dtype)) for end in (low, high)))
    if low is not None:
        return HalfAxis(lax.stop_gradient(jnp.asarray(low, dtype)), 1.0)
    if high is not None:
        return HalfAxis(lax.stop_gradient(jnp.asarray(high, dtype)), -1.0)
    return None


def quadrature_rule(law: Law, f: PyTree, features: Features) -> WeightedRule | None:
    """A mesh on which the expectations of all `features` (≥ 0) have converged; None if there is no axis.

    `features` must carry no derivative: the mesh is chosen for fixed parameters.
    """
    fixed_law, fixed = held((law, f))
    coordinates = law.coordinates(f)
    quantiles = landmarks(fixed_law.distribution(fixed))
    if coordinates is not None:
        quantiles = coordinates.from_data(quantiles)
    quantiles = jnp.asarray(quantiles, jnp.result_type(quantiles, float))
    axis = axis_of(fixed_law.support(fixed), quantiles)
    if axis is None:
        return None
    edges = axis.edges(quantiles)
    kinks = law.kinks(f)
    if kinks is not None:
        edges = jnp.sort(jnp.concatenate([edges, axis.from_data(lax.stop_gradient(kinks))]))

    def log_mass(u: Float[Array, " n"]) -> Float[Array, " n"]:
        return fixed_law.log_prob(fixed, axis.to_data(u)) + axis.log_slope(u)

    def integrand(u: Float[Array, " n"]) -> Float[Array, "n j"]:
        return settle(log_mass(u), features(axis.to_data(u)))

    panels = lax.stop_gradient(adapt(integrand, edges[:-1], edges[1:]))
    u, weights, differences = panels.nodes()
    carries, harmless = carried(log_mass(u))
    points = axis.to_data(jnp.where(carries, u, u[harmless]))
    slope = jnp.where(carries, jnp.exp(axis.log_slope(u)), 0.0)
    outermost, lengths = _tails(axis, u, carries)
    stretch = jnp.ones_like(points)
    if kinks is not None:
        points, stretch = _follow(points, kinks)
    return WeightedRule(
        points=points,
        weights=weights * slope * stretch,
        differences=differences * slope,
        groups=jnp.repeat(jnp.arange(u.size // SIZE), SIZE),
        edges=outermost,
        edge_weights=lengths * slope[outermost],
        num_groups=u.size // SIZE,
        method="quadrature",
    )


def _tails(axis: Axis, u: Array, carries: Array) -> tuple[Array, Array]:
    """The outermost points with mass, and how long the tail beyond them might be.

    An integrand that decays like e^{-ru} leaves e^{-rU}/r beyond U, which is less than U e^{-rU} as soon
    as the range U is long against 1/r; one that does not decay at all then shows as an error of its own size.
    """
    outermost = jnp.stack(
        [jnp.argmin(jnp.where(carries, u, jnp.inf)), jnp.argmax(jnp.where(carries, u, -jnp.inf))]
    )
    if isinstance(axis, CircleAxis):
        return outermost, jnp.zeros(2, u.dtype)
    return outermost, jnp.full((2,), jnp.ptp(jnp.where(carries, u, u[outermost[0]])), u.dtype)


def _follow(points: Float[Array, " n"], kinks: Float[Array, " k"]) -> tuple[Array, Array]:
    """Move the points with the kinks, which depend on the parameters, and stretch the weights alike.

    Where the integrand jumps at k(f), the derivative of the integral has a term (jump)·k'(f) that no
    derivative at a fixed point can show. In coordinates that follow the kinks, piecewise linear between
    them and rigid outside, the jump stands still, and differentiating under the integral is right.
    """
    fixed = lax.stop_gradient(kinks)
    segment = jnp.searchsorted(fixed, points)  # the number of kinks to the left of each point
    if kinks.size == 1:
        return points + (kinks[0] - fixed[0]), jnp.ones_like(points)
    left = jnp.clip(segment - 1, 0, kinks.size - 1)
    right = jnp.clip(segment, 0, kinks.size - 1)
    inside = (segment > 0) & (segment < kinks.size) & (fixed[right] > fixed[left])
    width = jnp.where(inside, fixed[right] - fixed[left], 1.0)
    stretch = jnp.where(inside, (kinks[right] - kinks[left]) / width, 1.0)
    return kinks[left] + (points - fixed[left]) * stretch, stretch

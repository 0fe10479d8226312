"""Sums over the whole numbers from a on: exact windows, and Euler–Maclaurin integrals between and beyond.

A window of terms at the lower end (where a mass function may be steep or have an atom), one about the
centre, and one at the upper end if there is one, are summed term by term. What lies between and beyond is
the integral of the smooth continuation of the terms, by adaptive quadrature, with end corrections. So a
geometric distribution with mean 3 and a negative binomial with mean 10⁶ cost the same.
"""

from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from jax import lax

from ..._types import Array, Float, PyTree, Scalar
from .axis import HalfAxis
from .law import Law, held
from .panels import SIZE, Panels, adapt
from .rule import Features, WeightedRule, carried, settle

_WINDOW = 64
# With the central difference δ = 2 sinh(D/2) over one step, and a cut at half a step before the first term,
#     Σ_{k≥0} f(c + ½ + k) = ∫_c^∞ f dx + (1/D − 1/(2 sinh(D/2))) f(c)  with  D = 2 arsinh(δ/2),
# and 1/(2 arsinh(δ/2)) − 1/δ = δ/24 − 17 δ³/5760 + 367 δ⁵/967680 − …: Gregory's end corrections from
# terms of the sum itself. The error estimate is the last of them.
_GREGORY = (1 / 24, -17 / 5760, 367 / 967680)
_DEVIATIONS = np.array([-4.0, -2.0, -0.7, 0.0, 0.7, 2.0, 4.0])


def _end_correction() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets from the cut, weights of the terms there, and those weights' last contribution."""
    offsets = np.arange(-2.5, 3.0)
    total, last = np.zeros(6), np.zeros(6)
    difference = np.array([1.0])
    for order in range(1, 6):
        difference = np.convolve(difference, [-1.0, 1.0])  # coefficients of δ^order, from left to right
        if order % 2 == 1:
            last = np.zeros(6)
            pad = (6 - difference.size) // 2
            last[pad : pad + difference.size] = _GREGORY[order // 2] * difference
            total = total + last
    return offsets, total, last


def lattice_rule(law: Law, f: PyTree, support: Any, features: Features) -> WeightedRule | None:
    """Points and weights for the sum over a, a + 1, … (to b, if there is one); None without a lower end."""
    low, high = getattr(support, "lower_bound", None), getattr(support, "upper_bound", None)
    if low is None:
        return None
    law, f = held((law, f))
    dtype = jnp.result_type(float)
    a = lax.stop_gradient(jnp.asarray(low, dtype))
    b = None if high is None else lax.stop_gradient(jnp.asarray(high, dtype))
    spread, center = _landmarks(law.distribution(f), a)

    second = jnp.maximum(jnp.round(center) - _WINDOW // 2, a + _WINDOW)
    starts = [a, second]
    if b is not None:
        second = jnp.maximum(jnp.minimum(second, b - 2 * _WINDOW + 1), a + _WINDOW)
        starts = [a, second, jnp.maximum(second + _WINDOW, b - _WINDOW + 1)]
    gaps = [(begin + _WINDOW - 0.5, end - 0.5) for begin, end in pairwise(starts)]
    if b is None:
        gaps.append((second + _WINDOW - 0.5, jnp.asarray(jnp.inf, dtype)))

    terms, term_weights, last = _terms(starts, gaps)
    axis = HalfAxis(a - 1.0, 1.0)

    def integrand(u: Float[Array, " n"]) -> Float[Array, "n j"]:
        x = axis.to_data(u)
        return settle(law.log_prob(f, x) + axis.log_slope(u), features(x))

    first = _gap_panels(axis.edges(spread), axis, gaps)
    panels = lax.stop_gradient(adapt(integrand, first.left, first.right))
    u, weights, differences = panels.nodes()
    log_slope = axis.log_slope(u)
    slope = jnp.exp(log_slope)
    x = jnp.concatenate([terms, axis.to_data(u)])
    weights = jnp.concatenate([term_weights, weights * slope])
    differences = jnp.concatenate([last, differences * slope])
    inside = (x >= a) & (x <= (jnp.inf if b is None else b + 0.5)) & (weights != 0.0)
    scale = jnp.where(inside, jnp.concatenate([jnp.zeros_like(terms), log_slope]), -jnp.inf)
    carries, harmless = carried(law.log_prob(f, jnp.where(inside, x, a)) + scale)
    outermost = jnp.argmax(jnp.where(carries, x, -jnp.inf))[None]
    tail = jnp.where(outermost >= terms.size, jnp.ptp(u) * slope[outermost - terms.size], 0.0)
    groups = np.concatenate([np.repeat(np.arange(terms.size // 6 + 1), 6)[: terms.size], np.zeros(0, int)])
    panel_groups = groups[-1] + 1 + np.repeat(np.arange(u.size // SIZE), SIZE)
    return WeightedRule(
        points=jnp.where(carries, x, x[harmless]),
        weights=jnp.where(carries, weights, 0.0),
        differences=jnp.where(carries, differences, 0.0),
        groups=jnp.asarray(np.concatenate([groups, panel_groups])),
        edges=outermost,
        edge_weights=tail if b is None else jnp.zeros_like(tail),
        num_groups=int(panel_groups[-1]) + 1,
        method="truncated sum",
    )


def _terms(starts: list[Scalar], gaps: list[tuple[Scalar, Scalar]]) -> tuple[Array, Array, Array]:
    """Whole numbers with their weights: the ends of the gaps first, six terms for each, then the windows."""
    offsets, total, last = (jnp.asarray(a, jnp.result_type(float)) for a in _end_correction())
    points, weights, lasts = [], [], []
    for begin, end in gaps:
        open_gap = jnp.where(end > begin, 1.0, 0.0)
        for cut, sign in ((begin, 1.0), (end, -1.0)):
            finite = jnp.where(jnp.isfinite(cut), cut, begin)
            active = open_gap * jnp.isfinite(cut) * sign
            points.append(finite + offsets)
            weights.append(active * total)
            lasts.append(active * last)
    for start in starts:
        points.append(start + jnp.arange(_WINDOW))
        weights.append(jnp.ones(_WINDOW))
        lasts.append(jnp.zeros(_WINDOW))
    return jnp.concatenate(points), jnp.concatenate(weights), jnp.concatenate(lasts)


def _gap_panels(edges: Float[Array, " e"], axis: HalfAxis, gaps: list[tuple[Scalar, Scalar]]) -> Panels:
    """Panels between the edges, cut to the gaps."""
    ends = [jnp.where(jnp.isfinite(end), axis.from_data(end), edges[-1]) for gap in gaps for end in gap]
    edges = jnp.sort(jnp.clip(jnp.concatenate([edges, jnp.stack(ends)]), ends[0], ends[-1]))
    left, right = edges[:-1], edges[1:]
    middle = (left + right) / 2
    inside = jnp.zeros(left.shape, bool)
    for begin, end in zip(ends[::2], ends[1::2], strict=True):
        inside = inside | ((middle > begin) & (middle < end))
    return Panels(left, jnp.where(inside, right, left))


def _landmarks(distribution: Any, a: Scalar) -> tuple[Float[Array, "l k"], Scalar]:
    """Mean ± some standard deviations, of each component of a mixture; and the mean of the narrowest."""
    if isinstance(distribution, dist.MixtureSameFamily):
        distribution = distribution.component_distribution
    try:
        mean, variance = jnp.ravel(distribution.mean), jnp.ravel(distribution.variance)
    except NotImplementedError:
        return a + jnp.asarray([[0.0], [1e2], [1e4]]), a
    most = 1e15
    mean = jnp.nan_to_num(mean, nan=0.0, posinf=most)
    deviation = jnp.sqrt(jnp.nan_to_num(variance, nan=0.0, posinf=most))
    spread = mean + deviation * jnp.asarray(_DEVIATIONS, mean.dtype)[:, None]
    return jnp.clip(spread, a, most), jnp.clip(mean[jnp.argmin(deviation)], a, most)

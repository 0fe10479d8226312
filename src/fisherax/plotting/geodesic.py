"""Geodesics between two members of a model, of three connections, and circles of equal distance."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes

from .._numbers import Real, Reals, number, positives
from .._tree import as_arrays
from .._types import Params
from ..geometry import Manifold
from .chart import Chart, chart_of
from .style import BLUE, DASHES, GREEN, INK, MUTED, VERMILLION, axes_of, styled, with_unit

_LOOKS: dict[str, tuple[str, Any, str]] = {
    "levi-civita": (BLUE, DASHES[0], "shortest (Levi-Civita)"),
    "e": (VERMILLION, DASHES[1], "e-geodesic"),
    "m": (GREEN, DASHES[2], "m-geodesic"),
}
_NUM, _NUM_ANGLES = 121, 120


def geodesics(
    manifold: Manifold,
    p: Params,
    q: Params | None = None,
    chart: "Chart | tuple[str, str] | None" = None,
    kinds: Sequence[str] | None = None,
    radii: Reals = (),
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw geodesics from p to q, and circles of equal distance around p.

        ∇_γ̇ γ̇ = 0  (Levi-Civita's: shortest),    η(t) = (1 − t) η_p + t η_q  (e),    m(t) = (1 − t) m_p + t m_q  (m),
        {exp_p(v) : |v| = r}  (circles)

    The e-geodesic is straight in natural coordinates (ln p_t is a mixture of logarithms), the m-geodesic in
    expectation coordinates, and neither is the shortest.

    Args:
        manifold: A `Manifold`.
        p: The point to start from.
        q: The point to end at; None for circles alone.
        chart: The plotted coordinates: a `Chart` with an inverse, two labels of the tangent space at p, or None for
            the first two of them.
        kinds: "levi-civita", "e", "m"; all that the manifold has, if None. Only exponential families have e and m.
        radii: Distances from p, without a unit, to draw circles at; of a manifold of two dimensions. A circle is open
            where a geodesic leaves the manifold before it has that length.
        legend: Whether to say what the lines are.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on; the lines have the gids of their kinds, and `circle-k`.

    Raises:
        ValueError: If circles are asked for in other than two dimensions, a kind is none of the manifold's, or the
            chart has no inverse; as `Manifold.geodesic` in any case.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> M = fx.Manifold(fx.Family(dist.Normal))
        >>> ax = fx.plot.geodesics(M, {"loc": -1.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}, radii=[0.5])
        >>> [line.get_gid() for line in ax.lines[:4]]
        ['circle-0', 'levi-civita', 'e', 'm']

    References:
        Amari (2016), Information Geometry and Its Applications, §§2.4 and 5.3; Atkinson and Mitchell (1981), Rao's
        distance measure, Sankhyā A 43, 345–365.
    """
    p = as_arrays(p)
    chart = chart_of(manifold, p, chart)
    kinds = _kinds_of(manifold) if kinds is None else tuple(kinds)
    unknown = [kind for kind in kinds if kind not in _LOOKS]
    if unknown:
        raise ValueError(f'geodesics: kinds are "levi-civita", "e" and "m", not {unknown[0]!r}.')
    if q is None and not len(radii):
        raise ValueError("geodesics: give a second point q, radii of circles, or both.")
    radii = positives("geodesics: a radius", radii) if len(radii) else ()
    circles = [chart.points(circle(manifold, p, radius)) for radius in radii]
    lines = {} if q is None else {kind: chart.points(path(manifold, p, as_arrays(q), kind)) for kind in kinds}
    ends = {"p": p} if q is None else {"p": p, "q": as_arrays(q)}
    marks = {name: np.reshape(chart.points(point), (-1, 2))[0] for name, point in ends.items()}
    with styled():
        ax = axes_of(ax, 4.2, 3.4)
        for k, line in enumerate(circles):
            name = f"distance {', '.join(f'{r:.3g}' for r in radii)}" if k == 0 else None
            ax.plot(*line.T, color=MUTED, linewidth=0.9, label=name, gid=f"circle-{k}")
        for kind, line in lines.items():
            colour, dashes, name = _LOOKS[kind]
            ax.plot(*line.T, color=colour, linestyle=dashes, label=name, gid=kind)
        for name, point in marks.items():
            ax.plot(*point, marker="o", color=INK, markersize=4, linestyle="none", gid=f"point-{name}")
            _name(ax, name, point, left=len(marks) == 2 and name == min(marks, key=lambda key: marks[key][0]))
        ax.margins(0.08)
        ax.set_xlabel(with_unit(chart.names[0], chart.units[0]))
        ax.set_ylabel(with_unit(chart.names[1], chart.units[1]))
        if legend:
            ax.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0), columnspacing=1.2)
    return ax


def _name(ax: Axes, name: str, point: np.ndarray, left: bool) -> None:
    """A point's name, on the side that the lines to the other point do not leave by."""
    side = "right" if left else "left"
    at = (-5, -3) if left else (5, 3)
    ax.annotate(name, (float(point[0]), float(point[1])), xytext=at, textcoords="offset points", ha=side)


def path(manifold: Manifold, p: Params, q: Params, kind: str, num: int = _NUM) -> Params:
    """Members along a geodesic at even times: each leaf with a leading axis of `num`."""
    times = np.linspace(0.0, 1.0, num)
    if kind == "levi-civita":
        return manifold.geodesic(p, q)(times)
    flat = manifold.dual
    line = flat.e_geodesic(p, q) if kind == "e" else flat.m_geodesic(p, q)
    return jax.vmap(line)(jnp.asarray(times))


def circle(manifold: Manifold, p: Params, radius: Real, num: int = _NUM_ANGLES) -> Params:
    """Members at one distance from p, in all directions of a surface; the first is also the last.

    Raises:
        ValueError: The manifold has other than two dimensions, or the radius is not positive.
    """
    radius = number("geodesics: a radius", radius, "positive", 0.0)
    tangent = manifold.tangent(p)
    if tangent.dim != 2:
        raise ValueError(
            f"geodesics: circles are drawn on a manifold of two dimensions; this one has {tangent.dim}: fix parameters."
        )
    # |v|² = vᵀGv = r² for v = r L n with L Lᵀ = G⁻¹.
    half = np.linalg.cholesky(np.linalg.inv(np.asarray(manifold.metric(p).coordinates_matrix())))
    angles = np.linspace(0, 2 * np.pi, num + 1)
    steps = jnp.asarray(radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1) @ half.T)
    return jax.vmap(lambda u: manifold.exp(p, tangent.unravel(u)))(steps)


def _kinds_of(manifold: Manifold) -> tuple[str, ...]:
    """The connections that a manifold has geodesics of."""
    try:
        _ = manifold.dual
    except ValueError:
        return ("levi-civita",)
    return ("levi-civita", "e", "m")

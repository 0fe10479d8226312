"""Maps of a manifold: its curvature, and how much room there is for members that can be told apart."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .._numbers import Real, span, whole
from .._types import Array, Float, Params
from ..geometry import Manifold
from .chart import Chart, chart_of, domain_of
from .style import INK, axes_of, figure_of, styled, with_unit

Box = Sequence[Sequence[Any]] | np.ndarray
_LEVELS = 12
_WIDE = 10.0
"""From this ratio of the greatest to the least on, levels are a constant factor apart."""


def curvature_map(
    manifold: Manifold,
    box: Box,
    chart: "Chart | tuple[str, str] | None" = None,
    params: Params | None = None,
    num: Real = 41,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scalar curvature over two coordinates.

        R = gᵏʲ Ric_kj,    which is twice Gauss's curvature in two dimensions

    It is the same in all parameterisations: only its place in the picture changes. A number without a unit.

    Args:
        manifold: A `Manifold`.
        box: ((low, high), (low, high)), the ranges of the two coordinates. What is outside the parameter space is left
            blank.
        chart: The plotted coordinates: a `Chart`, two labels of the tangent space, or None for the first two of them.
        params: θ, which holds all other parameters; needed without a `Chart`.
        num: Points along each axis.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on, with a colour bar beside them.

    Raises:
        ValueError: If the box is empty or outside the parameter space, or a label is none of the manifold's.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> M, params = fx.Manifold(fx.Family(dist.Normal)), {"loc": 0.0, "scale": 1.0}
        >>> ax = fx.plot.curvature_map(M, ((-1.0, 1.0), (0.5, 2.0)), params=params, num=5)
        >>> [text.get_text() for text in ax.figure.axes[1].get_yticklabels()]
        ['−1']

    References:
        Amari and Nagaoka (2000), Methods of Information Geometry, §1.9; Lee (2018), Introduction to Riemannian
        Manifolds, 2nd ed., chapter 7.
    """
    chart = chart_of(manifold, params, chart)
    x, y, values = curvatures(manifold, chart, box, num)
    return _draw(ax, chart, x, y, values, "scalar curvature R", logarithmic=False)


def volume_map(
    manifold: Manifold,
    box: Box,
    chart: "Chart | tuple[str, str] | None" = None,
    params: Params | None = None,
    num: Real = 41,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of volume over two coordinates: Jeffreys' prior, but for its normaliser.

        √det JᵀGJ,    J = ∂θ/∂(a, b)

    Where it is large, many members that can be told apart share a small patch of the picture. It depends on the
    parameterisation, and has the unit of one over the product of the coordinates'.

    Args:
        manifold: A `Manifold`.
        box: ((low, high), (low, high)), the ranges of the two coordinates. What is outside the parameter space is left
            blank.
        chart: The plotted coordinates: a `Chart`, two labels of the tangent space, or None for the first two of them.
        params: θ, which holds all other parameters; needed without a `Chart`. Of a manifold of more dimensions, the
            volume is that of the plotted surface.
        num: Points along each axis.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on, with a colour bar beside them; its steps are a constant factor where values differ much.

    Raises:
        ValueError: If the box is empty or outside the parameter space, or a label is none of the manifold's.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> M, params = fx.Manifold(fx.Family(dist.Normal)), {"loc": 0.0, "scale": 1.0}
        >>> ax = fx.plot.volume_map(M, ((-1.0, 1.0), (0.5, 2.0)), params=params, num=5)
        >>> ax.figure.axes[1].get_ylabel()
        '√det G'

    References:
        Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proceedings of the Royal
        Society A 186, 453–461.
    """
    chart = chart_of(manifold, params, chart)

    x, y, values = volumes(manifold, chart, box, num)
    known = "".join(f"({unit})" for unit in chart.units if unit)
    name = f"√det G per {known}" if known else "√det G"
    return _draw(ax, chart, x, y, values, name, logarithmic=True)


Sampled = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The two axes (n,), and values (n, n) with a row for each entry of the second; NaN outside of the space."""


def curvatures(manifold: Manifold, chart: Chart, box: Box, num: Real) -> Sampled:
    """R over a box."""
    return _sampled(
        manifold, chart, box, num, lambda point: manifold.scalar_curvature(chart.to_params(*point))
    )


def volumes(manifold: Manifold, chart: Chart, box: Box, num: Real) -> Sampled:
    """√det JᵀGJ over a box."""

    def volume(point: Array) -> Array:
        params = chart.to_params(*point)
        tangent = manifold.tangent(params)
        jacobian = jax.jacfwd(lambda c: tangent.ravel(chart.to_params(*c)))(point)
        return jnp.sqrt(jnp.linalg.det(jacobian.T @ manifold.metric(params).coordinates_matrix() @ jacobian))

    return _sampled(manifold, chart, box, num, volume)


def _sampled(
    manifold: Manifold, chart: Chart, box: Box, num: Real, function: Callable[[Array], Array]
) -> Sampled:
    if len(box) != 2 or any(np.size(ends) != 2 for ends in box):
        raise ValueError(f"The box must be two ranges (low, high) with low < high, not {box}.")
    num = whole("a map: num", num, 2)
    ranges = zip(chart.names, box, strict=True)
    x, y = (np.linspace(*span(f"The range of {name}", *ends), num) for name, ends in ranges)
    points = jnp.asarray(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))

    @jax.jit
    def run(points: Float[Array, "n 2"]) -> Float[Array, " n"]:
        def one(point: Array) -> Array:
            params = chart.to_params(*point)
            inside = True if manifold.model is None else domain_of(manifold.model, params)
            return jnp.where(inside, function(point), jnp.nan)

        return jax.lax.map(one, points, batch_size=64)

    values = np.asarray(run(points)).reshape(num, num)
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        raise ValueError(
            f"Nothing can be drawn: no point of {chart.names[0]} and {chart.names[1]} in the box {box} has a finite "
            "value."
        )
    return x, y, values


def _draw(
    ax: Axes | None,
    chart: Chart,
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    name: str,
    logarithmic: bool,
) -> Axes:
    levels, colours, ticks = _levels(values, logarithmic)
    with styled():
        ax = axes_of(ax, 4.4, 3.2)
        shown = np.ma.masked_invalid(values)
        steps = levels.size - 1
        shades = colours(np.linspace(0, 1, steps) if steps > 1 else np.array([0.5]))
        drawn = ax.contourf(x, y, shown, levels=levels, colors=shades)
        drawn.set_edgecolor("face")  # no seams between the steps in a vector file
        if levels.size > 2:
            ax.contour(
                x, y, shown, levels=levels[1:-1], colors=INK, linewidths=0.35, linestyles="solid", alpha=0.5
            )
        bar = figure_of(ax).colorbar(drawn, ax=ax, spacing="uniform")
        bar.set_ticks(ticks.tolist(), labels=[f"{tick:.3g}".replace("-", "−") for tick in ticks])
        bar.set_label(name)
        bar.outline.set_visible(False)  # type: ignore[operator]
        ax.set_xlabel(with_unit(chart.names[0], chart.units[0]))
        ax.set_ylabel(with_unit(chart.names[1], chart.units[1]))
    return ax


def _levels(values: np.ndarray, logarithmic: bool) -> tuple[np.ndarray, Any, np.ndarray]:
    """Limits of the steps, their colours (as a colour map), and which limits are written."""
    from matplotlib import colormaps

    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    size = max(abs(low), abs(high))
    if high - low <= 1e-7 * size or size == 0:
        middle, half = (low + high) / 2, 0.05 * size or 1.0
        rounded = float(f"{middle:.9g}")
        return np.array([middle - half, middle + half]), colormaps["cividis"], np.array([rounded])
    if logarithmic and low > 0 and high / low > _WIDE:
        levels = np.geomspace(low, high, _LEVELS + 1)
        levels[[0, -1]] = low * (1 - 1e-9), high * (1 + 1e-9)
        return levels, colormaps["cividis"], levels[::2]
    if low < 0 < high:  # two colours that meet at 0
        levels = np.asarray(MaxNLocator(_LEVELS, symmetric=True).tick_values(-size, size))
        return levels, colormaps["PuOr_r"], levels[::2]
    levels = np.asarray(MaxNLocator(_LEVELS).tick_values(low, high))
    return levels, colormaps["cividis"], levels[:: 2 if levels.size > 8 else 1]

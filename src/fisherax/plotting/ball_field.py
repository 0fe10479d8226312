"""Fisher balls on a grid: the picture of a metric that changes from place to place."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .._numbers import Reals
from .._types import Params
from ..models.base import Model
from .ball_grid import BallGrid, Centres, ball_grid
from .chart import Chart, chart_of
from .style import INK, QUADRATIC, TRUTH, axes_of, styled, with_unit

_CELL = 2.6
"""Distance of two whitened balls, in radii of the largest."""


def ball_field(
    model: Model,
    chart: "Chart | tuple[str, str]",
    centres: Centres,
    radii: Reals = (0.3,),
    params: Params | None = None,
    inputs: Any = None,
    whitened: bool = False,
    exact: bool = True,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw Fisher balls around many centres (dashed), and the sets of equal divergence beside them (solid).

        dashed {δ : δᵀGδ = r²},    solid {δ : KL(p_θ ‖ p_{θ+δ}) = r²/2},    both in the plotted coordinates

    Where the two lines agree, the quadratic approximation holds as far out as r. All balls have the same radius: what
    looks large is where a step changes little.

    Args:
        model: A family or a `Conditional`.
        chart: The plotted coordinates: a `Chart`, or two labels of the tangent space at `params`.
        centres: An array (n, 2) of centres; or a tuple of two sequences, the values of each coordinate, whose grid is
            meant. Those outside the parameter space are left out.
        radii: Radii r, numbers without a unit; a member at r is about r²/2 nats from the centre.
        params: θ, which holds all other parameters; needed with labels alone.
        inputs: Inputs to average over, for a `Conditional`; at most 100 of them are used.
        whitened: Draw each ball in the local coordinates w = G^{½}δ of its own centre, side by side: all ellipses are
            circles of radius r then.
        exact: Whether to draw the solid lines.
        legend: Whether to say what the lines are.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on. For centre i and radius k there is a line with the gid `ball-i-k`, and with `exact` one with
        the gid `level-set-i-k`.

    Raises:
        ValueError: If no centre is inside the parameter space, the information on the two coordinates is singular at
            one, or a label is none of the model's; as `fisher` in any case.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> model, params = fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}
        >>> ax = fx.plot.ball_field(model, ("loc", "scale"), ([-1.0, 1.0], [1.0, 2.0]), params=params, exact=False)
        >>> lines = [line for line in ax.lines if line.get_gid().startswith("ball")]
        >>> len(lines), round(float(lines[-1].get_xdata().max()), 6)  # 1 + σ r
        (4, 1.6)

    References:
        Amari (2016), Information Geometry and Its Applications, §1.2; Costa, Santos and Strapasson (2015), Fisher
        information distance: a geometrical reading, Discrete Applied Mathematics 197, 59–69.
    """
    chart = chart_of(model, params, chart)
    found = ball_grid(model, chart, centres, radii, inputs, exact)
    with styled():
        ax = axes_of(ax, 5.0, 3.8)
        if whitened:
            _draw_whitened(ax, found, chart)
        else:
            _draw(ax, found.ellipses, found.level_sets, found.centres)
            ax.set_xlabel(with_unit(chart.names[0], chart.units[0]))
            ax.set_ylabel(with_unit(chart.names[1], chart.units[1]))
            _frame(ax, found.ellipses, found.level_sets)
        if legend:
            columns = 2 if exact else 1
            ax.legend(loc="lower center", ncols=columns, bbox_to_anchor=(0.5, 1.0), columnspacing=1.2)
    return ax


def _draw(ax: Axes, ellipses: np.ndarray, level_sets: np.ndarray | None, centres: np.ndarray) -> None:
    for i in range(len(ellipses)):
        for k in range(ellipses.shape[1]):
            first = i == k == 0
            if k == ellipses.shape[1] - 1:
                ax.fill(*ellipses[i, k].T, color=QUADRATIC, alpha=0.07, linewidth=0)
            if level_sets is not None:
                name = "KL = r²/2, exact" if first else None
                ax.plot(*level_sets[i, k].T, color=TRUTH, linewidth=1.3, label=name, gid=f"level-set-{i}-{k}")
            name = "δᵀGδ = r²" if first else None
            ax.plot(
                *ellipses[i, k].T,
                color=QUADRATIC,
                linewidth=1.3,
                dashes=(4, 1.6),
                label=name,
                gid=f"ball-{i}-{k}",
            )
    ax.plot(*centres.T, marker=".", color=INK, markersize=2.5, linestyle="none", gid="centres")


def _draw_whitened(ax: Axes, found: BallGrid, chart: Chart) -> None:
    """Each ball in its own local coordinates, at its place in the grid."""
    radius = max(found.radii)
    places = _CELL * radius * found.cells
    shifts = places[:, None, None]
    level_sets = None if found.level_sets is None else found.whitened(found.level_sets) + shifts
    _draw(ax, found.whitened(found.ellipses) + shifts, level_sets, places)
    ax.set_aspect("equal")
    for axis in (0, 1):
        ticks, values = {}, found.centres[:, axis]
        for place, value, cell in zip(places[:, axis], values, found.cells[:, axis], strict=True):
            ticks.setdefault(int(cell), (float(place), f"{value:.3g}".replace("-", "−")))
        positions, labels = zip(*(ticks[cell] for cell in sorted(ticks)), strict=True)
        set_ticks = ax.set_xticks if axis == 0 else ax.set_yticks
        if len(set(np.round(values, 12))) <= len(ticks):  # a true grid: a column has one value
            set_ticks(positions, labels)
        else:
            set_ticks([])
    ax.set_xlabel(f"centre: {with_unit(chart.names[0], chart.units[0])}")
    ax.set_ylabel(f"centre: {with_unit(chart.names[1], chart.units[1])}")


def _frame(ax: Axes, ellipses: np.ndarray, level_sets: np.ndarray | None) -> None:
    """All ellipses whole, and of the level sets what is not far beyond."""
    low, high = ellipses.min(axis=(0, 1, 2)), ellipses.max(axis=(0, 1, 2))
    if level_sets is not None:
        # Of one ball's set, at most as much again as its ellipse reaches.
        half = (ellipses.max(axis=2) - ellipses.min(axis=2)) / 2
        middle = (ellipses.max(axis=2) + ellipses.min(axis=2)) / 2
        near = np.clip(level_sets, (middle - 2 * half)[:, :, None], (middle + 2 * half)[:, :, None])
        low, high = (
            np.minimum(low, np.nanmin(near, axis=(0, 1, 2))),
            np.maximum(high, np.nanmax(near, axis=(0, 1, 2))),
        )
    margin = 0.03 * (high - low)
    ax.set_xlim(low[0] - margin[0], high[0] + margin[0])
    ax.set_ylim(low[1] - margin[1], high[1] + margin[1])

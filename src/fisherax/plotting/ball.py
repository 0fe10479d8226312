"""The Fisher ball at a point, with the set of equal divergence that it approximates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .._numbers import Reals, positives
from .._tree import as_arrays
from .._types import Params
from ..information import Exact, fisher
from ..models.base import Model
from ..operators import Information
from .ball_field import ball_field
from .ball_grid import Centres
from .chart import Chart, chart_of
from .divergence import divergences, thinned
from .focus import focus
from .neighbourhood import constraints_of, entries, fisher_balls, inside_of
from .style import INK, MUTED, QUADRATIC, TRUTH, axes_of, label, styled, with_unit


def balls(
    model: Model,
    params: Params | None,
    coordinates: "tuple[str, str] | Chart | None" = None,
    radii: Reals | None = None,
    inputs: Any = None,
    information: Information | None = None,
    constraints: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    upright: bool = False,
    grid: Centres | None = None,
) -> Axes:
    """Draw Fisher balls at a point (dashed) and the sets of equal divergence that they approximate (solid).

        dashed {δ : δᵀGδ = r²},    solid {δ : KL(p_θ ‖ p_{θ+δ}) = r²/2}

    Where dashed and solid lines agree, the information says all there is to say about how far two members of
    the model can be told apart. Of a model with one coordinate, the divergence is drawn as a curve over it.

    Args:
        model: A family or a `Conditional`.
        params: The point θ; with a grid, it holds the parameters that are not plotted (None with a `Chart`).
        coordinates: Two labels of the tangent space (`model.tangent(params).labels`); the first two if None. With a
            grid also a `Chart`, any parameterisation.
        radii: Radii r, ascending: numbers without a unit; the member at r is about r²/2 nats from θ. 0.25, 0.5 and 1
            if None; 0.3 on a grid.
        inputs: Inputs to average over, for a `Conditional`; at most 100 of them are used.
        information: The information of one observation, if it is known already.
        constraints: NumPyro constraints of the parameters by leaf; the model's own if None.
        units: Units of coordinates by name, for the axes.
        ax: Where to draw; a new figure if None.
        upright: Whether to draw, for the second coordinate, what is left of it after the ellipse's slope on the
            first one (see `pair`).
        grid: Centres to draw balls around, instead of θ alone, as `ball_field` takes them.

    Returns:
        The axes drawn on, in the coordinates' units.

    Raises:
        ValueError: If a label is none of the model's, a `Chart` comes without a grid, the two coordinates change the
            distribution in the same way, or the information on the one coordinate is not positive; as `fisher` in
            any case.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> ax = fx.plot.balls(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, radii=[0.5])
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('loc', 'scale')
        >>> grid = ([-1.0, 0.0, 1.0], [0.5, 1.0])
        >>> ax = fx.plot.balls(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, grid=grid)
        >>> len([line for line in ax.lines if line.get_gid().startswith("ball")])
        6

    References:
        Amari (2016), Information Geometry and Its Applications, §1.2.
    """
    units = units or {}
    if grid is not None:
        chart = chart_of(model, params, coordinates, units)
        return ball_field(model, chart, grid, (0.3,) if radii is None else radii, inputs=inputs, ax=ax)
    if isinstance(coordinates, Chart) or params is None:
        raise ValueError(
            "balls: a Chart has no point of its own, and without params there is none: give grid=(values, values)."
        )
    radii = positives("balls: a radius", (0.25, 0.5, 1.0) if radii is None else radii)
    if model.tangent(as_arrays(params)).dim == 1:
        return _curve(model, as_arrays(params), radii, inputs, information, constraints, units, ax)
    found = fisher_balls(model, params, coordinates, radii, inputs, information, constraints)
    slope = -float(found.metric[0, 1] / found.metric[1, 1]) if upright else 0.0

    def shown(points: np.ndarray) -> np.ndarray:
        return points - np.outer(points[:, 0] - found.centre[0], [0.0, slope])

    ellipses, level_sets = (
        [shown(oval) for oval in found.ellipses],
        [shown(set_) for set_ in found.level_sets],
    )
    thin = found.metric[0, 1] ** 2 > 0.7 * found.metric[0, 0] * found.metric[1, 1]
    with styled():
        ax = axes_of(ax)
        for k, (radius, oval, level) in enumerate(zip(found.radii, ellipses, level_sets, strict=True)):
            first = k == 0
            ax.plot(*level.T, color=TRUTH, label="KL = r²/2, exact" if first else None)
            ax.plot(*oval.T, color=QUADRATIC, dashes=(5, 2), label="δᵀGδ = r²" if first else None)
            # Inside a thin ellipse there is no room for a name.
            if upright or not thin or radius == max(found.radii):
                _name_radius(ax, oval, level, radius)
        ax.plot(*found.centre, marker="+", color=INK, markersize=7, linestyle="none")
        ax.set_xlabel(with_unit(found.names[0], units.get(found.names[0])))
        second = found.names[1]
        name = f"{second}, slope removed" if upright else second
        ax.set_ylabel(with_unit(name, None if upright else units.get(second)))
        focus(ax, ellipses, level_sets)
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def _name_radius(ax: Axes, oval: np.ndarray, level: np.ndarray, radius: float) -> None:
    """The radius, written at the top of the outer of the two lines."""
    both = np.concatenate([oval, level[np.all(np.isfinite(level), axis=1)]])
    top = both[np.argmax(both[:, 1])]
    ax.annotate(
        f"r = {radius:.3g}",
        (float(top[0]), float(top[1])),
        xytext=(0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=7,
        color=MUTED,
    )


def _curve(
    model: Model,
    params: Params,
    radii: Sequence[float],
    inputs: Any,
    information: Information | None,
    constraints: Mapping[str, Any] | None,
    units: Mapping[str, str],
    ax: Axes | None,
) -> Axes:
    """KL and ½Gδ² over the one coordinate of a model, with the ends of the balls."""
    tangent = model.tangent(params)
    inputs = None if inputs is None else thinned(inputs)
    constraints = constraints_of(model) if constraints is None else constraints
    known = fisher(model, params, inputs, Exact()) if information is None else information
    metric = float(np.asarray(known.coordinates_matrix())[0, 0])
    if not metric > 0:
        raise ValueError(
            f"The information on {tangent.labels[0]} is {metric}, so it has no ball: every "
            "value of it gives the same distribution here."
        )
    _, centre = entries(constraints, tangent, params, [0])
    reach = 1.35 * max(radii) / np.sqrt(metric)
    steps = np.linspace(-reach, reach, 161)
    inside = inside_of(constraints, tangent, params, [0], steps[:, None])
    offered = np.where(inside, steps, 0.0)[:, None]
    values = divergences(model, params, tangent, np.array([0]), offered, inputs)
    values[~inside] = np.nan
    with styled():
        ax = axes_of(ax)
        x = centre[0] + steps
        ax.plot(x, values, color=TRUTH, label="KL, exact")
        ax.plot(x, 0.5 * metric * steps**2, color=QUADRATIC, dashes=(5, 2), label="½ G δ²")
        for radius in radii:
            half = radius / np.sqrt(metric)
            height = radius**2 / 2
            ax.plot(centre[0] + np.array([-half, half]), [height, height], color=MUTED, linewidth=0.8)
            ax.annotate(
                f"r = {radius:.3g}",
                (float(centre[0]), height),
                xytext=(0, 1.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=7,
                color=MUTED,
            )
        ax.set_ylim(0, 1.3 * max(radii) ** 2 / 2)
        ax.set_xlabel(with_unit(tangent.labels[0], units.get(tangent.labels[0])))
        ax.set_ylabel(f"KL from {label(f'{centre[0]:.4g}')} (nats)")
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax

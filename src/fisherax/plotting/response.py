"""The fitted mean as a curve over the one covariate of a regression, with a band."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from .._numbers import Real, level_of
from ..models.linear import LinearPredictor
from ..models.links import Link
from .observations import MOST, Observations
from .style import DASHES, SERIES, axes_of, label, styled, with_unit

_MOST_GROUPS = 6


@dataclasses.dataclass(frozen=True)
class Curves:
    """The rows of a design that differ in one column of numbers, and in indicators.

    Attributes:
        column: The index of the column of numbers.
        name: Its name.
        groups: Each pattern of the indicators: its name, and the rows that have it.
    """

    column: int
    name: str
    groups: tuple[tuple[str, np.ndarray], ...]


def curves_of(fit: Any, data: Observations) -> Curves | None:
    """How to draw a regression as curves: against its one column of numbers, one curve for each group of rows.

    Args:
        fit: A `Fit` of a regression.
        data: Its observations (`fx.plot.observations_of(fit)`).

    Returns:
        The column and the groups; None if the regression has no column of numbers, or several, or an offset
        that varies.

    Examples:
        >>> import fisherax as fx
        >>> fit = fx.glm("weight ~ length", {"length": [1.0, 2.0, 3.0, 4.0], "weight": [1.1, 1.9, 3.2, 3.9]})
        >>> curves = fx.plot.curves_of(fit, fx.plot.observations_of(fit))
        >>> curves.name
        'length'
    """
    predictor = getattr(fit.model, "apply", None)
    link = getattr(getattr(fit.model, "head", None), "link", None)
    if not isinstance(predictor, LinearPredictor) or not isinstance(link, Link) or data.targets.ndim != 1:
        return None
    inputs = data.inputs
    if isinstance(inputs, dict):
        if "offset" in inputs and np.ptp(inputs["offset"]) > 0:
            return None
        x = np.asarray(inputs["x"])
    else:
        x = np.asarray(inputs)
    indicator = np.all((x == 0) | (x == 1), axis=0)
    numbers = np.flatnonzero(~indicator)
    if numbers.size != 1:
        return None
    column = int(numbers[0])
    others = np.flatnonzero(indicator & (np.ptp(x, axis=0) > 0))
    patterns, membership = np.unique(x[:, others], axis=0, return_inverse=True)
    if len(patterns) > _MOST_GROUPS:
        return None
    groups = []
    for k, pattern in enumerate(patterns):
        on = [predictor.names[j] for j, value in zip(others, pattern, strict=True) if value == 1]
        reference = f"not {predictor.names[others[0]]}" if others.size == 1 else "reference"
        text = ", ".join(on) if on else (reference if len(patterns) > 1 else "")
        groups.append((text, np.flatnonzero(membership.reshape(-1) == k)))
    return Curves(column, predictor.names[column], tuple(groups))


def response(
    fit: Any,
    data: Observations,
    curves: Curves,
    level: Real = 0.95,
    kind: str = "expected",
    name: str = "mean",
    unit: str | None = None,
    covariate_unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the fitted mean over the covariate, with a pointwise band, and the observations.

    The band is the Wald interval of the linear predictor, η ± z se(η), carried through the link, so that it
    stays where means can be. One curve for each pattern of the indicator columns.

        μ(η̂),   band μ(η̂ ± z se(η̂)),   η̂ = xᵀβ̂ + offset,   se(η̂)² = xᵀΣx

    Args:
        fit: A `Fit` of a generalised linear model.
        data: Its observations (`fx.plot.observations_of(fit)`).
        curves: What to draw (`fx.plot.curves_of(fit, data)`).
        level: The level of confidence of the band at each point, between 0 and 1.
        kind: Which covariance Σ the band is from.
        name: What the mean is of, for the axis.
        unit: Its unit, for the axis.
        covariate_unit: The covariate's unit, for the axis.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on: the covariate and the mean in their units; of a binomial head the proportion.

    Raises:
        ValueError: If the fit has no covariance.

    Examples:
        >>> import fisherax as fx, numpy as np
        >>> table = {"dose": np.array([0.0, 1.0, 2.0]), "count": np.array([1.0, 2.0, 6.0])}
        >>> fit = fx.glm("count ~ dose", table, head="poisson")
        >>> data = fx.plot.observations_of(fit)
        >>> ax = fx.plot.response(fit, data, fx.plot.curves_of(fit, data), covariate_unit="mg")
        >>> ax.get_xlabel()
        'dose (mg)'
    """
    coefficients = np.asarray(fit.params["coefficients"], float)
    size = coefficients.size
    first = list(fit.names).index(fit.model.apply.names[0])
    covariance = np.asarray(fit.covariance(kind))[first : first + size, first : first + size]
    inputs = data.inputs if isinstance(data.inputs, dict) else {"x": data.inputs}
    x = np.asarray(inputs["x"], float)
    trials = np.asarray(inputs["trials"], float) if "trials" in inputs else None
    offset = float(np.asarray(inputs["offset"]).flat[0]) if "offset" in inputs else 0.0
    observed = data.targets / trials if trials is not None else np.asarray(data.targets, float)
    link: Link = fit.model.head.link
    quantile = float(stats.norm.isf((1 - level_of(level)) / 2))
    with styled():
        ax = axes_of(ax)
        for k, (text, rows) in enumerate(curves.groups):
            seen = x[rows, curves.column]
            grid = np.linspace(seen.min(), seen.max(), 121)
            design = np.tile(x[rows[0]], (grid.size, 1))
            design[:, curves.column] = grid
            eta = design @ coefficients + offset
            error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", design, covariance, design), 0.0))
            mean, one, other = (
                np.asarray(link.mean(jnp.asarray(e)))
                for e in (eta, eta - quantile * error, eta + quantile * error)
            )
            color = SERIES[k]
            ax.fill_between(grid, one, other, color=color, alpha=0.16, linewidth=0)
            ax.plot(grid, mean, color=color, linestyle=DASHES[k], label=label(text, 22) if text else None)
            shown = rows[:: max(1, -(-rows.size // MOST))]
            ax.plot(
                x[shown, curves.column],
                observed[shown],
                marker="osD^v<"[k],
                linestyle="none",
                markersize=3.6,
                markerfacecolor="none",
                markeredgecolor=color,
                markeredgewidth=0.8,
            )
        ax.set_xlabel(with_unit(curves.name, covariate_unit))
        ax.set_ylabel(with_unit(f"proportion {name}" if trials is not None else name, unit))
        if len(curves.groups) > 1:
            columns = 2 if len(curves.groups) > 1 else 1
            ax.legend(loc="lower center", ncols=columns, bbox_to_anchor=(0.5, 1.0), columnspacing=1.2)
    return ax

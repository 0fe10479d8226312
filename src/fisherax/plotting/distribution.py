"""Observations of one continuous quantity beside the density that was fitted to them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from scipy import stats
from scipy.special import ndtri

from .._numbers import Real, level_of
from ..models.base import Head
from .axis import axis_of
from .observations import MOST, Observations
from .quantiles import quantile_residuals
from .shifted import Shifted, bins
from .style import DATA, GRID, INK, MUTED, TRUTH, axes_of, styled, with_unit

_MOST_BINS = 60


def is_continuous(head: Head, params: Any) -> bool:
    """Whether an observation is one continuous number."""
    distribution = head.distribution(params)
    if distribution.event_shape:
        return False
    support: Any = distribution.support
    try:
        return not support.is_discrete and axis_of(support) is not None
    except NotImplementedError:
        return False


def histogram(
    head: Head,
    params: Any,
    data: Observations,
    name: str = "observation",
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the histogram of observations, as a density, and the fitted density as a curve.

        bars Σᵢ wᵢ [yᵢ in the bin]/(Σᵢ wᵢ · width),    curve p(y | θ)

    Of at most 200 observations each one is marked too. Observations that agree in their first six digits are drawn as
    differences from a round number.

    Args:
        head: A family of continuous numbers.
        params: Its parameters.
        data: The observations, one number each (`fx.plot.observations_of(fit)`).
        name: What was observed, for the axis.
        unit: Its unit, for the axes.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on: observations in their unit, and densities in one over it.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Exponential), np.array([0.5, 1.0, 1.5, 2.0]))
        >>> ax = fx.plot.histogram(fit.model, fit.params, fx.plot.observations_of(fit), name="wait", unit="min")
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('wait (min)', 'density (1/min)')
    """
    shifted = Shifted.of(np.asarray(data.targets, float))
    y = shifted.to_axis(np.asarray(data.targets, float))
    edges = bins(y, shifted.step, _MOST_BINS)
    heights, edges = np.histogram(y, bins=edges, weights=data.weights, density=True)
    margin = 0.08 * (edges[-1] - edges[0])
    support = axis_of(head.distribution(params).support)
    low, high = edges[0] - margin, edges[-1] + margin
    if support is not None:
        ends = shifted.to_axis(np.array([support.low, support.high]))
        low, high = max(low, ends[0]), min(high, ends[1])
    grid = np.linspace(low, high, 401)
    log_density = jax.vmap(lambda y: head.log_prob(params, y))(jnp.asarray(shifted.from_axis(grid)))
    with np.errstate(over="ignore"):
        curve = np.exp(np.array(log_density) + np.log(shifted.unit))
    curve[~np.isfinite(curve)] = np.nan
    with styled():
        ax = axes_of(ax)
        ax.stairs(heights, edges, fill=True, color=GRID, label="observed")
        ax.stairs(heights, edges, color=MUTED, linewidth=0.7)
        ax.plot(grid, curve, color=TRUTH, label="fitted density")
        if y.size <= 200:
            ax.plot(
                y, np.zeros(y.size), marker="|", linestyle="none", color=DATA, markersize=6, clip_on=False
            )
        top = float(np.max(heights))
        # A density that is infinite at an end does not push the bars out of sight.
        ax.set_ylim(0, 1.08 * max(top, min(float(np.nanmax(curve, initial=0.0)), 1.6 * top)))
        ax.set_xlim(edges[0] - margin, edges[-1] + margin)
        ax.set_xlabel(with_unit(shifted.name(name), unit, limit=60))
        ax.set_ylabel("density" if shifted.unit != 1.0 else _density_label(unit))
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def _density_label(unit: str | None) -> str:
    """With one over the unit, in parentheses where that is more than a name, and without it where it is long."""
    if not unit or len(unit) >= 12:
        return "density"
    return f"density (1/{unit})" if unit.isalpha() else f"density (1/({unit}))"


def quantile_plot(
    residuals: np.ndarray, ax: Axes | None = None, ylabel: str = "quantile residual", level: Real = 0.95
) -> Axes:
    """Draw residuals that should be standard normal, in order, against the quantiles that they should have.

    The band holds each point with probability `level` under the model (order statistics of n independent
    draws; parameters that were estimated from the same data make it slightly too wide).

        the k-th of n against Φ⁻¹(median of Beta(k, n + 1 − k))

    Args:
        residuals: (n,) quantile residuals, without a unit.
        ax: Where to draw; a new figure if None.
        ylabel: What the residuals are.
        level: The level of the band, between 0 and 1.

    Returns:
        The axes drawn on, both in standard deviations.

    Examples:
        >>> import fisherax as fx, numpy as np
        >>> ax = fx.plot.quantile_plot(np.array([-1.2, 0.3, 0.1, 1.0]))
        >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
        ('normal quantile', ['95% band', 'model', 'data'])

    References:
        Dunn and Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics 5,
        236–244.
    """
    level = level_of(level)
    ordered = np.sort(residuals)
    n = ordered.size
    rank = np.arange(1, n + 1)
    kept = np.arange(n) if n <= MOST else np.unique(np.linspace(0, n - 1, MOST).round().astype(int))
    # The median of the k-th of n uniform order statistics, Beta(k, n + 1 − k), and its tails.
    middle, low, high = (
        ndtri(stats.beta.ppf(q, rank[kept], n + 1 - rank[kept]))
        for q in (0.5, 0.5 - level / 2, 0.5 + level / 2)
    )
    with styled():
        ax = axes_of(ax)
        ax.fill_between(middle, low, high, color=GRID, linewidth=0, label=f"{100 * level:.12g}% band")
        ax.plot(middle, middle, color=TRUTH, linewidth=1.0, label="model")
        ax.plot(
            middle,
            ordered[kept],
            marker="o",
            linestyle="none",
            markersize=3,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=0.7,
            label="data",
        )
        ax.set_xlabel("normal quantile")
        ax.set_ylabel(ylabel)
        ax.legend(loc="upper center", ncols=3, bbox_to_anchor=(0.5, 1.16), columnspacing=1.0)
    return ax


def residuals_of(head: Head, outputs: Any, data: Observations) -> np.ndarray | None:
    """Quantile residuals of the rows, or None where there are none to be had."""
    if data.targets.ndim != 1:
        return None
    return quantile_residuals(head, outputs, data.targets)

"""Residuals of a regression against what it fits."""

import numpy as np
from matplotlib.axes import Axes

from .observations import MOST
from .style import INK, MUTED, TRUTH, axes_of, styled, with_unit


def residual_plot(
    fitted: np.ndarray,
    residuals: np.ndarray,
    name: str = "fitted mean",
    unit: str | None = None,
    ylabel: str = "quantile residual",
    ax: Axes | None = None,
) -> Axes:
    """Draw residuals against fitted means: a cloud without a shape, around 0, if the model is right.

    The line is a running mean, where there are enough points for one; dotted lines stand at ±1.96.

    Args:
        fitted: (n,) fitted means, in the unit of an observation.
        residuals: (n,) residuals, standard normal under the model, without a unit.
        name: What the fitted mean is of, for the axis.
        unit: Its unit, for the axis.
        ylabel: What the residuals are.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on: means in their unit, and residuals in standard deviations.

    Examples:
        >>> import fisherax as fx, numpy as np
        >>> ax = fx.plot.residual_plot(np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 0.2]), unit="kg")
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('fitted mean (kg)', 'quantile residual')

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §12.6.
    """
    order = np.argsort(fitted, kind="stable")
    x, r = np.asarray(fitted)[order], np.asarray(residuals)[order]
    with styled():
        ax = axes_of(ax)
        ax.axhline(0, color=MUTED, linewidth=0.8)
        for height in (-1.96, 1.96):
            ax.axhline(height, color=MUTED, linewidth=0.8, dashes=(1.5, 1.5))
        ax.plot(
            x[:: max(1, -(-x.size // MOST))],
            r[:: max(1, -(-x.size // MOST))],
            marker="o",
            linestyle="none",
            markersize=3,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=0.7,
        )
        groups = min(12, x.size // 12)
        if groups >= 3:
            parts = np.array_split(np.arange(x.size), groups)
            ax.plot(
                [x[p].mean() for p in parts], [r[p].mean() for p in parts], color=TRUTH, label="running mean"
            )
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16))
        ax.set_xlabel(with_unit(name, unit))
        ax.set_ylabel(ylabel)
        reach = max(2.6, 1.1 * float(np.max(np.abs(r))))
        ax.set_ylim(-reach, reach)
    return ax

"""Pairs of parameters: the ellipse of a covariance, and the true likelihood region beside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .profile import profile
from .rays import is_definite
from .region import Region, likelihood_region
from .style import INK, QUADRATIC, TRUTH, axes_of, new_figure, styled, with_unit

MOST = 6
"""The most parameters in one triangle."""


def pair(
    fit: Any,
    first: str,
    second: str,
    level: float = 0.95,
    kind: str = "expected",
    units: dict[str, str] | None = None,
    ax: Axes | None = None,
    region: Region | None = None,
    legend: bool = True,
    upright: bool = False,
) -> Axes:
    """Draw the joint region of two parameters: the likelihood's (solid) and the covariance's (dashed).

    The outer lines are at `level`, the inner ones at one half. All other parameters are re-maximised.
    Where the two differ, an interval from the covariance misleads.

        {(a, b) : 2(ℓ̂ − max ℓ(a, b, ·)) ≤ χ²₂(level)},    {δ : δᵀ C_ab⁻¹ δ ≤ χ²₂(level)}

    Args:
        fit: A `Fit`.
        first: The name of a parameter, for the horizontal axis.
        second: That of another one, for the vertical axis.
        level: The level of confidence of the outer lines, between 0 and 1.
        kind: Which covariance the ellipse is of.
        units: Units of parameters by name.
        ax: Where to draw; a new figure if None.
        region: The region, if it is known already (`likelihood_region`).
        legend: Whether to say what the lines are.
        upright: Whether to draw, for the second parameter, what is left of it after its linear dependence
            on the first one: b − s (a − â), with s the slope of the ellipse. Of a long thin region one
            then sees the width.

    Returns:
        The axes drawn on, in the parameters' units.

    Raises:
        ValueError: As `likelihood_region`.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 4.0, 5.0]))
        >>> ax = fx.plot.pair(fit, "loc", "scale", units={"loc": "mm", "scale": "mm"})
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('loc (mm)', 'scale (mm)')

    References:
        Pawitan (2001), In All Likelihood, §3.4 and §3.6.
    """
    units = units or {}
    region = likelihood_region(fit, first, second, (0.5, level), kind) if region is None else region
    slope = region.slope if upright else 0.0

    def shown(points: np.ndarray) -> np.ndarray:
        return points - np.outer(points[:, 0] - region.estimate[0], [0.0, slope])

    with styled():
        ax = axes_of(ax)
        for k, boundary in enumerate(region.boundaries):
            ax.plot(*shown(boundary).T, color=TRUTH, label=None if k else "likelihood")
        for k, oval in enumerate(region.ellipses):
            ax.plot(*shown(oval).T, color=QUADRATIC, dashes=(5, 2), label=None if k else f"ellipse ({kind})")
        ax.plot(*region.estimate, marker="+", color=INK, markersize=7, linestyle="none")
        ax.set_xlabel(with_unit(first, units.get(first)))
        name = f"{second}, slope removed" if upright else second
        ax.set_ylabel(with_unit(name, None if upright else units.get(second)))
        focus(ax, [shown(oval) for oval in region.ellipses], [shown(b) for b in region.boundaries])
        if legend and (region.boundaries or region.ellipses):
            ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def triangle(
    fit: Any,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    kind: str = "expected",
    units: dict[str, str] | None = None,
) -> Figure:
    """Draw each parameter's profile on the diagonal, and each pair's region below it.

    The panels are those of `profile` and `pair`.

    Args:
        fit: A `Fit`.
        names: Which parameters, at most six; the first six of the fit if None.
        level: The level of confidence.
        kind: Which covariance the ellipses and parabolas are of.
        units: Units of parameters by name.

    Returns:
        A figure; `figure.savefig("pairs.png")` writes it.

    Raises:
        ValueError: If more than six are asked for, a name is none of the fit's, the fit did not converge, or it has
            no covariance.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 4.0, 5.0]))
        >>> figure = fx.plot.triangle(fit)
        >>> len(figure.axes)
        3
    """
    chosen = list(fit.names[:MOST] if names is None else names)
    if len(chosen) > MOST:
        raise ValueError(
            f"A triangle of {len(chosen)} parameters cannot be read: name at most {MOST}, for instance the "
            "most strongly correlated."
        )
    units = units or {}
    size = len(chosen)
    with styled():
        figure = new_figure(2.3 * size + 0.8, 2.0 * size + 0.6)
        for i, second in enumerate(chosen):
            for j, first in enumerate(chosen[: i + 1]):
                ax = figure.add_subplot(size, size, i * size + j + 1)
                if i == j:
                    profile(fit, first, level, kind, units.get(first), ax)
                else:
                    pair(fit, first, second, level, kind, units, ax, legend=False)
                _keep_outer(ax, i, j, size)
    return figure


def most_entangled(names: Sequence[str], covariance: np.ndarray, most: int) -> list[tuple[str, str]]:
    """The pairs with the strongest correlations, strongest first; of equals, the first named.

    Pairs that the model ties to each other (two probabilities that add up to one) are none.
    """
    found = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            part = covariance[np.ix_((i, j), (i, j))]
            if is_definite(part):
                strength = abs(part[0, 1]) / np.sqrt(part[0, 0] * part[1, 1])
                found.append((-round(float(strength), 9), i, j))
    return [(str(names[i]), str(names[j])) for _, i, j in sorted(found)[:most]]


def focus(ax: Axes, ellipses: list[np.ndarray], boundaries: list[np.ndarray]) -> None:
    """Show the ellipses whole, and of the true region what lies within twice their size."""
    if not ellipses:
        return
    outer = ellipses[-1]
    low, high = outer.min(axis=0), outer.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    points = np.concatenate([outer, *boundaries])
    points = points[np.all(np.isfinite(points), axis=1)]
    near = np.clip(points, middle - 2 * half, middle + 2 * half)
    low, high = near.min(axis=0), near.max(axis=0)
    margin = 0.06 * (high - low)
    ax.set_xlim(low[0] - margin[0], high[0] + margin[0])
    ax.set_ylim(low[1] - margin[1], high[1] + margin[1])


def _keep_outer(ax: Axes, row: int, column: int, size: int) -> None:
    """Labels at the left and below alone; one legend, in the first panel."""
    if row < size - 1:
        ax.set_xlabel("")
    if 0 < column < row:
        ax.set_ylabel("")
    if row == column and row > 0:
        legend = ax.get_legend()
        if legend is not None:
            legend.remove()

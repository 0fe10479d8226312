"""Pairs of parameters: the ellipse of a covariance, and the true likelihood region beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._numbers import Real, Reals, level_of, whole
from .focus import focus
from .overlay import overlaid_profiles, overlaid_regions, say_lines
from .profile import profile
from .rays import is_definite
from .region import BUDGET, Region, likelihood_region
from .style import INK, QUADRATIC, TRUTH, axes_of, new_figure, styled, with_unit

MOST = 6
"""The most parameters in one triangle."""


def pair(
    fit: Any,
    first: str,
    second: str,
    level: Real = 0.95,
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
    region = likelihood_region(fit, first, second, (0.5, level_of(level)), kind) if region is None else region
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
    level: Real = 0.95,
    kind: str = "expected",
    units: dict[str, str] | None = None,
    levels: Reals | None = None,
    degrees_of_freedom: Real = 2,
    exact: bool | None = None,
) -> Figure:
    """Draw each parameter's profile on the diagonal, and each pair's region below it; of one fit or of several.

        {(a, b) : 2(ℓ̂ − max ℓ(a, b, ·)) ≤ χ²_ν(level)},    {δ : δᵀ C_ab⁻¹ δ ≤ χ²_ν(level)}

    The panels are those of `profile` and `pair`. Several fits are told apart by their colours.

    Args:
        fit: A `Fit`, or a mapping from names to fits that are to be laid over each other.
        names: Which parameters, at most six; if None, the first six of the fit, or those that all fits share.
        level: The level of confidence.
        kind: Which covariance the ellipses and parabolas are of.
        units: Units of parameters by name.
        levels: The levels of the regions, ascending; one half and `level` if None.
        degrees_of_freedom: ν: 2 for joint regions, 1 for ones whose shadows on the axes are the intervals.
        exact: Whether to draw the likelihood's own regions (solid) beside the ellipses (dashed); if None, those of one
            fit are, and those of several are not.

    Returns:
        A figure; `figure.savefig("pairs.png")` writes it.

    Raises:
        ValueError: If more than six are asked for, a name is none of the fit's, the fit did not converge, or it has
            no covariance; if there are no fits or no parameters in common.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 4.0, 5.0]))
        >>> figure = fx.plot.triangle(fit, levels=[0.68, 0.95])
        >>> len(figure.axes)
        3
        >>> other = fx.fit(fx.Family(dist.Normal), np.array([1.0, 3.0, 3.5, 5.0, 5.5]))
        >>> figure = fx.plot.triangle({"first": fit, "second": other})
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['first', 'second']

    References:
        Pawitan (2001), In All Likelihood, §3.4 and §3.6.
    """
    several = isinstance(fit, Mapping)
    fits: dict[str, Any] = dict(fit) if isinstance(fit, Mapping) else {"": fit}
    chosen = _chosen(fits, names)
    units = units or {}
    level = level_of(level)
    chosen_levels = (0.5, level) if levels is None else tuple(map(level_of, levels))
    degrees_of_freedom = whole("triangle: degrees_of_freedom", degrees_of_freedom, 1)
    exact = not several if exact is None else exact
    size = len(chosen)
    with styled():
        figure = new_figure(2.3 * size + 0.8, 2.0 * size + 0.6)
        for i, second in enumerate(chosen):
            for j, first in enumerate(chosen[: i + 1]):
                ax = figure.add_subplot(size, size, i * size + j + 1)
                if i == j and not several:
                    profile(fit, first, level, kind, units.get(first), ax)
                elif i == j:
                    overlaid_profiles(ax, fits, first, level, kind, units.get(first))
                else:
                    regions = [
                        likelihood_region(
                            one, first, second, chosen_levels, kind, BUDGET, degrees_of_freedom, exact
                        )
                        for one in fits.values()
                    ]
                    if several:
                        overlaid_regions(ax, regions, units)
                    else:
                        pair(fit, first, second, level, kind, units, ax, regions[0], legend=False)
                _keep_outer(ax, i, j, size)
        if size > 1:
            say_lines(figure, fits, chosen_levels, degrees_of_freedom, kind, exact)
    return figure


def _chosen(fits: Mapping[str, Any], names: Sequence[str] | None) -> list[str]:
    if not fits:
        raise ValueError("A triangle needs a fit, or a mapping of names to fits; the mapping is empty.")
    first, *others = fits.values()
    shared = [name for name in first.names if all(name in other.names for other in others)]
    if names is None and not shared:
        raise ValueError("The fits have no parameter in common, so there is nothing to lay over each other.")
    chosen = shared[:MOST] if names is None else list(names)
    if len(chosen) > MOST:
        raise ValueError(
            f"A triangle of {len(chosen)} parameters cannot be read: name at most {MOST}, for instance the "
            "most strongly correlated."
        )
    return chosen


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


def _keep_outer(ax: Axes, row: int, column: int, size: int) -> None:
    """Labels at the left and below alone; one legend, of the whole figure."""
    if row < size - 1:
        ax.set_xlabel("")
    if 0 < column < row:
        ax.set_ylabel("")
    if row == column and size > 1:
        legend = ax.get_legend()
        if legend is not None:
            legend.remove()

"""Several fits in one panel, told apart by colour and dashes, and what the lines of a triangle are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from .focus import focus
from .profile import curve_of, window
from .region import Region, index_of
from .style import DASHES, MUTED, QUADRATIC, SERIES, TRUTH, label, with_unit


def overlaid_profiles(
    ax: Axes, fits: Mapping[str, Any], name: str, level: float, kind: str, unit: str | None
) -> None:
    """The profile of one parameter in each fit."""
    height = float(stats.chi2.ppf(level, 1))
    ends = []
    for k, fit in enumerate(fits.values()):
        index = index_of(fit, name)
        estimate = float(np.asarray(fit.values)[index])
        values, deviance = curve_of(fit.profile(name))
        colour, dashes = look(k)
        ax.plot(values, deviance, color=colour, linestyle=dashes)
        ax.axvline(estimate, color=colour, linewidth=0.6)
        ends.append(
            window(values, deviance, estimate, float(np.asarray(fit.errors(kind))[index]), 2 * height)
        )
    ax.axhline(height, color=MUTED, linewidth=0.9, dashes=(1.5, 1.5))
    ax.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
    ax.set_ylim(0, 2 * height)
    ax.set_xlabel(with_unit(name, unit))
    ax.set_ylabel("2 (max ℓ − ℓ)")


def overlaid_regions(ax: Axes, regions: Sequence[Region], units: Mapping[str, str]) -> None:
    """The ellipses of each fit, in its own dashes, and thin solid lines around the likelihood's own regions."""
    shown_ellipses, shown_boundaries = [], []
    for k, region in enumerate(regions):
        colour, dashes = look(k)
        for oval in region.ellipses:
            ax.plot(*oval.T, color=colour, linestyle=dashes, gid=f"ellipse-{k}")
        for boundary in region.boundaries:
            ax.plot(*boundary.T, color=colour, linewidth=0.8, gid=f"region-{k}")
        ax.plot(*region.estimate, marker="+", color=colour, markersize=7, linestyle="none")
        shown_ellipses += list(region.ellipses)
        shown_boundaries += list(region.boundaries)
    if shown_ellipses:
        focus(ax, [np.concatenate(shown_ellipses)], shown_boundaries)
    first, second = regions[0].names
    ax.set_xlabel(with_unit(first, units.get(first)))
    ax.set_ylabel(with_unit(second, units.get(second)))


def say_lines(
    figure: Figure,
    fits: Mapping[str, Any],
    levels: Sequence[float],
    degrees_of_freedom: int,
    kind: str,
    exact: bool,
) -> None:
    """A legend in the empty corner: the lines, the levels of the regions, and their degrees of freedom."""
    if len(fits) == 1 and "" in fits:
        handles = [Line2D([], [], color=TRUTH, label="likelihood")] if exact else []
        dashed = Line2D([], [], color=QUADRATIC, linestyle=DASHES[1], label=f"quadratic ({kind})")
        handles.append(dashed)
    else:
        handles = []
        for k, name in enumerate(fits):
            colour, dashes = look(k)
            handles.append(Line2D([], [], color=colour, linestyle=dashes, label=label(name)))
    shown = [f"{100 * level:.12g}%" for level in levels]
    freedom = "1 degree" if degrees_of_freedom == 1 else f"{degrees_of_freedom} degrees"
    title = f"regions at {', '.join(shown)}\n(χ² with {freedom} of freedom)"
    if len(fits) > 1 and exact:
        title += "\nthin lines: likelihood regions"
    legend = figure.legend(handles=handles, loc="upper right", title=title, alignment="left")
    legend.get_title().set_fontsize(8)


def look(k: int) -> tuple[str, Any]:
    """The colour and the dashes of a fit by its number."""
    return SERIES[k % len(SERIES)], DASHES[k % len(DASHES)]

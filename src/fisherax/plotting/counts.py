"""Counts beside the numbers of them that a fitted model expects."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..models.base import Head
from .count_sums import class_sums
from .observations import Observations
from .style import GRID, MUTED, TRUTH, axes_of, styled, with_unit

_MOST_BARS = 25
_NEARLY_ALL = 0.98
_ROOM = 40
"""Characters of labels below one figure."""


def frequencies(
    head: Head, params: Any, data: Observations
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """How often each count was seen, and how often the model expects it.

    Returns:
        Labels of the classes, the first count of each, observed and expected numbers. Classes of equal width cover
        the observed range, or that part of it where nearly all observations are; what lies beyond, seen and expected,
        stands in the outermost ones.
    """
    y = np.asarray(data.targets, float)
    low, high, width = _classes(y, data.weights)
    starts = low + width * np.arange(min(np.floor((high - low) / width) + 1, _MOST_BARS))
    end = starts[-1] + width
    place = np.clip(np.floor((y - low) / width), 0, starts.size - 1).astype(int)
    observed = np.bincount(place, data.weights, minlength=starts.size).astype(float)
    total = data.weights.sum()
    below, *inside, above = total * class_sums(head, params, np.append(starts, end))
    expected = np.array(inside)
    expected[0] += below
    expected[-1] += above
    labels = [_count(a) + ("" if width == 1 else f"–{_count(a + width - 1)}") for a in starts]
    if above > 0.05 or y.max() >= end:
        labels[-1] = f"≥ {_count(starts[-1])}"
    if below > 0.05 or y.min() < low:
        labels[0] = f"≤ {_count(low + width - 1)}"
    return labels, starts, observed, expected


def _classes(y: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """The least and the greatest count that have classes, and the width of one.

    Where nearly all observations would stand in a single class it is that one which is divided, and so on.
    """
    while True:
        low, high = float(y.min()), float(y.max())
        width = max(1.0, float(np.ceil((high - low + 1) / _MOST_BARS)))
        place = np.floor((y - low) / width).astype(int)
        share = np.bincount(place, weights) / weights.sum()
        if width == 1 or share.max() < _NEARLY_ALL:
            return low, high, width
        kept = place == np.argmax(share)
        y, weights = y[kept], weights[kept]


def _count(value: float) -> str:
    return f"{value:.0f}" if value < 1e15 else f"{value:.6g}"


def count_bars(
    head: Head,
    params: Any,
    data: Observations,
    name: str = "count",
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each count was observed (bars) and how often the fit expects it (points).

        bars Σᵢ wᵢ [yᵢ = k],    points (Σᵢ wᵢ) p(k | θ)

    More than 25 counts are drawn in classes of equal width, over the part of the range where nearly all observations
    are. What lies beyond, observed and expected, stands in the outermost ones.

    Args:
        head: A family of counts.
        params: Its parameters.
        data: The observations (`fx.plot.observations_of(fit)`).
        name: What was counted, for the axis.
        unit: Its unit, for the axis.
        ax: Where to draw; a new figure if None.

    Returns:
        The axes drawn on: counts in their unit, and numbers of observations.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([0.0, 2.0, 1.0, 3.0]))
        >>> ax = fx.plot.count_bars(fit.model, fit.params, fx.plot.observations_of(fit), name="deaths")
        >>> ax.get_xlabel(), len(ax.patches)
        ('deaths', 4)
    """
    labels, _, observed, expected = frequencies(head, params, data)
    places = np.arange(observed.size)
    with styled():
        ax = axes_of(ax)
        ax.bar(places, observed, width=0.8, color=GRID, edgecolor=MUTED, linewidth=0.7, label="observed")
        if np.all(np.isfinite(expected)):
            look = {"color": TRUTH, "marker": "o", "markersize": 4.5, "linewidth": 1.0}
            ax.plot(places, expected, label="expected by the fit", **look)
        longest = max(map(len, labels))
        most = 7 if longest < 4 else max(2, min(5, _ROOM // longest))
        step = max(1, int(np.ceil(places.size / most)))
        ticks = sorted({*places[::step][:-1].tolist(), int(places[-1])})
        if len(ticks) > 1 and ticks[-1] - ticks[-2] < step:
            ticks.pop(-2)
        ax.set_xticks(ticks, [labels[k] for k in ticks])
        ax.set_xlabel(with_unit(name, unit))
        ax.set_ylabel("number of observations")
        ax.set_ylim(bottom=0)
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax

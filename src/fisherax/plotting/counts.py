"""Counts beside the numbers of them that a fitted model expects."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes

from ..models.base import Head
from .observations import Observations
from .style import GRID, MUTED, TRUTH, axes_of, styled, with_unit

_MOST_BARS = 25
_MOST_VALUES, _DRAWS = 1_000_000, 200_000
"""A range of more values than that is not summed over: the model's shares of its classes are those of so many draws."""


def frequencies(
    head: Head, params: Any, data: Observations
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """How often each count was seen, and how often the model expects it.

    Returns:
        Labels of the classes, the first count of each, observed and expected numbers. Classes of equal width
        cover the observed range; the model's share beyond it stands in the outermost ones.
    """
    y = np.asarray(data.targets, float)
    low, high = int(y.min()), int(y.max())
    width = max(1, int(np.ceil((high - low + 1) / _MOST_BARS)))
    starts = np.arange(low, high + 1, width)
    observed = np.array([np.sum(data.weights[(y >= a - 0.5) & (y < a + width - 0.5)]) for a in starts], float)
    total = data.weights.sum()
    if high - low >= _MOST_VALUES:
        return _wide(head, params, starts, width, observed, total)
    values = np.arange(low, starts[-1] + width)
    probability = np.exp(np.array(jax.vmap(lambda y: head.log_prob(params, y))(jnp.asarray(values))))
    expected = probability.reshape(-1, width).sum(axis=1)
    # Beyond what was seen: below the first class and above the last one.
    below = 0.0
    if low > 0:
        smaller = np.arange(max(0, low - 10_000), low)
        below = float(
            np.sum(np.exp(np.array(jax.vmap(lambda y: head.log_prob(params, y))(jnp.asarray(smaller)))))
        )
    above = max(0.0, 1.0 - below - float(expected.sum()))
    expected[0] += below
    expected[-1] += above
    labels = [str(a) if width == 1 else f"{a}–{a + width - 1}" for a in starts]
    if above * data.weights.sum() > 0.05:
        labels[-1] = f"≥ {starts[-1]}"
    if below * data.weights.sum() > 0.05:
        labels[0] = f"≤ {starts[0] + width - 1}"
    return labels, starts, observed, expected * data.weights.sum()


def _wide(
    head: Head, params: Any, starts: np.ndarray, width: int, observed: np.ndarray, total: float
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    draws = np.asarray(head.sample(params, jax.random.key(0), (_DRAWS,)), float)
    place = np.clip((draws - starts[0]) // width, 0, starts.size - 1).astype(int)
    shares = np.bincount(place, minlength=starts.size) / _DRAWS
    labels = [f"{a:.2g}" for a in starts]  # a class is called by its first count
    return labels, starts, observed, shares * total


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

    More than 25 counts are drawn in classes of equal width. What the fit expects beyond the observed range stands in
    the outermost ones.

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
        ax.plot(
            places,
            expected,
            color=TRUTH,
            marker="o",
            markersize=4.5,
            linewidth=1.0,
            label="expected by the fit",
        )
        step = max(1, int(np.ceil(places.size / (7 if max(map(len, labels)) < 4 else 5))))
        ticks = sorted({*places[::step][:-1].tolist(), int(places[-1])})
        if len(ticks) > 1 and ticks[-1] - ticks[-2] < step:
            ticks.pop(-2)
        ax.set_xticks(ticks, [labels[k] for k in ticks])
        ax.set_xlabel(with_unit(name, unit))
        ax.set_ylabel("number of observations")
        ax.set_ylim(bottom=0)
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax

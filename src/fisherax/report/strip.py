"""A small picture of one parameter's intervals, one line for each method, to stand in a table."""

import html
import math
from collections.abc import Mapping

from .estimates import METHOD_NAMES

_WIDTH, _ROW, _MARGIN = 120.0, 9.0, 6.0
_COLOURS = {"wald": "--vermillion", "score": "--green", "profile": "--blue"}


def strip(name: str, estimate: float, intervals: Mapping[str, tuple[float, float]]) -> str:
    """Inline SVG: each interval as a line with its ends, all on one scale, and the estimate as a dot.

    A side without an end runs off as an arrow.
    """
    ends = [end for pair in intervals.values() for end in pair if math.isfinite(end)]
    if not ends or not math.isfinite(estimate):
        return ""
    low, high = min([*ends, estimate]), max([*ends, estimate])
    if not high - low > max(1e-12 * max(abs(low), abs(high)), 1e-300):  # nothing to be seen between them
        low, high = low - 1 - 0.5 * abs(low), high + 1 + 0.5 * abs(high)
    scale = (_WIDTH - 2 * _MARGIN) / (high - low)

    def place(value: float) -> float:
        return _MARGIN + (value - low) * scale

    height = _ROW * len(intervals) + 2
    parts = []
    for k, (method, (lower, upper)) in enumerate(intervals.items()):
        y = _ROW * (k + 0.5) + 1
        left = place(lower) if math.isfinite(lower) else 1.0
        right = place(upper) if math.isfinite(upper) else _WIDTH - 1
        path = f"M{left:.1f} {y:.1f}H{right:.1f}"
        path += _end(left, y, math.isfinite(lower), -1) + _end(right, y, math.isfinite(upper), 1)
        parts.append(
            f'<path d="{path}" fill="none" stroke="var({_COLOURS[method]})" stroke-width="1.6"/>'
            f'<circle cx="{place(estimate):.1f}" cy="{y:.1f}" r="2.2" fill="var(--ink)"/>'
        )
    what = ", ".join(METHOD_NAMES[method] for method in intervals)
    label = html.escape(f"Intervals of {name} from top to bottom: {what}", quote=True)
    return (
        f'<svg class="strip" role="img" aria-label="{label}" viewBox="0 0 {_WIDTH:g} {height:g}" '
        f'width="{_WIDTH:g}" height="{height:g}">{"".join(parts)}</svg>'
    )


def _end(x: float, y: float, closed: bool, direction: int) -> str:
    if closed:
        return f"M{x:.1f} {y - 2.5:.1f}V{y + 2.5:.1f}"
    back = x - 4 * direction
    return f"M{back:.1f} {y - 3:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 3:.1f}"

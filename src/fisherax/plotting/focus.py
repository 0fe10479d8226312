"""What part of the plane to show of approximate regions and the true ones beside them."""

import numpy as np
from matplotlib.axes import Axes


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
    # Estimates known to the last digit have a region of no width; an axis has one.
    margin = np.maximum(0.06 * (high - low), 4 * np.spacing(np.abs(middle)))
    ax.set_xlim(low[0] - margin[0], high[0] + margin[0])
    ax.set_ylim(low[1] - margin[1], high[1] + margin[1])

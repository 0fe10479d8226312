"""Numbers that users give: a Python number, or a scalar of NumPy or JAX."""

import math
from typing import Any

import numpy as np


def number(value: Any) -> float:
    """The number as a float; NaN for what is none, which every comparison then refuses."""
    if isinstance(value, bool | str) or np.ndim(value) != 0:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def is_wide(low: float, high: float) -> bool:
    """Whether many numbers lie between two: they differ by more than rounding."""
    return high - low > 1e-9 * max(abs(low), abs(high))


def whole(call: str, name: str, value: Any, least: int = 1) -> int:
    """A whole number, at least `least`; 10.0 is one.

    Raises:
        ValueError: It is not.
    """
    found = number(value)
    if not (found >= least and math.isfinite(found) and found == round(found)):
        raise ValueError(f"{call}: {name} must be a whole number from {least} on, not {value!r}.")
    return round(found)

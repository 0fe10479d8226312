"""One known number that a caller gives: Python's, NumPy's, or an array without axes."""

import math
import numbers
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

Real = float | int | np.number | np.ndarray | jax.Array
"""A number; an array has no axes."""

Reals = Sequence[Any] | np.ndarray | jax.Array
"""Several numbers."""


def plain(value: Any) -> float | None:
    """The same as a Python number; None for what is no number, or is not known because JAX traces.

    One of less precision stands for the shortest decimal that rounds to it: `np.float32(0.95)` is 0.95.
    """
    if isinstance(value, Tracer | bool | np.bool_):
        return None
    if isinstance(value, np.ndarray | jax.Array):
        if value.ndim or value.dtype.kind not in "fiu":
            return None
        value = np.asarray(value)[()]
    if isinstance(value, np.floating) and value.itemsize < 8:
        return float(str(value))
    return float(value) if isinstance(value, numbers.Real) else None


def number(what: str, value: Any, must_be: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number strictly between two.

    Args:
        what: Whose it is and what, as "ball: the radius".
        value: The number.
        must_be: What it must be, as "positive".
        low, high: The bounds.

    Raises:
        ValueError: It is no such number.
    """
    found = plain(value)
    if found is None or not (math.isfinite(found) and low < found < high):
        raise ValueError(f"{what} must be {must_be}, but is {_shown(value)}.")
    return found


def positives(what: str, values: Any) -> tuple[float, ...]:
    """Positive numbers, one or more, in words such as "balls: a radius"; ValueError where they are not."""
    given = list(values) if np.ndim(values) else [values]
    if not given:
        raise ValueError(f"{what} must be positive, but none is given.")
    return tuple(number(what, value, "positive", 0.0) for value in given)


def whole(what: str, value: Any, least: int) -> int:
    """A whole number, of any type: 10.0 is 10.

    Raises:
        ValueError: It is none, or less than `least`.
    """
    found = plain(value)
    if found is None or not math.isfinite(found) or found != math.floor(found) or found < least:
        raise ValueError(f"{what} must be a whole number, at least {least}, but is {_shown(value)}.")
    return int(found)


def level_of(level: Any) -> float:
    """A level of confidence; ValueError where it is not strictly between 0 and 1."""
    found = plain(level)
    if found is None or not 0 < found < 1:
        raise ValueError(
            f"The level of an interval lies strictly between 0 and 1, but is {_shown(level)}: write 0.95 for 95%."
        )
    return found


def _shown(value: Any) -> str:
    if isinstance(value, Tracer):
        return "traced by JAX, so that it is not known"
    return str(value) if plain(value) is not None else repr(value)


_NARROW = 1e-9


def span(what: str, low: Any, high: Any) -> tuple[float, float]:
    """Two ends that ascend, far enough apart for numbers between them; ValueError where they are not."""
    first, last = plain(low), plain(high)
    if first is None or last is None or not (math.isfinite(first) and math.isfinite(last)):
        raise ValueError(f"{what} runs between two finite numbers, not from {_shown(low)} to {_shown(high)}.")
    if not first < last:
        raise ValueError(
            f"{what} runs from a lower to a higher number, not from {_shown(low)} to {_shown(high)}."
        )
    if not last - first > _NARROW * max(abs(first), abs(last)):
        raise ValueError(
            f"{what} is too narrow to draw: its ends, {_shown(low)} and {_shown(high)}, agree to nine digits; "
            "take them further apart, or measure from a point in between."
        )
    return first, last

"""The supports of the families: in words, and as a check of one column's values in plain NumPy.

The checks are a family's own support, as NumPyro declares it, less the end points at which its density is 0
or infinite (a Beta density at 0 or 1, a Gamma density at 0): a likelihood there is no number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WORDS = {
    "real": "real numbers",
    "positive": "positive numbers",
    "nonnegative": "numbers from 0",
    "unit": "numbers between 0 and 1, both excluded",
    "angle": "angles from -pi to pi",
    "binary": "0 and 1",
    "count": "whole numbers from 0",
    "trials": "whole numbers from 0 to total_count",
    "category": "categories, numbered from 0",
    "counts": "columns of counts that sum to total_count",
    "shares": "columns of positive shares that sum to 1",
}

SHORT = {
    "real": "any number",
    "positive": "x > 0",
    "nonnegative": "x ≥ 0",
    "unit": "0 < x < 1",
    "angle": "−π ≤ x ≤ π",
    "binary": "0, 1",
    "count": "0, 1, 2, ...",
    "trials": "0, ..., total_count",
    "category": "0, ..., K − 1",
    "counts": "columns of counts",
    "shares": "columns of shares",
}


@dataclass(frozen=True)
class Support:
    """Which values a column may have.

    Attributes:
        words: The same in words.
        inside: Says of an array of values which of them are inside.
    """

    words: str
    inside: Callable[[Any], Any]


def support_of(key: str, total: float | None = None) -> Support:
    """The support called `key`, of one column; `total` is the number of trials where it has one."""
    words = WORDS[key]
    if total is not None:
        words = f"whole numbers from 0 to {total:g}"
    return Support(words, lambda values: _inside(key, values, total))


def _inside(key: str, values: Any, total: float | None) -> Any:
    if key == "real":
        return values == values
    if key == "angle":
        # A little beyond π is π written with few digits.
        return abs(values) <= 3.1415927
    if key == "unit":
        return (values > 0) & (values < 1)
    if key in ("positive", "shares"):
        return values > 0
    if key == "nonnegative":
        return values >= 0
    if key == "binary":
        return (values == 0) | (values == 1)
    whole = (values >= 0) & (values == values // 1)
    return whole if total is None else whole & (values <= total)

"""Separation: which column of a design tells the responses apart so well that no estimate exists.

Where some combination x·b of the columns is never negative among the successes and never positive among the
failures, the likelihood rises for ever along b (Albert and Anderson 1984, Biometrika 71, 1-10). Most often
one column does it alone, and then a person wants to hear which one, and where it parts them. Counts have the
same trouble where a category has none at all.
"""

import numpy as np

from .designs import DesignRows
from .errors import quoted


def separated_by(names: tuple[str, ...], rows: DesignRows, suspects: tuple[str, ...]) -> str | None:
    """One clause that says which column separates the response, or None where no column does so alone.

    Args:
        names: The names of the design's columns.
        rows: The design matrix with a response of 0 and 1, or of successes with their trials.
        suspects: The columns to look at, the likeliest first.
    """
    weights = np.ones(len(rows.response)) if rows.weights is None else rows.weights
    failures = (1 if rows.trials is None else rows.trials) - rows.response
    success, failure = (rows.response > 0) & (weights > 0), (failures > 0) & (weights > 0)
    if not success.any() or not failure.any():
        return f"the response is {'0' if not success.any() else '1'} in every row"
    for name in suspects:
        if name not in names:
            continue
        x = rows.matrix[:, names.index(name)]
        clause = _one_column(name, x, success, failure)
        if clause is not None:
            return clause
    return None


def emptied_by(names: tuple[str, ...], rows: DesignRows, suspects: tuple[str, ...]) -> str | None:
    """One clause that says where all counts are zero, so that a logarithm of the mean has no estimate.

    Args:
        names: The names of the design's columns.
        rows: The design matrix with counts.
        suspects: The columns to look at, the likeliest first.
    """
    used = np.ones(len(rows.response), bool) if rows.weights is None else rows.weights > 0
    if not np.any(rows.response[used]):
        return "the response is 0 in every row"
    for name in suspects:
        x = rows.matrix[:, names.index(name)] if name in names else np.zeros(0)
        if set(np.unique(x)) != {0.0, 1.0}:
            continue
        for value in (1.0, 0.0):
            if not np.any(rows.response[used & (x == value)]):
                return f"the response is 0 in every row where {quoted(name)} is {value:g}"
    return None


def _one_column(name: str, x: np.ndarray, success: np.ndarray, failure: np.ndarray) -> str | None:
    if x.min() == x.max():
        return None
    if set(np.unique(x)) == {0.0, 1.0}:  # the indicator of a category
        for value in (1.0, 0.0):
            here = x == value
            for outcome, other in ((0, success), (1, failure)):
                if not np.any(here & other):
                    return f"the response is {outcome} in every row where {quoted(name)} is {value:g}"
        return None
    for upper, lower, outcome in ((success, failure, 1), (failure, success, 0)):
        least, most = float(x[upper].min()), float(x[lower].max())
        if least > most:
            cut = f"{_between(most, least):.6g}"
            return (
                f"the response is {outcome} wherever {quoted(name)} is above {cut}, and {1 - outcome} below"
            )
        if least == most:
            return (
                f"the response is {outcome} wherever {quoted(name)} is above {least:.6g}, and "
                f"{1 - outcome} wherever it is below"
            )
    return None


def _between(low: float, high: float) -> float:
    """A number between the two, with as few digits as will do."""
    for digits in range(1, 17):
        candidate = float(f"{(low + high) / 2:.{digits}g}")
        if low < candidate < high:
            return candidate
    return (low + high) / 2

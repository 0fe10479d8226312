"""Separation: which column of a design tells the responses apart so well that no estimate exists.

Where some combination x·b of the columns is never negative among the successes and never positive among the
failures, the likelihood rises for ever along b (Albert and Anderson 1984, Biometrika 71, 1-10). Most often
one column does it alone, and then a person wants to hear which one, and where it parts them: the ranges of the
columns among successes and among failures say so. Counts have the same trouble where a category has none at all.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from ..models import heads, links
from ..models.base import Head
from .designs import DesignRows
from .errors import DataError, quoted


@final
@dataclass(frozen=True, eq=False)
class Extremes:
    """The range of each column of a design, among the rows with a success and among those with a failure.

    A count above zero is a success, a count of zero a failure; a row of several trials may be both. A range of no
    rows is from ∞ to −∞.

    Attributes:
        success, failure: (2, p), the least and the largest value.
        indicator: (p,), whether all values are 0 or 1.
    """

    success: np.ndarray
    failure: np.ndarray
    indicator: np.ndarray

    @staticmethod
    def of(rows: DesignRows) -> "Extremes":
        """Those of some rows, where those of weight 0 do not count."""
        used = np.ones(len(rows.response), bool) if rows.weights is None else rows.weights > 0
        failures = (1 if rows.trials is None else rows.trials) - rows.response
        x = rows.matrix
        return Extremes(
            _range(x[used & (rows.response > 0)]),
            _range(x[used & (failures > 0)]),
            np.all((x == 0) | (x == 1) | ~used[:, None], axis=0),
        )

    def __add__(self, other: "Extremes") -> "Extremes":
        pairs = ((self.success, other.success), (self.failure, other.failure))
        success, failure = (np.stack([np.minimum(a[0], b[0]), np.maximum(a[1], b[1])]) for a, b in pairs)
        return Extremes(success, failure, self.indicator & other.indicator)

    @property
    def any_success(self) -> bool:
        """Whether a row has one."""
        return bool(np.all(self.success[0] <= self.success[1]))

    @property
    def any_failure(self) -> bool:
        """Whether a row has one."""
        return bool(np.all(self.failure[0] <= self.failure[1]))

    def constant(self, column: int) -> bool:
        """Whether a column has one value."""
        low = min(self.success[0, column], self.failure[0, column])
        return bool(low == max(self.success[1, column], self.failure[1, column]))


def _range(x: np.ndarray) -> np.ndarray:
    return np.stack([np.min(x, axis=0, initial=np.inf), np.max(x, axis=0, initial=-np.inf)])


def hopeless(source: str, clause: str) -> DataError:
    """The complaint that `clause` leads to."""
    return DataError(
        source,
        f"{clause}, so the likelihood has no maximum and no estimate exists",
        "leave the term out, join categories, or add rows",
    )


def separated_at_once(head: Head, names: tuple[str, ...], extremes: Extremes) -> str | None:
    """One clause where a single column, with the intercept, rules out an estimate; nothing need be fitted for it."""
    if not any(extremes.constant(i) and extremes.success[0, i] != 0 for i in range(len(names))):
        return None
    if isinstance(head, heads.Bernoulli | heads.Binomial):
        return separated_by(names, extremes, names)
    logarithmic = isinstance(head, heads.Poisson | heads.NegativeBinomial) and head.link == links.as_link(
        "log"
    )
    return emptied_by(names, extremes, names) if logarithmic else None


def separated_by(names: tuple[str, ...], extremes: Extremes, suspects: tuple[str, ...]) -> str | None:
    """One clause that says which column separates the response, or None where no column does so alone.

    Args:
        names: The names of the design's columns.
        extremes: Their ranges among successes and failures.
        suspects: The columns to look at, the likeliest first.
    """
    if not extremes.any_success or not extremes.any_failure:
        return f"the response is {'1' if extremes.any_success else '0'} in every row"
    for name in suspects:
        clause = None if name not in names else _one_column(name, names.index(name), extremes)
        if clause is not None:
            return clause
    return None


def emptied_by(names: tuple[str, ...], extremes: Extremes, suspects: tuple[str, ...]) -> str | None:
    """One clause that says where all counts are zero, so that a logarithm of the mean has no estimate.

    Args:
        names: The names of the design's columns.
        extremes: Their ranges among counts above zero and counts of zero.
        suspects: The columns to look at, the likeliest first.
    """
    if not extremes.any_success:
        return "the response is 0 in every row"
    for name in suspects:
        if name in names and (clause := _group(name, names.index(name), extremes, ((0, extremes.success),))):
            return clause
    return None


def _group(
    name: str, column: int, extremes: Extremes, outcomes: tuple[tuple[int, np.ndarray], ...]
) -> str | None:
    """Where all rows of a category have one outcome: none of its rows is in the other outcome's range."""
    if not extremes.indicator[column] or extremes.constant(column):
        return None
    for value in (1, 0):
        for outcome, others in outcomes:
            if others[value, column] != value:
                return f"the response is {outcome} in every row where {quoted(name)} is {value}"
    return None


def _one_column(name: str, column: int, extremes: Extremes) -> str | None:
    if extremes.constant(column):
        return None
    success, failure = extremes.success, extremes.failure
    if extremes.indicator[column]:
        return _group(name, column, extremes, ((0, success), (1, failure)))
    for upper, lower, outcome in ((success, failure, 1), (failure, success, 0)):
        least, most = float(upper[0, column]), float(lower[1, column])
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

"""What can be told of a family's observations only when all have been seen, in memory that does not grow."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..data import DataError, check_enough_rows, check_rank, check_varies
from .request import Request

DISCRETE = frozenset({"binary", "count", "trials", "category", "counts"})
_SUSPECT = 1e-8


class FamilyTally:
    """The number and the range of the observations, and the products of their columns.

    Args:
        request: What was asked for.
        source: What the table is called.
        columns: The columns observed.
    """

    def __init__(self, request: Request, source: str, columns: tuple[str, ...]):
        self.request, self.source, self.columns = request, source, columns
        self.num_rows = 0
        self._low = np.full(len(columns), np.inf)
        self._high = np.full(len(columns), -np.inf)
        self._first = np.zeros(len(columns))
        self._sum = np.zeros(len(columns))
        self._products = np.zeros((len(columns), len(columns)))

    def add(self, values: np.ndarray, weights: np.ndarray | None) -> None:
        """Some more rows; those of weight 0 do not count."""
        rows = _used(values, weights)
        if not len(rows):
            return
        if not self.num_rows:
            self._first = rows[0]
        self.num_rows += len(rows)
        self._low = np.minimum(self._low, rows.min(axis=0))
        self._high = np.maximum(self._high, rows.max(axis=0))
        if self._is_normal:
            away = rows - self._first
            with np.errstate(over="ignore", invalid="ignore"):
                self._sum += away.sum(axis=0)
                self._products += away.T @ away

    def check(self, again: Callable[[], Iterable[tuple[np.ndarray, np.ndarray | None]]]) -> None:
        """Raise where there are too few rows, or they are all the same.

        Args:
            again: Gives the same values and weights once more, for a closer look.
        """
        if not self.num_rows:
            raise DataError(
                self.source, "every weight is zero, so there are no observations", "choose other weights"
            )
        check_enough_rows(self.source, self.num_rows, self._num_parameters())
        support = self.request.family.support
        if support in ("nonnegative", "positive") and not np.any(self._high):
            self._check_varies(", ".join(self.columns), 0)
        # Where one parameter is all there is, equal values do no harm.
        if support in DISCRETE or self.request.num_free == 1:
            return
        for i, column in enumerate(self.columns):
            self._check_varies(column, i)
        if self._is_normal and self._is_suspect:
            mean = self._first + self._sum / self.num_rows
            check_rank(self.source, self.columns, (_used(*rows) - mean for rows in again()))

    def _check_varies(self, name: str, column: int) -> None:
        if self._low[column] == self._high[column]:
            check_varies(self.source, name, np.broadcast_to(self._low[column], (self.num_rows,)))

    @property
    def _is_normal(self) -> bool:
        return self.request.family.name == "multivariate-normal"

    @property
    def _is_suspect(self) -> bool:
        """Whether a column may depend on the others, as far as products can tell."""
        products = self._products - np.outer(self._sum, self._sum) / self.num_rows
        length = np.sqrt(np.abs(np.diagonal(products)))
        if not np.all(np.isfinite(products)) or not np.all(length > 0):
            return True
        return bool(np.linalg.eigvalsh(products / length[:, None] / length[None, :])[0] < _SUSPECT)

    def _num_parameters(self) -> int:
        known = self.request.num_free
        if known is not None:
            return known
        d = len(self.columns)
        if self.request.family.support == "category":
            return max(int(self._high.max()), 1)
        return {"multinomial": d - 1, "dirichlet": d}.get(self.request.family.name, d + d * (d + 1) // 2)


def _used(values: Any, weights: np.ndarray | None) -> np.ndarray:
    """The rows that count, one column for each column of the table."""
    rows = np.asarray(values, float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    return rows if weights is None else rows[weights > 0]

"""What can be told of a regression's rows only when all of them have been seen, in memory that does not grow.

Products of columns square their angles, so they only raise a suspicion: whether columns depend on each other is
then decided by the triangular factor of one more pass (see `checks.check_rank`).
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, final

import numpy as np

from ..models import heads, links
from .checks import check_enough_rows, check_rank, triangular_factor
from .designs import DesignRows
from .errors import DataError
from .separation import Extremes, hopeless, separated_at_once

if TYPE_CHECKING:
    from .regression import Regression

_SUSPECT = 1e-8
"""Eigenvalues of the scaled products below this ask for a closer look; dependence proper is at 1e-20."""


@final
class Tally:
    """Counts, ranges and products of the rows of a regression.

    Args:
        regression: What the rows are for.
    """

    def __init__(self, regression: "Regression"):
        self.regression = regression
        self.num_rows = 0
        self.extremes: Extremes | None = None
        self._low, self._high = np.inf, -np.inf
        self._units = np.zeros(0)
        self._products = np.zeros((0, 0))

    def add(self, rows: DesignRows) -> None:
        """Some more rows; those of weight 0 do not count."""
        rows = _used(rows)
        if not len(rows.response):
            return
        columns = _columns(rows)
        if self.extremes is None:
            largest = np.max(np.abs(columns), axis=0)
            self._units = np.where(largest > 0, largest, 1.0)
            self._products = np.zeros((columns.shape[1], columns.shape[1]))
        scaled = columns / self._units
        with np.errstate(over="ignore", invalid="ignore"):
            self._products += scaled.T @ scaled
        self.num_rows += len(columns)
        self._low, self._high = min(self._low, columns[:, -1].min()), max(self._high, columns[:, -1].max())
        extremes = Extremes.of(rows)
        self.extremes = extremes if self.extremes is None else self.extremes + extremes

    def check(self, again: Callable[[], Iterable[DesignRows]]) -> None:
        """Raise for what makes an estimate impossible.

        Args:
            again: Gives the same rows once more, for a closer look.

        Raises:
            DataError: There are fewer rows than parameters, a column depends on others, the outcomes are all the
                same, the formula fits exactly, or a column parts successes from failures.
        """
        regression, design = self.regression, self.regression.design
        name = design.table.name
        check_enough_rows(name, self.num_rows, regression.num_parameters)
        assert self.extremes is not None
        if self._is_suspect(slice(0, -1)):
            check_rank(name, design.column_names, (_used(rows).matrix for rows in again()))
        self._check_outcomes(self.extremes)
        if self._may_fit_exactly() and self._is_suspect(slice(None)):
            self._check_spread(again)
        clause = separated_at_once(regression.model.head, design.column_names, self.extremes)
        if clause is not None:
            raise hopeless(name, clause)

    def _is_suspect(self, part: slice) -> bool:
        products = self._products[part, part]
        length = np.sqrt(np.diagonal(products))
        if not np.all(np.isfinite(products)) or not np.all(length > 0):
            return True
        return bool(np.linalg.eigvalsh(products / length[:, None] / length[None, :])[0] < _SUSPECT)

    def _check_outcomes(self, extremes: Extremes) -> None:
        head, design = self.regression.model.head, self.regression.design
        if isinstance(head, heads.Normal | heads.Gamma):
            return
        if extremes.any_success and (extremes.any_failure or not isinstance(head, _BINARY)):
            return
        what = "success" if isinstance(head, _BINARY) else "count"
        raise DataError(
            design.table.name,
            "no row has a failure" if extremes.any_success else f"no row has a {what}",
            "add rows, or choose another response",
            column=design.response,
        )

    def _may_fit_exactly(self) -> bool:
        head = self.regression.model.head
        return (
            isinstance(head, heads.Normal) and head.scale is None and head.link == links.as_link("identity")
        )

    def _check_spread(self, again: Callable[[], Iterable[DesignRows]]) -> None:
        """A fit without residuals: the likelihood has no maximum."""
        design = self.regression.design
        factor = triangular_factor((_columns(_used(rows)) for rows in again()), design.num_columns + 1)
        residual = abs(factor[-1, -1]) if len(factor) > design.num_columns else 0.0
        if residual > 1e-10 * np.linalg.norm(factor[:, -1]):
            return
        constant = self._low == self._high
        raise DataError(
            design.table.name,
            f"all values are {self._low:.10g}, so nothing can be learnt about them"
            if constant
            else f"the formula fits all {self.num_rows} rows exactly, so nothing can be learnt about a spread",
            "choose another response" if constant else "leave out terms, or add rows",
            column=design.response,
        )


_BINARY = (heads.Bernoulli, heads.Binomial)


def _used(rows: DesignRows) -> DesignRows:
    """The rows that count."""
    if rows.weights is None or np.all(rows.weights > 0):
        return rows
    used = rows.weights > 0
    kept = {name: part[used] for name, part in rows._asdict().items() if part is not None}
    return rows._replace(**kept)


def _columns(rows: DesignRows) -> np.ndarray:
    """The design matrix, and the response less its offset as one more column."""
    response = rows.response if rows.offset is None else rows.response - rows.offset
    return np.column_stack([rows.matrix, response])

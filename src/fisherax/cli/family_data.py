"""A family's observations out of a table: which columns, read whole or as a stream, every row checked."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data import Batch, DataError, Kind, Table, check_cells, check_support
from ..data.catalogue import BY_NAME as DATA_SETS
from ..data.errors import listed
from ..inference.observations import LARGEST_WEIGHT
from ..inference.streams import Weighted
from .errors import InputError
from .family_tally import DISCRETE, FamilyTally
from .progress import Progress
from .request import Request
from .supports import support_of

STREAM_ROWS = 65_536
MOST_CATEGORIES = 1_000
LARGEST = 1e150
LARGEST_COUNT = 2.0**53


def columns_of(request: Request, table: Table) -> tuple[str, ...]:
    """The columns asked for, or the ones that can be meant.

    Raises:
        DataError: There is no such column, or it is not clear which one is meant.
    """
    if request.columns:
        for name in request.columns:
            table.check_column(name)
        if len(set(request.columns)) < len(request.columns):
            raise DataError(table.name, "a column is named twice in --columns", "name each column once")
        if request.family.columns and len(request.columns) < 2:
            raise DataError(
                table.name,
                f"{request.family.name} needs two or more columns, but --columns names one",
                "write --columns a,b,c",
            )
        return request.columns
    found = tuple(name for name in table.numeric_columns() if name not in (request.weights, request.clusters))
    if not found:
        # A column that should hold numbers: reading it says which row spoils it.
        spoilt = [name for name, kind in table.columns.items() if kind is Kind.MIXED]
        if spoilt or len(table.columns) == 1:
            return tuple((spoilt or list(table.columns))[:1])
        raise DataError(table.name, "no column holds numbers", "check the file, or its decimal point")
    if request.family.columns:
        if len(found) < 2:
            raise DataError(
                table.name, f"{request.family.name} needs two or more columns of numbers", "add one"
            )
        return found
    if len(found) == 1:
        return found
    # A bundled data set has a column that its story is about: that of its own command.
    story = shlex.split(DATA_SETS[request.data].command) if request.data in DATA_SETS else []
    if len(story) > 3 and story[3] in found:
        return (story[3],)
    raise DataError(
        table.name,
        f"it has {len(found)} columns of numbers ({listed(list(found))})",
        "name the one to fit after the file, or with --column",
    )


@dataclass
class FamilyData:
    """A family's observations in a table.

    Attributes:
        request: What was asked for.
        table: The table.
        columns: The columns observed.
        total: The number of trials, where the family has one.
    """

    request: Request
    table: Table
    columns: tuple[str, ...]
    total: float | None = None
    num_rows: int = 0
    dropped: int = 0

    def __post_init__(self) -> None:
        known = self.request.family.known
        if known is not None and known in self.request.fixed:
            value = self.request.fixed[known]
            if not isinstance(value, float):
                raise InputError(f"--fixed {known} must be one number")
            self.total = value

    @property
    def label(self) -> str:
        """The columns as a person names them."""
        return ", ".join(self.columns)

    @property
    def _wanted(self) -> tuple[str, ...]:
        weights = self.request.weights
        return self.columns if weights is None else (*self.columns, weights)

    def read(self) -> tuple[np.ndarray, np.ndarray | None]:
        """All observations and their weights, checked row by row and as a whole.

        Raises:
            DataError: They cannot be used.
        """
        batch = self.table.read(self._wanted, drop_missing=self.request.drop_missing, numbers=True)
        values, weights = self._checked(batch)
        tally = FamilyTally(self.request, self.table.name, self.columns)
        tally.add(values, weights)
        tally.check(lambda: [(values, weights)])
        self.num_rows, self.dropped = len(batch), batch.dropped
        return values, weights

    def stream(self, progress: Progress | None) -> "FamilyStream":
        """The same in pieces, for any number of passes in bounded memory."""
        return FamilyStream(self, progress)

    def _checked(self, batch: Batch) -> tuple[np.ndarray, np.ndarray | None]:
        """The values of a batch, inside the support, and their weights."""
        family, table = self.request.family, self.table
        stacked = np.stack([np.asarray(batch[name]) for name in self.columns], axis=1)
        support = support_of(family.support, self.total)
        for name, values in zip(self.columns, stacked.T, strict=True):
            small = np.abs(values) <= LARGEST
            check_cells(table, name, small, values, batch.positions, "too large to compute with")
            check_support(
                table,
                name,
                values,
                support.inside,
                family=self.request.family_name,
                support=support.words,
                positions=batch.positions,
            )
            if family.support in DISCRETE:
                check_cells(
                    table,
                    name,
                    values <= (MOST_CATEGORIES if family.support == "category" else LARGEST_COUNT),
                    values,
                    batch.positions,
                    f"there may be {MOST_CATEGORIES} categories at most"
                    if family.support == "category"
                    else "the count is too large",
                )
        self._check_sums(stacked, batch.positions)
        values = stacked if family.columns else stacked[:, 0]
        if family.support in DISCRETE:
            values = values.astype(np.int64)
        weights = None if self.request.weights is None else np.asarray(batch[self.request.weights])
        if weights is not None:
            says = "no weight may be negative"
            name = self.request.weights or ""
            check_cells(table, name, weights >= 0, weights, batch.positions, says)
            small = weights <= LARGEST_WEIGHT
            check_cells(table, name, small, weights, batch.positions, "too large to compute with")
        return values, weights

    def _check_sums(self, rows: np.ndarray, positions: np.ndarray) -> None:
        """Shares sum to one, counts to the number of trials (that of the first row, unless it was given)."""
        sums = rows.sum(axis=1)
        if self.request.family.support == "shares":
            fits, says = np.abs(sums - 1) <= 1e-6, "the shares must sum to 1 in every row"
        elif self.request.family.support == "counts":
            self.total = float(sums[0]) if self.total is None else self.total
            fits, says = sums == self.total, f"the counts must sum to {self.total:g} in every row"
        else:
            return
        check_cells(self.table, f"{self.columns[0]} + ... + {self.columns[-1]}", fits, sums, positions, says)


class FamilyStream:
    """Batches of a family's observations; each `iter` is a pass, which tells `progress` how far it is.

    The first complete pass ends with what can only be said of all rows (see `FamilyTally.check`).
    """

    def __init__(self, data: FamilyData, progress: Progress | None):
        self.data, self.progress = data, progress
        self._checked = False

    def __iter__(self) -> Iterator[Any]:
        data = self.data
        tally = None if self._checked else FamilyTally(data.request, data.table.name, data.columns)
        for values, weights, done in self._rows():
            if tally is not None:
                tally.add(values, weights)
            yield values if weights is None else Weighted(values, weights)
            if self.progress is not None:
                self.progress(done)
        if tally is not None:
            tally.check(lambda: ((values, weights) for values, weights, _ in self._rows()))
            self._checked = True

    def _rows(self) -> Iterator[tuple[np.ndarray, np.ndarray | None, float]]:
        """Values, their weights, and the part of the table read so far."""
        data, rows = self.data, 0
        batches = data.table.batches(
            data._wanted, rows=STREAM_ROWS, drop_missing=data.request.drop_missing, numbers=True
        )
        for batch in batches:
            values, weights = data._checked(batch)
            rows += len(batch)
            data.num_rows, data.dropped = rows, batch.dropped
            yield values, weights, batch.progress

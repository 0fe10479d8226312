"""A formula and a table made into a response and a design matrix, whole or as a stream.

    design = make_design("cbind(dead, alive) ~ sex + log2(dose)", open_table("budworm"))
    design.column_names             # ("Intercept", "sex[T.male]", "log2(dose)")
    design.encodings                # (Encoding("sex", ("female", "male"), "treatment", reference="female"),)
    rows = design.read()            # rows.matrix (n, p), .response, .trials, .offset, .weights (or None)
    for rows in design.batches():   # the same numbers, some rows at a time, for any number of passes
        ...

Levels of categories and constants of transforms are fixed in a first pass; see `fisherax.data.encodings`.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
import pandas as pd

from .batches import Batch
from .checks import check_cells
from .encodings import FirstPass, evaluate, first_pass, frame
from .errors import DataError, quoted
from .formulas import Parsed, parse
from .readers.base import Kind
from .specifications import Encoding, encodings_of, specification
from .tables import Table


class DesignRows(NamedTuple):
    """Some rows of a regression, float64 all.

    Attributes:
        matrix: The design matrix, (n, p).
        response: The response, (n,); the number of successes where the response is ``cbind(...)``.
        trials: Successes and failures together, (n,), or None.
        offset: What is added to the linear predictor, (n,), or None.
        weights: The weight of each row, (n,), or None.
        positions: Where each row stands in the table, (n,), for `Table.row_number`.
    """

    matrix: np.ndarray
    response: np.ndarray
    trials: np.ndarray | None
    offset: np.ndarray | None
    weights: np.ndarray | None
    positions: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class DesignBatches:
    """An iterable of `DesignRows`; each `iter` is a new pass over the table."""

    design: "Design"
    rows: int

    def __iter__(self) -> Iterator[DesignRows]:
        for rows, _ in self.with_progress():
            yield rows

    def with_progress(self) -> Iterator[tuple[DesignRows, float]]:
        """The batches, each with the part of the table read so far, from 0 to 1."""
        for batch in self.design.table_batches(self.rows):
            yield self.design.encode(batch), batch.progress


@final
@dataclass(frozen=True, eq=False)
class Design:
    """A formula with all that it owes to the data fixed.

    Attributes:
        formula: The formula as it was written.
        table: The table it is read from.
        column_names: The names of the design matrix's columns.
        response: The response as it was written.
        has_trials: Whether the response is ``cbind(successes, failures)``.
        encodings: How each category became columns, with its reference level.
        drop_missing: Whether rows with a missing value are left out.
        num_rows: The number of rows, where the first pass counted them or the table knows it; else None.
        dropped: The number of rows left out, where the first pass counted them.
    """

    formula: str
    table: Table
    column_names: tuple[str, ...]
    response: str
    has_trials: bool
    encodings: tuple[Encoding, ...]
    drop_missing: bool
    num_rows: int | None
    dropped: int | None
    _parsed: Parsed
    _fixed: FirstPass
    _spec: Any

    @property
    def num_columns(self) -> int:
        """p, the number of coefficients."""
        return len(self.column_names)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that the formula uses."""
        return self._parsed.columns

    def read(self) -> DesignRows:
        """All rows at once."""
        return self.encode(next(iter(self.table_batches(1 << 62))))

    def batches(self, rows: int = 65_536) -> DesignBatches:
        """A stream of batches of exactly `rows` rows (the last may be shorter), for any number of passes."""
        return DesignBatches(self, rows)

    def on(self, table: Table) -> "Design":
        """The same columns, levels and constants for the rows of another table (a new response is read)."""
        for name in self.columns:
            table.check_column(name)
        return dataclasses.replace(self, table=table, num_rows=None, dropped=None)

    def table_batches(self, rows: int) -> Any:
        """The columns needed, as they stand in the table."""
        return _batches(self._parsed, self.table, self.drop_missing, rows)

    def encode(self, batch: Batch) -> DesignRows:
        """The rows of a batch that has the columns needed."""
        self._check_levels(batch)
        data = frame(batch, self._parsed, self._fixed.levels)
        parts = evaluate(self._spec, data, self._parsed)
        left = self._finite(parts.lhs, batch, [self.response] * 2)
        matrix = self._finite(parts.rhs, batch, list(self.column_names))
        offset = self._single(parts, "offset", batch)
        weights = self._single(parts, "weights", batch)
        if weights is not None:
            check_cells(
                self.table, "weights", weights >= 0, weights, batch.positions, "no weight may be negative"
            )
        trials = None
        if self.has_trials:
            whole = (left >= 0) & (left == np.floor(left))
            says = "successes and failures must be whole numbers from 0"
            check_cells(self.table, self.response, whole.all(axis=1), left, batch.positions, says)
            trials = left.sum(axis=1)
        return DesignRows(matrix, left[:, 0], trials, offset, weights, batch.positions)

    def _single(self, parts: Any, name: str, batch: Batch) -> np.ndarray | None:
        part = getattr(parts, name, None)
        if part is None:
            return None
        values = self._finite(part, batch, [name])
        if values.shape[1] != 1:
            raise DataError(self._parsed.source, f"the {name} has {values.shape[1]} columns", "give it one")
        return values[:, 0]

    def _finite(self, part: Any, batch: Batch, labels: list[str]) -> np.ndarray:
        """A part as float64; a value that is not finite came out of an expression such as log(0)."""
        values = np.asarray(part, np.float64)
        finite = np.isfinite(values)
        if finite.all():
            return values
        row = int(np.argmin(finite.all(axis=1)))
        at = int(np.argmin(finite[row]))
        numbers = [
            f"{name} = {float(cells[row]):g}"
            for name, cells in batch.columns.items()
            if isinstance(cells, np.ndarray) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", labels[at])
        ]
        where = f" (where {', '.join(numbers)})" if numbers else ""
        raise DataError(
            self.table.name,
            f"{quoted(labels[at])} is not finite{where}",
            "correct or remove the row, or change the formula",
            row=self.table.row_number(batch.positions[row]),
        )

    def _check_levels(self, batch: Batch) -> None:
        """No value of a category is one that the first pass has not seen."""
        for name, levels in self._fixed.levels.items():
            values = batch[name]
            if isinstance(values, pd.Categorical):
                seen = np.asarray(values.isin(np.asarray(levels, object)))
            else:
                seen = np.isin(values, np.asarray(levels))
            if not seen.all():
                row = int(np.argmin(seen))
                raise DataError(
                    self.table.name,
                    f"{quoted(values[row])} is none of the values that the formula was made with",
                    "remove the row, or make the formula with it",
                    row=self.table.row_number(batch.positions[row]),
                    column=name,
                )


def make_design(
    formula: str,
    table: Table,
    *,
    weights: str | None = None,
    offset: str | None = None,
    drop_missing: bool = False,
) -> Design:
    """Make a design from a formula: see `fisherax.data.formulas` for what may stand in one.

    The table is read once if the formula has categories, and once more for each transform with constants.

    Args:
        formula: ``response ~ terms``.
        table: The table.
        weights: A column, or an expression of columns, with the weight of each row.
        offset: A column or an expression added to the linear predictor, besides any ``offset(...)``.
        drop_missing: Leave out rows with a missing value in a column that the formula uses.

    Raises:
        DataError: The formula does not parse, names an unknown column, or the data are unusable.

    Examples:
        >>> from fisherax.data import open_table
        >>> design = make_design("incidents ~ type + offset(log(service))", open_table("ships"))
        >>> design.column_names
        ('Intercept', 'type[T.B]', 'type[T.C]', 'type[T.D]', 'type[T.E]')
        >>> design.encodings[0].reference, design.read().matrix.shape
        ('A', (34, 5))
    """
    parsed = parse(formula, table, weights=weights, offset=offset)
    batches = _batches(parsed, table, drop_missing, 65_536)
    fixed = first_pass(parsed, batches)
    spec = specification(parsed, fixed, next(iter(batches)))
    right, left = spec.rhs, spec.lhs
    if len(left.column_names) != (2 if parsed.counts else 1):
        raise DataError(
            parsed.source,
            f"the response {quoted(parsed.response)} has {len(left.column_names)} columns",
            "give one number for each row, or cbind(successes, failures)",
        )
    names = tuple(parsed.names.written(str(name)) for name in right.column_names)
    if not names:
        raise DataError(parsed.source, "its right side has no column", "write at least 1, for an intercept")
    return Design(
        formula=formula,
        table=table,
        column_names=names,
        response=parsed.response,
        has_trials=parsed.counts,
        encodings=encodings_of(parsed, right),
        drop_missing=drop_missing,
        num_rows=fixed.num_rows if fixed.num_rows is not None or drop_missing else table.num_rows,
        dropped=fixed.dropped,
        _parsed=parsed,
        _fixed=fixed,
        _spec=spec,
    )


def _batches(parsed: Parsed, table: Table, drop_missing: bool, rows: int) -> Any:
    mixed = {name for name in parsed.coded if table.columns.get(name) is Kind.MIXED}
    return table.batches(parsed.columns, rows=rows, drop_missing=drop_missing, text=mixed)

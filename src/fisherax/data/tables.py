"""Tables as float64 columns, whole or as a stream of batches, with every complaint located.

    table = open_table("river.csv")      # or .tsv, .csv.gz, .parquet, .arrow, "-", "nile", a dict
    table.columns                        # {"year": Kind.NUMBER, "flow": Kind.NUMBER}
    table["flow"]                        # one column, float64
    rows = table.read(["year", "flow"])  # a Batch: rows["flow"], rows.positions, rows.dropped
    stream = table.batches(["flow"], rows=65_536)
    for batch in stream: ...             # any number of passes in bounded memory

Missing values are refused unless `drop_missing=True`, which leaves out every row with a missing value in one
of the columns asked for, and counts them. Infinite values are always refused. Whole numbers beyond 2⁵³ are
rounded to the nearest double, as any decimal number is.
"""

import difflib
import os
from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np

from .batches import Batch as Batch
from .batches import Batches as Batches
from .errors import DataError, listed, quoted
from .readers.base import Kind as Kind
from .readers.base import Reader
from .readers.delimited import MISSING
from .sources import reader_of


@final
class Table:
    """A table with named columns, from any of the formats that `open_table` knows."""

    def __init__(self, reader: Reader):
        self._reader = reader

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self._reader.name

    @property
    def columns(self) -> dict[str, Kind]:
        """The columns in order, and what each holds."""
        return dict(self._reader.kinds)

    @property
    def num_rows(self) -> int | None:
        """The number of rows, where it is known without reading them all."""
        return self._reader.num_rows

    def row_number(self, position: int | np.integer) -> int:
        """The number that a person sees beside the row at `position`: in a text file the header is row 1."""
        return self._reader.row_number(int(position))

    def __repr__(self) -> str:
        rows = "" if self.num_rows is None else f"{self.num_rows} rows, "
        return f"Table({self.name}: {rows}{listed(list(self.columns))})"

    def __getitem__(self, column: str) -> Any:
        """One column: float64, or a pandas Categorical for text."""
        return self.read([column])[column]

    def numeric_columns(self) -> tuple[str, ...]:
        """The columns that can be read as numbers."""
        return tuple(name for name, kind in self.columns.items() if kind in (Kind.NUMBER, Kind.BOOLEAN))

    def batches(
        self,
        columns: Sequence[str] | None = None,
        *,
        rows: int = 65_536,
        drop_missing: bool = False,
        numbers: bool = False,
        text: Iterable[str] = (),
    ) -> Batches:
        """A stream of batches of exactly `rows` rows (the last may be shorter), for any number of passes.

        Args:
            columns: The columns wanted; all of them by default.
            rows: The number of rows of a batch.
            drop_missing: Leave out rows with a missing value instead of refusing them.
            numbers: Refuse text, where it would else be read as categories.
            text: Columns to read as text although they hold numbers.

        Raises:
            DataError: A column is unknown (at once), or a row is unusable (when the pass gets there).
        """
        names = tuple(self._reader.kinds) if columns is None else tuple(dict.fromkeys(columns))
        if rows < 1:
            raise ValueError(f"A batch needs at least one row, but rows is {rows}: pass a positive number.")
        for name in names:
            self.check_column(name)
        return Batches(self._reader, names, rows, drop_missing, numbers, frozenset(text))

    def read(
        self,
        columns: Sequence[str] | None = None,
        *,
        drop_missing: bool = False,
        numbers: bool = False,
        text: Iterable[str] = (),
    ) -> Batch:
        """All rows at once; the arguments are those of `batches`."""
        rows = self.num_rows or 1 << 62
        return next(
            iter(self.batches(columns, rows=rows, drop_missing=drop_missing, numbers=numbers, text=text))
        )

    def matrix(self, columns: Sequence[str] | None = None, *, drop_missing: bool = False) -> np.ndarray:
        """Columns of numbers side by side, shaped (rows, columns), float64; text is refused."""
        batch = self.read(columns, drop_missing=drop_missing, numbers=True)
        return np.stack(list(batch.columns.values()), axis=1)

    def arrays(self) -> dict[str, np.ndarray]:
        """All columns as NumPy arrays: float64 for numbers, strings for text."""
        return {name: np.asarray(values) for name, values in self.read().columns.items()}

    def check_column(self, name: str) -> None:
        """Raise `DataError`, with the nearest names, where there is no such column."""
        if name in self._reader.kinds:
            return
        raise DataError(self.name, f"there is no column {quoted(name)}", suggestion(name, self.columns))


def suggestion(name: str, columns: Iterable[str]) -> str:
    """The columns that someone who wrote `name` may have meant, or else all of them."""
    names = list(columns)
    lowered = {column.lower(): column for column in names}
    near = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(quoted(lowered[n]) for n in near)}?"
    return f"the columns are {listed(names)}"


def open_table(
    source: Any,
    *,
    name: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    missing: Sequence[str] = MISSING,
    encoding: str = "utf-8",
) -> Table:
    """Open a table; nothing but its beginning is read yet.

    Args:
        source: A path to a CSV or TSV file (also packed with gzip, bzip2 or zstd), a Parquet file, an Arrow
            file or stream; ``"-"`` for standard input, which is kept in a temporary file; the name of a
            bundled data set; a pandas or Arrow table, any object with Arrow's stream protocol, or a mapping
            from names to one-dimensional arrays. Files are told apart by their first bytes, not their name.
        name: What messages call the table; the file's name by default.
        delimiter: What separates the columns of a text file; found in its header by default.
        decimal: The decimal point of a text file, ``"."`` or ``","``.
        missing: What stands for a missing value in a text file.
        encoding: The encoding of a text file.

    Raises:
        DataError: There is no such file, or it is no table.

    Examples:
        >>> table = open_table({"dose": [1.0, 2.0, 4.0], "sex": ["F", "M", "F"]})
        >>> table.columns["dose"], table["dose"].tolist()
        (<Kind.NUMBER: 'numbers'>, [1.0, 2.0, 4.0])
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, str | os.PathLike):
        options = {"delimiter": delimiter, "decimal": decimal, "encoding": encoding}
        return Table(reader_of(source, name, missing=tuple(missing), **options))
    return Table(reader_of(source, name))

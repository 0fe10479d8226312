"""CSV and TSV files, plain or compressed: scanned in blocks by Arrow's parser, and every complaint located.

A scan asks the parser for numbers at once. Only when it refuses is the file read again, as text, to find the
row: a good file pays nothing for a good message.
"""

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, cast

import pyarrow as pa
import pyarrow.csv as pv

from ..arrow import compute as pc
from ..errors import DataError, quoted
from .base import Chunk, Kind, Reader
from .cells import FALSE, TRUE, explain, kind_of_cells, numeric, truth
from .columnar import damaged
from .dialect import sniff

MISSING = ("", "NA", "NaN", "nan", "NULL", "null")
_HEAD_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 20
_FAILURES = (pa.ArrowException, OSError, EOFError, UnicodeError)


class DelimitedReader(Reader):
    """A text file with one header row. Blank lines are skipped (and counted in row numbers)."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        compression: str | None = None,
        delimiter: str | None = None,
        decimal: str = ".",
        missing: tuple[str, ...] = MISSING,
        encoding: str = "utf-8",
    ):
        if decimal not in (".", ","):
            raise DataError(name, f"{quoted(decimal)} is no decimal point", "use '.' or ','")
        self.name, self._path, self._compression = name, path, compression
        self._decimal, self._missing, self._encoding = decimal, list(missing), encoding
        self.num_rows = None
        try:
            with self._bytes() as stream:
                head = stream.read(_HEAD_BYTES)
        except _FAILURES as error:
            raise damaged(name, error) from error
        default = "\t" if {".tsv", ".tab"} & set(path.suffixes) else ","
        self._dialect = sniff(name, head, delimiter=delimiter, encoding=encoding, default=default)
        self.kinds = self._sniff_kinds()

    def scan(self, columns: dict[str, Kind]) -> Iterator[Chunk]:
        for name, kind in columns.items():
            if kind is not Kind.TEXT and self.kinds[name] is Kind.TEXT:
                self._explain_cells({name: kind})
        types = {name: _TYPES[kind] for name, kind in columns.items()}
        try:
            for batch, progress in self._parse(types, _BLOCK_BYTES):
                arrays = [
                    pc.cast(pc.cast(a, pa.uint8()), pa.float64()) if pa.types.is_boolean(a.type) else a
                    for a in batch.columns
                ]
                yield Chunk(pa.RecordBatch.from_arrays(arrays, names=list(columns)), progress)
        except _FAILURES as error:
            self._explain(error, columns)

    def row_number(self, position: int) -> int:
        # The header is record 0, so the row at `position` is record position + 1 of those that are not blank.
        numbers = (number for number, record in self._records() if record)
        try:
            return next(itertools.islice(numbers, position + 1, None))
        except (StopIteration, *_FAILURES, csv.Error):
            return self._dialect.header_lines + 1 + position

    def where(self) -> str:
        return "row 1 is the header"

    def _bytes(self) -> pa.NativeFile:
        file = pa.OSFile(str(self._path))
        return file if self._compression is None else pa.CompressedInputStream(file, self._compression)

    def _parse(self, types: dict[str, pa.DataType], block: int) -> Iterator[tuple[pa.RecordBatch, float]]:
        """The columns as `types` has them, a block at a time, and how far through the file it ends."""
        size = max(self._path.stat().st_size, 1)
        with pa.OSFile(str(self._path)) as file:
            stream = file if self._compression is None else pa.CompressedInputStream(file, self._compression)
            reader = pv.open_csv(
                stream,
                read_options=pv.ReadOptions(
                    column_names=self._dialect.names,
                    skip_rows=self._dialect.header_lines,
                    block_size=block,
                    encoding="utf8" if self._is_utf8 else self._encoding,
                ),
                # Looking for line breaks inside quotation marks takes three times as long.
                parse_options=pv.ParseOptions(
                    delimiter=self._dialect.delimiter, newlines_in_values=self._dialect.quotes
                ),
                convert_options=pv.ConvertOptions(
                    include_columns=list(types),
                    column_types=types,
                    null_values=self._missing,
                    strings_can_be_null=True,
                    true_values=TRUE,
                    false_values=FALSE,
                    decimal_point=self._decimal,
                ),
            )
            with reader:
                for batch in reader:
                    yield batch, min(file.tell() / size, 1.0)

    @property
    def _is_utf8(self) -> bool:
        return self._encoding.lower().replace("_", "-") in ("utf-8", "utf8")

    def _sniff_kinds(self) -> dict[str, Kind]:
        cells = {name: pa.string() for name in self._dialect.names}
        try:
            batch = next((batch for batch, _ in self._parse(cells, _HEAD_BYTES) if batch.num_rows), None)
        except _FAILURES as error:
            self._explain(error, {})
        if batch is None:
            raise DataError(self.name, "there is a header but no rows", "add at least one row of data")
        return {name: kind_of_cells(batch.column(name), self._decimal) for name in cells}

    def _explain(self, error: BaseException, columns: dict[str, Kind]) -> NoReturn:
        """Raise what a parser's refusal means."""
        message = str(error)
        if "UTF8" in message or isinstance(error, UnicodeError):
            self._explain_encoding()
        if "conversion error" in message:
            self._explain_cells(columns)
        if isinstance(error, pa.ArrowInvalid):
            self._explain_ragged()
        if "straddles" in message or "out of sync" in message:
            raise DataError(
                self.name,
                "a row is longer than a megabyte",
                "look for a quotation mark that is never closed",
            ) from error
        raise damaged(self.name, error) from error

    def _explain_cells(self, columns: dict[str, Kind]) -> None:
        """Raise for the first cell that is not what its column's kind asks for."""
        start = 0
        types = {name: pa.string() for name in columns}
        try:
            for batch, _ in self._parse(types, _BLOCK_BYTES):
                wrong = {
                    name: pc.index(_fits(batch.column(name), kind, self._decimal), False).as_py()
                    for name, kind in columns.items()
                }
                found = [(at, name) for name, at in wrong.items() if at >= 0]
                if found:
                    at, name = min(found, key=lambda pair: pair[0])
                    cell = batch.column(name)[at].as_py()
                    if columns[name] is Kind.BOOLEAN:
                        cause, remedy = f"{quoted(cell)} is not true or false", "correct it or remove the row"
                    else:
                        cause, remedy = explain(
                            cell, self._dialect.delimiter, self._decimal, self.kinds[name]
                        )
                    raise DataError(self.name, cause, remedy, row=self.row_number(start + at), column=name)
                start += batch.num_rows
        except _FAILURES as error:
            self._explain(error, {})

    def _explain_ragged(self) -> None:
        """Raise for the first row with too few or too many cells, if there is one."""
        width = len(self._dialect.names)
        try:
            number, record = next((n, r) for n, r in self._records() if r and len(r) != width)
        except (StopIteration, *_FAILURES, csv.Error):
            return
        if any("\n" in cell for cell in record):
            cause, remedy = "a quotation mark is never closed", "close or remove it"
        else:
            many = f"{len(record)} value" + ("" if len(record) == 1 else "s")
            columns = f"{width} column" + ("" if width == 1 else "s")
            cause = f"the row has {many}, but the header has {columns}"
            remedy = f"look for a missing or unquoted {_quoted_delimiter(self._dialect.delimiter)}"
        raise DataError(self.name, cause, remedy, row=number)

    def _explain_encoding(self) -> NoReturn:
        """Raise for the first line that is not in the encoding."""
        row = None
        if self._is_utf8:
            with self._bytes() as raw:
                lines = enumerate(io.BufferedReader(cast(io.RawIOBase, raw)), 1)
                row = next((number for number, line in lines if not _is_utf8_text(line)), None)
        raise DataError(
            self.name,
            f"the text is not {self._encoding.upper()}",
            "save the file as UTF-8, or pass encoding='latin-1' (--encoding latin-1)",
            row=row,
        )

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """All rows, blank ones too, with their numbers: slow, and used for messages alone."""
        with self._bytes() as raw:
            text = io.TextIOWrapper(
                io.BufferedReader(cast(io.RawIOBase, raw)), self._encoding, errors="replace", newline=""
            )
            yield from enumerate(csv.reader(text, delimiter=self._dialect.delimiter), 1)


_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.MIXED: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT: pa.string(),
}


def _fits(cells: pa.StringArray, kind: Kind, decimal: str) -> pa.BooleanArray:
    if kind is Kind.TEXT:
        return pc.is_valid(pc.fill_null(cells, ""))
    return truth(cells) if kind is Kind.BOOLEAN else numeric(cells, decimal)


def _is_utf8_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeError:
        return False
    return True


def _quoted_delimiter(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"

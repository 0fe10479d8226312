"""Typed tables: Parquet, Arrow files and streams, and tables that are in memory already."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..arrow import compute as pc
from ..errors import DataError, one_line, quoted
from .base import Chunk, Kind, Reader, kind_of

CHUNK_ROWS = 65_536


class ColumnarReader(Reader):
    """What typed tables share: they say what a column holds, and conversions never look at text."""

    schema: pa.Schema

    def _set_schema(self, name: str, schema: pa.Schema, num_rows: int | None) -> None:
        self.name, self.schema, self.num_rows = name, schema, num_rows
        self.kinds = {field.name: kind_of(field.type) for field in schema}
        check_names(name, schema.names, row=None)
        if num_rows == 0:
            raise DataError(name, "the table has columns but no rows", "add at least one row of data")

    @abstractmethod
    def _chunks(self, names: list[str]) -> Iterator[Chunk]:
        """All rows in order with the columns `names` (in any order), as they are stored."""

    def scan(self, columns: dict[str, Kind]) -> Iterator[Chunk]:
        seen = 0
        try:
            self._check_kinds(columns)
            for chunk in self._chunks(list(columns)):
                batch = chunk.batch
                arrays = [_converted(batch.column(name), kind) for name, kind in columns.items()]
                seen += batch.num_rows
                yield Chunk(pa.RecordBatch.from_arrays(arrays, names=list(columns)), chunk.progress)
        except (pa.ArrowException, OSError, EOFError) as error:
            raise damaged(self.name, error) from error
        if seen == 0:
            raise DataError(self.name, "the table has columns but no rows", "add at least one row of data")

    def _check_kinds(self, columns: dict[str, Kind]) -> None:
        """Each column can be converted to the kind that it is given."""
        for name, kind in columns.items():
            if self.kinds[name] is Kind.OTHER:
                raise DataError(
                    self.name,
                    f"values of type {self.schema.field(name).type} are no numbers",
                    "convert the column to numbers, or leave it out",
                    column=name,
                )
            if kind is not Kind.TEXT and self.kinds[name] is Kind.TEXT:
                raise self._not_numbers(name)

    def _not_numbers(self, name: str) -> DataError:
        """A text column where numbers are needed: show the first text in it."""
        position = 0
        for chunk in self._chunks([name]):
            for offset, value in enumerate(chunk.batch.column(name)):
                if value.as_py() is not None:
                    return DataError(
                        self.name,
                        f"{quoted(value.as_py())} is text, but numbers are needed",
                        "choose another column, or store this one as numbers",
                        row=self.row_number(position + offset),
                        column=name,
                    )
            position += chunk.batch.num_rows
        return DataError(self.name, "the column is text, but numbers are needed", column=name)


class ParquetReader(ColumnarReader):
    """A Parquet file: only the wanted columns are read, a page at a time."""

    def __init__(self, name: str, path: Path):
        self._path = path
        try:
            with self._open() as file:
                self._set_schema(name, file.schema_arrow, file.metadata.num_rows)
        except (pa.ArrowException, OSError) as error:
            raise damaged(name, error) from error

    def _open(self) -> pq.ParquetFile:
        # A buffered stream, and no read-ahead of whole row groups: a file of a single huge row group would
        # otherwise be held in memory.
        return pq.ParquetFile(self._path, buffer_size=1 << 20, pre_buffer=False)

    def _chunks(self, names: list[str]) -> Iterator[Chunk]:
        with self._open() as file:
            total, done = max(file.metadata.num_rows, 1), 0
            for batch in file.iter_batches(CHUNK_ROWS, columns=names, use_threads=True):
                done += batch.num_rows
                yield Chunk(batch, done / total)


class ArrowFileReader(ColumnarReader):
    """An Arrow IPC file (also called Feather version 2), mapped into memory rather than read."""

    def __init__(self, name: str, path: Path):
        self._path = path
        try:
            with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
                self._set_schema(name, file.schema, None)
        except (pa.ArrowException, OSError) as error:
            raise damaged(name, error) from error

    def _chunks(self, names: list[str]) -> Iterator[Chunk]:
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(n) for n in names])
        with (
            pa.memory_map(str(self._path)) as source,
            pa.ipc.open_file(source, options=options) as file,
        ):
            for i in range(file.num_record_batches):
                yield Chunk(file.get_batch(i), (i + 1) / file.num_record_batches)


_END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"


class ArrowStreamReader(ColumnarReader):
    """An Arrow IPC stream in a file, complete up to its end-of-stream marker.

    Arrow's own reader takes a file that stops between two batches for a stream that ends there. A writer
    that was closed has written the marker, so a file without one was cut off.
    """

    def __init__(self, name: str, path: Path):
        self._path = path
        try:
            with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as stream:
                self._set_schema(name, stream.schema, None)
        except (pa.ArrowException, OSError) as error:
            raise damaged(name, error) from error

    def _chunks(self, names: list[str]) -> Iterator[Chunk]:
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(n) for n in names])
        size = max(self._path.stat().st_size, 1)
        with (
            pa.OSFile(str(self._path)) as source,
            pa.ipc.open_stream(source, options=options) as stream,
        ):
            place = source.tell()
            for batch in stream:
                place = source.tell()
                yield Chunk(batch, min(place / size, 1.0))
            self._check_end(place, source.tell())

    def _check_end(self, last: int, end: int) -> None:
        """What was read after the last batch, which ends at `last`, closes with the marker."""
        with self._path.open("rb") as file:
            file.seek(max(last, end - len(_END_OF_STREAM)))
            if file.read(len(_END_OF_STREAM)) != _END_OF_STREAM:
                raise EOFError("it has no end-of-stream marker")


class MemoryReader(ColumnarReader):
    """An Arrow table in memory."""

    def __init__(self, name: str, table: pa.Table):
        self._table = table
        self._set_schema(name, table.schema, table.num_rows)

    def _chunks(self, names: list[str]) -> Iterator[Chunk]:
        total, done = max(self._table.num_rows, 1), 0
        for batch in self._table.select(names).to_batches(CHUNK_ROWS):
            done += batch.num_rows
            yield Chunk(batch, done / total)


def _converted(array: pa.Array, kind: Kind) -> pa.Array:
    """A stored column as float64 or as strings. Whole numbers become the nearest double."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if kind is Kind.TEXT:
        return pc.cast(array, pa.string(), safe=False)
    if pa.types.is_boolean(array.type):
        array = pc.cast(array, pa.uint8())
    if pa.types.is_decimal(array.type) and array.type.bit_width < 128:
        array = pc.cast(array, pa.decimal128(38, array.type.scale), safe=False)
    return pc.cast(array, pa.float64(), safe=False)


def check_names(source: str, names: list[str], *, row: int | None) -> None:
    """Every column has a name of its own."""
    if not names:
        raise DataError(source, "the table has no columns", "write at least one column")
    for i, name in enumerate(names):
        if not one_line(name):
            raise DataError(
                source,
                f"column {i + 1} of {len(names)} has no name",
                "give it one (R and pandas write row labels so: leave those out when exporting)",
                row=row,
            )
    first = {}
    for i, name in enumerate(names):
        if name in first:
            raise DataError(
                source,
                f"columns {first[name] + 1} and {i + 1} are both called {quoted(name)}",
                "rename one of them",
                row=row,
            )
        first[name] = i


def damaged(source: str, error: BaseException) -> DataError:
    """A file that its own format's library cannot read."""
    return DataError(
        source,
        f"the file is damaged or cut off ({one_line(str(error))[:120]})",
        "write or copy it again",
    )

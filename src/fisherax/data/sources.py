"""From what a person names, a path, `-`, a data set or an object, to the reader of its format."""

import contextlib
import difflib
import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .catalogue import BY_NAME
from .errors import DataError, one_line, quoted
from .readers.base import Reader
from .readers.columnar import ArrowFileReader, ArrowStreamReader, MemoryReader, ParquetReader, damaged
from .readers.delimited import DelimitedReader

_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\x28\xb5\x2f\xfd", "zstd"))
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the table as CSV"),
    (b"%PDF", "a PDF document", "save the table as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"FEA1", "a Feather file of version 1", "write it again as Feather version 2 or Parquet"),
    (b"\x89HDF", "an HDF5 file", "save the table as Parquet"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it, or compress it with gzip"),
)


def reader_of(source: Any, name: str | None, **text: Any) -> Reader:
    """The reader for `source`; `text` are the options of text files."""
    if isinstance(source, str | os.PathLike):
        return _reader_of_path(source, name, text)
    if isinstance(source, Reader):
        return source
    return MemoryReader(name or "the table", _arrow(source, name or "the table"))


def _reader_of_path(source: str | os.PathLike[str], name: str | None, text: dict[str, Any]) -> Reader:
    given = os.fspath(source)
    if given == "-":
        return _reader_of_stream(sys.stdin.buffer, name or "standard input", text)
    if not given.strip():
        raise DataError("", "the table's name is blank", "name a file, a data set or '-'")
    path = Path(given).expanduser()
    try:
        exists = path.exists()
    except (OSError, ValueError):  # a name too long for the file system, or with a null character
        exists = False
    if not exists:
        if given in BY_NAME:
            return _reader_of_file(BY_NAME[given].path, name or given, text)
        raise _not_found(path, given)
    if path.is_dir():
        raise DataError(given, "this is a directory", "name a file in it")
    if not path.is_file():  # a pipe, such as a shell's <(command)
        try:
            with path.open("rb") as stream:
                return _reader_of_stream(stream, name or path.name, text)
        except OSError as error:
            raise DataError(given, f"it cannot be opened ({error.strerror})", "check the path") from error
    return _reader_of_file(path, name or path.name, text)


def _reader_of_stream(stream: Any, name: str, text: dict[str, Any]) -> Reader:
    """A stream can be read once, a fit needs several passes: so it is kept in a temporary file."""
    with tempfile.NamedTemporaryFile(prefix="fisherax-", delete=False) as file:
        path = Path(file.name)
        try:
            shutil.copyfileobj(stream, file, 1 << 20)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise DataError(name, f"reading stopped ({error.strerror})", "try again") from error
    try:
        reader = _reader_of_file(path, name, text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    weakref.finalize(reader, path.unlink, missing_ok=True)
    return reader


def _reader_of_file(path: Path, name: str, text: dict[str, Any]) -> Reader:
    """The reader that the file's first bytes ask for, whatever it is called."""
    try:
        with path.open("rb") as file:
            magic = file.read(16)
    except OSError as error:
        raise DataError(
            name, f"it cannot be opened ({error.strerror})", "check that you may read it"
        ) from error
    if magic.startswith(b"PAR1"):
        return ParquetReader(name, path)
    if magic.startswith(b"ARROW1"):
        return ArrowFileReader(name, path)
    if magic.startswith(b"\xff\xff\xff\xff"):
        return ArrowStreamReader(name, path)
    for mark, what, remedy in _FOREIGN:
        if magic.startswith(mark):
            raise DataError(name, f"this is {what}, which is not read here", remedy)
    for mark, compression in _COMPRESSIONS:
        if magic.startswith(mark):
            _check_packed(path, name, compression)
            return DelimitedReader(name, path, compression=compression, **text)
    return DelimitedReader(name, path, **text)


def _check_packed(path: Path, name: str, compression: str) -> None:
    """Only text is read while it is packed: the typed formats need to jump about, and pack by themselves."""
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), compression) as stream:
            magic = stream.read(16)
    except (pa.ArrowException, OSError) as error:
        raise damaged(name, error) from error
    if magic.startswith((b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")):
        raise DataError(name, f"this is a Parquet or Arrow file packed with {compression}", "unpack it first")


def _not_found(path: Path, given: str) -> DataError:
    beside: list[str] = []
    with contextlib.suppress(OSError, ValueError):
        beside = [entry.name for entry in os.scandir(path.parent) if entry.is_file()]
    near = difflib.get_close_matches(path.name, beside, n=1)
    if near:
        return DataError(given, "there is no such file", f"did you mean {quoted(near[0])}?")
    if path.parent == Path(".") and not path.suffix:
        near = difflib.get_close_matches(given, BY_NAME, n=1)
        hint = f"did you mean {quoted(near[0])}? the data sets are" if near else "the bundled data sets are"
        return DataError(given, "there is no such file or data set", f"{hint} {', '.join(BY_NAME)}")
    return DataError(given, "there is no such file", "check the path")


def _arrow(source: Any, name: str) -> pa.Table:
    """A pandas or Arrow table, whatever offers the Arrow stream protocol, or a mapping of arrays."""
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if isinstance(source, pd.DataFrame):
        source = {str(column): source.iloc[:, i] for i, column in _numbered(source.columns, name)}
    elif hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    if not hasattr(source, "items"):
        raise DataError(
            name,
            f"a {type(source).__name__} is no table",
            "pass a path, a pandas or Arrow table, or a mapping from column names to arrays",
        )
    columns = {str(key): _arrow_column(name, str(key), values) for key, values in source.items()}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{quoted(key)} {length}" for key, length in list(lengths.items())[:6])
        raise DataError(name, f"the columns differ in length ({shown})", "give every column the same length")
    return pa.table(columns)


def _numbered(columns: Any, name: str) -> list[tuple[int, Any]]:
    """The columns with their positions; two of the same name would overwrite each other in a mapping."""
    numbered = list(enumerate(columns))
    seen: dict[str, int] = {}
    for i, column in numbered:
        if str(column) in seen:
            raise DataError(
                name,
                f"columns {seen[str(column)] + 1} and {i + 1} are both called {quoted(column)}",
                "rename one of them",
            )
        seen[str(column)] = i
    return numbered


def _arrow_column(name: str, column: str, values: Any) -> pa.Array:
    """One column in memory; a mixture of types is searched for the first value that spoils it."""
    try:
        if not isinstance(values, pa.Array | pa.ChunkedArray | pd.Series | pd.Categorical | list | tuple):
            mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
            values = np.asarray(values)
            if values.ndim != 1:
                raise DataError(
                    name,
                    f"an array of shape {values.shape} is no column",
                    "give one-dimensional arrays",
                    column=column,
                )
            if mask is not None:  # what is masked is missing
                return pa.array(values, mask=mask, from_pandas=True)
        array = pa.array(values, from_pandas=True) if not isinstance(values, pa.ChunkedArray) else values
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        with contextlib.suppress(TypeError, ValueError, OverflowError):  # whole numbers beyond 64 bits
            if not any(isinstance(value, str | bytes) for value in values):
                return pa.array(np.asarray(values, dtype=np.float64), from_pandas=True)
        for row, value in enumerate(values, 1):
            if value is not None and not isinstance(value, bool | int | float | np.number):
                raise DataError(
                    name,
                    f"{quoted(value)} ({type(value).__name__}) stands among other types",
                    "make the column all numbers or all text",
                    row=row,
                    column=column,
                ) from error
        raise DataError(
            name, f"the values cannot be read ({one_line(str(error))[:120]})", "convert them", column=column
        ) from error

"""A pass over a table: rows that lack a value refused or dropped, the rest cut into batches of equal length.

Equal lengths let a compiled function be used again from batch to batch.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from .arrow import compute as pc
from .errors import DataError, listed
from .readers.base import Kind, Reader

_POSITIONS = ""  # the column of row positions that travels with a batch; no real column has a blank name


@final
@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a table.

    Attributes:
        columns: The values by column: float64 for numbers, a pandas Categorical for text.
        positions: Where each row stands in the table (0 is the first row of data), int64.
        progress: The part of the table read when this batch ends, from 0 to 1.
        dropped: How many rows have been left out so far, for a missing value.
    """

    columns: dict[str, Any]
    positions: np.ndarray
    progress: float
    dropped: int

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.positions)


@final
@dataclass(frozen=True, eq=False)
class Batches:
    """An iterable of `Batch`; each `iter` is a new pass over the table."""

    reader: Reader
    names: tuple[str, ...]
    rows: int
    drop_missing: bool
    numbers: bool
    text: frozenset[str]

    def __iter__(self) -> Iterator[Batch]:
        return _pass(self)


def _pass(stream: Batches) -> Iterator[Batch]:
    """One pass: scan, refuse or drop what is unusable, and cut into batches of equal length."""
    reader = stream.reader
    kinds = {name: _wanted(stream, name) for name in stream.names}
    waiting: list[pa.RecordBatch] = []
    held, position, dropped, progress = 0, 0, 0, 0.0
    yielded = False
    chunks = reader.scan(kinds)
    for chunk in chunks:
        size, progress = chunk.batch.num_rows, chunk.progress
        places = pa.array(np.arange(position, position + size), pa.int64())
        batch = pa.RecordBatch.from_arrays([*chunk.batch.columns, places], names=[*kinds, _POSITIONS])
        absent = _missing(batch, kinds)
        if absent is not None:
            if not stream.drop_missing:
                raise _missing_values(reader, batch, kinds, absent, chunks)
            batch = batch.filter(pc.invert(absent))
            dropped += size - batch.num_rows
        _check_finite(reader, batch, kinds)
        position += size
        if batch.num_rows:
            waiting.append(batch)
            held += batch.num_rows
        while held >= stream.rows:
            whole = pa.Table.from_batches(waiting)
            yield _batch(whole.slice(0, stream.rows), kinds, progress, dropped)
            yielded = True
            rest = whole.slice(stream.rows)
            waiting, held = rest.to_batches(), rest.num_rows
    if held:
        yield _batch(pa.Table.from_batches(waiting), kinds, 1.0, dropped)
    elif not yielded:
        raise DataError(
            reader.name,
            f"all {dropped} rows have a missing value in {listed(list(kinds))}",
            "choose other columns, or fill them in",
        )


def _wanted(stream: Batches, name: str) -> Kind:
    """What to read a column as: a text column stays text unless numbers are asked for."""
    kind = stream.reader.kinds[name]
    if name in stream.text:
        return Kind.TEXT
    if kind is Kind.BOOLEAN or (kind is Kind.TEXT and not stream.numbers):
        return kind
    return Kind.NUMBER


def _missing(batch: pa.RecordBatch, kinds: dict[str, Kind]) -> pa.BooleanArray | None:
    """Which rows lack a value (a NaN is one that is missing), or None where none does."""
    absent: pa.BooleanArray | None = None
    for name in kinds:
        column = batch.column(name)
        lacks = pc.is_null(column, nan_is_null=pa.types.is_floating(column.type))
        if pc.any(lacks).as_py():
            absent = lacks if absent is None else pc.or_(absent, lacks)
    return absent


def _missing_values(
    reader: Reader,
    batch: pa.RecordBatch,
    kinds: dict[str, Kind],
    absent: pa.BooleanArray,
    rest: Iterator[Any],
) -> DataError:
    """Where the first missing value is, and how many rows have one: the rest of the table is read for it."""
    at = pc.index(absent, True).as_py()
    row = batch.slice(at, 1)
    column = next(name for name in kinds if _missing(row.select([name]), {name: kinds[name]}) is not None)
    count = pc.sum(absent).as_py()
    complete = False
    with contextlib.suppress(DataError):
        for chunk in rest:
            more = _missing(chunk.batch, kinds)
            count += 0 if more is None else pc.sum(more).as_py()
        complete = True
    if count == 1 and complete:
        rows = "in this row alone"
    else:
        rows = f"in {count} rows" if complete else f"in {count} rows or more"
    return DataError(
        reader.name,
        f"a value is missing ({rows})",
        "fill in what is missing, or leave such rows out with drop_missing=True (--drop-missing)",
        row=reader.row_number(batch.column(_POSITIONS)[at].as_py()),
        column=column,
    )


def _check_finite(reader: Reader, batch: pa.RecordBatch, kinds: dict[str, Kind]) -> None:
    for name, kind in kinds.items():
        if kind is Kind.TEXT:
            continue
        column = batch.column(name)
        infinite = pc.is_inf(column)
        if pc.any(infinite).as_py():
            at = pc.index(infinite, True).as_py()
            raise DataError(
                reader.name,
                f"the value is infinite ({column[at].as_py()}, or too large for a double)",
                "correct it or remove the row",
                row=reader.row_number(batch.column(_POSITIONS)[at].as_py()),
                column=name,
            )


def _batch(rows: pa.Table, kinds: dict[str, Kind], progress: float, dropped: int) -> Batch:
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        column = rows.column(name).combine_chunks()
        columns[name] = _categorical(column) if kind is Kind.TEXT else column.to_numpy(zero_copy_only=False)
    return Batch(columns, rows.column(_POSITIONS).to_numpy(), progress, dropped)


def _categorical(column: Any) -> pd.Categorical:
    """Text as codes and sorted categories."""
    encoded = pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    words = np.asarray(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(words, kind="stable")
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    codes = rank[encoded.indices.to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, categories=pd.Index(words[order], dtype=object))

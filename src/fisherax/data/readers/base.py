"""What a format of tables must provide: column kinds, a scan in bounded memory, and row numbers."""

import enum
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa


class Kind(enum.Enum):
    """What a column holds."""

    NUMBER = "numbers"
    BOOLEAN = "true or false"
    TEXT = "text"
    MIXED = "numbers and text"
    """A text file's column of which at least half, but not all, of the first values are numbers."""
    OTHER = "values that are no numbers"


@dataclass(frozen=True)
class Chunk:
    """Some successive rows, and how far through the table they end.

    Attributes:
        batch: The wanted columns, as float64 for numbers (null where missing) and as strings for text.
        progress: The part of the table read so far, from 0 to 1.
    """

    batch: pa.RecordBatch
    progress: float


class Reader(ABC):
    """A table in one format. Any number of scans may run, one after the other."""

    name: str
    """What messages call the table: a file's name, say."""
    kinds: dict[str, Kind]
    """The columns in order, and what each holds."""
    num_rows: int | None
    """The number of rows where it is known without reading them all."""

    @abstractmethod
    def scan(self, columns: dict[str, Kind]) -> Iterator[Chunk]:
        """All rows in order, some at a time, with `columns` alone, each converted to the kind it is given.

        `NUMBER` and `BOOLEAN` become float64, `TEXT` strings.

        Raises:
            DataError: A value cannot be converted, or the file is damaged.
        """

    def row_number(self, position: int) -> int:
        """The number that a person sees beside the row at `position` (0 is the first row of data)."""
        return position + 1

    def where(self) -> str:
        """What `row_number` counts, where that is worth saying."""
        return ""


def kind_of(type_: pa.DataType) -> Kind:
    """The kind of an Arrow column."""
    t = pa.types
    if t.is_dictionary(type_):
        return kind_of(type_.value_type)
    if t.is_boolean(type_):
        return Kind.BOOLEAN
    if t.is_integer(type_) or t.is_floating(type_) or t.is_decimal(type_) or t.is_null(type_):
        return Kind.NUMBER
    if t.is_string(type_) or t.is_large_string(type_) or t.is_string_view(type_):
        return Kind.TEXT
    return Kind.OTHER

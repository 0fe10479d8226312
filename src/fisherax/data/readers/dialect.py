"""The first lines of a text file: its delimiter, its header, and what speaks against both."""

import codecs
import csv
import io
import re
from dataclasses import dataclass

import pyarrow as pa

from ..errors import DataError, quoted
from .cells import numeric
from .columnar import check_names

_CANDIDATES = (",", "\t", ";", "|")


@dataclass(frozen=True)
class Dialect:
    """How to cut a text file into cells.

    Attributes:
        delimiter: What stands between two cells.
        names: The columns' names, without white space around them.
        header_lines: The lines up to and with the header.
        quotes: Whether the first lines hold quotation marks.
    """

    delimiter: str
    names: list[str]
    header_lines: int
    quotes: bool


def sniff(source: str, head: bytes, *, delimiter: str | None, encoding: str, default: str) -> Dialect:
    """The dialect of the file whose first bytes are `head`.

    Args:
        source: What messages call the file.
        head: The first bytes, as many as hold the header.
        delimiter: The delimiter if it is known.
        encoding: The encoding of the text.
        default: The delimiter of a file whose header has none.

    Raises:
        DataError: The file is empty, is no text, or its header cannot be used.
    """
    if not head.strip():
        raise DataError(
            source, "the file is empty", "write a row of column names and at least one row of data"
        )
    text = _decode(source, head, encoding)
    if delimiter is None:
        delimiter = _delimiter(text, default)
    elif len(delimiter) != 1 or delimiter in '"\r\n':
        raise DataError(
            source, f"{quoted(delimiter)} cannot separate columns", "use one character, such as ','"
        )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    cells: list[str] = []
    start = 1
    try:
        while not cells:
            start, cells = rows.line_num + 1, next(rows)
    except (csv.Error, StopIteration) as error:
        raise DataError(
            source, f"the header cannot be read ({error})", "write one row of column names"
        ) from error
    line = rows.line_num
    if any("\n" in cell or "\r" in cell for cell in cells):
        raise DataError(
            source, "a quotation mark in the header is never closed", "close or remove it", row=start
        )
    names = [cell.strip() for cell in cells]
    check_names(source, names, row=line)
    if all(numeric(pa.array(names), ".").to_pylist()):
        raise DataError(
            source,
            f"the first row holds numbers ({quoted(names[0])}) where the columns' names belong",
            "put a row with the names of the columns first",
            row=line,
        )
    return Dialect(delimiter, names, line, '"' in text)


def _decode(source: str, head: bytes, encoding: str) -> str:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark) and not encoding.lower().replace("_", "-").startswith("utf-16"):
            raise _not_utf8(source, f"the file is encoded in {name.upper()}", name)
    try:
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        text = decoder.decode(head)
    except LookupError as error:
        raise DataError(source, f"there is no encoding called {quoted(encoding)}", "try 'utf-8'") from error
    except UnicodeError:
        text = head.decode(encoding, errors="replace")
        if "�" in text.split("\n", 1)[0]:
            raise _not_utf8(source, f"the header is not {encoding.upper()}", "latin-1", row=1) from None
    if "\0" in text:
        raise DataError(
            source,
            "this is no text file",
            "save the table as CSV, Parquet or Arrow",
        )
    return text.removeprefix("\ufeff")


def _not_utf8(source: str, cause: str, encoding: str, row: int | None = None) -> DataError:
    return DataError(
        source, cause, f"save it as UTF-8, or pass encoding='{encoding}' (--encoding {encoding})", row=row
    )


def _delimiter(text: str, default: str) -> str:
    """The candidate that stands most often in the header, outside quotation marks."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", header)
    counts = {candidate: bare.count(candidate) for candidate in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda candidate: counts[candidate])
    return best if counts[best] else default

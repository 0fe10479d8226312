"""The one exception of this folder: what is wrong with the data, where, and what to do about it."""


class DataError(ValueError):
    """Data that cannot be used as they are; its text is one line that a person can act on.

    The text reads ``SOURCE: row R, column 'C': CAUSE; REMEDY``, where the place is left out as far as it is
    not known. Rows are numbered as a person sees them: in a file with a header, the header is row 1.

    Attributes:
        source: The file, data set or object, as a reader would name it.
        cause: What is wrong.
        remedy: What to do about it.
        row: The row's number, or None.
        column: The column's name, or None.

    Examples:
        >>> print(DataError("river.csv", "'n/a' is not a number", "remove the row", row=17, column="flow"))
        river.csv: row 17, column 'flow': 'n/a' is not a number; remove the row
    """

    source: str
    cause: str
    remedy: str | None
    row: int | None
    column: str | None

    def __init__(
        self,
        source: str,
        cause: str,
        remedy: str | None = None,
        *,
        row: int | None = None,
        column: str | None = None,
    ):
        self.source, self.cause, self.remedy, self.row, self.column = source, cause, remedy, row, column
        place = ", ".join(
            part
            for part in (
                None if row is None else f"row {row}",
                None if column is None else f"column {quoted(column)}",
            )
            if part
        )
        text = ": ".join(part for part in (shortened(source, 160), place, cause) if part)
        super().__init__(one_line(text if remedy is None else f"{text}; {remedy}"))

    def __reduce__(self):
        return _rebuild, (self.source, self.cause, self.remedy, self.row, self.column)


def _rebuild(source: str, cause: str, remedy: str | None, row: int | None, column: str | None) -> DataError:
    return DataError(source, cause, remedy, row=row, column=column)


def one_line(text: str) -> str:
    """`text` with every run of white space, control and other unprintable characters made one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(value: object, limit: int = 40) -> str:
    """`value` in quotes, as it stands in a file, cut where it is long."""
    return f"'{shortened(str(value), limit)}'"


def shortened(text: str, limit: int) -> str:
    """`text` on one line, with its end cut off where it is longer than `limit`."""
    text = one_line(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def listed(names: list[str] | tuple[str, ...], limit: int = 8) -> str:
    """Names in quotes with commas; beyond `limit` of them, how many more there are."""
    shown = ", ".join(quoted(name) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"

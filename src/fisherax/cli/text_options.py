"""How a text file is written, where it is not the usual way: the options that remedies name."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

_PANEL = "Text files"


def _option(metavar: str, text: str) -> Any:
    return typer.Option(metavar=metavar, help=text, rich_help_panel=_PANEL, show_default=False)


Delimiter = Annotated[
    str | None, _option("C", "What stands between two cells; found by itself for , ; | and tab.")
]
Decimal = Annotated[str | None, _option("C", "The decimal point, . or ,")]
Missing = Annotated[
    list[str] | None,
    _option("TEXT", "A cell with this text is missing, as are empty ones, NA and NaN. May be repeated."),
]
Encoding = Annotated[str | None, _option("NAME", "The encoding of the text, utf-8 by default.")]


def reading(
    delimiter: str | None, decimal: str | None, missing: Sequence[str] | None, encoding: str | None
) -> dict[str, Any]:
    """The arguments of `open_table` that were given."""
    given = {"delimiter": delimiter, "decimal": decimal, "missing": missing, "encoding": encoding}
    return {name: value for name, value in given.items() if value}

"""How a text file is written, where it is not the usual way: the options that remedies name."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

_PANEL = "Text files"

Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="C",
        help="What stands between two cells; found by itself for , ; | and tab.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(metavar="C", help="The decimal point, . or ,", rich_help_panel=_PANEL, show_default=False),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="A cell with this text is missing, as are empty ones, NA and NaN. May be repeated.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The encoding of the text, utf-8 by default.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


def reading(
    delimiter: str | None, decimal: str | None, missing: Sequence[str] | None, encoding: str | None
) -> dict[str, Any]:
    """The arguments of `open_table` that were given."""
    given = {"delimiter": delimiter, "decimal": decimal, "missing": missing, "encoding": encoding}
    return {name: value for name, value in given.items() if value}

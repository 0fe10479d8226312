"""`fisherax datasets`: the bundled tables, and one of them described."""

import csv
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..data.catalogue import DataSet

FIRST_ROWS = 5


def _names(incomplete: str) -> list[str]:
    from ..data.catalogue import BY_NAME

    return [name for name in BY_NAME if name.startswith(incomplete)]


def datasets(
    name: Annotated[
        str | None, typer.Argument(help="The data set to describe.", autocompletion=_names)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """List the bundled data sets, or describe one: columns, units, source, and a command to start with.

    [bold]Examples[/bold]

      fisherax datasets
      fisherax datasets budworm
    """
    from ..data.catalogue import CATALOGUE
    from .terminal import print_json

    if name is None:
        if as_json:
            print_json([_as_dict(dataset) for dataset in CATALOGUE])
        else:
            _print_list(CATALOGUE)
        return
    dataset = _find(name)
    if as_json:
        print_json({**_as_dict(dataset), "first_rows": _first_rows(dataset)})
    else:
        _print_one(dataset)


def _find(name: str) -> "DataSet":
    import difflib

    from ..data.catalogue import BY_NAME
    from .errors import InputError

    if name in BY_NAME:
        return BY_NAME[name]
    near = difflib.get_close_matches(name.lower(), BY_NAME, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"there is no data set {name!r}", f"{hint}the names are {', '.join(BY_NAME)}")


def _as_dict(dataset: "DataSet") -> dict[str, Any]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "description": dataset.description,
        "num_rows": dataset.num_rows,
        "columns": [{"name": c.name, "meaning": c.meaning, "unit": c.unit or None} for c in dataset.columns],
        "source": dataset.source,
        "licence": dataset.licence,
        "command": dataset.command,
    }


def _first_rows(dataset: "DataSet") -> list[dict[str, str]]:
    with dataset.path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return [row for row, _ in zip(reader, range(FIRST_ROWS), strict=False)]


def _print_list(catalogue: tuple["DataSet", ...]) -> None:
    from rich import box
    from rich.table import Table

    from .terminal import printer

    console = printer()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("what it is")
    table.add_column("columns", style="dim")
    for dataset in catalogue:
        columns = ", ".join(column.name for column in dataset.columns)
        table.add_row(dataset.name, str(dataset.num_rows), dataset.title, columns)
    console.print()
    console.print(table)
    console.print("\nfisherax datasets NAME describes one. A name stands for a file: fisherax fit NAME ...\n")


def _print_one(dataset: "DataSet") -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from .terminal import printer

    console = printer()
    console.print(f"\n[bold]{escape(dataset.title)}[/bold]  ({dataset.num_rows} rows)\n")
    console.print(escape(dataset.description) + "\n")
    columns = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in ("column", "meaning", "unit"):
        columns.add_column(header, style="bold" if header == "column" else "")
    for column in dataset.columns:
        columns.add_row(escape(column.name), escape(column.meaning), escape(column.unit))
    console.print(columns)
    console.print()
    rows = _first_rows(dataset)
    first = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in dataset.columns:
        number = all(_is_number(row[column.name]) for row in rows)
        first.add_column(escape(column.name), justify="right" if number else "left")
    for row in rows:
        first.add_row(*(escape(row[column.name]) for column in dataset.columns))
    console.print(first)
    console.print()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("source", escape(dataset.source))
    facts.add_row("licence", escape(dataset.licence))
    console.print(facts)
    console.print("\n[dim]try[/dim]")
    console.print(f"  {escape(dataset.command)}\n", soft_wrap=True)  # one line, so that it can be copied


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

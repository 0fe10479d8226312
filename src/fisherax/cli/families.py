"""`fisherax families`: the families by their names here, with their parameters, support and links."""

from typing import Annotated, Any

import typer

from .family_names import FAMILIES, MIXABLE, MIXTURE, Named
from .supports import SHORT, WORDS


def families(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """List the families: their parameters, what values they take, and their links in a regression.

    [bold]Examples[/bold]

      fisherax families
      fisherax families --json | jq '.families[].name'
    """
    from .terminal import print_json

    if as_json:
        print_json(
            {
                "families": [_as_dict(family) for family in FAMILIES],
                "mixtures": [f"{name}{MIXTURE}" for name in MIXABLE],
            }
        )
    else:
        _print()


def _as_dict(family: Named) -> dict[str, Any]:
    return {
        "name": family.name,
        "distribution": family.distribution,
        "parameters": [{"name": name, "domain": domain} for name, domain in family.parameters],
        "support": WORDS[family.support],
        "must_be_fixed": family.known,
        "several_columns": family.columns,
        "links": list(family.links),
    }


def _print() -> None:
    from rich import box
    from rich.table import Table

    from .terminal import printer

    console = printer()
    wide = console.width >= 76
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("family", style="bold", no_wrap=True)
    table.add_column("parameters", overflow="fold")
    table.add_column("values")
    if wide:
        table.add_column("regression links", style="dim")
    for family in FAMILIES:
        row = [family.name, ", ".join(name for name, _ in family.parameters), SHORT[family.support]]
        table.add_row(*row, *([", ".join(family.links)] if wide else []))
    console.print()
    console.print(table)
    console.print()
    for line in _NOTES:
        console.print(line)
    console.print()


_NOTES = (
    f"NAME{MIXTURE} is a mixture: normal{MIXTURE}, gamma{MIXTURE} (two components, or --components K).",
    "total_count of binomial and multinomial is known: --fixed total_count=20.",
    "Of the links, the first is the default.",
)

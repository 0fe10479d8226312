"""A Cramér-Rao bound on a terminal."""

from collections.abc import Callable

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..report.numbers import significant, whole
from ..report.words import signed
from .bounding import Bound

MOST_COLUMNS = 6
"""Matrices wider than this are left to --json."""


def print_bound(bound: Bound, console: Console) -> None:
    """The bound, the information behind it, and how many observations a precision takes."""
    n = bound.observations
    console.print()
    console.print(
        f"[bold]{escape(bound.family)}[/bold], {_observations(n)}: no unbiased estimator does better"
    )
    console.print()
    table = _table("", "value", "std. error at least", "relative")
    rows = list(zip(bound.names, bound.values.tolist(), bound.errors.tolist(), strict=True))
    for name, value, error in [*rows, *((text, *found) for text, found in bound.functions.items())]:
        share = f"{100 * error / abs(value):.2g}%" if value else ""
        table.add_row(escape(name), significant(value, 5), significant(error, 4), share)
    console.print(table)
    console.print()
    if len(bound.names) <= MOST_COLUMNS:
        console.print(f"[dim]information of one observation ({bound.provenance})[/dim]")
        console.print(_matrix(bound.names, bound.information, lambda x: significant(x, 4)))
        console.print()
        if len(bound.names) > 1:
            console.print("[dim]correlation of the estimates[/dim]")
            console.print(_matrix(bound.names, bound.correlation, signed))
            console.print()
    for name, (target, count) in bound.needed.items():
        console.print(
            f"{_observations(count)} would bring the standard error of {escape(name)} to {target:g}."
        )
    if not bound.needed:
        console.print(f"{whole(3 * n)} more would halve every standard error.")
    console.print()


def _observations(count: int) -> str:
    return f"{whole(count)} observation{'' if count == 1 else 's'}"


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, header in enumerate(headers):
        table.add_column(header, justify="right" if i else "left", style="" if i else "bold", overflow="fold")
    return table


def _matrix(names: tuple[str, ...], matrix: np.ndarray, text: Callable[[float], str]) -> Table:
    table = _table("", *map(escape, names))
    for name, row in zip(names, matrix, strict=True):
        table.add_row(escape(name), *(text(float(x)) for x in row))
    return table

"""A Cramér-Rao bound on a terminal."""

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
    table = _table("", "parameter", "value", "std. error at least", "relative")
    for name, value, error in zip(bound.names, bound.values, bound.errors, strict=True):
        share = f"{100 * error / abs(value):.2g}%" if value else ""
        table.add_row(escape(name), significant(float(value), 5), significant(float(error), 4), share)
    for text, (value, error) in bound.functions.items():
        share = f"{100 * error / abs(value):.2g}%" if value else ""
        table.add_row(escape(text), significant(value, 5), significant(error, 4), share)
    console.print(table)
    if len(bound.names) <= MOST_COLUMNS:
        title = f"information of one observation ({_how(bound.provenance)})"
        console.print(_matrix(title, bound.names, bound.information, lambda x: significant(x, 4)))
        if len(bound.names) > 1:
            console.print(_matrix("correlation of the estimates", bound.names, bound.correlation, signed))
    for name, (target, count) in bound.needed.items():
        console.print(f"{_observations(count)} would bring {escape(name)} down to ± {target:g}.")
    if not bound.needed:
        console.print(f"{whole(3 * n)} more would halve every standard error.")
    console.print()


def _observations(count: int) -> str:
    return f"{whole(count)} observation{'' if count == 1 else 's'}"


def _how(expectation: str) -> str:
    return {"kl": "closed form", "closed form": "closed form"}.get(expectation, expectation)


def _table(title: str, *headers: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, title=title or None, title_justify="left"
    )
    for i, header in enumerate(headers):
        table.add_column(header, justify="right" if i else "left", style="" if i else "bold", overflow="fold")
    return table


def _matrix(title: str, names: tuple[str, ...], matrix: np.ndarray, text: object) -> Table:
    assert callable(text)
    table = _table(title, "", *map(escape, names))
    for name, row in zip(names, matrix, strict=True):
        table.add_row(escape(name), *(str(text(float(x))) for x in row))
    return table

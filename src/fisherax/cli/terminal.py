"""What is written where: tables for people, JSON for programs, and everything else on standard error."""

import json
import math
import os
from typing import Any

import typer
from rich.console import Console


class _Terminal(Console):
    """A console whose reader, such as head, may have seen enough: the rest is not shown, and the work goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def printer() -> Console:
    """The console for results: as wide as the terminal; plain text where it is none, or NO_COLOR is set."""
    return _Terminal(highlight=False, emoji=False, markup=True, soft_wrap=False)


def remarks() -> Console:
    """The console for progress and remarks, which never mix with results."""
    return _Terminal(stderr=True, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """`value` on standard output as JSON; a number that JSON cannot write is null."""
    typer.echo(to_json(value))


def to_json(value: Any) -> str:
    """JSON text without NaN or Infinity, which are no JSON."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """`value` made of dicts, lists, strings, booleans, and finite numbers or None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "tolist"):  # an array or a scalar of one
        return plain(value.tolist())
    number = float(value)
    return number if math.isfinite(number) else None

"""Options that count: a whole number however it is written, 10 or 10.0 or 1e6."""

import math
from collections.abc import Callable

import typer


def at_least(least: int) -> Callable[[str], int]:
    """A parser for `typer.Option`, which has no bounds of its own for one."""

    def parse(text: str | int) -> int:
        found = whole(text)
        if found is None or found < least:
            raise typer.BadParameter(f"{text!r} is no whole number, at least {least}")
        return found

    return parse


def whole(text: str | int) -> int | None:
    """The whole number that a text is; None where it is none."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if math.isfinite(value) and value == math.floor(value) else None

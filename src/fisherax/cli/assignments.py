"""`name=value` arguments: numbers, vectors `0.2,0.3,0.5`, and matrices `1,0.5;0.5,2`."""

import math
from collections.abc import Iterable

from .errors import InputError

Value = float | list[float] | list[list[float]]
Assignments = dict[str, Value]


def read_assignments(texts: Iterable[str], where: str) -> Assignments:
    """Names with their values.

    Args:
        texts: Such as ``["df=5"]``; also several with blanks or commas between, as ``"df=5 loc=0"``.
        where: What messages call the argument.

    Raises:
        InputError: A text is no assignment, or a name comes twice.

    Examples:
        >>> read_assignments(["loc=0", "covariance_matrix=1,0.5;0.5,2"], "--fixed")
        {'loc': 0.0, 'covariance_matrix': [[1.0, 0.5], [0.5, 2.0]]}
    """
    found: Assignments = {}
    for text in texts:
        for piece in text.split():
            name, equals, value = piece.partition("=")
            if not equals or not name or not value:
                raise InputError(f"{where}: {piece!r} is no assignment", "write name=value, such as df=5")
            if name in found:
                raise InputError(f"{where}: {name} is given twice", "give it once")
            found[name] = _value(where, name, value)
    return found


def _value(where: str, name: str, text: str) -> Value:
    rows = [
        [_number(where, name, cell) for cell in row.split(",") if cell.strip()]
        for row in text.split(";")
        if row.strip()
    ]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{where}: {name}={text} is no number, vector or matrix", "write 1,2 or 1,0;0,1")
    if ";" in text:
        return rows
    return rows[0] if "," in text else rows[0][0]


def _number(where: str, name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: {name}={text} is no finite number", "write name=number, such as df=5")
    return number

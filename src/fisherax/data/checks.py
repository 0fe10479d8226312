"""Checks of arrays that name the file, the row and the column: for those who know what the numbers must be.

None of them knows a family or a model: the caller says what is allowed, and what it is called.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .errors import DataError, listed, quoted
from .tables import Table


def check_cells(
    table: Table, column: str, allowed: np.ndarray, values: np.ndarray, positions: np.ndarray, rule: str
) -> None:
    """Raise for the first row that is not `allowed`, and say how many there are.

    Args:
        table: The table that the values are from.
        column: What the values are called.
        allowed: Which rows are as they should be, (n,).
        values: The values, (n,) or (n, k).
        positions: Where each row stands in the table, (n,).
        rule: What is asked of the values.

    Raises:
        DataError: A row is not allowed.
    """
    allowed = np.asarray(allowed, bool)
    if allowed.all():
        return
    row = int(np.argmin(allowed))
    shown = ", ".join(f"{float(x):g}" for x in np.atleast_1d(np.asarray(values)[row]))
    others = int(allowed.size - allowed.sum()) - 1
    more = (
        ""
        if not others
        else f" (and {others} more rows like it)"
        if others > 1
        else " (and 1 more row like it)"
    )
    raise DataError(
        table.name,
        f"{shown}: {rule}{more}",
        "correct or remove the row",
        row=table.row_number(positions[row]),
        column=column,
    )


def check_support(
    table: Table,
    column: str,
    values: np.ndarray,
    inside: Callable[[np.ndarray], Any],
    *,
    family: str,
    support: str,
    positions: np.ndarray | None = None,
) -> None:
    """Every value lies in a family's support.

    Args:
        table: The table that the values are from.
        column: The column that they are from.
        values: The values, (n,).
        inside: What says of an array of values which of them lie in the support, such as a NumPyro
            constraint.
        family: The family's name.
        support: The support in words: ``"positive numbers"``.
        positions: Where each row stands in the table; 0, 1, ... by default.

    Raises:
        DataError: A value lies outside.

    Examples:
        >>> from fisherax.data import open_table
        >>> table = open_table({"flow": [3.0, -1.0]})
        >>> flow = table["flow"]
        >>> check_support(table, "flow", flow, lambda y: y > 0, family="Gamma", support="positive numbers")
        Traceback (most recent call last):
            ...
        fisherax.data.errors.DataError: the table: row 2, column 'flow': -1 is outside the support of Gamma \
(positive numbers); correct or remove the row, or choose another family
    """
    allowed = np.broadcast_to(np.asarray(inside(values), bool), np.shape(values))
    if allowed.all():
        return
    row = int(np.argmin(allowed))
    outside = int(allowed.size - allowed.sum())
    more = (
        "" if outside == 1 else f", as are {outside - 1} more rows" if outside > 2 else ", as is 1 more row"
    )
    raise DataError(
        table.name,
        f"{float(values[row]):.10g} is outside the support of {family} ({support}){more}",
        "correct or remove the row, or choose another family",
        row=table.row_number(row if positions is None else positions[row]),
        column=column,
    )


def check_enough_rows(source: str, num_rows: int, num_parameters: int) -> None:
    """There are at least as many rows as parameters.

    Raises:
        DataError: There are fewer.
    """
    if num_rows < num_parameters:
        raise DataError(
            source,
            f"{num_rows} row{'s' if num_rows != 1 else ''} cannot determine {num_parameters} parameters",
            "add rows, or choose a model with fewer parameters",
        )


def check_varies(source: str, column: str, values: np.ndarray) -> None:
    """The values are not all equal.

    Raises:
        DataError: They are.
    """
    if len(values) and bool(np.all(values == values[0])):
        many = f"all {len(values)} values are" if len(values) > 1 else "the only value is"
        raise DataError(
            source,
            f"{many} {float(values[0]):.10g}, so nothing can be learnt about a spread",
            "choose another column",
            column=column,
        )


def check_rank(source: str, names: Sequence[str], matrices: np.ndarray | Iterable[np.ndarray]) -> None:
    """The columns of a design matrix are linearly independent.

    The triangular factor R of X = QR is carried from batch to batch (that of R stacked on the next batch), so
    its columns have the lengths and angles of X's own, and nothing is squared as in XᵀX. A column whose part
    outside the span of those before it is shorter than 1e-10 of its length counts as a combination of them:
    in double precision its coefficient would have at most six digits that mean anything.

    Args:
        source: What messages call the table.
        names: The names of the columns.
        matrices: The design matrix, (n, p), or its batches.

    Raises:
        DataError: A column is constant beside an intercept, zero, or a combination of others; it says which.
    """
    factor = triangular_factor(matrices, len(names))
    largest = np.max(np.abs(factor), axis=0, initial=0.0)
    length = largest * np.linalg.norm(factor / np.where(largest > 0, largest, 1.0), axis=0)
    for name, size in zip(names, length, strict=True):
        if size == 0:
            raise DataError(
                source,
                f"{quoted(name)} is zero in every row",
                "leave it out of the formula",
            )
    unit = factor / length
    kept: list[int] = []
    for j in range(len(names)):
        basis = unit[:, kept]
        weights, *_ = np.linalg.lstsq(basis, unit[:, j], rcond=None) if kept else (np.zeros(0),)
        if np.linalg.norm(unit[:, j] - basis @ weights) > _TOLERANCE:
            kept.append(j)
            continue
        terms = [
            (weight * length[j] / length[i], names[i])
            for weight, i in zip(weights, kept, strict=True)
            if abs(weight) > 10 * _TOLERANCE
        ]
        raise _dependent(source, names[j], terms)


_TOLERANCE = 1e-10


def triangular_factor(matrices: np.ndarray | Iterable[np.ndarray], num_columns: int) -> np.ndarray:
    """R of X = QR, from X or its batches, in memory that does not grow with the number of rows."""
    factor = np.zeros((0, num_columns))
    for matrix in [matrices] if isinstance(matrices, np.ndarray) else matrices:
        factor = np.asarray(np.linalg.qr(np.concatenate([factor, matrix]), mode="r"))
    return factor


def _dependent(source: str, name: str, terms: list[tuple[float, str]]) -> DataError:
    if len(terms) == 1 and terms[0][1] == "Intercept":
        return DataError(
            source,
            f"{quoted(name)} is {terms[0][0]:.6g} in every row, which cannot be told from the intercept",
            "leave it out of the formula",
        )
    parts = []
    for i, (coefficient, other) in enumerate(terms):
        sign = "-" if coefficient < 0 else "+" if i else ""
        size = "" if abs(abs(coefficient) - 1) < 1e-8 else f"{abs(coefficient):.6g} "
        parts.append(f"{sign}{' ' if i else ''}{size}{quoted(other)}")
    if len(parts) > 6:
        others = listed([other for _, other in terms])
        return DataError(source, f"{quoted(name)} is a combination of {others}", "leave one of them out")
    return DataError(source, f"{quoted(name)} = {' '.join(parts)} in every row", "leave one of them out")

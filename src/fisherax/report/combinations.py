"""The eigenvectors of the information in words: which combinations of parameters the data determine."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from .numbers import percent, significant


@dataclasses.dataclass(frozen=True)
class Direction:
    """One combination of parameters.

    Attributes:
        text: The combination.
        error: Its standard error.
        measure: "relative": of a product of powers, over its value; or "standardised": of a sum, in which
            each parameter counts in its own standard error, so that unrelated estimates have 1.
    """

    text: str
    error: float
    measure: str


def directions(
    names: Sequence[str], estimates: np.ndarray, covariance: np.ndarray, positive: bool
) -> list[Direction]:
    """The eigenvectors of the information, best determined first.

    Positive parameters are measured by their logarithms, so that combinations are products of powers and
    errors relative; others each by its own standard error, so that an error of 1 is that of unrelated
    estimates. Both are free of units, as the eigenvectors of the raw information are not.
    """
    scale = np.abs(estimates) if positive else np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(matrix)
    found = []
    for value, vector in zip(values, vectors.T, strict=True):
        largest = vector[np.argmax(np.abs(vector).round(9))]
        weights = vector / largest
        error = math.sqrt(max(value, 0.0)) / (abs(largest) if positive else 1.0)
        text = _product(names, weights) if positive else _sum(names, weights)
        found.append(Direction(text, float(error), "relative" if positive else "standardised"))
    return found


def sharpest(found: Sequence[Direction]) -> str | None:
    """The best and the least determined combination, in a sentence."""
    if len(found) < 2:
        return None
    best, worst = found[0].text, found[-1].text
    small, large = found[0].error, found[-1].error
    if large < 1.15 * small:
        return None
    if found[0].measure == "relative":
        return (
            f"The combination best determined is {best}, to within {percent(small)} of its value; the least, "
            f"{worst}, to within {percent(large)}."
        )
    return (
        f"Each parameter measured in its own standard error, the data determine {best} best (standard "
        f"error {significant(small, 2)} where unrelated estimates have 1) and {worst} least "
        f"({significant(large, 2)})."
    )


def _product(names: Sequence[str], weights: np.ndarray) -> str:
    """a^1 b^−0.5 as ``a / b^0.5``."""
    above, below = [], []
    for name, weight in zip(names, weights, strict=True):
        if abs(weight) < 0.05:
            continue
        power = f"{abs(weight):.2f}"
        (above if weight > 0 else below).append(name if power == "1.00" else f"{name}^{power}")
    text = " · ".join(above)
    if not below:
        return text
    return f"{text} / {below[0]}" if len(below) == 1 else f"{text} / ({' · '.join(below)})"


def _sum(names: Sequence[str], weights: np.ndarray, limit: int = 5) -> str:
    """``a + 0.98 b − 0.31 c``: weights below a tenth, and all but the largest few, left out."""
    kept = sorted(np.argsort(-np.abs(weights), kind="stable")[:limit].tolist())
    text: str = ""
    for k in kept:
        weight = float(weights[k])
        if abs(weight) < 0.1:
            continue
        size = f"{abs(weight):.2f}"
        term = str(names[k]) if size == "1.00" else f"{size} {names[k]}"
        if text:
            text += f" {'−' if weight < 0 else '+'} {term}"
        else:
            text = f"−{term}" if weight < 0 else term
    return text

"""One line on what the information says: which parameters are entangled, or how many more rows would help."""

import numpy as np

from ..report.numbers import whole
from ..report.words import signed
from .request import Request

ENTANGLED = 0.95
"""A correlation from which an interval is mostly another parameter's doing."""


def advice(
    names: tuple[str, ...], covariance: np.ndarray | None, num_observations: float, request: Request
) -> str | None:
    """The line.

    Args:
        names: What was estimated.
        covariance: Its covariance, or None.
        num_observations: How many observations there are.
        request: What was asked for.
    """
    if covariance is None:
        return None
    pair = _most_entangled(names, covariance)
    if pair is None:
        more = whole(3 * num_observations)
        return f"{more} more rows like these would halve every interval."
    first, second, correlation = pair
    share = float(np.sqrt(max(0.0, 1 - correlation**2)))
    line = (
        f"{first} and {second} are entangled (correlation {signed(correlation)}): if one were known, the "
        f"standard error of the other would be {100 * share:.2g}% of what it is."
    )
    other = {first, second} - {"Intercept"}
    if request.formula is not None and len(other) == 1:
        (column,) = other
        if column.isidentifier() and column in request.formula:
            line += f" Writing center({column}) in the formula parts them."
    return line


def _most_entangled(names: tuple[str, ...], covariance: np.ndarray) -> tuple[str, str, float] | None:
    error = np.sqrt(np.diag(covariance))
    if len(names) < 3 and np.any(error == 0):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.nan_to_num(covariance / np.outer(error, error))
    np.fill_diagonal(correlation, 0)
    i, j = np.unravel_index(np.argmax(np.abs(np.tril(correlation))), correlation.shape)
    found = float(np.clip(correlation[i, j], -1, 1))
    # Shares that sum to one are tied by definition, which is no finding.
    tied = names[i].split("[")[0] == names[j].split("[")[0] and "[" in names[i] and names[i].endswith("]")
    if abs(found) < ENTANGLED or (tied and "probs" in names[i]):
        return None
    return names[j], names[i], found

"""One line on what the information says: which parameters are entangled, or how many more rows would help."""

import numpy as np
from numpyro.distributions import constraints as C

from ..inference import Fit
from ..report.numbers import whole
from ..report.words import signed
from .request import Request

ENTANGLED = 0.95
"""A correlation from which an interval is mostly another parameter's doing."""


# What a family turns into as one of its parameters grows without bound.
_LIMITS = {
    ("student-t", "df"): "normal",
    ("negative-binomial", "total_count"): "poisson",
    ("negative-binomial", "concentration"): "poisson",
}


def simpler_family(fit: Fit, request: Request) -> str | None:
    """The family that the fit ran off towards, in a sentence; None where it did not."""
    for (family, parameter), limit in _LIMITS.items():
        if request.family_name == family and parameter in fit.status.at_boundary:
            return f"As {parameter} grows, {family} becomes {limit}: try --family {limit}."
    return None


def advice(fit: Fit, covariance: np.ndarray | None, request: Request) -> str | None:
    """The line, or None where there is no covariance.

    Args:
        fit: A valid fit.
        covariance: That of its entries, or None.
        request: What was asked for.
    """
    if covariance is None:
        return None
    pair = _most_entangled(fit, covariance)
    if pair is None:
        if request.clusters is not None:
            return "Four times as many clusters like these would halve every interval."
        return f"{whole(3 * fit.num_observations)} more rows like these would halve every interval."
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


def _most_entangled(fit: Fit, covariance: np.ndarray) -> tuple[str, str, float] | None:
    error = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.nan_to_num(covariance / np.outer(error, error))
    # Shares that sum to one, and both halves of a symmetric matrix, are tied by definition: no finding.
    start = 0
    for shape, constraint in zip(fit.coordinates.shapes, fit.coordinates.constraints, strict=True):
        stop = start + int(np.prod(shape, dtype=int))
        if constraint.value is C.simplex or constraint.value.event_dim == 2:
            correlation[start:stop, start:stop] = 0
        start = stop
    i, j = np.unravel_index(np.argmax(np.abs(np.tril(correlation, -1))), correlation.shape)
    found = float(np.clip(correlation[i, j], -1, 1))
    return None if i == j or abs(found) < ENTANGLED else (fit.names[j], fit.names[i], found)

"""The table of a fit."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from .._numbers import Real, level_of
from .covariance import DESCRIPTIONS
from .entry import entry_of
from .intervals import wald_intervals
from .status import Status, checked

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Row:
    """One entry of the parameters.

    Attributes:
        name: Its name.
        estimate: Its estimate.
        standard_error: ∞ where it has none.
        lower, upper: The ends of its Wald interval.
        z: estimate / standard error; NaN where 0 is no value that the parameter may have, as for a scale.
        p: Twice the normal tail beyond |z|: the Wald test of 0; NaN likewise.
    """

    name: str
    estimate: float
    standard_error: float
    lower: float
    upper: float
    z: float
    p: float


@dataclasses.dataclass(frozen=True)
class Summary:
    """A fit as a table; `str` prints it.

    Attributes:
        title: What was fitted.
        table: A row for each entry of the parameters.
        level: The level of the intervals.
        kind: The covariance behind the standard errors.
        log_likelihood: ℓ at the estimate.
        num_observations: The number of observations.
        status: The validity box.
    """

    title: str
    table: tuple[Row, ...]
    level: float
    kind: str
    log_likelihood: float
    num_observations: float
    status: Status

    def to_dict(self) -> dict[str, Any]:
        """For JSON: finite numbers only; an infinite one is None and noted."""
        rows = [{key: _finite(value) for key, value in dataclasses.asdict(row).items()} for row in self.table]
        endless = [row.name for row in self.table if not math.isfinite(row.standard_error)]
        note = f"No standard error (null): {', '.join(endless)}." if endless else None
        return {
            "title": self.title,
            "parameters": rows,
            "level": self.level,
            "covariance": self.kind,
            "covariance_description": DESCRIPTIONS[self.kind],
            "log_likelihood": _finite(self.log_likelihood),
            "num_observations": self.num_observations,
            "status": self.status.to_dict(),
            "note": note,
        }

    def __str__(self) -> str:
        percent = f"{100 * self.level:.12g}%"
        header = ("", "estimate", "std. error", f"{percent} lower", f"{percent} upper", "z", "p")
        body = [
            (
                row.name,
                f"{row.estimate:.6g}",
                _number(row.standard_error, "{:.4g}"),
                _number(row.lower, "{:.6g}"),
                _number(row.upper, "{:.6g}"),
                _number(row.z, "{:.2f}"),
                _number(row.p, "{:.2g}"),
            )
            for row in self.table
        ]
        widths = [max(len(line[i]) for line in (header, *body)) for i in range(len(header))]

        def line(cells: tuple[str, ...]) -> str:
            first = f"{cells[0]:<{widths[0]}}"
            rest = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))
            return "  ".join([first, *rest])

        rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join(
            [
                self.title,
                rule,
                line(header),
                rule,
                *map(line, body),
                rule,
                f"covariance: {self.kind} ({DESCRIPTIONS[self.kind]})",
                f"log-likelihood {self.log_likelihood:.6f}, {self.num_observations:g} observations",
                str(self.status),
            ]
        )


def summarise(fit: "Fit", level: Real, kind: str) -> Summary:
    """The summary of a fit with Wald intervals on the parameters' own scale."""
    level = level_of(level)
    fit = checked(fit, kind)
    ends = np.asarray(wald_intervals(fit, level, kind, None, "natural"))
    rows = []
    for index, (name, value, error, (lower, upper)) in enumerate(
        zip(fit.names, np.asarray(fit.values), np.asarray(fit.errors(kind)), ends, strict=True)
    ):
        estimate, error = float(value), float(error)
        entry = entry_of(fit.coordinates, index)
        z = p = math.nan
        if entry.lower < 0 < entry.upper and error < math.inf:
            z = estimate / error if error > 0 else math.copysign(math.inf, estimate)
            p = 2 * float(norm.sf(abs(z)))
        rows.append(Row(name, estimate, error, float(lower), float(upper), z, p))
    model = fit.model
    title = (
        f"Maximum likelihood: {getattr(model, 'name', '') or type(getattr(model, 'head', model)).__name__}"
    )
    return Summary(title, tuple(rows), level, kind, fit.log_likelihood, fit.num_observations, fit.status)


def _number(value: float, template: str) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return template.format(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Whether a fit may be believed."""

import copy
import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Status:
    """The validity box beside every fit.

    Attributes:
        converged: Whether the iteration ended where the score vanishes.
        valid: Whether all is well: converged, at no boundary, and the information positive definite.
        gradient_norm: gᵀG⁻¹g at the estimate, with G the curvature of the log-likelihood: the squared length of the
            score in the information's own metric, twice what the log-likelihood could still gain. It
            does not depend on the units of the parameters. A maximum has 0.
        at_boundary: Names of parameters that ran to the boundary of their space.
        positive_definite: Whether the curvature of the log-likelihood is.
        condition_number: That of the curvature, scaled to a unit diagonal: it measures how entangled the
            parameters are, whatever their units.
        unidentified: The combination of parameters that the data do not determine, in words; None if there is none.
        iterations: Trial points evaluated.
        passes: How many times the data were read.
        optimizer: What found the maximum.
        message: One sentence.
    """

    converged: bool
    valid: bool
    gradient_norm: float
    at_boundary: tuple[str, ...]
    positive_definite: bool
    condition_number: float
    unidentified: str | None
    iterations: int
    passes: int
    optimizer: str
    message: str

    def rows(self) -> list[tuple[str, str]]:
        """Label and value of each line of the box."""
        return [
            ("valid", _yes(self.valid)),
            ("converged", _yes(self.converged)),
            ("gradient norm  gᵀG⁻¹g", f"{self.gradient_norm:.1e}"),
            ("at a boundary", ", ".join(self.at_boundary) or "no"),
            ("information positive definite", _yes(self.positive_definite)),
            ("condition number (scaled)", f"{self.condition_number:.3g}"),
            ("not identified", self.unidentified or "nothing"),
            ("iterations", str(self.iterations)),
            ("passes over the data", str(self.passes)),
            ("optimizer", self.optimizer),
        ]

    def to_dict(self) -> dict[str, object]:
        """For JSON: finite numbers only, None for an infinity."""
        fields = dataclasses.asdict(self)
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in fields.items()
        }

    def __str__(self) -> str:
        rows = self.rows()
        left = max(len(label) for label, _ in rows)
        right = max(len(value) for _, value in rows)
        edge = "─" * (left + right + 5)
        body = "\n".join(f"│ {label:<{left}} │ {value:<{right}} │" for label, value in rows)
        return f"┌{edge}┐\n{body}\n└{edge}┘\n{self.message}"


def checked(fit: "Fit", kind: str) -> "Fit":
    """The fit, with a status that is not valid where its standard errors of this kind cannot be computed."""
    if not fit.status.valid:
        return fit
    errors = np.asarray(fit.errors(kind))
    missing = [name for name, error in zip(fit.names, errors, strict=True) if not math.isfinite(error)]
    if not missing:
        return fit
    message = (
        f"The likelihood has a maximum inside the parameter space, but the {kind} covariance there cannot be computed "
        f"in double precision, so that {', '.join(missing)} {'has' if len(missing) == 1 else 'have'} no standard "
        f"error: use another covariance ({'expected' if kind == 'observed' else 'observed'}), or data in other units."
    )
    fit = copy.copy(fit)
    fit.status = dataclasses.replace(fit.status, valid=False, message=message)
    return fit


def _yes(flag: bool) -> str:
    return "yes" if flag else "NO"

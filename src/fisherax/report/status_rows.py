"""The validity box, each line with what it means."""

import math
from typing import Any

from .numbers import listing, significant, whole
from .words import conditioning


def status_rows(status: Any) -> list[tuple[str, str, bool, str]]:
    """Label, value, whether that is as it should be, and what it means."""
    boundary = tuple(status.at_boundary or ())
    condition = float(status.condition_number)
    gradient = float(status.gradient_norm)
    return [
        (
            "Converged",
            "yes" if status.converged else "no",
            bool(status.converged),
            "the search ended where the likelihood is flat",
        ),
        (
            "gᵀG⁻¹g",
            significant(gradient, 2),
            math.isfinite(gradient) and gradient < 1e-3,
            "the score's squared length, measured by the information; 0 at a maximum, and twice what the "
            "log-likelihood could still gain",
        ),
        (
            "At a boundary",
            listing(boundary) if boundary else "no",
            not boundary,
            "whether a parameter ran to the edge of its range, where the usual errors do not hold",
        ),
        (
            "Information positive definite",
            "yes" if status.positive_definite else "no",
            bool(status.positive_definite),
            "whether the likelihood falls off in every direction",
        ),
        (
            "Condition number",
            significant(condition, 3),
            math.isfinite(condition) and condition < 1e10,
            conditioning(condition)
            + "; each parameter measured on its own scale, so that units do not enter",
        ),
        (
            "Not identified",
            status.unidentified or "nothing",
            not status.unidentified,
            "a combination of parameters along which the likelihood does not change",
        ),
        (
            "Work",
            f"{_count(status.iterations, 'iteration', 'iterations')}, "
            f"{_count(status.passes, 'pass', 'passes')} over the data",
            True,
            f"by {status.optimizer}",
        ),
    ]


def _count(number: int, one: str, many: str) -> str:
    return f"{whole(number)} {one if number == 1 else many}"

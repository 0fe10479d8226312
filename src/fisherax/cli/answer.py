"""What a fit says, as plain data: the one thing that is printed, written as JSON, or judged valid."""

import math
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import jax.tree_util as jtu
import numpy as np
from numpyro.distributions import constraints as C
from scipy.stats import norm

from ..inference import Fit
from ..inference.covariance import DESCRIPTIONS
from ..inference.intervals import wald_intervals
from ..inference.status import checked
from .advice import advice, simpler_family
from .errors import NOT_VALID, OK
from .request import Covariance, Method, Request


@dataclass(frozen=True)
class Entry:
    """One number that was estimated.

    Attributes:
        name: Its name.
        estimate: Its estimate.
        standard_error: ∞ where it has none.
        lower, upper: The ends of its interval.
        z, p: The Wald test of 0, for a regression coefficient; None for the others.
    """

    name: str
    estimate: float
    standard_error: float
    lower: float
    upper: float
    z: float | None = None
    p: float | None = None

    @property
    def numbers(self) -> tuple[float, ...]:
        """All of its numbers."""
        tests = () if self.z is None or self.p is None else (self.z, self.p)
        return (self.estimate, self.standard_error, self.lower, self.upper, *tests)


@dataclass(frozen=True)
class Answer:
    """A fit in numbers and names.

    Attributes:
        request: What was asked for.
        fit: The fit itself.
        data_name: What the table is called.
        label: The column or columns of a family; the response of a regression.
        model: The model in words.
        link: The link of a regression.
        num_rows: Rows used, where known.
        dropped: Rows left out for a missing value.
        streamed: Whether the table was read in pieces.
        entries: What was estimated.
        covariance: The covariance of the entries; None where it does not exist.
        clusters: The cluster of each row, where it was asked for.
        notes: What could not be computed, and why.
    """

    request: Request
    fit: Fit
    data_name: str
    label: str
    model: str
    link: str | None
    num_rows: int | None
    dropped: int
    streamed: bool
    entries: tuple[Entry, ...]
    covariance: np.ndarray | None
    clusters: np.ndarray | None
    notes: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether the fit may be believed, every number of it is one, and every standard error finite."""
        return self.fit.status.valid and not any(
            math.isinf(entry.standard_error) or any(map(math.isnan, entry.numbers)) for entry in self.entries
        )

    @property
    def exit_status(self) -> int:
        """How the program ends."""
        return OK if self.valid else NOT_VALID

    @property
    def message(self) -> str:
        """The status in a sentence."""
        if self.valid or not self.fit.status.valid:
            return self.fit.status.message
        return "Some numbers cannot be computed in double precision: rescale the columns."

    @property
    def advice(self) -> str | None:
        """One line on what would help to know more; None where the fit is not valid."""
        if not self.valid:
            return None
        return advice(self.fit, self.covariance, self.request)

    @property
    def deviance(self) -> dict[str, float] | None:
        """Deviance and null deviance of a valid regression, and the degrees of freedom that are left."""
        if self.request.formula is None or not self.valid:
            return None
        return {
            "deviance": self.fit.deviance,
            "null_deviance": self.fit.null_deviance,
            "residual_degrees_of_freedom": self.fit.num_observations - len(_coefficients(self.fit)),
        }

    def to_dict(self) -> dict[str, Any]:
        """The answer for JSON (the documentation of the command line describes it)."""
        request, status = self.request, self.fit.status
        return {
            "fisherax": version("fisherax"),
            "data": {
                "name": self.data_name,
                "label": self.label,
                "rows": self.num_rows,
                "rows_dropped": self.dropped,
                "streamed": self.streamed,
            },
            "model": {
                "name": self.model,
                "family": request.family_name,
                "formula": request.formula,
                "link": self.link,
                "fixed": dict(request.fixed),
            },
            "valid": self.valid,
            "message": self.message,
            "parameters": [
                {
                    "name": entry.name,
                    "estimate": entry.estimate,
                    "standard_error": entry.standard_error,
                    "lower": entry.lower,
                    "upper": entry.upper,
                    "z": entry.z,
                    "p": entry.p,
                }
                for entry in self.entries
            ],
            "level": request.level,
            "interval": request.method.value,
            "covariance": {
                "kind": request.covariance.value,
                "description": DESCRIPTIONS[request.covariance.value],
                "matrix": self.covariance,
            },
            "log_likelihood": self.fit.log_likelihood,
            "num_observations": self.fit.num_observations,
            **(self.deviance or {}),
            "status": status.to_dict(),
            "advice": self.advice,
            "notes": list(self.notes),
        }


def checked_fit(fit: Fit, request: Request) -> tuple[Fit, list[str]]:
    """The fit, not valid where its standard errors cannot be computed, and what there is to say of these."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        fit.errors(request.covariance.value)
        fit = checked(fit, request.covariance.value)
    return fit, [str(warning.message) for warning in said if warning.category is UserWarning]


def entries_of(fit: Fit, request: Request) -> tuple[tuple[Entry, ...], list[str]]:
    """Estimates, standard errors and intervals, and what could not be computed."""
    notes: list[str] = []
    kind = request.covariance.value
    errors = np.asarray(fit.errors(kind), float)
    values = np.asarray(fit.values, float)
    ends = np.asarray(wald_intervals(fit, request.level, kind, None, "natural"))
    if request.method is not Method.wald:
        if fit.status.valid:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always", UserWarning)
                ends = _other_ends(fit, request)
            notes += [str(warning.message) for warning in said if warning.category is UserWarning]
        else:
            notes.append(f"No {request.method.value} intervals: the fit is not valid. Shown are Wald's.")
    coefficients = set(_coefficients(fit))
    entries = []
    for name, value, error, (lower, upper) in zip(fit.names, values, errors, ends, strict=True):
        z = p = None
        if name in coefficients and 0 < error < math.inf:
            z = float(value / error)
            p = 2 * float(norm.sf(abs(z)))
        entries.append(Entry(name, float(value), float(error), float(lower), float(upper), z, p))
    endless = [entry.name for entry in entries if math.isinf(entry.standard_error)]
    outside = [] if request.method is not Method.wald else _outside(fit, ends)
    if outside and fit.status.valid:
        notes.append(
            f"A Wald interval, symmetric by nature, leaves the range of {', '.join(outside)}: "
            "--method profile gives one that cannot."
        )
    if endless:
        notes.append(f"No standard error: {', '.join(endless)}.")
    simpler = simpler_family(fit, request)
    return tuple(entries), notes if simpler is None else [*notes, simpler]


def _outside(fit: Fit, ends: np.ndarray) -> list[str]:
    """Entries whose interval holds values that they cannot have."""
    lows, highs = [], []
    for shape, constraint in zip(fit.coordinates.shapes, fit.coordinates.constraints, strict=True):
        size = int(np.prod(shape, dtype=int))
        space: Any = constraint.value
        base = getattr(space, "base_constraint", space)
        low, high = (
            (0.0, 1.0)
            if space is C.simplex
            else (-math.inf, math.inf)
            if constraint.is_angle
            else (
                getattr(base, "lower_bound", -math.inf),
                getattr(base, "upper_bound", math.inf),
            )
        )
        lows += [float(np.min(low))] * size
        highs += [float(np.max(high))] * size
    bad = (ends[:, 0] < np.array(lows)) | (ends[:, 1] > np.array(highs))
    return [name for name, found in zip(fit.names, bad, strict=True) if found]


def _other_ends(fit: Fit, request: Request) -> np.ndarray:
    # Score intervals use an information; profile intervals the likelihood alone.
    kind = request.covariance.value if request.method is Method.score else Covariance.expected.value
    found = fit.confidence_interval(request.level, method=request.method.value, kind=kind)
    return np.concatenate([np.reshape(np.asarray(leaf, float), (-1, 2)) for leaf in jtu.tree_leaves(found)])


def _coefficients(fit: Fit) -> tuple[str, ...]:
    return tuple(getattr(getattr(fit.model, "apply", None), "names", ()))


def covariance_of(fit: Fit, request: Request) -> np.ndarray | None:
    """The covariance of the entries; None where the estimate has none."""
    if not fit.status.valid:
        return None
    try:
        matrix = np.asarray(fit.covariance(request.covariance.value), float)
    except ValueError:
        return None
    return matrix if np.all(np.isfinite(matrix)) else None

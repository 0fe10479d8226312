"""The table of estimates: each parameter with its interval by each method."""

import dataclasses
import math
import warnings
from collections.abc import Mapping
from typing import Any

import jax.tree_util as jtu
import numpy as np

from ..inference.intervals import SCORE_KINDS
from .numbers import listing

METHODS = ("wald", "score", "profile")
METHOD_NAMES = {"wald": "Wald", "score": "Score", "profile": "Profile likelihood"}
MOST_PROFILES = 40
"""Parameters whose profiles are computed; a table of more is read for its estimates."""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One row of the table.

    Attributes:
        name: The parameter's name.
        unit: Its unit; "" where it is unknown or a pure number.
        estimate: Its estimate.
        standard_error: From the covariance that the report names; ∞ if it has none.
        intervals: Lower and upper end by method; infinite where a side is open; a method that was not
            applied is missing.
        positive: Whether its space is the positive numbers, so that relative errors make sense.
    """

    name: str
    unit: str
    estimate: float
    standard_error: float
    intervals: Mapping[str, tuple[float, float]]
    positive: bool


@dataclasses.dataclass(frozen=True)
class Estimates:
    """All rows, the profiles behind them, and why a method is missing.

    Attributes:
        rows: One for each entry of the parameters.
        profiles: The profile of each parameter that has one.
        score_kind: The information that the score intervals measure the score by.
        missing: Sentences: what was left out, and why.
    """

    rows: tuple[Parameter, ...]
    profiles: Mapping[str, Any]
    score_kind: str
    missing: tuple[str, ...]


def estimates_of(fit: Any, level: float, kind: str, units: Mapping[str, str]) -> Estimates:
    """Estimates with intervals by every method that the fit affords.

    Args:
        fit: A fit.
        level: The level of confidence.
        kind: The covariance of the standard errors and of the Wald intervals.
        units: Units of parameters by name.
    """
    missing: list[str] = []
    intervals: dict[str, np.ndarray] = {}
    score_kind = _score_kind(fit, kind)
    for method in ("wald", "score"):
        if method == "score" and not fit.status.valid:
            missing.append("Score intervals were left out: the fit is not valid.")
            continue
        if method == "score" and not _affordable(fit):
            missing.append("Score intervals were left out: they need many passes over streamed data.")
            continue
        try:
            own = kind if method == "wald" else score_kind
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always", UserWarning)
                found = fit.confidence_interval(level=level, method=method, kind=own)
            missing += [str(warning.message) for warning in said]
            intervals[method] = ends(found)
        except ValueError as error:
            missing.append(f"{METHOD_NAMES[method]} intervals were left out. {sentence_of(error)}")
    profiles = _profiles(fit, missing)
    intervals["profile"] = np.array([_profile_ends(profiles.get(name), level) for name in fit.names])
    errors = np.asarray(fit.errors(kind), float)
    positive = positive_entries(fit)
    rows = []
    for k, name in enumerate(fit.names):
        own = {
            method: (float(intervals[method][k, 0]), float(intervals[method][k, 1]))
            for method in METHODS
            if method in intervals and not np.any(np.isnan(intervals[method][k]))
        }
        rows.append(
            Parameter(
                name, units.get(name, ""), float(fit.values[k]), float(errors[k]), own, bool(positive[k])
            )
        )
    return Estimates(tuple(rows), profiles, score_kind, tuple(missing))


def ends(tree: Any) -> np.ndarray:
    """(size, 2): a pytree of intervals, entry by entry."""
    return np.concatenate([np.reshape(np.asarray(leaf, float), (-1, 2)) for leaf in jtu.tree_leaves(tree)])


def positive_entries(fit: Any) -> np.ndarray:
    """(size,): which entries are positive numbers by their constraint."""
    flags: list[bool] = []
    for shape, constraint in zip(fit.coordinates.shapes, fit.coordinates.constraints, strict=True):
        low = getattr(constraint.value, "lower_bound", None)
        positive = constraint.value.event_dim == 0 and low is not None and float(np.min(low)) >= 0
        flags += [positive] * math.prod(shape)
    return np.array(flags, bool)


def _score_kind(fit: Any, kind: str) -> str:
    """The report's own kind where a score test has it, and the expected information can be had in no time.

    A score interval asks for the information at dozens of points; of a head without a closed form each of them
    is a sum over all counts, for every row.
    """
    wanted = kind if kind in SCORE_KINDS else "expected"
    rows = fit.likelihood.rows
    if wanted != "expected" or rows is None or rows.inputs is None:
        return wanted
    first = fit.model.output(fit.params, jtu.tree_map(lambda a: a[0], rows.inputs))
    return wanted if fit.model.head.information_root(first) is not None else "observed"


def _affordable(fit: Any) -> bool:
    return fit.likelihood.is_cheap or fit.likelihood.objective is not None


def _profiles(fit: Any, missing: list[str]) -> dict[str, Any]:
    if not _affordable(fit):
        missing.append(
            "Profile likelihoods and their intervals were left out: the data are a stream, and each profile "
            "would need dozens of passes over it."
        )
        return {}
    names = list(fit.names)
    if len(names) > MOST_PROFILES:
        missing.append(
            f"Profile intervals are given for the first {MOST_PROFILES} of {len(names)} parameters; "
            "`fit.profile(name)` computes any other."
        )
    determined = np.isfinite(np.asarray(fit.errors("expected")))
    lost = [name for name, known in zip(names, determined, strict=True) if not known]
    if lost:
        missing.append(f"No profile of {listing(lost)}: the data do not determine {_it(lost)}.")
    found = {}
    for name in [name for name in names[:MOST_PROFILES] if name not in lost]:
        try:
            found[name] = fit.profile(name)
        except ValueError as error:
            missing.append(f"{name} has no profile. {sentence_of(error)}")
    return found


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _profile_ends(profile: Any, level: float) -> tuple[float, float]:
    if profile is None:
        return math.nan, math.nan
    lower, upper = profile.interval(level)
    return float(lower), float(upper)


def sentence_of(message: ValueError | str) -> str:
    """A message as a sentence that may follow another."""
    text = str(message)
    return text if text.endswith(".") else text + "."

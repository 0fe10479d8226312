"""What the information says: what is determined, what is entangled, what more data would bring."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from ..plotting.triangle import most_entangled
from . import combinations, words
from .combinations import Direction
from .estimates import Parameter
from .numbers import listing

KINDS = ("expected", "observed", "opg", "sandwich")
_MOST_PAIRS = 3
_MOST_SENTENCES = 8


@dataclasses.dataclass(frozen=True)
class Need:
    """What it takes to know one parameter better.

    Attributes:
        name: The parameter.
        half_width: Of its Wald interval now.
        target: A narrower half-width.
        relative: Whether both are fractions of the estimate.
        num_observations: Observations in all that give it.
        more: How many of them are still to be made.
    """

    name: str
    half_width: float
    target: float
    relative: bool
    num_observations: float
    more: float


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of covariance.

    Attributes:
        name: "expected", "observed", "opg", "sandwich" or, where it is the report's own, "clustered".
        description: What it is.
        standard_errors: In the order of the parameters; ∞ where there is none; None if it could not be had.
        problem: Why not, in a sentence.
    """

    name: str
    description: str
    standard_errors: np.ndarray | None
    problem: str | None


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """What the information says, in numbers and in sentences.

    Attributes:
        sentences: In the order in which they are read.
        inflations: How many times each standard error is what it would be if the others were known; NaN
            where that makes no sense.
        relative_errors: Standard errors of positive parameters over their estimates, NaN elsewhere.
        needs: What narrower intervals would take.
        correlations: Of the estimates; None without a covariance.
        directions: Combinations of parameters, best determined first.
        kinds: The covariances side by side.
    """

    sentences: tuple[str, ...]
    inflations: np.ndarray
    relative_errors: np.ndarray
    needs: tuple[Need, ...]
    correlations: np.ndarray | None
    directions: tuple[Direction, ...]
    kinds: tuple[Kind, ...]


def knowledge_of(
    fit: Any, rows: tuple[Parameter, ...], level: float, kind: str, descriptions: Mapping[str, str]
) -> Knowledge:
    """All that can be read off the information of a fit.

    Args:
        fit: A fit.
        rows: Its table of estimates.
        level: The level of the intervals whose widths are in question.
        kind: The covariance to read.
        descriptions: What each kind of covariance is.
    """
    names = [row.name for row in rows]
    estimates = np.array([row.estimate for row in rows])
    errors = np.array([row.standard_error for row in rows])
    positive = np.array([row.positive for row in rows])
    covariance = _covariance(fit, kind)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(positive & (estimates != 0), errors / np.abs(estimates), np.nan)
    sentences = _determined(fit, rows, relative)
    inflations = np.full(len(rows), np.nan)
    correlations = None
    directions: list[Direction] = []
    if covariance is not None and len(rows) > 1:
        deviations = np.sqrt(np.diag(covariance))
        with np.errstate(divide="ignore", invalid="ignore"):
            correlations = np.clip(covariance / np.outer(deviations, deviations), -1.0, 1.0)
        correlations[np.diag_indices(len(rows))] = np.where(deviations > 0, 1.0, np.nan)
        sentences += _entanglements(names, covariance, correlations, kind)
        if fit.likelihood.tangent.is_free and _is_definite(covariance):
            inflations = np.sqrt(np.maximum(np.diag(covariance) * np.diag(np.linalg.inv(covariance)), 1.0))
            directions = combinations.directions(names, estimates, covariance, bool(np.all(positive)))
            sentence = combinations.sharpest(directions)
            if sentence and np.max(np.abs(correlations - np.eye(len(rows)))) >= 0.1:
                sentences.append(sentence)
    clustered = kind == "clustered"
    independent = int(fit.clusters.max()) + 1 if clustered else fit.num_observations
    if fit.status.valid:
        sentences.append(words.halving(independent, "clusters" if clustered else "observations"))
    kinds = tuple(_kind(fit, name, descriptions) for name in (*KINDS, *((kind,) if clustered else ())))
    by_name = {found.name: found for found in kinds}
    robust = by_name["clustered" if clustered else "sandwich"]
    expected, other = by_name["expected"].standard_errors, robust.standard_errors
    if expected is not None and other is not None and fit.status.valid:
        sentences.append(words.misfit(names, expected, other, independent, robust.name))
    return Knowledge(
        tuple(sentences),
        inflations,
        relative,
        tuple(_needs(fit, rows, level)) if fit.status.valid else (),
        correlations,
        tuple(directions),
        kinds,
    )


def _determined(fit: Any, rows: tuple[Parameter, ...], relative: np.ndarray) -> list[str]:
    """Which parameter is well determined, and which is not."""
    if len(rows) > 1 and all(row.positive for row in rows):
        sentence = words.best_and_worst([row.name for row in rows], relative.tolist())
        return [sentence] if sentence else []
    predictor = getattr(getattr(fit, "model", None), "apply", None)
    slopes = [row for row in rows if row.name in getattr(predictor, "names", ()) and row.name != "Intercept"]
    sentences = []
    lost = [row.name for row in slopes if not math.isfinite(row.standard_error)]
    if lost:
        sentences.append(f"The data do not determine {listing(lost)}.")
    sentence = words.clearest(
        [row.name for row in slopes], [row.estimate for row in slopes], [row.standard_error for row in slopes]
    )
    if sentence:
        sentences.append(sentence)
    others = [row for row in rows if row not in slopes and row.name != "Intercept"]
    return sentences + [
        words.precision(row.name, row.estimate, row.standard_error, row.positive, row.unit)
        for row in others[:_MOST_SENTENCES]
    ]


def _covariance(fit: Any, kind: str) -> np.ndarray | None:
    try:
        found = np.asarray(fit.covariance(kind), float)
    except ValueError:
        return None
    return found if np.all(np.isfinite(found)) else None


def _is_definite(covariance: np.ndarray) -> bool:
    """Whether no combination of the parameters has a variance of zero, to rounding."""
    deviations = np.sqrt(np.diag(covariance))
    if not np.all(deviations > 0):
        return False
    values = np.linalg.eigvalsh(covariance / np.outer(deviations, deviations))
    return bool(values[0] > 1e-14 * len(values))


def _entanglements(
    names: list[str], covariance: np.ndarray, correlations: np.ndarray, kind: str
) -> list[str]:
    pairs = most_entangled(names, covariance, _MOST_PAIRS)
    sentences = []
    for k, (first, second) in enumerate(pairs):
        correlation = float(correlations[names.index(first), names.index(second)])
        if not math.isfinite(correlation):
            continue
        if k == 0 and abs(correlation) < 0.1:
            return [
                f"No two parameters are entangled: the strongest correlation of two estimates is "
                f"{words.signed(correlation)} ({first} and {second}, {kind} covariance)."
            ]
        if k == 0 or abs(correlation) >= words.MODERATE:
            sentences.append(words.entangled(first, second, correlation, kind))
    return sentences


def _needs(fit: Any, rows: tuple[Parameter, ...], level: float) -> list[Need]:
    quantile = float(stats.norm.isf((1 - level) / 2))
    needs = []
    for row in rows:
        if not math.isfinite(row.standard_error) or row.standard_error <= 0:
            continue
        relative = row.positive and row.estimate != 0
        half = quantile * row.standard_error / (abs(row.estimate) if relative else 1.0)
        target = words.target_width(half)
        total = words.observations_for(fit.num_observations, half, target)
        needs.append(Need(row.name, half, target, relative, total, total - fit.num_observations))
    return needs


def _kind(fit: Any, name: str, descriptions: Mapping[str, str]) -> Kind:
    if name in ("opg", "sandwich", "observed") and not (
        fit.likelihood.is_cheap or fit.likelihood.objective is not None
    ):
        problem = "It needs another pass over streamed data; `fit.covariance(kind)` makes one."
        return Kind(name, descriptions[name], None, problem)
    try:
        errors = np.asarray(fit.errors(name), float)
    except ValueError as error:
        return Kind(name, descriptions[name], None, str(error))
    return Kind(name, descriptions[name], errors, None)

"""The content of a report: everything it says, before it becomes a page or a JSON document."""

import dataclasses
import warnings
from collections.abc import Mapping
from typing import Any

from .._numbers import Real, level_of
from ..inference.covariance import DESCRIPTIONS
from ..inference.status import checked
from ..models.unconditional import Unconditional
from ..plotting.observations import observations_of
from ..plotting.region import Region
from .describe import describe_data, describe_model, describe_parameters
from .estimates import Estimates, estimates_of, sentence_of
from .fit_panels import fit_panels
from .knowledge import Knowledge, knowledge_of
from .panels import Panel, ball_panels, pair_panels, profile_panels
from .units import parameter_units, pretty
from .words import ROBUST, lopsided, robust_remark, verdict


@dataclasses.dataclass(frozen=True)
class Report:
    """All that a report says.

    Attributes:
        title: Its headline.
        lead: What was fitted, in a sentence or two.
        facts: Labels and values: data, model, formula, numbers.
        level: The level of the intervals.
        kind: The covariance of standard errors, Wald intervals, ellipses and bands.
        kind_description: What that is.
        num_clusters: How many clusters the rows form, where the covariance is clustered.
        status: The fit's status.
        verdict: Whether it may be believed.
        estimates: The table.
        knowledge: What the information says.
        remarks: Where profile and Wald intervals differ.
        profiles, pairs, balls, fits: Figures.
        regions: What is drawn for the pairs.
        notes: What was left out, and why.
    """

    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    level: float
    kind: str
    kind_description: str
    log_likelihood: float
    num_observations: float
    num_clusters: int | None
    status: Any
    verdict: str
    estimates: Estimates
    knowledge: Knowledge
    remarks: tuple[str, ...]
    profiles: tuple[Panel, ...]
    pairs: tuple[Panel, ...]
    balls: tuple[Panel, ...]
    fits: tuple[Panel, ...]
    regions: tuple[Region, ...]
    notes: tuple[str, ...]


def build_report(
    fit: Any,
    *,
    title: str | None = None,
    data_name: str | None = None,
    formula: str | None = None,
    level: Real = 0.95,
    units: Mapping[str, str] | None = None,
    source: str | None = None,
    response: str | None = None,
    kind: str = "expected",
    clusters: Any = None,
    clustered_by: str | None = None,
    figures: bool = True,
) -> Report:
    """Everything that a report on a fit says.

    Args:
        fit: A fit.
        title: The headline; made from the model and the data if None.
        data_name: What the data are called.
        formula: The formula of a regression, as it was given.
        level: The level of confidence of all intervals and regions.
        units: Units by name: of the observation (under `response`), or of a parameter.
        source: Where the data come from.
        response: The name of what was observed; the left side of the formula if None.
        kind: The covariance of standard errors, Wald intervals, ellipses and bands.
        clusters: A label for each row; the report is then of the clustered covariance, whatever `kind` says.
        clustered_by: What the clusters are called, a column's name say.
        figures: Whether to draw; without figures the rest is quick.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    level = level_of(level)
    if clusters is not None:
        fit, kind = fit.with_clusters(clusters), "clustered"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        fit.errors(kind)
        fit = checked(fit, kind)
    given = {name: pretty(unit) for name, unit in (units or {}).items() if unit}
    response = successes_of(response) if response else response_of(formula)
    unit = given.get(response) if response else None
    own = {
        **parameter_units(fit.model, fit.names, unit),
        **{k: v for k, v in given.items() if k in fit.names},
    }
    observed = response or "observation"

    estimates = estimates_of(fit, level, kind, own)
    knowledge = knowledge_of(fit, estimates.rows, level, kind, DESCRIPTIONS)
    remarks = _remarks(fit, estimates, kind)
    notes = [*(str(warning.message) for warning in said), *estimates.missing]
    panels: dict[str, list[Panel]] = {"profiles": [], "pairs": [], "balls": [], "fits": []}
    regions: list[Region] = []
    if figures:
        data = observations_of(fit)
        drawn, more = fit_panels(fit, data, level, kind, observed, unit)
        panels["fits"], notes = drawn, notes + more
        drawn, more = profile_panels(fit, estimates.profiles, level, kind, own)
        panels["profiles"], notes = drawn, notes + more
        drawn, regions, more = pair_panels(fit, level, kind, own)
        panels["pairs"], notes = drawn, notes + more
        inputs = None if data is None else data.inputs
        if isinstance(fit.model, Unconditional) or inputs is not None:
            drawn, more = ball_panels(fit, inputs, level, own)
            panels["balls"], notes = drawn, notes + more
        else:
            notes.append("No Fisher ball is drawn: it averages over inputs, which were read as a stream.")
    return Report(
        title=title or _title(fit, data_name),
        lead=describe_data(fit, data_name, response, formula),
        facts=_facts(fit, data_name, formula, source, clustered_by),
        level=level,
        kind=kind,
        kind_description=DESCRIPTIONS[kind],
        log_likelihood=float(fit.log_likelihood),
        num_observations=float(fit.num_observations),
        num_clusters=None if fit.clusters is None else _num_clusters(fit),
        status=fit.status,
        verdict=verdict(fit.status),
        estimates=estimates,
        knowledge=knowledge,
        remarks=tuple(remarks),
        profiles=tuple(panels["profiles"]),
        pairs=tuple(panels["pairs"]),
        balls=tuple(panels["balls"]),
        fits=tuple(panels["fits"]),
        regions=tuple(regions),
        notes=tuple(notes),
    )


def _remarks(fit: Any, estimates: Estimates, kind: str) -> list[str]:
    """What a profile has to say for itself, or where it differs from the Wald interval."""
    if not fit.status.valid:
        return []
    robust = kind in ROBUST
    remarks = [robust_remark(kind)] if robust else []
    for row in estimates.rows:
        warnings = [
            sentence_of(warning) for warning in getattr(estimates.profiles.get(row.name), "warnings", ())
        ]
        remarks += warnings
        if not robust and not warnings and "profile" in row.intervals and "wald" in row.intervals:
            remark = lopsided(row.name, row.estimate, row.intervals["profile"], row.intervals["wald"])
            remarks += [remark] if remark else []
    return remarks


def response_of(formula: str | None) -> str | None:
    """What stands on the left side of a formula; of ``cbind(dead, alive)``, what is counted as a success."""
    if not formula or "~" not in formula:
        return None
    return successes_of(formula.split("~")[0].strip()) or None


def successes_of(response: str) -> str:
    """Of ``cbind(dead, alive)`` the first, ``dead``; any other response as it is."""
    if response.startswith("cbind(") and response.endswith(")"):
        return response.removeprefix("cbind(").removesuffix(")").split(",")[0].strip()
    return response


def _num_clusters(fit: Any) -> int:
    return int(fit.clusters.max()) + 1


def _title(fit: Any, data_name: str | None) -> str:
    model = describe_model(fit.model)
    return f"{model} fitted to {data_name}" if data_name else f"{model} fitted to data"


def _facts(
    fit: Any, data_name: str | None, formula: str | None, source: str | None, clustered_by: str | None
) -> tuple[tuple[str, str], ...]:
    from .numbers import significant, whole

    facts = [("Data", data_name or "not named")]
    if source:
        facts.append(("Source", source))
    facts.append(("Model", describe_model(fit.model)))
    facts.append(("Parameters", describe_parameters(fit)))
    if formula:
        facts.append(("Formula", formula))
    facts.append(("Observations", whole(float(fit.num_observations))))
    if fit.clusters is not None:
        by = f", by {clustered_by}" if clustered_by else ""
        facts.append(("Clusters", f"{whole(_num_clusters(fit))}{by}"))
    facts.append(("Log-likelihood", f"{significant(float(fit.log_likelihood), 7)} nats at the estimate"))
    facts.append(("Method", f"maximum likelihood ({fit.status.optimizer})"))
    return tuple(facts)

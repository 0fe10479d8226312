"""A report as JSON: the same content, every number in full, and nothing that JSON cannot hold.

JSON has no infinity and no NaN. Each becomes null, and the document's "nulls" says what a null means.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from .build import Report, build_report
from .estimates import METHODS
from .status_rows import status_rows
from .write import write_text

_NULLS = (
    "A null stands for a number that is not finite: the end of an interval that is open on that side, the "
    "standard error of a parameter that the data do not determine, or a value that does not apply."
)


def write_json(fit: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write `to_json` to a file, which appears whole or not at all."""
    return write_text(path, to_json(fit, **options) + "\n")


def to_json(fit: Any, **options: Any) -> str:
    """The content of a report as JSON text.

    Args:
        fit: A fit.
        **options: As for `build_report`.

    Returns:
        JSON (RFC 8259) in UTF-8, its keys in a fixed order.
    """
    return as_json(build_report(fit, **options))


def as_json(report: Report) -> str:
    """A report that was built already, as JSON text."""
    return json.dumps(finite(content(report)), ensure_ascii=False, indent=2, allow_nan=False)


def content(report: Report) -> dict[str, Any]:
    """The document, before numbers that are not finite become None."""
    knowledge = report.knowledge
    names = [row.name for row in report.estimates.rows]
    return {
        "title": report.title,
        "summary": report.lead,
        "facts": dict(report.facts),
        "level": report.level,
        "covariance": report.kind,
        "covariance_description": report.kind_description,
        "score_intervals_by": f"{report.estimates.score_kind} information",
        "num_observations": report.num_observations,
        "num_clusters": report.num_clusters,
        "log_likelihood": report.log_likelihood,
        "valid": bool(report.status.valid),
        "verdict": report.verdict,
        "status": {
            "converged": bool(report.status.converged),
            "gradient_norm": float(report.status.gradient_norm),
            "at_boundary": list(report.status.at_boundary or ()),
            "positive_definite": bool(report.status.positive_definite),
            "condition_number": float(report.status.condition_number),
            "unidentified": report.status.unidentified,
            "iterations": int(report.status.iterations),
            "passes": int(report.status.passes),
            "optimizer": report.status.optimizer,
            "message": report.status.message,
            "meanings": {label: meaning for label, _, _, meaning in status_rows(report.status)},
        },
        "parameters": [
            {
                "name": row.name,
                "unit": row.unit or None,
                "estimate": row.estimate,
                "standard_error": row.standard_error,
                "relative_standard_error": float(relative),
                "standard_error_over_that_with_others_known": float(inflation),
                "intervals": {
                    method: {"lower": row.intervals[method][0], "upper": row.intervals[method][1]}
                    for method in METHODS
                    if method in row.intervals
                },
            }
            for row, relative, inflation in zip(
                report.estimates.rows, knowledge.relative_errors, knowledge.inflations, strict=True
            )
        ],
        "covariances": [
            {
                "kind": kind.name,
                "description": kind.description,
                "standard_errors": None
                if kind.standard_errors is None
                else dict(zip(names, kind.standard_errors.tolist(), strict=True)),
                "problem": kind.problem,
            }
            for kind in knowledge.kinds
        ],
        "correlations": None if knowledge.correlations is None else knowledge.correlations.tolist(),
        "directions": [
            {"combination": found.text, "error": found.error, "measure": found.measure}
            for found in knowledge.directions
        ],
        "observations_needed": [
            {
                "name": need.name,
                "half_width": need.half_width,
                "target": need.target,
                "relative": need.relative,
                "num_observations": need.num_observations,
                "more": need.more,
            }
            for need in knowledge.needs
        ],
        "sentences": [*knowledge.sentences, *report.remarks],
        "profiles": {
            name: {
                "values": np.asarray(profile.values, float).tolist(),
                "deviance": np.asarray(profile.deviance, float).tolist(),
            }
            for name, profile in report.estimates.profiles.items()
        },
        "regions": [
            {
                "names": list(region.names),
                "correlation": region.correlation,
                "levels": list(region.levels),
                "boundaries": [boundary.tolist() for boundary in region.boundaries],
                "skipped": region.skipped,
            }
            for region in report.regions
        ],
        "notes": list(report.notes),
        "nulls": _NULLS,
    }


def finite(tree: Any) -> Any:
    """The same tree with None for each number that is not finite."""
    if isinstance(tree, dict):
        return {str(key): finite(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [finite(value) for value in tree]
    if isinstance(tree, float | np.floating):
        return float(tree) if math.isfinite(tree) else None
    return tree

"""A report as one self-contained page."""

import os
import re
from collections.abc import Sequence
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup, escape

from . import numbers, words
from .build import Report, build_report
from .estimates import METHOD_NAMES, METHODS
from .status_rows import status_rows
from .strip import strip
from .write import write_text

MOST_CORRELATIONS = 12
"""Parameters in the table of correlations."""


def write_report(fit: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write a page about a fit that someone who does not know the library can read.

    The page needs no network and no script, prints, and follows the reader's light or dark theme. The same
    fit gives the same bytes.

    Args:
        fit: A fit.
        path: The file to write; it appears whole or not at all.
        **options: As for `build_report`: title, data_name, formula, level, units, source, response, kind,
            clusters, clustered_by.

    Returns:
        The path.

    Raises:
        ValueError: If the level is not between 0 and 1, or the file cannot be written.
    """
    return write_text(path, to_html(build_report(fit, **options)))


def to_html(report: Report) -> str:
    """The page as text."""
    folder = files("fisherax.report")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        css=Markup(folder.joinpath("style.css").read_text(encoding="utf-8")),
        METHODS=METHODS,
        METHOD_NAMES=METHOD_NAMES,
        strip=lambda row: Markup(strip(row.name, row.estimate, shown(row))),
        svg=lambda panel: Markup(panel.svg),
        estimate=estimate,
        error=error,
        interval=interval,
        status_rows=status_rows,
        numbers=numbers,
        marked=marked,
        extremes=extremes,
        words=words,
        version=metadata.version("fisherax"),
        most_correlations=MOST_CORRELATIONS,
        finite=lambda value: bool(np.isfinite(value)),
    )
    template = environment.from_string(folder.joinpath("template.html.j2").read_text(encoding="utf-8"))
    return template.render(report=report)


def marked(text: str) -> Markup:
    """Text with its powers raised and its code set as code."""
    safe = re.sub(r"\^(-?[0-9.]*[0-9])", r"<sup>\1</sup>", str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", safe))


def extremes(directions: Sequence[Any]) -> list[Any]:
    """All of a few directions; of many, the two best and the two least determined."""
    return [*directions] if len(directions) <= 5 else [*directions[:2], *directions[-2:]]


def shown(row: Any) -> dict[str, tuple[float, float]]:
    """The intervals of a row in the order of the table."""
    return {method: row.intervals[method] for method in METHODS if method in row.intervals}


def estimate(row: Any) -> str:
    """An estimate, to two digits of its standard error."""
    if not np.isfinite(row.standard_error) or row.standard_error <= 0:
        return numbers.significant(row.estimate, 5)
    return numbers.to_places(row.estimate, numbers.places_for(row.standard_error))


def error(row: Any) -> str:
    """A standard error to two digits."""
    return "none" if not np.isfinite(row.standard_error) else numbers.significant(row.standard_error, 2)


def interval(row: Any, method: str) -> str:
    """An interval, to as many places as the estimate."""
    if method not in row.intervals:
        return "not available"
    lower, upper = row.intervals[method]
    if np.isinf(lower) and np.isinf(upper):
        return "none"
    if not np.isfinite(row.standard_error) or row.standard_error <= 0:
        return f"{numbers.significant(lower, 5)} to {numbers.significant(upper, 5)}"
    places = numbers.places_for(row.standard_error)
    return f"{numbers.to_places(lower, places)} to {numbers.to_places(upper, places)}"

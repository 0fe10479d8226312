"""`fisherax fit` once its arguments make sense: read, fit, print, write."""

from pathlib import Path
from typing import Any

import numpy as np

from ..data import DataError, Table, make_design, open_table
from ..data.catalogue import BY_NAME as DATA_SETS
from ..data.errors import listed
from ..data.readers.delimited import MISSING
from ..data.regression import Regression, regression
from ..data.separation import Extremes, emptied_by, hopeless, separated_by
from ..inference import Fit
from ..inference import fit as maximum_likelihood
from ..models import heads
from ..report.describe import describe_model
from .answer import Answer, checked_fit, covariance_of, entries_of
from .compilation import prepare
from .errors import InputError
from .family_data import FamilyData, columns_of
from .models import family_model, head_of
from .printing import print_answer
from .progress import passes
from .request import Request
from .terminal import print_json, printer, remarks, to_json

STREAM_BYTES = 256 * 2**20
"""Files from this size on are read in pieces."""


@np.errstate(all="ignore")  # what overflowed shows in the answer, and would be a line of NumPy's besides
def run(request: Request, *, report: Path | None, json: str | None, quiet: bool) -> int:
    """Fit, print and write; returns the exit status.

    Args:
        request: What to fit to what.
        report: Where a page is written, if anywhere.
        json: Where JSON is written: a file, "-" for standard output, or None.
        quiet: Print nothing.
    """
    prepare()
    for path in (report, None if json in (None, "-") else Path(json or "")):
        if path is not None and not path.absolute().parent.is_dir():
            raise InputError(f"{path}: there is no directory {path.parent}", "make it first")
        if path is not None and path.is_dir():
            raise InputError(f"{path} is a directory", "name a file in it")
    shown = not quiet and json != "-"
    answer = answer_to(request, progress=not quiet)
    if shown:
        print_answer(answer, printer())
    if report is not None:
        _write_report(answer, report)
        if not quiet:
            _say(f"The report is in {report}", json == "-")
    if json == "-":
        print_json(answer.to_dict())
    elif json is not None:
        _write(Path(json), to_json(answer.to_dict()) + "\n")
        if not quiet:
            _say(f"The numbers are in {json}", False)
    return answer.exit_status


def answer_to(request: Request, *, progress: bool = False) -> Answer:
    """The answer to a request.

    Args:
        request: What to fit to what.
        progress: Show a bar for passes over a large table, where there is a terminal.

    Raises:
        ValueError: The request or its data cannot be used.
    """
    text = request.text
    if "missing" in text:
        text = {**text, "missing": (*MISSING, *text["missing"])}
    table = open_table(request.data, **text)
    try:
        return _streamed_or_whole(request, table, progress)
    except ValueError as error:
        if table.name in str(error):
            raise
        raise InputError(f"{table.name}: {error}") from error  # a complaint about the formula, say


def _streamed_or_whole(request: Request, table: Table, progress: bool) -> Answer:
    if request.stream or _is_large(request.data):
        with passes(table.name, progress) as tell:
            return _answer(request, table, True, tell)
    return _answer(request, table, False, None)


def _is_large(data: str) -> bool:
    try:
        return data != "-" and Path(data).expanduser().stat().st_size >= STREAM_BYTES
    except (OSError, ValueError):
        return False


def _answer(request: Request, table: Table, streamed: bool, tell: Any) -> Answer:
    link: str | None = None
    if request.formula is None:
        data = FamilyData(request, table, columns_of(request, table))
        _check_apart(request, table, data.columns)
        fit = _fit_family(data, streamed, tell)
        label, rows, dropped = data.label, data.num_rows, data.dropped
    else:
        design = make_design(
            request.formula,
            table,
            weights=_quoted(table, request.weights),
            offset=_quoted(table, request.offset),
            drop_missing=request.drop_missing,
        )
        wanted = regression(design, head_of(request), None if request.fixed else request.link)
        fit, rows, dropped = _fit_regression(request, wanted, streamed, tell)
        label = design.response
        link = getattr(fit.model.head, "link").name  # noqa: B009  (heads of regressions have one)
    clusters = _clusters(request, table, fit) if request.clusters is not None else None
    fit = fit if clusters is None else fit.with_clusters(clusters)
    fit, said = checked_fit(fit, request)
    entries, notes = entries_of(fit, request)
    return Answer(
        request=request,
        fit=fit,
        data_name=table.name,
        label=label,
        model=describe_model(fit.model),
        link=link,
        num_rows=rows,
        dropped=dropped or 0,
        streamed=streamed,
        entries=entries,
        covariance=covariance_of(fit, request),
        clusters=clusters,
        notes=(*said, *notes),
    )


def _check_apart(request: Request, table: Table, columns: tuple[str, ...]) -> None:
    for option, name in (("--weights", request.weights), ("--clusters", request.clusters)):
        if name is not None:
            table.check_column(name)
            if name in columns:
                raise DataError(table.name, f"it is fitted, and {option} too", "name another", column=name)


def _quoted(table: Table, column: str | None) -> str | None:
    """A column's name as an expression of a formula."""
    if column is None:
        return None
    if column in table.columns:
        return f"`{column}`"
    if column.isidentifier():
        table.check_column(column)
    return column


def _fit_family(data: FamilyData, streamed: bool, tell: Any) -> Fit:
    if not streamed:
        values, weights = data.read()
        return maximum_likelihood(family_model(data.request, data.total), values, weights=weights)
    stream = data.stream(tell)
    if data.request.family.known is not None and data.total is None:
        next(iter(stream))  # the first batch says how many trials a row has
    return maximum_likelihood(family_model(data.request, data.total), stream)


def _fit_regression(
    request: Request, wanted: Regression, streamed: bool, tell: Any
) -> tuple[Fit, int | None, int | None]:
    design = wanted.design
    if streamed:
        stream = wanted.stream(progress=tell)
        fit = maximum_likelihood(wanted.model, stream)
        assert stream.tally is not None
        _check_exists(wanted, fit, stream.tally.extremes)
        rows = fit.likelihood.num_rows
        return fit, rows, design.dropped
    data = wanted.read()
    fit = maximum_likelihood(wanted.model, wanted.arrays(data), weights=data.weights)
    _check_exists(wanted, fit, Extremes.of(data))
    num_rows = len(data.response)
    whole = design.table.num_rows
    dropped = design.dropped
    if dropped is None and request.drop_missing and whole is not None:
        dropped = whole - num_rows
    return fit, num_rows, dropped


def _check_exists(wanted: Regression, fit: Fit, extremes: Extremes | None) -> None:
    """Refuse an estimate that is infinite: coefficients that ran away, since the data part perfectly."""
    design = wanted.design
    gone = [name for name in fit.status.at_boundary if name in design.column_names]
    if not gone:
        return
    binary = isinstance(wanted.model.head, heads.Bernoulli | heads.Binomial)
    suspects = tuple(sorted(gone, key=lambda name: name == "Intercept"))
    explain = separated_by if binary else emptied_by
    clause = None if extremes is None else explain(design.column_names, extremes, suspects)
    if clause is None:
        outcome = "parts successes from failures" if binary else "makes the mean of some rows zero"
        clause = f"a combination of {listed(suspects)} {outcome}"
    raise hopeless(design.table.name, clause)


def _clusters(request: Request, table: Table, fit: Fit) -> np.ndarray:
    """A number for each row's cluster, for the rows that were fitted."""
    name = request.clusters
    assert name is not None
    table.check_column(name)
    columns = [name, *_columns_used(request, table)]
    labels = table.read(columns, drop_missing=request.drop_missing)[name]
    codes = (
        np.asarray(labels.codes) if hasattr(labels, "codes") else np.unique(labels, return_inverse=True)[1]
    )
    if len(codes) != fit.likelihood.num_rows:
        raise DataError(
            table.name,
            f"{len(codes)} rows name a cluster, but {fit.likelihood.num_rows} were fitted",
            "fill in the missing ones",
            column=name,
        )
    if codes.max() == 0:
        raise DataError(table.name, "all rows are in one cluster", "choose another column", column=name)
    return codes


def _columns_used(request: Request, table: Table) -> tuple[str, ...]:
    if request.formula is None:
        own = columns_of(request, table)
        return own if request.weights is None else (*own, request.weights)
    design = make_design(
        request.formula,
        table,
        weights=_quoted(table, request.weights),
        offset=_quoted(table, request.offset),
        drop_missing=request.drop_missing,
    )
    return design.columns


def _write_report(answer: Answer, path: Path) -> None:
    from ..report import write_report

    request = answer.request
    about = DATA_SETS.get(request.data)
    units = {} if about is None else {c.name: c.unit for c in about.columns if c.unit}
    try:
        write_report(
            answer.fit,
            path,
            data_name=answer.data_name,
            formula=request.formula,
            level=request.level,
            units=units,
            source=None if about is None else about.source,
            response=answer.label,
            kind=request.covariance.value,
            clusters=answer.clusters,
            clustered_by=request.clusters,
        )
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})", "choose another place") from error


def _write(path: Path, text: str) -> None:
    from ..report.write import write_text

    write_text(path, text)


def _say(text: str, aside: bool) -> None:
    console = remarks() if aside else printer()
    console.print(text, markup=False, soft_wrap=True)  # a path is copied whole

"""An answer on a terminal: a table, the status box, and a line of advice."""

import math

from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table

from ..report.numbers import p_value, places_for, significant, to_places, whole
from .answer import Answer, Entry
from .request import Covariance, Method


def print_answer(answer: Answer, console: Console) -> None:
    """Everything that a person wants to see first."""
    console.print()
    console.print(_title(answer))
    console.print(f"[dim]{escape(_rows(answer))}, by maximum likelihood[/dim]")
    console.print()
    console.print(_table(answer, console))
    console.print()
    console.print(_facts(answer))
    console.print()
    console.print(_box(answer, console.width))
    for note in answer.notes:
        console.print(f"[yellow]{escape(note)}[/yellow]")
    if answer.advice:
        console.print(escape(answer.advice))
    console.print()


def _title(answer: Answer) -> str:
    model = f"[bold]{escape(answer.model)}[/bold]"
    if answer.request.formula is not None:
        return f"{model}\n{escape(answer.request.formula)}"
    return f"{model} fitted to {escape(answer.label)}"


def _rows(answer: Answer) -> str:
    total = answer.fit.num_observations
    count = answer.num_rows
    text = f"{answer.data_name}, "
    text += f"{whole(total)} observations" if count is None else f"{whole(count)} rows"
    if count is not None and answer.request.weights is not None:
        text += f" of total weight {whole(total)}"
    if answer.dropped:
        text += f" ({whole(answer.dropped)} more left out: a value is missing)"
    if answer.streamed:
        text += ", read in pieces"
    fixed = answer.request.fixed
    if fixed:
        text += f", {', '.join(f'{k} = {_fixed(v)}' for k, v in fixed.items())} held fixed"
    return text


def _fixed(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(answer: Answer, console: Console) -> Table:
    """The estimates: with all columns, or with as many as fit beside the names."""
    table = _table_with(answer, ALL)
    for columns in (ALL, ALL - {"z"}, ALL - {"z", "space"}):
        table = _table_with(answer, columns)
        if Measurement.get(console, console.options.update(width=10_000), table).maximum <= console.width:
            break
    return table


ALL = frozenset({"z", "space"})


def _table_with(answer: Answer, columns: frozenset[str]) -> Table:
    tested = any(entry.z is not None for entry in answer.entries)
    wide = "space" in columns
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1 if wide else 0))
    table.add_column("", style="bold", overflow="fold", min_width=8)
    for header in (
        "estimate",
        "std. error" if wide else "s.e.",
        f"{100 * answer.request.level:.12g}% from",
        "to",
        *(("z",) if tested and "z" in columns else ()),
        *(("p",) if tested else ()),
    ):
        style = "dim" if header in ("z", "p") else ""
        table.add_column(header, justify="right", no_wrap=True, style=style)
    for entry in answer.entries:
        cells = [escape(entry.name), *_numbers(entry)]
        if tested and "z" in columns:
            cells.append("" if entry.z is None else f"{entry.z:.2f}".replace("-", "−"))
        if tested:
            cells.append("" if entry.p is None else p_value(entry.p))
        table.add_row(*cells)
    return table


def _numbers(entry: Entry) -> list[str]:
    """Estimate, error and interval, all to the place where the error has three digits."""
    places = places_for(entry.standard_error, 3)
    if not math.isfinite(entry.standard_error) or entry.standard_error <= 0:
        return [significant(x, 5) for x in (entry.estimate, entry.standard_error, entry.lower, entry.upper)]
    return [
        to_places(entry.estimate, places),
        significant(entry.standard_error, 3),
        to_places(entry.lower, places),
        to_places(entry.upper, places),
    ]


def _facts(answer: Answer) -> Table:
    request, fit = answer.request, answer.fit
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("standard errors", _COVARIANCES[request.covariance])
    facts.add_row("intervals", _INTERVALS[request.method])
    facts.add_row("log-likelihood", to_places(fit.log_likelihood, 3))
    deviance = answer.deviance
    if deviance is not None:
        left = whole(deviance["residual_degrees_of_freedom"])
        null = to_places(deviance["null_deviance"], 3)
        text = f"{to_places(deviance['deviance'], 3)} on {left} degrees of freedom; without the terms {null}"
        facts.add_row("deviance", text)
    return facts


_COVARIANCES = {
    Covariance.expected: "from the expected (Fisher) information",
    Covariance.observed: "from the observed information, minus the Hessian at the estimate",
    Covariance.opg: "from the outer product of the scores (opg)",
    Covariance.sandwich: "sandwich (robust): observed information around the outer product of scores",
    Covariance.clustered: "clustered sandwich: as if each cluster were one observation",
}
_INTERVALS = {
    Method.wald: "Wald: estimate ± normal quantile × standard error",
    Method.score: "score: where Rao's test does not reject",
    Method.profile: "profile likelihood: where the likelihood ratio does not reject",
}


def _box(answer: Answer, width: int) -> Panel:
    status = answer.fit.status
    colour = "green" if answer.valid else "red"
    iterations, passes = _times(status.iterations, "iteration"), _times(status.passes, "pass", "es")
    checks = [
        (
            status.converged,
            f"converged in {iterations}, {passes} over the data",
            f"did not converge in {iterations}",
        ),
        (
            not status.at_boundary,
            "no parameter at a boundary",
            f"at the boundary: {', '.join(status.at_boundary)}",
        ),
        (
            status.positive_definite,
            f"information positive definite, condition number {significant(status.condition_number, 2)}",
            "the information is not positive definite",
        ),
        (
            status.unidentified is None,
            "every parameter identified",
            f"not identified: {status.unidentified}",
        ),
    ]
    lines = Table.grid(padding=(0, 1))
    lines.add_column(no_wrap=True)
    lines.add_column()
    for good, yes, no in checks:
        mark = "[green]✓[/green]" if good else "[red]✗[/red]"
        lines.add_row(mark, escape(yes if good else no))
    content = lines if answer.valid else Group(lines, "", escape(answer.message))
    title = "valid" if answer.valid else "not valid: do not rely on these numbers"
    return Panel(
        content, title=f"[bold]{title}[/bold]", title_align="left", border_style=colour, width=min(width, 76)
    )


def _times(count: int, one: str, plural: str = "s") -> str:
    return f"{count} {one}{'' if count == 1 else plural}"

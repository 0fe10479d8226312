"""`fisherax fit`: maximum likelihood for a family or a regression, and what it says."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from .assignments import read_assignments
from .family_names import completions
from .request import Covariance, LinkName, Method, Request, family_of
from .text_options import Decimal, Delimiter, Encoding, Missing, reading
from .whole_numbers import at_least

_DATA = "Data"
_MODEL = "Model"
_SAYS = "What it says"
_OUTPUT = "Output"


class FitCommand(TyperCommand):
    """`--json` takes a file or none: what follows it is a file where it ends in .json, or after `--json=`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words: list[str] = []
        rest = iter(args)
        for word in rest:
            if word == "--":
                words += [word, *rest]
                break
            if word == "--json":
                follows = next(rest, None)
                if follows is not None and follows.endswith(".json"):
                    words.append(f"--json={follows}")
                    continue
                words.append("--json=-")
                word = follows
            if word is not None:
                words.append(word)
        return super().parse_args(ctx, words)


def _data_names(incomplete: str) -> list[str]:
    from ..data.catalogue import BY_NAME

    return [name for name in BY_NAME if name.startswith(incomplete)]


def fit(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A CSV, TSV, Parquet or Arrow file, - for standard input, or a bundled data set's name.",
            autocompletion=_data_names,
            show_default=False,
        ),
    ],
    formula: Annotated[
        str | None,
        typer.Argument(
            metavar="FORMULA|COLUMN",
            help="'response ~ terms' for a regression, or the column that a family is fitted to. "
            "Neither is needed where the table has one column of numbers.",
            show_default=False,
        ),
    ] = None,
    family: Annotated[
        str,
        typer.Option(
            "--family",
            "-f",
            help="The family, by its name in [bold]fisherax families[/bold].",
            autocompletion=completions,
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = "",
    link: Annotated[
        LinkName | None,
        typer.Option(
            help="The link of a regression; each family has a default.",
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Hold a parameter at a value. May be repeated.",
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = None,
    components: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            parser=at_least(1),
            help="The number of components of a mixture (2 by default).",
            rich_help_panel=_MODEL,
            show_default=False,
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(help="The column of a family.", rich_help_panel=_DATA, show_default=False),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="The columns of a family of several numbers (Dirichlet, multivariate normal).",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="How many times each row counts.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    offset: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Added to the linear predictor, with coefficient 1.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    drop_missing: Annotated[
        bool,
        typer.Option(
            "--drop-missing",
            help="Leave out rows with a missing value, instead of refusing them.",
            rich_help_panel=_DATA,
        ),
    ] = False,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="Read the table in pieces, in bounded memory. Large files are, without asking.",
            rich_help_panel=_DATA,
        ),
    ] = False,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    missing: Missing = None,
    encoding: Encoding = None,
    level: Annotated[
        float, typer.Option(metavar="P", help="The level of the intervals.", rich_help_panel=_SAYS)
    ] = 0.95,
    method: Annotated[
        Method, typer.Option(help="How the intervals are made.", rich_help_panel=_SAYS)
    ] = Method.wald,
    covariance: Annotated[
        Covariance | None,
        typer.Option(
            help="The covariance behind standard errors (expected by default; clustered with --clusters).",
            rich_help_panel=_SAYS,
            show_default=False,
        ),
    ] = None,
    clusters: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Rows with the same value belong together: a clustered covariance.",
            rich_help_panel=_SAYS,
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Write the whole story as one self-contained page.",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(
            metavar="[FILE.json]",
            help="Print JSON alone, or write it to a file besides.",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print nothing but what went wrong.", rich_help_panel=_OUTPUT),
    ] = False,
) -> None:
    """Fit a family to a column, or a regression by formula, by maximum likelihood.

    Prints estimates with standard errors and intervals, the log-likelihood, whether the fit may be believed,
    and how many more rows it would take to know twice as much.

    [bold]Examples[/bold]

      fisherax fit nile flow --family gamma
      fisherax fit flows.csv flow -f lognormal --method profile
      fisherax fit ships "incidents ~ type" -f poisson
      fisherax fit budworm "cbind(dead, alive) ~ sex + log2(dose)" -f binomial
      fisherax fit flows.csv flow -f gamma --report flows.html
      zcat big.csv.gz | fisherax fit - price -f student-t --fixed df=5 --json

    [bold]In a formula[/bold] a:b, a*b, log(x), I(x**2), C(x), poly(x, 2), bs(x, df=5), center(x),
    offset(log(t)), cbind(successes, failures), and y ~ . for all other columns.
    """
    request = _request(
        data,
        formula,
        family,
        link=link,
        fixed=fixed,
        components=components,
        columns=[text for text in (column, columns) if text is not None],
        weights=weights,
        offset=offset,
        drop_missing=drop_missing,
        stream=stream,
        text=reading(delimiter, decimal, missing, encoding),
        level=level,
        method=method,
        covariance=covariance,
        clusters=clusters,
    )
    from .fitting import run  # imports JAX: only now that the arguments make sense

    status = run(request, report=report, json=json, quiet=quiet)
    raise typer.Exit(status)


def _request(
    data: str,
    formula: str | None,
    family: str,
    *,
    columns: list[str],
    link: LinkName | None,
    fixed: list[str] | None,
    components: int | None,
    covariance: Covariance | None,
    clusters: str | None,
    **others: Any,
) -> Request:
    from .errors import InputError

    if not family:
        raise InputError("the family is missing", "add --family NAME (fisherax families lists them)")
    if formula is not None and "~" not in formula:
        columns, formula = [formula, *columns], None
    if len(columns) > 1:
        raise InputError(f"the column is named twice ({' and '.join(columns)})", "name it once")
    named, count = family_of(family, components)
    if covariance is None:
        covariance = Covariance.clustered if clusters is not None else Covariance.expected
    return Request(
        data=data,
        family=named,
        components=count,
        formula=formula,
        columns=_names(columns[0], named.columns) if columns else (),
        link=None if link is None else link.value,
        fixed=read_assignments(fixed or [], "--fixed"),
        covariance=covariance,
        clusters=clusters,
        **others,
    )


def _names(text: str, several: bool) -> tuple[str, ...]:
    """One column's name, which may hold commas, or several names with commas between."""
    return tuple(name.strip() for name in text.split(",")) if several else (text,)

"""`fisherax bound`: what no estimator can beat, for a family at given parameters."""

from typing import Annotated

import typer

from .family_names import completions
from .whole_numbers import at_least


def bound(
    family: Annotated[
        str,
        typer.Argument(
            help="The family, by its name in [bold]fisherax families[/bold].",
            autocompletion=completions,
            show_default=False,
        ),
    ],
    parameters: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="Every parameter.", show_default=False)
    ],
    observations: Annotated[
        int,
        typer.Option("--observations", "-n", metavar="N", parser=at_least(1), help="How many observations."),
    ] = 1,
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A parameter that is known. May be repeated.", show_default=False),
    ] = None,
    of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXPRESSION",
            help="Also bound a function of the parameters, such as 'concentration / rate'.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SD",
            help="Say how many observations bring a standard error down to SD.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """How well could any unbiased estimator do? The Cramér-Rao bound of a family.

    The covariance of an unbiased estimator from N observations is at least the inverse of N times the Fisher
    information. Prints that information, the smallest standard errors that it allows, and their correlations.

    [bold]Examples[/bold]

      fisherax bound gamma concentration=2 rate=0.5 -n 100
      fisherax bound normal loc=0 scale=1 -n 30 --precision loc=0.1
      fisherax bound weibull scale=80 concentration=2 -n 23 --of "scale * log(2)**(1 / concentration)"
      fisherax bound student-t df=5 loc=0 scale=1 --known df -n 50
    """
    from .assignments import read_assignments
    from .bounding import run

    run(
        family,
        read_assignments(parameters, family),
        observations=observations,
        known=tuple(known or ()),
        expressions=tuple(of or ()),
        precision=read_assignments(precision or [], "--precision"),
        as_json=as_json,
    )

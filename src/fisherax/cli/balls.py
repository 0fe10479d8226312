"""`fisherax balls`: a picture of how well neighbours can be told apart, all over a family."""

from pathlib import Path
from typing import Annotated

import typer

from .family_names import completions


def balls(
    family: Annotated[
        str,
        typer.Argument(
            help="The family, by its name in [bold]fisherax families[/bold].",
            autocompletion=completions,
            show_default=False,
        ),
    ],
    parameters: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE|LOW..HIGH...",
            help="Two ranges to draw over, as scale=0.5..2 (or, with the number of centres, 0.5..2:9), and values of "
            "all other parameters; values alone for balls around one point.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="What to write: .svg, .png or .pdf.")
    ] = Path("balls.svg"),
    radius: Annotated[
        list[float] | None,
        typer.Option(
            "--radius",
            "-r",
            metavar="R",
            help="The radius of the balls, 0.3 by default (0.25, 0.5 and 1 around one point). May be repeated.",
            show_default=False,
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=EXPRESSION",
            help="A parameter as a function of the two that are drawn over, such as loc=h/lambda. May be repeated.",
            show_default=False,
        ),
    ] = None,
    whiten: Annotated[
        bool, typer.Option("--whiten", help="Draw each ball in the local coordinates that make it a circle.")
    ] = False,
    ellipses_only: Annotated[
        bool, typer.Option("--ellipses-only", help="Leave out the exact sets of equal divergence.")
    ] = False,
) -> None:
    """Draw the Fisher balls of a family: sets of members that one observation tells apart about equally well.

    A ball of radius R holds the members within about R^2/2 nats of its centre: dashed, by the Fisher information
    alone; solid, by the exact divergence. In any parameterisation: name two coordinates of your own, and say with
    --where what the parameters are.

    [bold]Examples[/bold]

      fisherax balls normal loc=-2..2 scale=0.5..2
      fisherax balls normal h=-4..4 lambda=0.5..4 --where loc=h/lambda --where "scale=1/sqrt(lambda)"
      fisherax balls gamma concentration=1..6 rate=0.5..3 --radius 0.2 -o gamma.png
      fisherax balls student-t df=5 loc=-1..1 scale=0.5..2:4 --whiten -o student.pdf
      fisherax balls poisson rate=4
    """
    from .drawing import run

    run(
        family,
        parameters,
        output=output,
        radii=tuple(radius or ()),
        where=tuple(where or ()),
        whiten=whiten,
        exact=not ellipses_only,
    )

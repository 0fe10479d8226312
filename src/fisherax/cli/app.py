"""The command line's front door: the commands, their common options, and how the program starts and ends.

Nothing here, nor at the top of a command's file, imports JAX: help, completion and the lists come at once.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from .balls import balls
from .bound import bound
from .datasets import datasets
from .errors import BAD_INPUT, INTERRUPTED, OK, complain, guarded, silence
from .families import families
from .fit import FitCommand, fit
from .gallery import gallery

app = typer.Typer(
    name="fisherax",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="[dim]Exit status: 0 the answer is valid; 1 it is printed, but did not converge or is not valid; "
    "2 the input cannot be used (one line says why); 130 interrupted.[/dim]",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"fisherax {version('fisherax')}")
        raise typer.Exit


def common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and leave."
        ),
    ] = False,
) -> None:
    """How much does your data say about your parameters?

    Fits families and regressions by maximum likelihood and says, through the Fisher information, how well
    each parameter is determined, which ones are entangled, and how many more rows it would take.

    [bold]Start with[/bold]

      fisherax datasets
      fisherax fit nile flow --family gamma
      fisherax fit ships "incidents ~ type" --family poisson
      fisherax fit nile flow --family gamma --report nile.html
      fisherax gallery
    """


def _help(command: Callable[..., None]) -> str:
    """A command's docstring with each paragraph on one line, to be wrapped at the terminal's own width.

    Indented lines, the examples, stay as they are.
    """
    blocks = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(block if block.startswith("  ") else " ".join(block.split("\n")) for block in blocks)


app.callback(help=_help(common))(common)
app.command("fit", cls=FitCommand, help=_help(fit))(guarded(fit))
app.command("bound", help=_help(bound))(guarded(bound))
app.command("balls", help=_help(balls))(guarded(balls))
app.command("gallery", help=_help(gallery))(guarded(gallery))
app.command("families", help=_help(families))(guarded(families))
app.command("datasets", help=_help(datasets))(guarded(datasets))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns its exit status.

    Args:
        arguments: The words after `fisherax`; those of the process by default.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot write "θ" gets a question mark, not a traceback.
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        status = app(arguments, prog_name="fisherax", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        return INTERRUPTED
    except SystemExit as end:  # what prints help and the version ends so when its reader has seen enough
        if isinstance(end.__context__, BrokenPipeError):
            silence(sys.stdout)
            return OK
        raise
    except Exception as error:
        # Typer's errors of usage have no public name of their own; they know how to format themselves.
        if not hasattr(error, "format_message"):
            raise
        return _usage_error(error)
    return status if isinstance(status, int) else OK


def _usage_error(error: Exception) -> int:
    message: str = error.format_message().rstrip(".")  # pyright: ignore[reportAttributeAccessIssue]
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "fisherax"
    if not message:  # no command was given: the help has been printed
        return BAD_INPUT
    complain(f"{message[0].lower()}{message[1:]}; {command} --help explains")
    return BAD_INPUT

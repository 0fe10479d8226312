"""How a command ends: exit statuses, and one line on standard error for whatever went wrong."""

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TextIO, TypeVar

import typer

OK, NOT_VALID, BAD_INPUT, BROKEN, INTERRUPTED = 0, 1, 2, 70, 130

P = ParamSpec("P")
R = TypeVar("R")


class InputError(ValueError):
    """Arguments that cannot be used; its text is one line: the cause; the remedy."""

    def __init__(self, cause: str, remedy: str = ""):
        super().__init__(f"{cause}; {remedy}" if remedy else cause)


def complain(message: str) -> None:
    """One line on standard error."""
    text = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    try:
        typer.echo(f"fisherax: {text}", err=True)
    except BrokenPipeError:  # nobody reads it: the exit status still says it
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """The rest of what is written to a stream goes nowhere, since its reader has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose failures end in one line and an exit status, never in a traceback.

    `ValueError` is what the library raises for input that makes no sense (`DataError` among them). Anything
    else is a fault of ours, and says so; FISHERAX_TRACEBACK=1 shows where it was.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            complain("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of our output, such as head, has seen enough
            silence(sys.stdout)
            raise typer.Exit(OK) from None
        except ValueError as error:
            _show_traceback()
            complain(str(error))
            raise typer.Exit(BAD_INPUT) from None
        except MemoryError:
            complain("there is not enough memory for this table; add --stream to read it in pieces")
            raise typer.Exit(BAD_INPUT) from None
        except Exception as error:
            _show_traceback()
            complain(
                f"this is a fault in fisherax, not in your data ({type(error).__name__}: {error}); "
                "FISHERAX_TRACEBACK=1 shows where"
            )
            raise typer.Exit(BROKEN) from None

    return run


def _show_traceback() -> None:
    if os.environ.get("FISHERAX_TRACEBACK"):
        import traceback

        traceback.print_exc()

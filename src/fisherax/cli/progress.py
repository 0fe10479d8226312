"""A bar for long work, and for passes over a large table: on standard error, and only where a person looks at it."""

import contextlib
from collections.abc import Callable, Iterator

from .terminal import remarks

Progress = Callable[[float], None]


@contextlib.contextmanager
def passes(name: str, wanted: bool) -> Iterator[Progress | None]:
    """A function to be told how far a pass is, from 0 to 1; None where there is no terminal to draw on."""
    with work(f"{name}: pass 1", wanted) as show:
        if show is None:
            yield None
            return
        number, last = 1, 0.0

        def tell(done: float) -> None:
            nonlocal number, last
            if done < last:  # it starts again
                number += 1
            last = done
            show(done, f"{name}: pass {number}")

        yield tell


@contextlib.contextmanager
def work(name: str, wanted: bool = True) -> Iterator[Callable[..., None] | None]:
    """A function to be told how far some work is, from 0 to 1, and what to call it now; None where no one looks."""
    console = remarks()
    if not wanted or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task(name, total=1.0)

        def tell(done: float, now: str = name) -> None:
            bars.update(task, completed=done, description=now)

        yield tell

"""A bar for passes over a large table: on standard error, and only where a person looks at it."""

import contextlib
from collections.abc import Callable, Iterator

from .terminal import remarks

Progress = Callable[[float], None]


@contextlib.contextmanager
def passes(name: str, wanted: bool) -> Iterator[Progress | None]:
    """A function to be told how far a pass is, from 0 to 1; None where there is no terminal to draw on."""
    console = remarks()
    if not wanted or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        number, last = 1, 0.0
        task = bars.add_task(f"{name}: pass 1", total=1.0)

        def tell(done: float) -> None:
            nonlocal number, last
            if done < last:  # it starts again
                number += 1
            last = done
            bars.update(task, completed=done, description=f"{name}: pass {number}")

        yield tell

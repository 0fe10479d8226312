"""Fair timing: the contenders take turns in one process, and only ratios of their medians are claimed."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Contest:
    """Contenders by name, each a function of no arguments that returns when its work is done.

    The first call of each is timed apart: it includes compilation, where there is any.
    """

    title: str
    rounds: int = 9
    contenders: dict[str, Callable[[], object]] = field(default_factory=dict)

    def add(self, name: str, work: Callable[[], object]) -> None:
        self.contenders[name] = work

    def run(self, unit: str) -> "Outcome":
        """Time all contenders, alternating; ratios are to the contender named `unit`."""
        first = {name: seconds(work) for name, work in self.contenders.items()}
        times: dict[str, list[float]] = {name: [] for name in self.contenders}
        for _ in range(self.rounds):
            for name, work in self.contenders.items():
                times[name].append(seconds(work))
        return Outcome(self.title, unit, first, times)


@dataclass
class Outcome:
    title: str
    unit: str
    first: dict[str, float]
    times: dict[str, list[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.times[name])

    def ratio(self, name: str, unit: str | None = None) -> float:
        """Median over rounds of the ratio within a round, so that drift of the machine cancels."""
        pairs = zip(self.times[name], self.times[unit or self.unit], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """name, median of a later call, ratio to the unit, and the first call's extra (compilation)."""
        return [
            (
                name,
                human(self.median(name)),
                f"{self.ratio(name):.3g}",
                human(max(0.0, self.first[name] - self.median(name))),
            )
            for name in self.times
        ]

    def markdown(self) -> str:
        header = (
            f"| {self.title} | median | in units of {self.unit} | first call, extra |\n|---|---:|---:|---:|\n"
        )
        return header + "\n".join("| " + " | ".join(row) + " |" for row in self.rows()) + "\n"


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def human(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return "0"

"""Whole processes: `fisherax fit` from nothing, and from programs that an earlier run compiled and kept.

Each is a new process, imports included. The unit is a Python process that imports SciPy and NumPy's CSV reader and
does the same fit. Cold means an empty cache directory (FISHERAX_CACHE), warm one that an earlier run has filled.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fisherax

from .timing import Contest

COMMANDS = {
    "gamma": ["fit", "nile", "--family", "gamma"],
    "poisson regression": ["fit", "ships", "incidents ~ type + offset(log(service))", "--family", "poisson"],
}


def run() -> Iterator[str]:
    """The tables."""
    with tempfile.TemporaryDirectory() as directory:
        warm = Path(directory) / "warm"
        contest = Contest("whole process", rounds=3)
        scipy = "Python, SciPy: the gamma fit alone"
        contest.add(scipy, lambda: _process([sys.executable, "-c", _scipy()], {}))
        contest.add("fisherax --help", lambda: _fisherax(["--help"], warm))
        for name, command in COMMANDS.items():
            contest.add(f"{name}, cold", lambda command=command: _cold(command))
            contest.add(f"{name}, warm", lambda command=command: _fisherax(command, warm))
        contest.add("gamma with a report, warm", lambda: _report(Path(directory), warm))
        yield contest.run(scipy).markdown()
        size = sum(file.stat().st_size for file in warm.rglob("*") if file.is_file())
        yield f"The cache of these commands takes {size / 2**20:.1f} MiB.\n"


def _scipy() -> str:
    flows = Path(fisherax.__file__).parent / "data" / "datasets" / "nile.csv"
    return (
        "import numpy as np; from scipy import stats; "
        f"x = np.genfromtxt({str(flows)!r}, delimiter=',', names=True)['flow']; stats.gamma.fit(x, floc=0)"
    )


def _cold(command: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        _fisherax(command, Path(directory))


def _report(directory: Path, cache: Path) -> None:
    _fisherax([*COMMANDS["gamma"], "--report", str(directory / "report.html")], cache)


def _fisherax(arguments: list[str], cache: Path) -> None:
    program = Path(sys.executable).parent / "fisherax"
    _process([str(program), *arguments], {"FISHERAX_CACHE": str(cache)})


def _process(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})

"""Ten million rows from a Parquet file: seconds per pass against reading the file, memory, and the same answer.

A Gamma (sufficient statistics: one pass) and a Poisson regression with four columns are fitted to a file written for
the purpose, in processes of their own, whose peak memory is compared with that at 100,000 and a million rows. The unit
is pyarrow reading the same columns in batches of the same size and doing nothing with them.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .timing import human

SIZES = (100_000, 1_000_000, 10_000_000)
GROUP = 500_000
BATCH = 65_536
COLUMNS = {"gamma": ["t"], "poisson": ["y", "a", "b", "c"]}
FORMULA = "y ~ a + b + c"
REPEATS = 3


def run() -> Iterator[str]:
    """The table."""
    with tempfile.TemporaryDirectory() as directory:
        files = {n: Path(directory) / f"{n}.parquet" for n in SIZES}
        for n, path in files.items():
            write(path, n)
        big = files[SIZES[-1]]
        yield f"The file has {SIZES[-1]:,} rows and {big.stat().st_size / 2**20:.0f} MiB.\n"
        yield "| fit | passes | seconds per pass | reading alone | ratio | streamed and in memory differ by |"
        yield "|---|---:|---:|---:|---:|---:|"
        peaks = [
            "| peak memory | " + " | ".join(f"{n:,} rows" for n in SIZES) + f" | in memory, {SIZES[-1]:,} |"
        ]
        peaks += ["|---|" + "---:|" * (len(SIZES) + 1)]
        for name in COLUMNS:
            streamed = [measured(name, path, "stream") for path in files.values()]
            whole = measured(name, big, "memory")
            large = streamed[-1]
            gap = np.max(np.abs(np.array(large["values"]) / np.array(whole["values"]) - 1))
            ratio = np.median(np.array(large["seconds"]) / np.array(large["reading"]))
            yield (
                f"| {name} | {large['passes']} | {human(np.median(large['seconds']).item())} "
                f"| {human(np.median(large['reading']).item())} | {ratio:.2g} | {gap:.1e} |"
            )
            each = " | ".join(f"{process['peak']:.0f} MiB" for process in (*streamed, whole))
            peaks.append(f"| {name} | {each} |")
        yield ""
        yield from peaks
        yield ""


def write(path: Path, rows: int) -> None:
    """Gamma observations t, counts y, and three columns that explain them."""
    rng = np.random.default_rng(0)
    writer = None
    for start in range(0, rows, GROUP):
        n = min(GROUP, rows - start)
        x = rng.normal(size=(3, n))
        y = rng.poisson(np.exp(0.5 + 0.3 * x[0] - 0.2 * x[1] + 0.1 * x[2]))
        columns = {"t": rng.gamma(3.0, 2.0, n), "y": y, "a": x[0], "b": x[1], "c": x[2]}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def measured(name: str, path: Path, how: str) -> dict[str, Any]:
    """Fit in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.streaming", name, str(path), how]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def fit_and_report(name: str, path: Path, how: str) -> dict[str, Any]:
    """What the process measures: the first fit compiles, and the others take turns with reading."""
    import jax

    jax.config.update("jax_enable_x64", True)
    work = fitter(name, path, how == "stream")
    fit = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before anything else is read
    seconds, reading = [], []
    for _ in range(REPEATS if how == "stream" else 0):
        reading.append(timed(lambda: read(path, COLUMNS[name])))
        seconds.append(timed(work) / fit.status.passes)
    return {
        "values": np.asarray(fit.values).tolist(),
        "passes": fit.status.passes,
        "seconds": seconds,
        "reading": reading,
        "peak": peak,
    }


def fitter(name: str, path: Path, stream: bool) -> Callable[[], Any]:
    """The fit, from the file."""
    import numpyro.distributions as dist

    import fisherax as fx
    from fisherax.data import open_table

    if name == "poisson":
        return lambda: fx.glm(FORMULA, path, head="poisson", stream=stream)
    family = fx.Family(dist.Gamma)
    if not stream:
        return lambda: fx.fit(family, pq.read_table(path, columns=["t"])["t"].to_numpy())
    table = open_table(path)
    return lambda: fx.fit(family, lambda: (batch["t"] for batch in table.batches(("t",), rows=BATCH)))


def read(path: Path, columns: list[str]) -> int:
    """Read the columns in batches, and nothing else."""
    return sum(batch.num_rows for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=columns))


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(fit_and_report(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))

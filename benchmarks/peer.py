"""A library in an environment of its own, asked line by line, so that both can take turns in one run."""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class Peer:
    """The other end of a pipe to a script that answers a JSON line with a JSON line."""

    def __init__(self, requests: IO[str], answers: IO[str]):
        self._requests, self._answers = requests, answers

    def ask(self, **request: Any) -> dict[str, Any]:
        """One answer; {"error": ...} where the call failed there."""
        print(json.dumps(request), file=self._requests, flush=True)
        line = self._answers.readline()
        if not line:
            raise RuntimeError("the peer's process has ended; its standard error says why.")
        return json.loads(line)


@contextmanager
def started(script: Path, requirements: tuple[str, ...]) -> Iterator[Peer]:
    """The script in its environment, which is kept in the system's temporary folder for the next run."""
    command = [str(_python(script.stem, requirements)), str(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        peer = Peer(process.stdin, process.stdout)
        assert "ready" in json.loads(process.stdout.readline() or "{}"), "the peer did not start."
        try:
            yield peer
        finally:
            process.stdin.close()


def _python(name: str, requirements: tuple[str, ...]) -> Path:
    """The Python of an environment with these packages; a file in it says that they are all there."""
    folder = Path(tempfile.gettempdir()) / f"fisherax-{name}-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    complete = folder / "complete"
    wanted = "\n".join(requirements)
    if not complete.exists() or complete.read_text() != wanted:
        venv.create(folder, clear=True, with_pip=True)
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *requirements,
        ]
        subprocess.run(install, check=True)
        complete.write_text(wanted)
    return python

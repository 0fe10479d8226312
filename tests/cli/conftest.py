"""The command line run in this process, on files in a directory of its own."""

import pytest
from typer.testing import CliRunner

from fisherax.cli.app import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command among the files of `tmp_path`; the result has exit_code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FISHERAX_CACHE", "")
    monkeypatch.setenv("COLUMNS", "80")
    runner = CliRunner()

    def invoke(*arguments, stdin=None, columns=80):
        monkeypatch.setenv("COLUMNS", str(columns))
        result = runner.invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def write(tmp_path):
    """Writes a text file into `tmp_path`."""

    def make(name, text):
        (tmp_path / name).write_text(text)
        return name

    return make

"""Help, lists and completion come at once: nothing that is slow to import is imported for them."""

import subprocess
import sys

import pytest

SLOW = {"jax", "numpyro", "pandas", "pyarrow", "scipy", "matplotlib", "numpy"}
CODE = """
import sys
from fisherax.cli import main
statuses = [main(words) for words in ([], ["--help"], ["--version"], ["fit", "--help"], ["bound", "-h"],
    ["balls", "-h"], ["gallery", "--help"],
    ["datasets"], ["datasets", "nile"], ["datasets", "--json"], ["families"], ["families", "--json"],
    ["datasets", "nil"], ["fit", "x.csv", "y", "-f", "nope"], ["fit"], ["fot"])]
print(*statuses, file=sys.stderr)
print(*sorted(SLOW & set(sys.modules)), file=sys.stderr)
""".replace("SLOW", repr(SLOW))


@pytest.fixture(scope="module")
def process():
    return subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120)


def test_help_and_lists_import_nothing_slow(process):
    assert process.stderr.splitlines()[-1] == ""


def test_their_exit_statuses(process):
    lines = process.stderr.splitlines()
    assert lines[-2] == "2 0 0 0 0 0 0 0 0 0 0 0 2 2 2 2"


def test_a_wrong_word_is_one_line(process):
    complaints = process.stderr.splitlines()[:-2]
    assert len(complaints) == 4
    assert complaints[0] == (
        "fisherax: there is no data set 'nil'; did you mean nile? the names are nile, horsekicks, budworm, "
        "ships, bearings, faithful"
    )
    assert complaints[1] == ("fisherax: there is no family 'nope'; fisherax families lists the names")
    assert "missing argument 'DATA'" in complaints[2]
    assert "no such command 'fot'" in complaints[3]
    assert "fit" in complaints[3]


def test_help_has_examples_and_exit_statuses(process):
    assert "fisherax fit nile flow --family gamma" in process.stdout
    assert "fisherax bound normal loc=0 scale=1 -n 30 --precision loc=0.1" in process.stdout
    assert "Exit status" in process.stdout
    assert "\x1b[" not in process.stdout


@pytest.mark.parametrize("words", ["families", "datasets --json", "--help", "fit --help", "--version", ""])
def test_a_reader_that_has_seen_enough_is_no_failure(words):
    """`fisherax families | head -1`: the status 1 would say that an answer is not valid."""
    words = [sys.executable, "-m", "fisherax", *words.split()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_no_reader_at_all_is_no_fault():
    """Standard output closed, and a pipe for both streams that nobody reads: the status still says what happened."""
    code = """
import os, subprocess, sys
fisherax = [sys.executable, "-m", "fisherax"]
reading, writing = os.pipe()
os.close(reading)
wrong = subprocess.run([*fisherax, "fot"], stdout=writing, stderr=writing)
os.close(1)
lists = subprocess.run([*fisherax, "families", "--json"])
print(wrong.returncode, lists.returncode, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stderr.split() == ["2", "0"]


def test_the_shell_can_complete_families_and_data_sets():
    """Typer's protocol: the words so far, and the one being written, in the environment."""
    for words, expected in (
        ("fisherax fit ni", "nile"),
        ("fisherax fit nile flow --family student", "student-t"),
        ("fisherax bound wei", "weibull"),
        ("fisherax data", "datasets"),
    ):
        found = subprocess.run(
            [sys.executable, "-m", "fisherax"],
            env={
                "_FISHERAX_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split()) - 1),
                "PATH": "",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert expected in found.stdout.split(), (words, found.stdout, found.stderr)

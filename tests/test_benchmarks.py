"""Benchmarks are no tests, but each must be there to run: a module with a claim and a `run`."""

import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_CLAIMS = {"__main__", "timing", "machine", "peer", "geometry_cases", "geometry_truth", "geomstats_peer"}
NAMES = [m.name for m in pkgutil.iter_modules([str(ROOT / "benchmarks")]) if m.name not in NOT_CLAIMS]


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


@pytest.mark.parametrize("name", NAMES)
def test_states_a_claim_and_runs(name):
    module = importlib.import_module(f"benchmarks.{name}")
    assert module.__doc__
    assert callable(module.run)


def test_an_unknown_name_is_refused_with_those_there_are(capsys):
    main = importlib.import_module("benchmarks.__main__").main
    assert main(["nothing"]) == 2
    assert ", ".join(sorted(NAMES)) in capsys.readouterr().err


def test_ratios_are_taken_within_rounds():
    Outcome = importlib.import_module("benchmarks.timing").Outcome
    # A machine that slows down fivefold from round to round: the ratio is 2 in each of them.
    outcome = Outcome("", "a", {"a": 3.0, "b": 1.0}, {"a": [1.0, 5.0, 25.0], "b": [2.0, 10.0, 50.0]})
    assert outcome.ratio("b") == 2.0
    assert outcome.ratio("a", "b") == 0.5

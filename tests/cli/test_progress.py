"""The bar of a streamed fit: drawn for a person at a terminal, and for nobody else."""

import io

from rich.console import Console

from fisherax.cli import progress


def test_a_person_sees_how_far_which_pass_is(monkeypatch):
    drawn = io.StringIO()
    monkeypatch.setattr(progress, "remarks", lambda: Console(file=drawn, force_terminal=True, width=80))
    with progress.passes("t.parquet", True) as tell:
        for done in (0.4, 1.0, 0.25):
            tell(done)
    assert "t.parquet: pass 2" in drawn.getvalue()
    assert "25%" in drawn.getvalue()


def test_without_a_terminal_or_a_wish_there_is_none(monkeypatch):
    for terminal, wanted in ((False, True), (True, False)):
        console = Console(file=io.StringIO(), force_terminal=terminal)
        monkeypatch.setattr(progress, "remarks", lambda console=console: console)
        with progress.passes("t.parquet", wanted) as tell:
            assert tell is None


def test_a_streamed_fit_tells_how_far_it_is(run, write, monkeypatch):
    told = []
    monkeypatch.setattr(progress, "remarks", lambda: Console(file=io.StringIO(), force_terminal=True))
    monkeypatch.setattr("rich.progress.Progress.update", lambda *_, **how: told.append(how["completed"]))
    write("t.csv", "y,x\n" + "\n".join(f"{i % 4},{i / 9}" for i in range(30)))
    assert run("fit", "t.csv", "y ~ x", "-f", "poisson", "--stream").exit_code == 0
    assert len(told) > 2  # passes
    assert told[-1] == 1.0

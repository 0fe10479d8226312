"""Clustered covariances on the command line: `--clusters COLUMN`."""

import json

import numpy as np


def test_clusters_that_say_nothing_of_the_data_are_a_sandwich(run, write):
    """With every row a cluster of its own the clustered covariance is the sandwich."""
    rows = [f"{i},{(i * 7) % 5},{(i * 3) % 4}" for i in range(20)]
    write("t.csv", "id,y,x\n" + "\n".join(rows))
    words = ("fit", "t.csv", "y ~ x", "-f", "poisson", "--json")
    clustered = json.loads(run(*words, "--clusters", "id").stdout)
    sandwich = json.loads(run(*words, "--covariance", "sandwich").stdout)
    assert clustered["covariance"]["kind"] == "clustered"
    np.testing.assert_allclose(
        clustered["covariance"]["matrix"], sandwich["covariance"]["matrix"], rtol=1e-10
    )


def test_few_clusters_are_a_note_not_a_python_warning(run, write, tmp_path):
    rows = [f"{i % 2},{(i * 7) % 5},{(i * 3) % 4}" for i in range(40)]
    write("t.csv", "town,y,x\n" + "\n".join(rows))
    result = run(
        "fit", "t.csv", "y ~ x", "-f", "poisson", "--clusters", "town", "--json", "--report", "t.html"
    )
    assert result.exit_code == 0, result.stderr
    assert "UserWarning" not in result.stderr
    said = "The clustered covariance of 2 parameters from 2 clusters is singular"
    assert any(note.startswith(said) for note in json.loads(result.stdout)["notes"])
    assert said in (tmp_path / "t.html").read_text()


def test_a_report_has_the_clustered_errors_that_are_printed(run, write, tmp_path):
    rows = [f"{i % 9},{(i * 7) % 5},{(i * 3) % 4}" for i in range(40)]
    write("t.csv", "town,y,x\n" + "\n".join(rows))
    words = ("fit", "t.csv", "y ~ x", "-f", "poisson", "--clusters", "town", "--json", "--report", "t.html")
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    page = (tmp_path / "t.html").read_text()
    assert "<dt>Clusters</dt><dd>9, by town</dd>" in page
    assert "clustered (used throughout this page)" in page
    assert "36 clusters in all, 27 more" in page
    assert "trust the Wald intervals" in page
    assert "trust the profile" not in page
    for row in json.loads(result.stdout)["parameters"]:
        shown = f'data-label="Standard error">{row["standard_error"]:.2g}</td>'
        assert shown in page, shown

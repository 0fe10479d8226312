"""`fisherax fit`: what it prints, what it writes, and how it ends."""

import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from fisherax.data import datasets

# What the literature prints for the data sets, through their own suggested commands.
STORIES = {
    "nile": {"loc": np.mean(np.log(datasets.load("nile")["flow"]))},
    "horsekicks": {"rate": 0.61},  # Fisher (1925): 122 deaths in 200 corps-years
    "budworm": {
        "Intercept": -3.4732,
        "sex[T.male]": 1.1007,
        "log2(dose)": 1.0642,
    },  # Venables and Ripley §7.2
    "ships": {
        "type[T.B]": -0.5433,
        "type[T.E]": 0.3256,
        "period[T.1975-79]": 0.3845,
    },  # McCullagh and Nelder, 6.3
    "bearings": {"concentration": 2.102, "scale": 81.88},  # Lawless (2003), example 5.2.2
    "faithful": {"loc": np.mean(datasets.load("faithful")["waiting"])},
}


@pytest.mark.parametrize("name", datasets.names())
def test_every_suggested_command_tells_its_story(run, name):
    import shlex

    command = shlex.split(datasets.describe(name).command)[1:]
    result = run(*command, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    estimates = {row["name"]: row["estimate"] for row in answer["parameters"]}
    for parameter, value in STORIES[name].items():
        assert estimates[parameter] == pytest.approx(value, rel=1e-3)


def test_the_document_holds_what_its_description_says(run):
    """The mean of a Poisson has the variance λ/n; its score is a normal's, so the interval is symmetric."""
    answer = json.loads(run("fit", "horsekicks", "-f", "poisson", "--json", "--column", "deaths").stdout)
    assert set(answer) >= {
        *("fisherax", "data", "model", "valid", "message", "parameters", "level", "interval", "covariance"),
        *("log_likelihood", "num_observations", "status", "advice", "notes"),
    }
    assert answer["valid"] is True
    assert answer["data"] == {
        "name": "horsekicks",
        "label": "deaths",
        "rows": 200,
        "rows_dropped": 0,
        "streamed": False,
    }
    (rate,) = answer["parameters"]
    error = math.sqrt(0.61 / 200)
    assert rate["standard_error"] == pytest.approx(error, rel=1e-9)
    assert rate["upper"] - rate["estimate"] == pytest.approx(1.959963984540054 * error, rel=1e-9)
    assert rate["z"] is None
    np.testing.assert_allclose(answer["covariance"]["matrix"], [[error**2]], rtol=1e-9)
    assert answer["num_observations"] == 200
    assert answer["advice"] == "600 more rows like these would halve every interval."


def test_a_regression_has_its_deviance(run):
    """Ships: 38.70 on 25 degrees of freedom, of 146.33 without the terms (McCullagh and Nelder 1989, §6.3.2)."""
    formula = "incidents ~ type + built + period + offset(log(service))"
    answer = json.loads(run("fit", "ships", formula, "-f", "poisson", "--json").stdout)
    assert answer["deviance"] == pytest.approx(38.70, abs=0.005)
    assert answer["null_deviance"] == pytest.approx(146.33, abs=0.005)
    assert answer["residual_degrees_of_freedom"] == 25


def test_json_goes_to_standard_output_or_to_a_file(run, tmp_path):
    alone = run("fit", "horsekicks", "deaths", "-f", "poisson", "--json")
    beside = run("fit", "horsekicks", "deaths", "-f", "poisson", "--json", "out.json")
    attached = run("fit", "horsekicks", "--json=other.json", "deaths", "-f", "poisson", "--quiet")
    before = run("fit", "--json", "horsekicks", "deaths", "-f", "poisson")
    assert "Poisson" in beside.stdout
    assert "out.json" in beside.stdout
    assert attached.stdout == ""
    assert alone.stdout == before.stdout
    assert alone.stderr == ""
    expected = json.loads(alone.stdout)
    assert json.loads((tmp_path / "out.json").read_text()) == expected
    assert json.loads((tmp_path / "other.json").read_text()) == expected


def test_what_is_not_valid_is_printed_and_ends_with_status_1(run, write):
    write("ones.csv", "x\n" + "1\n" * 12)
    printed = run("fit", "ones.csv", "-f", "bernoulli")
    assert printed.exit_code == 1
    assert "not valid" in printed.stdout
    assert "probs" in printed.stdout
    answer = json.loads(run("fit", "ones.csv", "-f", "bernoulli", "--json").stdout)
    assert answer["valid"] is False
    assert answer["parameters"][0]["standard_error"] is None
    assert "boundary" in answer["message"]


def test_counts_no_more_spread_than_poissons_ask_for_a_poisson(run, write):
    """A negative binomial's variance exceeds its mean; where the data's does not, it runs off to its limit."""
    write("t.csv", "y,x\n" + "\n".join(f"{2 + i % 2},{i % 5}" for i in range(12)))
    answer = json.loads(run("fit", "t.csv", "y ~ x", "-f", "negative-binomial", "--json").stdout)
    assert answer["valid"] is False
    assert (
        answer["notes"][-1]
        == "As concentration grows, negative-binomial becomes poisson: try --family poisson."
    )


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_tables_fit_the_terminal(run, columns):
    """No line is longer than the terminal, no name is cut, and without a terminal there is no colour."""
    result = run(
        "fit",
        "ships",
        "incidents ~ type + built + period + offset(log(service))",
        "-f",
        "poisson",
        columns=columns,
    )
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert "\x1b[" not in result.output
    assert "…" not in result.stdout
    assert any(line.startswith("period[T.1975-79]") for line in lines)
    assert "Intercept" in result.stdout
    assert "valid" in result.stdout


def test_a_column_may_be_named_in_three_ways(run, write):
    write("t.csv", "day,flow\n" + "\n".join(f"{i},{1 + (7 * i) % 5}" for i in range(12)))
    answers = [
        json.loads(run("fit", "t.csv", *words, "-f", "poisson", "--json").stdout)
        for words in (["flow"], ["--column", "flow"], ["--columns", "flow"])
    ]
    assert answers[0] == answers[1] == answers[2]
    ambiguous = run("fit", "t.csv", "-f", "poisson")
    assert ambiguous.exit_code == 2
    assert "'day', 'flow'" in ambiguous.stderr


def test_standard_input(run):
    text = "flow\n" + "\n".join(str(1 + i % 4) for i in range(12))
    answer = json.loads(run("fit", "-", "-f", "poisson", "--json", stdin=text).stdout)
    assert answer["data"]["name"] == "standard input"
    assert answer["parameters"][0]["estimate"] == pytest.approx(2.5)


def test_weights_count_rows_and_missing_ones_can_be_dropped(run, write):
    write("t.csv", "x,n\n1,3\n2,1\n4,2\n,5\n6,0\n")
    refused = run("fit", "t.csv", "x", "-f", "poisson", "--weights", "n")
    assert refused.exit_code == 2
    assert "row 5, column 'x'" in refused.stderr
    answer = json.loads(
        run("fit", "t.csv", "x", "-f", "poisson", "--weights", "n", "--drop-missing", "--json").stdout
    )
    assert answer["num_observations"] == 6
    assert answer["data"]["rows_dropped"] == 1
    assert answer["parameters"][0]["estimate"] == pytest.approx((3 * 1 + 2 + 2 * 4) / 6)


def test_options_that_remedies_name(run, write, tmp_path):
    write("t.csv", "höhe|n\n1,5|1\n2,5|n/a\n3,5|3\n4,0|2\n6,5|1\n")
    (tmp_path / "t.csv").write_bytes((tmp_path / "t.csv").read_text().encode("latin-1"))
    assert "--encoding latin-1" in run("fit", "t.csv", "höhe", "-f", "gamma").stderr
    assert "--decimal ," in run("fit", "t.csv", "höhe", "-f", "gamma", "--encoding", "latin-1").stderr
    how = ("--encoding", "latin-1", "--decimal", ",")
    assert "--missing 'n/a'" in run("fit", "t.csv", "n", "-f", "poisson", *how).stderr
    words = ("fit", "t.csv", "n", "-f", "poisson", "--json", "--missing", "n/a", "--drop-missing", *how)
    answer = json.loads(run(*words).stdout)
    assert answer["data"]["rows_dropped"] == 1
    assert answer["parameters"][0]["estimate"] == pytest.approx(7 / 4)


@pytest.fixture
def large(tmp_path):
    """A table in pieces that do not divide its length."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=5000)
    table = pa.table({"x": x, "y": rng.poisson(np.exp(0.3 + 0.5 * x)), "w": rng.integers(0, 3, 5000)})
    pa.parquet.write_table(table, tmp_path / "large.parquet", row_group_size=700)
    return "large.parquet"


@pytest.mark.parametrize(
    "words",
    [("y", "-f", "poisson"), ("y ~ x", "-f", "poisson"), ("y ~ x", "-f", "poisson", "--weights", "w")],
    ids=["family", "regression", "weighted"],
)
def test_a_stream_gives_the_answer_of_the_whole_table(run, large, monkeypatch, words):
    from fisherax.cli import family_data
    from fisherax.data import regression

    monkeypatch.setattr(family_data, "STREAM_ROWS", 1024)
    monkeypatch.setattr(regression.Regression.stream, "__defaults__", (1024, None))
    whole = json.loads(run("fit", large, *words, "--json").stdout)
    stream = json.loads(run("fit", large, *words, "--json", "--stream").stdout)
    assert stream["data"]["streamed"] is True
    assert stream["data"]["rows"] == whole["data"]["rows"] == 5000
    for one, other in zip(whole["parameters"], stream["parameters"], strict=True):
        assert one["name"] == other["name"]
        assert one["estimate"] == pytest.approx(other["estimate"], rel=1e-9)
        assert one["standard_error"] == pytest.approx(other["standard_error"], rel=1e-9)
    assert whole["log_likelihood"] == pytest.approx(stream["log_likelihood"], rel=1e-12)


def test_a_large_file_streams_without_being_asked(run, large, monkeypatch):
    from fisherax.cli import fitting

    monkeypatch.setattr(fitting, "STREAM_BYTES", 1000)
    assert json.loads(run("fit", large, "y", "-f", "poisson", "--json").stdout)["data"]["streamed"] is True


def test_entangled_parameters_are_named_with_a_remedy(run):
    answer = json.loads(run("fit", "nile", "flow ~ year", "-f", "normal", "--json").stdout)
    assert answer["advice"].startswith("Intercept and year are entangled (correlation −0.9999)")
    assert "center(year)" in answer["advice"]
    assert answer["parameters"][1]["p"] < 1e-5


def test_interruption_is_one_line_and_status_130(run, monkeypatch):
    from fisherax.cli import fitting

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "answer_to", interrupted)
    result = run("fit", "nile", "-f", "gamma")
    assert result.exit_code == 130
    assert result.stderr == "fisherax: interrupted\n"


def test_a_fault_of_ours_says_so_in_one_line(run, monkeypatch):
    from fisherax.cli import fitting

    def broken(*_, **__):
        raise AssertionError("no\nsuch thing")

    monkeypatch.setattr(fitting, "answer_to", broken)
    result = run("fit", "nile", "-f", "gamma")
    assert result.exit_code == 70
    assert result.stderr.count("\n") == 1
    assert "AssertionError: no such thing" in result.stderr


def test_a_report_is_written(run, tmp_path, monkeypatch):
    """What the page holds is the report's own concern: here, that it is asked for with what we know."""
    from fisherax import report

    seen = {}
    monkeypatch.setattr(
        report, "write_report", lambda fit, path, **words: seen.update(words, path=path), raising=False
    )
    result = run("fit", "horsekicks", "deaths", "-f", "poisson", "--report", "out.html")
    assert result.exit_code == 0
    assert "The report is in out.html" in result.stdout
    assert seen["units"] == {"deaths": "soldiers"}
    assert "Bortkiewicz" in seen["source"]

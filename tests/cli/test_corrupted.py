"""Whatever is done to a table, the command ends in finite numbers or in one line, never in a traceback."""

import json
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NASTY = (
    *(
        "",
        "n/a",
        "nan",
        "inf",
        "-inf",
        "-1",
        "0",
        "-0.0",
        "1e308",
        "-1e308",
        "1e-320",
        "1e400",
        "1e16",
        "1e-9",
    ),
    *(
        "two",
        "1,5",
        "0.5",
        "3",
        "2.0000001",
        "9007199254740993",
        '"',
        "true",
        "\x00",
        "½",
        "1e154",
        "-3e-200",
    ),
)
COMMANDS = (
    ("flow", "-f", "gamma"),
    ("depth", "-f", "normal"),
    ("count", "-f", "poisson"),
    ("count ~ depth", "-f", "poisson"),
    ("hit ~ depth", "-f", "bernoulli"),
    ("flow ~ depth", "-f", "normal"),
)


@st.composite
def corrupted(draw):
    """A table of 12 rows to which a few things have been done: cells, columns and rows replaced."""
    rng = np.random.default_rng(draw(st.integers(0, 3)))
    depth = rng.normal(size=12).round(3)
    table = [
        [f"{rng.gamma(2.0):.4f}", str(d), str(rng.poisson(3)), str(int(rng.random() < 0.5))] for d in depth
    ]
    for _ in range(draw(st.integers(0, 4))):
        row, column = draw(st.integers(0, len(table) - 1)), draw(st.integers(0, 3))
        match draw(st.integers(0, 5)):
            case 0 | 1 | 2:
                table[row][column] = draw(st.sampled_from(NASTY))
            case 3:
                value = draw(st.sampled_from(NASTY))
                for line in table:
                    line[column] = value
            case 4:
                other = draw(st.integers(0, 3))
                for line in table:
                    line[column] = line[other]
            case 5 if len(table) > 9:
                del table[row]
    return "\n".join(["flow,depth,count,hit", *(",".join(line) for line in table)]) + "\n"


def finite(value):
    """Whether every number in a JSON document is one (NaN and Infinity do not parse)."""
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=corrupted())
def test_corrupted_tables(run, tmp_path, command, text):
    (tmp_path / "t.csv").write_text(text)
    formula, *words = command
    result = run("fit", "t.csv", formula, *words, "--json")
    assert result.exit_code in (0, 1, 2), result.stderr
    if result.exit_code == 2:
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
        assert "t.csv" in result.stderr
        return
    answer = json.loads(result.stdout, parse_constant=refuse)
    assert finite(answer)
    assert answer["valid"] is (result.exit_code == 0)
    if answer["valid"]:
        for row in answer["parameters"]:
            assert None not in (row["estimate"], row["standard_error"], row["lower"], row["upper"])
            assert row["standard_error"] > 0
            assert row["lower"] <= row["estimate"] <= row["upper"]
        assert answer["log_likelihood"] is not None
    else:
        assert answer["message"]


def test_a_column_far_from_the_others_has_the_standard_errors_of_a_rescaled_one(run, write):
    """One point so far out that the product H M⁻¹ H of the clusters' information would lose all digits."""
    found = []
    for far in (1e10, 1.0):
        rows = [
            f"{(7 * i) % 5 + 0.5 * (i % 3)},{(i % 4 - 1.5 if i else 1e10) * far / 1e10!r},{i % 7}"
            for i in range(30)
        ]
        write("far.csv", "y,x,who\n" + "\n".join(rows))
        result = run("fit", "far.csv", "y ~ x", "-f", "normal", "--clusters", "who", "--json")
        assert result.exit_code == 0
        found.append(json.loads(result.stdout)["parameters"][1]["standard_error"] * far)
    assert found[0] == pytest.approx(found[1], rel=1e-6)

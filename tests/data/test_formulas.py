"""Designs against formulaic's own, streams against the whole, and what is said of a bad formula."""

import formulaic
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from fisherax._tree import is_stream
from fisherax.data import DataError, Encoding, make_design, open_table

ROWS = 700


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "y": rng.normal(size=ROWS),
            "x": rng.gamma(2.0, size=ROWS),
            "z": rng.normal(size=ROWS),
            "s": rng.choice(list("cab"), ROWS),
            "k": rng.integers(1, 5, ROWS),
            "my col": rng.normal(size=ROWS) + 1e6,
            "dead": rng.integers(0, 5, ROWS),
            "n": 5 + rng.integers(0, 5, ROWS),
            "class": rng.random(ROWS),
        }
    )


@pytest.fixture(scope="module")
def table(frame):
    return open_table(frame)


FORMULAS = (
    "y ~ x",
    "y ~ 1",
    "y ~ x - 1",
    "y ~ x*s + z",
    "y ~ 0 + s:z",
    "y ~ (x + z + s)**2",
    "y ~ C(k) + C(s, Treatment('c'))",
    "y ~ C(k, contr.sum) + C(s, contr.helmert):x",
    "y ~ log(x) + np.sqrt(x) + I(x**2) + I(x > 1)",
    "y ~ scale(np.log(x)) + center(`my col`) + standardize(z)",
    "y ~ scale(x, center=False) + scale(z, scale=False) + scale(`my col`, ddof=0)",
    "y ~ scale(x, center=1.5)",
    "y ~ scale(center(z)) * s",
    "y ~ poly(x, 3) + poly(`my col`, 2, raw=True)",
    "y ~ bs(x, df=5) + cr(z, df=4)",
    "y ~ cc(z, df=4) + bs(np.log(x), df=6, degree=2)",
    "y ~ np.where(x > 1, x, 0) + np.maximum(z, 0)",
    "log(x) ~ I(s == 'a') + `class`",
    "I(x + z) ~ k:x + x",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_design_is_formulaics(formula, frame, table):
    """A mean found in batches differs from one found at once by rounding, of numbers up to 1e6 here."""
    theirs = formulaic.model_matrix(formula, frame, na_action="ignore")
    design = make_design(formula, table)
    rows = design.read()
    assert [name.replace("`", "") for name in design.column_names] == [
        name.replace("`", "") for name in theirs.rhs.columns
    ]
    np.testing.assert_allclose(rows.matrix, theirs.rhs.to_numpy(float), rtol=1e-13, atol=1e-9)
    np.testing.assert_allclose(rows.response, theirs.lhs.to_numpy(float)[:, 0], rtol=1e-15)
    assert (rows.trials, rows.offset, rows.weights) == (None, None, None)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_stream_gives_the_same_bits(formula, table):
    design = make_design(formula, table)
    whole = design.read()
    stream = design.batches(rows=64)
    assert is_stream(stream)
    for _ in range(2):
        parts = list(stream)
        assert {len(rows.response) for rows in parts[:-1]} == {64}
        np.testing.assert_array_equal(np.concatenate([rows.matrix for rows in parts]), whole.matrix)
        np.testing.assert_array_equal(np.concatenate([rows.response for rows in parts]), whole.response)


def test_a_file_in_row_groups_gives_the_same_bits(frame, table, tmp_path):
    """Levels that the first row group does not have, and transforms of a column that drifts."""
    drifting = frame.sort_values("s", ignore_index=True).assign(t=np.arange(ROWS) ** 1.5)
    drifting.to_parquet(tmp_path / "drift.parquet", row_group_size=50)
    drifting.to_csv(tmp_path / "drift.csv.gz", index=False)
    formula = "y ~ s*scale(t) + bs(t, df=5) + poly(t, 2) + C(k)"
    whole = make_design(formula, open_table(drifting)).read()
    for name in ("drift.parquet", "drift.csv.gz"):
        parts = list(make_design(formula, open_table(tmp_path / name)).batches(rows=32))
        np.testing.assert_array_equal(np.concatenate([rows.matrix for rows in parts]), whole.matrix)


def test_streamed_moments_are_those_of_the_whole():
    """Chan, Golub and LeVeque's update, over three batches of the first pass, at a mean of 1e8."""
    values = np.random.default_rng(0).normal(size=150_000) + 1e8
    design = make_design("y ~ scale(x) - 1", open_table({"x": values, "y": values}))
    expected = (values - values.mean()) / values.std(ddof=1)
    np.testing.assert_allclose(design.read().matrix[:, 0], expected, rtol=0, atol=1e-7)


def test_successes_and_failures(frame, table):
    rows = make_design("cbind(dead, n - dead) ~ x", table).read()
    np.testing.assert_array_equal(rows.response, frame["dead"])
    np.testing.assert_array_equal(rows.trials, frame["n"])
    with pytest.raises(DataError, match=r"column 'cbind.dead, z.': .*: successes and failures must be whole"):
        make_design("cbind(dead, z) ~ x", table).read()


def test_offsets_and_weights(frame, table):
    design = make_design("y ~ x + offset(log(n)) + offset(z)", table, offset="k", weights="1 / n")
    rows = design.read()
    assert design.column_names == ("Intercept", "x")
    np.testing.assert_allclose(rows.offset, np.log(frame["n"]) + frame["z"] + frame["k"], rtol=1e-14)
    np.testing.assert_allclose(rows.weights, 1 / frame["n"], rtol=1e-15)
    with pytest.raises(DataError, match=r"column 'weights': -.*: no weight may be negative"):
        make_design("y ~ x", table, weights="z").read()
    for bad in ("z ~ x", "z +", "nope", "s", "offset(z)"):
        with pytest.raises(DataError):
            make_design("y ~ x", table, weights=bad)


def test_encodings_state_the_reference(table):
    design = make_design("y ~ s + C(k, Treatment(3)) + C(s, contr.sum):x", table)
    assert design.encodings[0] == Encoding("s", ("a", "b", "c"), "treatment", "a")
    assert design.encodings[1] == Encoding("C(k, Treatment(3))", ("1", "2", "3", "4"), "treatment", "3")
    assert design.encodings[2].coding == "sum"
    assert design.encodings[2].reference is None
    assert make_design("y ~ 0 + s", table).encodings[0].reference is None
    assert make_design("y ~ x", table).encodings == ()


def test_numbers_as_categories_in_a_text_file(tmp_path):
    """Codes sort as numbers where they are numbers; a column of codes with letters is text inside C only."""
    path = tmp_path / "codes.csv"
    path.write_text(
        "y,ward,code\n"
        + "".join(
            f"{i}.5,{w},{c}\n"
            for i, (w, c) in enumerate([(10, "7"), (9, "12"), (10, "7b"), (2, "12"), (2, "7"), (9, "7b")])
        )
    )
    design = make_design("y ~ C(ward) + C(code)", open_table(path))
    assert design.column_names == (
        "Intercept",
        "C(ward)[T.9]",
        "C(ward)[T.10]",
        "C(code)[T.7]",
        "C(code)[T.7b]",
    )
    with pytest.raises(DataError, match=r"codes.csv: row 4, column 'code': '7b' is not a number"):
        make_design("y ~ code", open_table(path)).read()


def test_missing_values_are_dropped_from_the_columns_that_are_used(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("y,x,s,unused\n1,2,a,\n2,,b,1\n3,4,,2\n4,5,b,\n5,6,a,3\n")
    table = open_table(path)
    with pytest.raises(DataError, match=r"gaps.csv: row 3, column 'x': a value is missing .in 2 rows.; .*"):
        make_design("y ~ x + s", table)
    design = make_design("y ~ x + s", table, drop_missing=True)
    assert (design.num_rows, design.dropped) == (3, 2)
    rows = design.read()
    np.testing.assert_array_equal(rows.response, [1, 4, 5])
    assert [table.row_number(p) for p in rows.positions] == [2, 5, 6]


def test_the_same_encoding_on_other_rows(table):
    design = make_design("y ~ s + scale(x)", table)
    whole = design.read()
    few = open_table({"y": [0.0, 1.0], "s": ["b", "b"], "x": [1.0, 2.0]})
    rows = design.on(few).read()
    np.testing.assert_array_equal(rows.matrix[:, :3], [[1, 1, 0], [1, 1, 0]])
    assert whole.matrix[:, 3].mean() == pytest.approx(0, abs=1e-12)
    assert np.diff(rows.matrix[:, 3])[0] == pytest.approx(1 / np.std(table["x"], ddof=1), rel=1e-12)
    with pytest.raises(DataError, match="row 1, column 's': 'd' is none of the values"):
        design.on(open_table({"y": [0.0], "s": ["d"], "x": [1.0]})).read()
    with pytest.raises(DataError, match="there is no column 's'"):
        design.on(open_table({"y": [0.0], "x": [1.0]}))


def test_progress(table):
    parts = [done for _, done in make_design("y ~ x", table).batches(rows=100).with_progress()]
    assert parts == sorted(parts)
    assert parts[-1] == 1


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("", "formula '': there is no response; .*"),
        ("~ x", "formula '~ x': there is no response; .*"),
        ("y ~", "formula 'y ~': there is nothing on the right; .*"),
        ("y ~ 0", "formula 'y ~ 0': there is no term on the right; .*"),
        ("1 ~ x", "formula '1 ~ x': the response names no column; .*"),
        ("y ~ x +", "formula .*: it does not parse .*; write it as 'response ~ term . term'"),
        ("y ~ (x", "formula .*: it does not parse .*"),
        ("y ~ x ~ z", "formula .*: it does not parse .*"),
        ("y ~ x | z", "formula .*: it has more than two sides; .*"),
        ("y ~ log(", "formula .*: it does not parse .*"),
        ("(]", "formula '.]': it does not parse .look at its brackets and operators.; .*"),
        ("y ~ `my col", "formula .*: it does not parse .*"),
        ("y ~ X", "the table: there is no column 'X'; did you mean 'x'.*"),
        ("y ~ `my cool`", "the table: there is no column 'my cool'; did you mean 'my col'.*"),
        ("s ~ x", "formula 's ~ x': the response 's' is text; for the probability .* I\\(s == 'value'\\) .*"),
        ("y + z ~ x", "formula .*: the response must be one expression, .*cbind.*"),
        ("poly(x, 2) ~ z", "formula .*: the response 'poly\\(x, 2\\)' has 2 columns; .*"),
        ("cbind(dead) ~ x", "formula .*: cbind takes two columns; .*"),
        ("y ~ cbind(x, z)", "formula .*: cbind\\(...\\) stands in the wrong place; .*"),
        ("y ~ x:offset(z)", "formula .*: 'x:offset\\(z\\)' is no offset; .*"),
        ("y ~ log(s)", "the table: column 's': the column is text, .*"),
        ("y ~ log(z)", "the table: row \\d+: 'log\\(z\\)' is not finite \\(where z = -.*"),
        ("y ~ scale(log(z))", "formula .*: 'scale\\(log\\(z\\)\\)' meets values that are not finite; .*"),
        ("y ~ foo(x)", "formula .*: there is no function 'foo'; formulas know .*"),
        ("y ~ lag(x)", "formula .*: there is no function 'lag'; .*"),
        ("y ~ np.cumsum(x)", "formula .*: 'np.cumsum' does not work row by row; .*"),
        ("y ~ np.add.reduce(x)", "formula .*: 'np.add.reduce' does not work row by row; .*"),
        ("y ~ x.mean()", "formula .*: 'x.mean' does not work row by row; .*"),
        ("y ~ __import__('os').system('true')", "formula .*: .*"),
        ("y ~ I([q for q in x])", "formula .*: .* cannot stand in a formula; .*"),
        ("y ~ I((lambda q: q)(x))", "formula .*: .* cannot stand in a formula; .*"),
        ("y ~ C(x + 1)", "formula .*: 'C\\(x \\+ 1\\)' is no column; .*"),
        ("y ~ C(k, Treatment(7))", "formula .*: it cannot be evaluated .*"),
        ("y ~ bs(x, df=1)", "formula .*: it cannot be evaluated .*"),
        ("y ~ scale(poly(x, 2))", "formula .*: .* transforms more than one column; .*"),
        ("y ~ scale(x, center=z)", "formula .*: .* takes True, False or a number; .*"),
        ("y ~ I(s > 'a')", "formula .*: it cannot be evaluated .*"),
    ],
)
def test_what_is_said(formula, message, table):
    with pytest.raises(DataError, match=f"^{message}$"):
        make_design(formula, table).read()


def test_what_is_said_of_columns():
    columns = {"y": [1.0, 2.0, 3.0], "one": ["a"] * 3, "log": [1.0, 2.0, 3.0], "same": [4.0] * 3}
    table = open_table(columns)
    for formula, message in (
        ("y ~ one", "column 'one': the column has one value only \\('a'\\), .*"),
        ("y ~ log(y)", "'log' is a column here, not a function; rename the column"),
        ("y ~ scale(same)", "'scale\\(same\\)' has no spread to scale by; .*"),
    ):
        with pytest.raises(DataError, match=message):
            make_design(formula, table)
    many = open_table({"y": np.arange(2_000.0), "id": [f"p{i}" for i in range(2_000)]})
    with pytest.raises(DataError, match="column 'id': the column has more than 1000 different values"):
        make_design("y ~ id", many)


def test_parquet_is_projected(frame, tmp_path):
    """Only the columns of the formula are read: others may be of types that are no numbers."""
    times = pd.date_range("2020-01-01", periods=ROWS)
    path = tmp_path / "wide.parquet"
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pandas(frame.assign(when=times, parts=[[1, 2]] * ROWS), preserve_index=False), path
    )
    assert make_design("y ~ x", open_table(path)).read().matrix.shape == (ROWS, 2)
    with pytest.raises(DataError, match="column 'when': values of type timestamp"):
        make_design("y ~ when", open_table(path)).read()

"""Whatever is done to a file, the answer is either finite numbers or one line that names the file."""

import bz2
import gzip
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisherax.data import DataError, Table, make_design, open_table

NAME = "river.csv"
TEXTS = (
    *(
        "",
        " ",
        "n/a",
        "NA",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "-",
        "?",
        "null",
        "None",
        "true",
        "FALSE",
        "0",
        "-0",
    ),
    *(
        "1,5",
        "1.234,5",
        "1 234",
        "1,234,567",
        "12%",
        "$3",
        "3 kg",
        "1e400",
        "-1e400",
        "1e-400",
        "0x1F",
        "1_000",
    ),
    *(
        "99999999999999999999999",
        "١٢",
        "½",
        "Ærø",
        "日本",
        "a\nb",
        'say "x"',
        "=1+1",
        "\t",
        "'",
        "1;2",
        "1|2",
    ),
    *(
        "\u202e1",
        "\u00a0",
        "\ufeff1",
        "+3",
        ".5",
        "5.",
        "1e5",
        "1E+5",
        "--1",
        "1.2.3",
        "\x00",
        "\x1b[31m",
        "’",
    ),
)


def base_table(draw):
    rows = draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    header = ["year", "flow", "site", "depth"]
    body = [
        [str(1900 + i), f"{rng.gamma(2.0):.4f}", "abc"[rng.integers(3)], str(rng.integers(10))]
        for i in range(rows)
    ]
    return [header, *body]


def quote(cell, delimiter, draw_quotes):
    if draw_quotes and any(c in cell for c in (delimiter, '"', "\n")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def corrupted_text(draw):
    """The bytes of a small CSV file to which several things have been done."""
    table = base_table(draw)
    for _ in range(draw(st.integers(0, 4))):
        row = draw(st.integers(0, len(table) - 1))
        action = draw(st.integers(0, 7))
        column = draw(st.integers(0, max(len(table[row]) - 1, 0)))
        if action <= 2 and table[row]:
            table[row][column] = draw(st.sampled_from(TEXTS) | st.text(max_size=6))
        elif action == 3 and table[row]:
            del table[row][column]
        elif action == 4:
            table[row].insert(column, draw(st.sampled_from(TEXTS)))
        elif action == 5:
            table.insert(row, [])
        elif action == 6 and len(table) > 1:
            del table[row]
        elif action == 7:
            for line in table:
                if len(line) > column:
                    line[column] = draw(st.sampled_from(TEXTS))
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t", "|", " ", ":"]))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    quotes = draw(st.booleans())
    text = newline.join(delimiter.join(quote(c, delimiter, quotes) for c in line) for line in table)
    text += newline * draw(st.integers(0, 3))
    encoding = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "utf-32", "latin-1", "cp037"]))
    data = text.encode(encoding, errors="replace")
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(data)))
        data = draw(
            st.sampled_from([data[:at], data[at:], data[:at] + draw(st.binary(max_size=4)) + data[at:]])
        )
    return data


def use(table: Table):
    """All that can be done with a table; every number that comes out."""
    yield lambda: table.matrix()
    yield lambda: table.matrix(drop_missing=True)
    yield lambda: table.matrix(["flow"], drop_missing=True)
    yield lambda: np.concatenate([batch["flow"] for batch in table.batches(["flow"], rows=3, numbers=True)])
    for formula in ("flow ~ year + site", "flow ~ C(depth) * year", "I(flow > 1) ~ scale(year) + ."):
        yield lambda formula=formula: make_design(formula, table, drop_missing=True).read().matrix
    yield lambda: np.concatenate(
        [rows.matrix for rows in make_design("log(flow) ~ year + C(site)", table).batches(rows=2)]
    )


def outcome(attempt):
    """What comes out, and the `DataError` if that does; anything else is a failure of the test."""
    try:
        return attempt(), None
    except DataError as error:
        return None, error


def assert_well_behaved(path):
    """Only `DataError`, on one line that names the file (or the formula), and finite numbers."""

    def check(error):
        text = str(error)
        assert text.isprintable(), text
        assert text.startswith((f"{path.name}: ", "formula '")), text
        assert 20 < len(text) < 500, text

    table, error = outcome(lambda: open_table(path))
    if error is not None:
        check(error)
        return 0
    answers = 0
    for attempt in use(table):
        numbers, error = outcome(attempt)
        if error is not None:
            check(error)
        else:
            assert numbers.dtype == np.float64
            assert numbers.size
            assert np.isfinite(numbers).all()
            answers += 1
    return answers


# One directory serves all examples: each writes its own file there.
SETTINGS = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SETTINGS
@given(data=corrupted_text())
def test_corrupted_text(data, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(data)
    assert_well_behaved(path)


@settings(SETTINGS, max_examples=100)
@given(data=st.binary(max_size=200) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_noise(data, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(data)
    assert_well_behaved(path)


def packed(kind):
    rng = np.random.default_rng(0)
    columns = {
        "year": np.arange(40.0),
        "flow": rng.gamma(2.0, size=40),
        "site": ["a", "b"] * 20,
        "depth": [1, 2] * 20,
    }
    table = pa.table(columns)
    sink = io.BytesIO()
    if kind == "parquet":
        pyarrow.parquet.write_table(table, sink)
    elif kind == "csv.gz":
        sink.write(gzip.compress(table.to_pandas().to_csv(index=False).encode()))
    elif kind == "csv.bz2":
        sink.write(bz2.compress(table.to_pandas().to_csv(index=False).encode()))
    elif kind == "csv.zst":
        sink.write(pa.compress(table.to_pandas().to_csv(index=False).encode(), "zstd", asbytes=True))
    else:
        new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=16)
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["parquet", "csv.gz", "csv.bz2", "csv.zst", "arrow", "stream"])
def test_cut_off_anywhere(kind, tmp_path):
    """A download that stopped is an error wherever it stopped."""
    data = packed(kind)
    path = tmp_path / f"river.{kind}"
    path.write_bytes(data)
    assert assert_well_behaved(path) >= 4
    for size in range(0, len(data), max(len(data) // 60, 1)):
        path.write_bytes(data[:size])
        assert assert_well_behaved(path) == 0, size


def batch_ends(columns):
    """A stream of three batches, and where each of them ends."""
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    ends = []
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for start in range(0, table.num_rows, 2):
            writer.write_table(table.slice(start, 2))
            ends.append(sink.tell())
    return sink.getvalue().to_pybytes(), ends


# Each batch of the second ends with the very bytes of the marker.
@pytest.mark.parametrize(
    "columns",
    [
        {"flow": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
        {"flow": pa.array([1, 2, -1, 0, -1, 0], pa.int32())},
        {"site": pa.array(["a", "b", "a", "c", "a", "b"]).dictionary_encode(), "flow": [1.0] * 6},
    ],
)
def test_a_stream_cut_between_two_batches_is_no_shorter_table(columns, tmp_path):
    data, ends = batch_ends(columns)
    path = tmp_path / "river.arrows"
    path.write_bytes(data)
    assert len(open_table(path)["flow"]) == 6
    for end in [*ends, len(data) - 4]:
        path.write_bytes(data[:end])
        with pytest.raises(DataError, match=r"^river.arrows: the file is damaged or cut off"):
            open_table(path).read(["flow"])
        with pytest.raises(DataError, match=r"^river.arrows: the file is damaged or cut off"):
            list(open_table(path).batches(["flow"], rows=2))


def test_a_row_cut_short_is_named(tmp_path):
    path = tmp_path / NAME
    path.write_text("year,flow\n1871,1120\n1872,1160\n1873")
    with pytest.raises(DataError, match=r"^river.csv: row 4: the row has 1 value, but the header has 2"):
        open_table(path)["year"]


@settings(SETTINGS, max_examples=100)
@given(data=st.data())
def test_packed_text_with_a_flipped_byte(data, tmp_path):
    """gzip has a check sum, so no wrong number passes."""
    content = bytearray(packed("csv.gz"))
    content[data.draw(st.integers(10, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "river.csv.gz"
    path.write_bytes(content)
    numbers, error = outcome(lambda: open_table(path).matrix(["flow"])[:, 0])
    if error is None:
        np.testing.assert_array_equal(numbers, np.random.default_rng(0).gamma(2.0, size=40))
    else:
        assert str(error).startswith("river.csv.gz: ")


CELLS = (
    st.sampled_from(TEXTS)
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.text("0123456789.eE+-, _", max_size=8)
)


@settings(SETTINGS, max_examples=300)
@given(cell=CELLS)
def test_a_cell_is_a_number_or_is_named(cell, tmp_path):
    """The parser and the search for its complaint agree on what a number is."""
    quoted = '"' + cell.replace('"', '""') + '"'
    path = tmp_path / NAME
    path.write_bytes(f"x,y\n1,2\n3,{quoted}\n5,6\n7,8\n9,9\n".encode())
    y, error = outcome(lambda: open_table(path)["y"])
    if error is None:
        assert y[1] == float(cell)
    else:
        assert "\x00" in cell or (error.row, error.column) == (3, "y"), str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty; write a row of column names and at least one row of data"),
        ("x,y\n", "there is a header but no rows; add at least one row of data"),
        ("x,x\n1,2\n", "row 1: columns 1 and 2 are both called 'x'; rename one of them"),
        ("x,\n1,2\n", "row 1: column 2 of 2 has no name; give it one .*"),
        (
            "\n\n1,2\n3,4\n",
            "row 3: the first row holds numbers \\('1'\\) where the columns' names belong; .*",
        ),
        ("x,y\n1,2\n3\n", "row 3: the row has 1 value, but the header has 2 columns; .*"),
        ("x,y\n1,2,3\n", "row 2: the row has 3 values, but the header has 2 columns; .*"),
        ('x,y\n1,2\n"3,4\n', "row 3: a quotation mark is never closed; close or remove it"),
        ("x,y\n1,2\n3,inf\n", "row 3, column 'y': the value is infinite .*; correct it or remove the row"),
        ("x,y\n1,2\n\n\n3,n/a\n4,4\n5,5\n", "row 5, column 'y': 'n/a' is not a number; .*--missing 'n/a'.*"),
        ('x,y\n1,2\n2,3\n3,"4,5"\n', "row 4, column 'y': '4,5' is not a number; .*decimal comma.*"),
        ("x;y\n1;2,5\n3;4,5\n", "row 2, column 'y': '2,5' is not a number; .*decimal=','.*"),
        ('x,y\n1,2\n2,3\n3,"4,500"\n', "row 4, column 'y': '4,500' is not a number; .*thousands.*"),
        ("x,y\n1,2\n2,3\n3,4 500\n", "row 4, column 'y': '4 500' is not a number; .*thousands.*"),
        ("x,y\n1,2\n2,3\n3,4 kg\n", "row 4, column 'y': '4 kg' is not a number; remove the unit .*"),
        ("x,y\n1,red\n2,blue\n", "row 2, column 'y': 'red' is not a number, nor are most of the others; .*"),
        (
            "x,y\n1,2\n3, \n4,5\n",
            "row 3, column 'y': a blank is not a number; leave the cell wholly empty .*",
        ),
        ("x y\n1 2\n", "row 2, column 'x y': '1 2' is more than one number; separate the columns .*"),
        (b"x,y\n1,2\n3,\xe9\n", "row 3: the text is not UTF-8; .*encoding='latin-1'.*"),
        (b"PK\x03\x04....", "this is a zip archive or an Excel workbook, .*; save the table as CSV"),
        (b"x,y\n1,\x002\n", "this is no text file; .*"),
    ],
)
def test_what_is_said(content, message, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=f"^river.csv: {message}$"):
        open_table(path).matrix()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("rivr.csv", "rivr.csv: there is no such file; .*"),
        ("niel", "niel: there is no such file or data set; did you mean 'nile'.*"),
        (".", "[.]: this is a directory; name a file in it"),
        ("", "the table's name is blank; .*"),
        ("x" * 5_000 + "\n", "x{159}…: there is no such file .*"),
        ("nu\0l", "nu l: there is no such file or data set; .*"),
        (3, "the table: a int is no table; .*"),
        ([1, 2], "the table: a list is no table; .*"),
        ({}, "the table: the table has no columns; .*"),
        ({"a": []}, "the table: the table has columns but no rows; .*"),
        ({"a": [1], "b": [1, 2]}, "the table: the columns differ in length .*"),
        ({"a": np.ones((2, 2))}, "the table: column 'a': an array of shape \\(2, 2\\) is no column; .*"),
        ({"a": [1, "x"]}, "the table: row 2, column 'a': 'x' \\(str\\) stands among other types; .*"),
        ({"a": [1j]}, "the table: row 1, column 'a': .*complex.*"),
        ({"a": [{"b": 1}]}, "the table: column 'a': values of type struct.* are no numbers; .*"),
        ({"a": ["x", "y"]}, "the table: row 1, column 'a': 'x' is text, but numbers are needed; .*"),
        (
            {"a": np.array(["2020-01-01"], "datetime64[s]")},
            "the table: column 'a': values of type timestamp.*",
        ),
        ({"a": [1.0, np.inf]}, "the table: row 2, column 'a': the value is infinite .*"),
        (
            {"a": [1.0, np.nan]},
            "the table: row 2, column 'a': a value is missing \\(in this row alone\\); .*",
        ),
    ],
)
def test_what_is_said_of_objects_and_paths(source, message):
    with pytest.raises(DataError, match=f"^{message}$"):
        open_table(source).matrix()

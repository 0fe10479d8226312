"""Whatever is done to a file, the answer is either finite numbers or one line that names the file."""

import bz2
import gzip
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherax.data import DataError, open_table

from .strange_text import NAME, SETTINGS, TEXTS, assert_well_behaved, outcome


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

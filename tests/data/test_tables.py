"""Every format gives the same numbers; streams equal the whole; complaints name the row."""

import bz2
import gzip
import io
import os
import sys
import threading

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from fisherax._tree import is_stream
from fisherax.data import DataError, Kind, open_table

ROWS = 1_000


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "year": np.arange(ROWS) + 1000,
            "flow": np.round(rng.gamma(2.0, size=ROWS), 9),
            "site": rng.choice(["north", "south, east", 'the "old" weir', "Östersund"], ROWS),
            "wet": rng.random(ROWS) > 0.5,
        }
    )


def write(frame, path, kind):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    if kind == "parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=300)
    elif kind == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=170)
    elif kind == "stream":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=170)
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    elif kind == "tsv.bz2":
        path.write_bytes(bz2.compress(frame.to_csv(index=False, sep="\t").encode()))
    elif kind == "tsv":
        path.write_text(frame.to_csv(index=False, sep="\t"), encoding="utf-8")
    elif kind == "semicolon":
        path.write_text(frame.to_csv(index=False, sep=";"), encoding="utf-8")
    elif kind == "bom":
        path.write_text(frame.to_csv(index=False), encoding="utf-8-sig")
    elif kind == "crlf":
        path.write_text(frame.to_csv(index=False, lineterminator="\r\n"), encoding="utf-8", newline="")
    elif kind == "quoted":
        path.write_text(frame.to_csv(index=False, quoting=1), encoding="utf-8")
    else:
        path.write_text(frame.to_csv(index=False), encoding="utf-8")


FILES = (
    *("csv", "tsv", "semicolon", "bom", "crlf", "quoted", "csv.gz", "tsv.bz2"),
    *("parquet", "arrow", "stream"),
)


def assert_same(batch, frame):
    np.testing.assert_array_equal(batch["year"], frame["year"])
    np.testing.assert_array_equal(batch["flow"], frame["flow"])
    np.testing.assert_array_equal(batch["wet"], frame["wet"])
    assert all(batch[name].dtype == np.float64 for name in ("year", "flow", "wet"))
    assert list(batch["site"]) == list(frame["site"])


@pytest.mark.parametrize("kind", FILES)
def test_every_format_gives_the_same_numbers(kind, frame, tmp_path):
    path = tmp_path / f"river.{kind}"
    write(frame, path, kind)
    table = open_table(path)
    assert table.name == path.name
    assert list(table.columns.values()) == [Kind.NUMBER, Kind.NUMBER, Kind.TEXT, Kind.BOOLEAN]
    assert_same(table.read(), frame)
    stream = table.batches(rows=128)
    for _ in range(2):
        batches = list(stream)
        assert [len(batch) for batch in batches] == [128] * 7 + [104]
        joined = {
            name: np.concatenate([np.asarray(batch[name]) for batch in batches]) for name in frame.columns
        }
        assert_same({**joined, "site": list(joined["site"])}, frame)
        np.testing.assert_array_equal(np.concatenate([b.positions for b in batches]), np.arange(ROWS))
        progress = [batch.progress for batch in batches]
        assert progress == sorted(progress)
        assert 0 < progress[0] <= progress[-1] == 1


@pytest.mark.parametrize("convert", [pd.DataFrame, pa.Table.from_pandas, dict, lambda f: f.to_dict("list")])
def test_objects_in_memory(convert, frame):
    table = open_table(convert(frame), name="river")
    assert table.name == "river"
    assert_same(table.read(["year", "flow", "site", "wet"]), frame)
    assert table.num_rows == ROWS
    assert table.numeric_columns() == ("year", "flow", "wet")


def test_arrays_of_jax_and_other_dtypes():
    values = {
        "jax": jnp.arange(3.0),
        "half": np.arange(3, dtype=np.float16),
        "unsigned": np.array([0, 1, 2**64 - 1], np.uint64),
        "decimal": pa.array(["0", "1.5", "2"]).cast(pa.decimal128(5, 2)),
        "huge": [0, 1, 10**30],
        "nothing": [1, None, 2.0],
    }
    table = open_table(values)
    np.testing.assert_array_equal(table["jax"], [0, 1, 2])
    np.testing.assert_array_equal(table["half"], [0, 1, 2])
    np.testing.assert_array_equal(table["unsigned"], [0, 1, 2.0**64])
    np.testing.assert_array_equal(table["decimal"], [0, 1.5, 2])
    np.testing.assert_array_equal(table["huge"], [0, 1, 1e30])
    with pytest.raises(DataError, match="row 2, column 'nothing': a value is missing"):
        table["nothing"]
    assert table.matrix(["jax", "half"]).shape == (3, 2)


def test_a_stream_is_a_stream():
    assert is_stream(open_table("nile").batches())


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "stream"])
def test_standard_input(kind, frame, tmp_path, monkeypatch):
    path = tmp_path / "piped"
    write(frame, path, kind)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    table = open_table("-")
    assert table.name == "standard input"
    for _ in range(2):
        assert_same(table.read(), frame)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe(frame, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=write, args=(frame, path, "csv"))
    writer.start()
    table = open_table(path)
    writer.join()
    for _ in range(2):
        assert_same(table.read(), frame)


def test_the_temporary_copy_of_a_pipe_goes_with_its_table(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n1\n")))
    table = open_table("-")
    assert len(list(tmp_path.iterdir())) == 1
    del table
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(DataError, match="standard input: the file is empty"):
        open_table("-")
    assert not list(tmp_path.iterdir())


def test_streaming_memory_does_not_grow_with_the_table(tmp_path):
    """One row group of a million rows, of which one column of three is read."""
    rows = 1_000_000
    path = tmp_path / "tall.parquet"
    values = np.random.default_rng(0).normal(size=rows)
    pyarrow.parquet.write_table(pa.table({"a": values, "b": values, "c": values}), path, row_group_size=rows)
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    try:
        total = sum(batch["a"].sum() for batch in open_table(path).batches(["a"], rows=10_000))
    finally:
        pa.set_memory_pool(before)
    assert total == pytest.approx(values.sum(), abs=1e-8)
    assert pool.max_memory() < values.nbytes


def test_blocks_of_text_are_joined_without_a_seam(tmp_path):
    """More than one block of the parser, rows of many lengths."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=120_000), "s": ["é" * (i % 7) + "." for i in range(120_000)]})
    frame.to_csv(tmp_path / "long.csv", index=False)
    table = open_table(tmp_path / "long.csv")
    np.testing.assert_array_equal(table["x"], frame["x"])
    batches = list(table.batches(rows=50_000))
    assert [len(b) for b in batches] == [50_000, 50_000, 20_000]
    assert [text for batch in batches for text in batch["s"]] == list(frame["s"])


def test_missing_rows_are_refused_or_dropped_and_counted(tmp_path):
    path = tmp_path / "river.csv"
    path.write_text("year,flow,site\n1,2,a\n\n2,,b\n3,4,NA\n4,5,c\nNaN,6,d\n7,8,e\n")
    table = open_table(path)
    with pytest.raises(DataError) as caught:
        table.read()
    assert str(caught.value) == (
        "river.csv: row 4, column 'flow': a value is missing (in 3 rows); fill in what is missing, or leave "
        "such rows out with drop_missing=True (--drop-missing)"
    )
    assert (caught.value.row, caught.value.column) == (4, "flow")
    batch = table.read(drop_missing=True)
    assert batch.dropped == 3
    np.testing.assert_array_equal(batch["year"], [1, 4, 7])
    assert [table.row_number(p) for p in batch.positions] == [2, 6, 8]
    assert len(table.read(["flow"], drop_missing=True)) == 5
    small = list(table.batches(rows=2, drop_missing=True))
    assert [len(b) for b in small] == [2, 1]
    assert small[-1].dropped == 3


def test_nothing_left_after_dropping(tmp_path):
    path = tmp_path / "river.csv"
    path.write_text("year,flow\n1,\n2,NA\n")
    with pytest.raises(DataError, match="all 2 rows have a missing value in 'flow'"):
        open_table(path).read(["flow"], drop_missing=True)


@pytest.mark.parametrize("column", ["x", "y"])
def test_a_bad_cell_far_down_is_found(tmp_path, column):
    """Beyond the rows that decided the column's kind, and beyond the parser's first block."""
    rows = 150_000
    frame = pd.DataFrame({"x": np.arange(rows) / 7, "y": np.arange(rows) / 3}, dtype=object)
    frame.loc[140_000, column] = "broken"
    frame.to_csv(tmp_path / "long.csv", index=False)
    table = open_table(tmp_path / "long.csv")
    with pytest.raises(
        DataError, match=f"^long.csv: row 140002, column '{column}': 'broken' is not a number; "
    ):
        for _ in table.batches(rows=1_000):
            pass
    assert len(table.read([{"x": "y", "y": "x"}[column]])) == rows


def test_options_of_text_files(tmp_path):
    path = tmp_path / "fluß.txt"
    path.write_bytes("jahr|größe\n1|3,5\n2|-\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"row 1: the header is not UTF-8; .* encoding='latin-1'"):
        open_table(path)
    table = open_table(path, encoding="latin-1", decimal=",", missing=["-"])
    assert list(table.columns) == ["jahr", "größe"]
    assert table.read(["größe"], drop_missing=True)["größe"].tolist() == [3.5]
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(DataError, match="UTF-16"):
        open_table(path)
    assert open_table(path, encoding="utf-16")["b"].tolist() == [2.0]
    path.write_text("a b\n1 2\n")
    assert open_table(path, delimiter=" ")["b"].tolist() == [2.0]
    for options in ({"decimal": ";"}, {"delimiter": "ab"}, {"encoding": "klingon"}):
        with pytest.raises(DataError):
            open_table(path, **options)


def test_columns_with_dots_and_spaces(tmp_path):
    table = pa.table({"a.b": [1.0, 2.0], "a": [3.0, 4.0], "a b": [5.0, 6.0]})
    pyarrow.parquet.write_table(table, tmp_path / "dots.parquet")
    read = open_table(tmp_path / "dots.parquet")
    for name in ("a b", "a", "a.b"):
        assert read[name].tolist() == table[name].to_pylist()


def test_nearest_columns_are_suggested():
    with pytest.raises(DataError, match="nile: there is no column 'Flwo'; did you mean 'flow'"):
        open_table("nile")["Flwo"]
    with pytest.raises(DataError, match="the columns are 'year', 'flow'"):
        open_table("nile").batches(["temperature"])


def test_whole_numbers_beyond_two_to_the_53_are_rounded(tmp_path):
    (tmp_path / "big.csv").write_text("id\n9007199254740993\n123456789012345678901234567890\n")
    assert open_table(tmp_path / "big.csv")["id"].tolist() == [
        9007199254740992.0,
        123456789012345678901234567890.0,
    ]

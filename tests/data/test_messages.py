"""What is said of cells, files and objects that cannot be read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisherax.data import DataError, open_table

from .strange_text import NAME, SETTINGS, TEXTS, outcome

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

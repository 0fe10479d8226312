"""What the cells of a text file hold: which of them are numbers, and what to say of one that is none."""

import re

import pyarrow as pa

from ..arrow import compute as pc
from ..errors import quoted
from .base import Kind

TRUE = ["true", "True", "TRUE"]
FALSE = ["false", "False", "FALSE"]


def numeric(cells: pa.StringArray, decimal: str) -> pa.BooleanArray:
    """Which cells are written as a number (null for a missing cell), just as the CSV parser has it."""
    point = re.escape(decimal)
    digits = rf"(\d+({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    words = r"[iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN]"
    return pc.match_substring_regex(cells, rf"^[ \t]*[+-]?({digits}|{words})[ \t]*$")


def truth(cells: pa.StringArray) -> pa.BooleanArray:
    """Which cells are written as true or false."""
    is_truth = pc.is_in(pc.ascii_trim(cells, " \t"), value_set=pa.array(TRUE + FALSE))
    return pc.if_else(pc.is_valid(cells), is_truth, pa.scalar(None, pa.bool_()))


def kind_of_cells(cells: pa.StringArray, decimal: str) -> Kind:
    """The kind of a column of text, judged by its first cells. A column of missing cells has numbers."""
    present = len(cells) - cells.null_count
    numbers = pc.sum(numeric(cells, decimal)).as_py() or 0
    if numbers == present:
        return Kind.NUMBER
    if (pc.sum(truth(cells)).as_py() or 0) == present:
        return Kind.BOOLEAN
    return Kind.MIXED if 2 * numbers >= present else Kind.TEXT


_GROUPS = re.compile(r"[+-]?\d{1,3}([,.  '’_])\d{3}(\1\d{3})*([,.]\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+([. ]\d{3})*)?,\d*([eE][+-]?\d+)?", re.ASCII)
_SEVERAL = re.compile(r"[+-]?[\d.]+([ \t;|]+[+-]?[\d.]+)+", re.ASCII)
_UNIT = re.compile(r"[$€£¥]\s*[\d.,]+|[\d.,]+\s*([%$€£¥]|[A-Za-zµ/°^²³]+\d*)", re.ASCII)


def explain(cell: str, delimiter: str, decimal: str, kind: Kind) -> tuple[str, str]:
    """Why a cell of a column of this kind is no number, and the remedy."""
    shown = quoted(cell)
    text = cell.strip()
    if not text:
        return "a blank is not a number", "leave the cell wholly empty if the value is missing"
    if _GROUPS.fullmatch(text) and not (delimiter == ";" and text.count(",") == 1 and "." not in text):
        remedy = "write it without separators between the thousands"
        if text.count(",") == 1 and decimal == ".":
            remedy += ", or pass decimal=',' (--decimal ,) if the comma is the decimal point"
        return f"{shown} is not a number", remedy
    if decimal == "." and _DECIMAL_COMMA.fullmatch(text) and any(c.isdigit() for c in text):
        return (
            f"{shown} is not a number",
            "it looks like a decimal comma: pass decimal=',' (--decimal ,) or write a point",
        )
    if decimal == "," and re.fullmatch(r"[+-]?\d*\.\d*([eE][+-]?\d+)?", text, re.ASCII):
        return f"{shown} is not a number with a decimal comma", "drop decimal=',' or write a comma"
    if _SEVERAL.fullmatch(text):
        return f"{shown} is more than one number", "separate the columns by commas or tabs"
    if _UNIT.fullmatch(text):
        return f"{shown} is not a number", "remove the unit and put it into the column's name"
    try:
        float(text)
    except ValueError:
        if kind is Kind.TEXT:
            return (
                f"{shown} is not a number, nor are most of the others",
                "choose a column of numbers, or use this one as a category in a formula",
            )
        return (
            f"{shown} is not a number",
            f"remove the row or declare it missing (missing=[{shown}], --missing {shown})",
        )
    return f"{shown} is not a plain number", "write it with the digits 0 to 9 and a decimal point"

"""Figures inside a page: well-formed, in the page's colours, with no identifier twice, always the same bytes."""

import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from fisherax.plotting import style
from fisherax.report.strip import strip
from fisherax.report.svg import to_svg


def figure() -> Figure:
    with style.styled():
        made = style.new_figure()
        ax = made.add_subplot()
        ax.plot([0.123456789, 1], [0, 1e7], color=style.BLUE, marker="o", label='<b> & "c"')
        ax.fill_between([0, 1], [0, 1], [1, 2], color=style.VERMILLION, alpha=0.3)
        ax.set_xlabel("$5 日本 λ")
        ax.legend()
    return made


def inlined(ident="f"):
    return to_svg(figure(), ident=ident, title="A <title>", description='"Quoted" & more')


def test_it_is_well_formed_and_described():
    root = ET.fromstring(inlined())
    assert root.tag == "svg"
    assert root.attrib["role"] == "img"
    assert root.findtext("title") == "A <title>"
    assert root.findtext("desc") == '"Quoted" & more'
    assert root.attrib["aria-labelledby"].split() == ["f-title", "f-desc"]


def test_the_same_figure_gives_the_same_bytes():
    assert inlined() == inlined()


def test_identifiers_are_its_own_and_all_references_resolve():
    text = inlined("one")
    idents = re.findall(r'\bid="([^"]+)"', text)
    assert all(ident.startswith("one-") for ident in idents)
    assert len(set(idents)) == len(idents)
    for reference in re.findall(r'(?:url\(#|href="#)([^")]+)', text):
        assert reference in idents


def test_nothing_is_fetched_and_no_font_is_named():
    text = inlined()
    assert "http" not in text
    assert "DejaVu" not in text
    assert "<style" not in text


def test_colours_are_the_themes():
    text = inlined()
    assert "var(--blue, #0072b2)" in text
    bare = re.sub(r"var\([^)]*\)", "", text)
    assert re.findall(r"#[0-9a-fA-F]{6}\b", bare) == []


@pytest.mark.parametrize("ends", [(0.5, 1.5), (float("-inf"), 1.5), (0.5, float("inf"))])
def test_strips_are_well_formed(ends):
    root = ET.fromstring(strip('a "b" <c>', 1.0, {"wald": (0.4, 1.6), "profile": ends}))
    assert len(root.findall("circle")) == 2
    assert 'a "b" <c>' in root.attrib["aria-label"]


@pytest.mark.parametrize("size", [1e-310, 1.0, 1e106])
def test_a_strip_has_room_for_ends_that_are_hardly_apart(size):
    text = strip("a", size, {"wald": (size, size)})
    assert ET.fromstring(text).find("circle") is not None
    assert "nan" not in text
    assert "inf" not in text


def test_a_strip_of_nothing_is_nothing():
    assert strip("a", 1.0, {}) == ""
    assert strip("a", 1.0, {"wald": (float("-inf"), float("inf"))}) == ""

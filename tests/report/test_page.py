"""The page and the document: whole, self-contained, escaped, and equal to the fit."""

import collections
import html.parser
import json
import math
import re
import warnings

import numpy as np
import pytest

import fisherax as fx
import report_fits
from fisherax.report import build_report, to_html, to_json, write_report
from fisherax.report.as_json import as_json, finite
from fisherax.report.estimates import Parameter
from fisherax.report.html import error, estimate, interval
from fisherax.report.write import write_text

VOID = {"meta", "br", "hr", "img", "input", "link", "path", "circle", "use", "rect", "line"}


class Page(html.parser.HTMLParser):
    """The tree of a page, as far as it can be checked without a browser."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: collections.Counter[str] = collections.Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and any(tag in ("td", "th") for tag in self.open):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def gamma():
    return build_report(
        report_fits.gamma(),
        data_name="nile",
        response="flow",
        units={"flow": "10^8 m^3"},
        source="Cobb (1978), see https://example.org/nile",
    )


@pytest.fixture(scope="module")
def nasty():
    return build_report(
        report_fits.normal_regression(), formula="y<1 ~ a & b", data_name="<img src=x onerror=alert(1)>"
    )


@pytest.fixture(scope="module")
def poisson():
    return build_report(report_fits.poisson(), response="deaths")


@pytest.fixture(scope="module")
def collinear():
    return build_report(report_fits.collinear(), formula="y ~ x1 + x2")


@pytest.fixture(scope="module", params=["gamma", "nasty", "poisson", "collinear"])
def report(request):
    return request.getfixturevalue(request.param)


def test_successes_are_called_by_their_own_name():
    """An axis has no room for cbind(dead, alive), nor is there a probability of it."""
    report = build_report(report_fits.budworm(), response="cbind(dead, alive)", figures=False)
    assert "the probability of dead" in report.lead
    assert "cbind" not in report.lead


def test_no_interval_is_the_whole_line():
    """A coin that never fails has no standard error: its interval is none, not (−∞, ∞)."""
    row = Parameter("probs", "", 1.0, math.inf, {"wald": (-math.inf, math.inf)}, False)
    assert interval(row, "wald") == "none"


def test_the_page_is_well_formed(report):
    page = Page(to_html(report))
    assert page.open == []
    assert page.tags["h1"] == 1
    assert page.tags["main"] == 1


def test_nothing_is_fetched(report):
    text = to_html(report)
    for tag, attributes in Page(text).attributes:
        assert tag not in ("link", "img", "iframe", "object", "embed")
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name) or "#"
            assert value.startswith("#"), (tag, name, value)
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def test_every_identifier_is_there_once_and_every_link_leads_somewhere(report):
    page = Page(to_html(report))
    idents = [a["id"] for _, a in page.attributes if "id" in a]
    assert len(set(idents)) == len(idents)
    for _, attributes in page.attributes:
        if attributes.get("href"):
            assert attributes["href"].removeprefix("#") in idents


def test_figures_and_tables_are_described(report):
    page = Page(to_html(report))
    assert page.tags["figcaption"] == page.tags["figure"]
    assert page.tags["caption"] == page.tags["table"]
    for tag, attributes in page.attributes:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
        if tag == "th":
            assert attributes["scope"] in ("col", "row")


def test_the_table_is_the_fit(gamma):
    fit = report_fits.gamma()
    rows = {row[0]: row[1:] for row in Page(to_html(gamma)).rows[:3]}
    for k, parameter in enumerate(gamma.estimates.rows):
        cells = rows[parameter.name + parameter.unit]
        assert cells[:5] == [
            estimate(parameter),
            error(parameter),
            *(interval(parameter, method) for method in ("wald", "score", "profile")),
        ]
        assert parameter.estimate == float(fit.values[k])
        assert parameter.standard_error == float(fit.errors()[k])
        for method in ("wald", "score", "profile"):
            ends = fit.confidence_interval(0.95, method)[parameter.name]
            np.testing.assert_allclose(parameter.intervals[method], ends)
    concentration, rate = gamma.estimates.rows
    assert (concentration.unit, rate.unit) == ("", "1/(10⁸ m³)")
    # Two digits of the standard error, and the estimate to the same place.
    assert float(error(concentration)) == pytest.approx(concentration.standard_error, rel=0.05)
    assert abs(float(estimate(concentration)) - concentration.estimate) <= 0.05 * concentration.standard_error


def test_what_the_page_must_say(gamma):
    text = to_html(gamma)
    for words in (
        "80 observations in all, 60 more",
        "expected covariance",
        "sandwich",
        "gᵀG⁻¹g",
        "Condition number",
        "https://example.org/nile",
        "flow (10⁸ m³)",
    ):
        assert words in text


def test_one_parameter_has_no_pairs(poisson):
    assert poisson.pairs == ()
    assert poisson.knowledge.directions == ()
    assert 'id="pairs"' not in to_html(poisson)
    assert len(poisson.balls) == 1
    assert len(poisson.profiles) == 1


def test_names_are_escaped(nasty):
    text = to_html(nasty)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    rows = [row[0] for row in Page(text).rows if row]
    assert "a\"b & 'c'" in rows


def test_what_is_not_identified_is_said_and_nothing_is_claimed(collinear):
    text = to_html(collinear)
    assert "The fit is not valid" in text
    assert "1.00·x1 − 1.00·x2" in text
    assert collinear.balls == ()
    assert collinear.pairs == ()
    assert collinear.knowledge.needs == ()
    assert any("x1 and x2" in note for note in collinear.notes)


def test_the_same_fit_gives_the_same_bytes():
    once, twice = (build_report(report_fits.poisson(), response="deaths") for _ in range(2))
    assert to_html(once) == to_html(twice)
    assert as_json(once) == as_json(twice)


def test_the_document_is_json_and_equals_the_fit(report):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    document = json.loads(as_json(report), parse_constant=refuse)
    for parameter, row in zip(document["parameters"], report.estimates.rows, strict=True):
        assert parameter["name"] == row.name
        assert parameter["estimate"] == row.estimate
        if not np.isfinite(row.standard_error):
            assert parameter["standard_error"] is None
            assert "not finite" in document["nulls"]
    assert document["valid"] is bool(report.status.valid)
    assert {kind["kind"] for kind in document["covariances"]} == {"expected", "observed", "opg", "sandwich"}


def test_nulls_stand_for_what_is_not_finite():
    tree = {"a": [1.0, float("inf")], 2: (np.float64("nan"), "x", None, True, 3)}
    assert finite(tree) == {"a": [1.0, None], "2": [None, "x", None, True, 3]}


def test_a_report_without_figures_is_quick_and_has_none():
    document = json.loads(to_json(report_fits.gamma(), figures=False))
    assert document["regions"] == []
    assert document["parameters"][0]["name"] == "concentration"


def test_the_file_appears_whole(tmp_path):
    path = tmp_path / "out.html"
    path.write_text("old")
    assert write_report(report_fits.poisson(), path, figures=False) == path
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.html"]


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(ValueError, match="cannot be written"):
        write_text(tmp_path / "nowhere" / "out.html", "text")


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        build_report(report_fits.poisson(), level=95)


def test_what_intervals_warn_of_is_told_on_the_page(monkeypatch):
    plain = fx.Fit.confidence_interval

    def warned(self, **how):
        if how["method"] == "score":
            warnings.warn("The set has another part.", UserWarning, stacklevel=2)
        return plain(self, **how)

    monkeypatch.setattr(fx.Fit, "confidence_interval", warned)
    assert "The set has another part." in build_report(report_fits.gamma(), figures=False).notes


def test_the_page_is_light_or_dark_as_one_likes_and_prints(report):
    page = to_html(report)
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


def test_the_template_and_the_style_are_packaged():
    from importlib.resources import files

    for name in ("template.html.j2", "style.css"):
        assert files("fisherax.report").joinpath(name).is_file()

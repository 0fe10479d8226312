"""The gallery: one page that fetches nothing, tells its story in order, and shows what the formulas say."""

import re

import numpy as np
import pytest

from fisherax.report.gallery import figures, write_gallery
from fisherax.report.gallery.mathml import formula


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path, told = tmp_path_factory.mktemp("gallery") / "page.html", []
    assert write_gallery(path, told.append) == path
    assert told == sorted(set(told))
    assert len(told) >= 8
    assert (told[0] > 0, told[-1]) == (True, 1)
    return path.read_text(encoding="utf-8")


def test_nothing_is_fetched(text):
    targets = re.findall(r'\b(?:src|href|srcset|action|data)="([^"]*)"', text)
    assert [target for target in targets if not target.startswith("#")] == []
    assert re.findall(r"url\((?!#)", text.replace('url(#" + ', "url(#")) == []
    for word in ("@import", "<link", "<img", "<iframe", "fetch(", "XMLHttpRequest", "import("):
        assert word not in text
    addresses = set(re.findall(r"https?://[^\s\"')<]+", text))
    assert addresses <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/1998/Math/MathML",
    }


def test_the_story_is_told_in_order_with_a_formula_beside_each_figure(text):
    assert re.findall(r'<h2 id="(\w+)">', text) == "measure one two three four five six sources".split()
    for section in re.split(r"<section ", text)[2:8]:
        assert "<math" in section
        assert 'class="figure"' in section
    assert text.count('class="live"') == 4
    assert text.count("<figcaption>") == text.count('svg class="figure"') == 8


def test_every_identifier_is_there_once_and_every_link_leads_somewhere(text):
    idents = re.findall(r'\bid="([^"]+)"', text.split("<script>")[0])
    assert len(set(idents)) == len(idents)
    for target in re.findall(r'href="#([^"]+)"', text.split("<script>")[0]):
        assert target in idents


def test_it_is_light_or_dark_and_prints(text):
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
    assert 'name="viewport"' in text


def test_formulas_are_mathml():
    found = formula("ds^2 = frac { a_i } { root { b } } ( x < y )")
    assert "<msup><mi>ds</mi><mn>2</mn></msup><mo>=</mo>" in found
    assert "<mfrac><mrow><msub><mi>a</mi><mi>i</mi></msub></mrow><mrow><msqrt>" in found
    assert "<mo>&lt;</mo>" in found
    matrix = formula("mat { 1 } { 2 } { 3 } { x - 1 }")
    assert matrix.count("<mtd>") == 4
    assert "<mo>−</mo>" in matrix
    with pytest.raises(ValueError, match="brace"):
        formula("frac a b")
    # An upright function has room on both sides, a prime and a square share one exponent, and an index may be a sum.
    assert '<mi>n</mi><mspace width="0.17em"/><mi>ln</mi><mo>&#8289;</mo><mspace' in formula("n ln x")
    assert "<msup><mi>σ</mi><mrow><mo>′</mo><mn>2</mn></mrow></msup>" in formula("σ′^2")
    assert "<mrow><mi>θ</mi><mo>+</mo><mi>δ</mi></mrow></msub>" in formula("p_θ+δ")


def test_circles_of_the_sphere_are_at_one_angle():
    """Members at distance r are r/2 apart as angles, since the sphere has the radius 2."""
    import jax.numpy as jnp

    from fisherax import Manifold
    from fisherax.plotting.geodesic import circle

    centre = np.array([0.5, 0.3, 0.2])
    around = circle(Manifold(figures.CATEGORICAL), {"probs": jnp.asarray(centre)}, 0.15)
    angles = np.arccos(np.sqrt(np.asarray(around["probs"])) @ np.sqrt(centre))
    np.testing.assert_allclose(angles, 0.075, rtol=1e-7)
    seen = figures._on_sphere(np.eye(3))
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 2 * np.sqrt(2 / 3), rtol=1e-12)


def test_the_command_writes_the_page_or_says_why_not(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from fisherax.cli.app import app
    from fisherax.report import gallery

    monkeypatch.setattr(gallery, "write_gallery", lambda path, told: path.write_text("page"))
    monkeypatch.setenv("FISHERAX_CACHE", "")
    result = CliRunner().invoke(app, ["gallery", str(tmp_path / "out.html")])
    assert result.exit_code == 0
    assert (tmp_path / "out.html").read_text() == "page"
    for name, expected in (("out.pdf", "ends in .html"), ("no/out.html", "there is no directory")):
        result = CliRunner().invoke(app, ["gallery", str(tmp_path / name)])
        assert result.exit_code == 2
        assert expected in result.stderr
        assert result.stderr.count("\n") == 1

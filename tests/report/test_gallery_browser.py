"""The gallery's panels in a browser: dragged, slid and switched, they draw what the formulas say."""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from scipy.special import digamma, gammaln, polygamma

from fisherax.report.gallery import write_gallery

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")

DRIVER = """
<script>
window.addEventListener("load", function () {
  var seen = {};
  function panelOf(name) { return document.getElementById("live-" + name).fisherax; }
  function pointer(target, kind, x, y) {
    target.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, clientX: x, clientY: y,
      pointerId: 1, pointerType: "mouse" }));
  }
  function drag(panel, k, dx, dy) {
    var frame = panel.svg.querySelectorAll(".handle .dot")[k].getBoundingClientRect();
    var x = frame.left + frame.width / 2, y = frame.top + frame.height / 2;
    pointer(panel.svg.querySelectorAll(".handle .dot")[k], "pointerdown", x, y);
    pointer(panel.svg, "pointermove", x + dx / 2, y + dy / 2);
    pointer(panel.svg, "pointermove", x + dx, y + dy);
    pointer(panel.svg, "pointerup", x + dx, y + dy);
    pointer(panel.svg, "pointermove", x + 200, y);
  }
  function slide(panel, radius) {
    var slider = panel.svg.parentNode.querySelector("input");
    slider.value = radius;
    slider.dispatchEvent(new Event("input"));
  }
  function choose(panel, name) {
    var select = panel.svg.parentNode.querySelector("select");
    select.value = name;
    select.dispatchEvent(new Event("change"));
  }
  function state(panel) {
    return JSON.parse(JSON.stringify({ handles: panel.handles, radius: panel.radius, found: panel.found,
      readout: panel.readout.textContent, path: (panel.svg.querySelector("path.ball, path.shortest") || {}).outerHTML,
      scale: [[0, 0], [1, 0], [0, 1]].map(panel.view.toPixels) }));
  }
  ["normal", "simplex", "gamma", "geodesics"].forEach(function (name) {
    var panel = panelOf(name), charts = {};
    var before = state(panel);
    drag(panel, panel.handles.length - 1, 25, -15);
    var dragged = state(panel);
    slide(panel, name === "gamma" ? 0.25 : 0.4);
    var options = Array.from(panel.svg.parentNode.querySelectorAll("option"), function (o) { return o.value; });
    options.forEach(function (chart) { choose(panel, chart); charts[chart] = state(panel); });
    choose(panel, options[0]);
    var handle = panel.svg.querySelector(".handle");
    handle.focus();
    handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    seen[name] = { before: before, dragged: dragged, charts: charts, pressed: state(panel),
      focus: document.activeElement.dataset.handle };
  });
  var normal = panelOf("normal");
  choose(normal, "whitened at the centre");
  var still = state(normal);
  drag(normal, 0, 30, 0);
  seen.local = { before: still, dragged: state(normal) };
  document.querySelector(".theme").click();
  seen.theme = document.documentElement.dataset.theme;
  seen.fetched = performance.getEntriesByType("resource").length;
  seen.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  var verdict = document.createElement("pre");
  verdict.id = "verdict";
  verdict.textContent = JSON.stringify(seen);
  document.body.appendChild(verdict);
});
</script>
</body>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    text = write_gallery(folder / "page.html").read_text(encoding="utf-8")
    (folder / "driven.html").write_text(text.replace("</body>", DRIVER), encoding="utf-8")
    assert BROWSER is not None
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"]
    words += [
        f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=20000",
        "--window-size=1200,900",
    ]
    found = subprocess.run(
        [*words, (folder / "driven.html").as_uri()], capture_output=True, text=True, timeout=300
    )
    match = re.search(r'<pre id="verdict">(.*?)</pre>', found.stdout, re.S)
    assert match is not None, found.stderr[-2000:]
    return json.loads(html.unescape(match[1]))


def normal_divergence(p, q):
    return np.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - 0.5


NORMAL = {
    "mean and standard deviation": (
        lambda m, s: (m, s),
        lambda m, s: [[s**-2, 0], [0, 2 * s**-2]],
    ),
    "information form": (
        lambda h, k: (h / k, k**-0.5),
        lambda m, s: [[s**2, -m * s**2], [-m * s**2, m**2 * s**2 + s**4 / 2]],
    ),
    "mean and variance": (
        lambda m, v: (m, v**0.5),
        lambda m, s: [[s**-2, 0], [0, 0.5 * s**-4]],
    ),
    "mean and logarithm of σ": (
        lambda m, t: (m, np.exp(t)),
        lambda m, s: [[s**-2, 0], [0, 2.0]],
    ),
    "expectations": (
        lambda m, w: (m, np.sqrt(w - m**2)),
        lambda m, s: np.linalg.inv(
            [[s**2, 2 * m * s**2], [2 * m * s**2, 4 * m**2 * s**2 + 2 * s**4]]
        ).tolist(),
    ),
}
"""From each chart to (μ, σ), and the information in its own coordinates at (μ, σ)."""


def lines(state):
    found = state["found"]
    return (np.array(found[key], float) for key in ("centre", "ball", "level"))


def forms(points, centre, metric):
    return np.einsum("mi,ij,mj->m", points - centre, np.array(metric), points - centre)


@pytest.mark.parametrize("name", NORMAL)
def test_balls_of_the_normal_in_every_parameterisation(seen, name):
    state = seen["normal"]["charts"][name]
    to_moments, metric = NORMAL[name]
    centre, ball, level = lines(state)
    at = state["handles"][0]
    np.testing.assert_allclose(to_moments(*centre), at, rtol=1e-12)
    np.testing.assert_allclose(forms(ball, centre, metric(*at)), 0.16, rtol=1e-7)
    np.testing.assert_allclose(normal_divergence(at, to_moments(*level.T)), 0.08, rtol=1e-9)
    others = normal_divergence(at, to_moments(*ball.T))
    assert state["found"]["least"] == pytest.approx(others.min(), rel=1e-9)
    assert state["found"]["most"] == pytest.approx(others.max(), rel=1e-9)
    assert "r²/2 = 0.08 nats" in state["readout"]


def test_whitened_at_the_centre_the_ball_is_a_circle(seen):
    centre, ball, level = lines(seen["normal"]["charts"]["whitened at the centre"])
    np.testing.assert_allclose(centre, 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(ball, axis=1), 0.4, rtol=1e-8)
    (m, s), w = seen["normal"]["dragged"]["handles"][0], level
    other = (m + s * w[:, 0], s + s * w[:, 1] / np.sqrt(2))
    np.testing.assert_allclose(normal_divergence((m, s), other), 0.08, rtol=1e-9)


@pytest.mark.parametrize("name", ["normal", "simplex", "gamma", "geodesics"])
def test_a_handle_follows_the_pointer_until_it_is_let_go(seen, name):
    before, after = seen[name]["before"], seen[name]["dragged"]
    origin, right, up = np.array(before["scale"])
    first, second = (np.array(state["handles"][-1]) for state in (before, after))
    if name == "simplex":  # in its triangle
        first, second = (
            np.array([p[1] + (1 - p[0] - p[1]) / 2, (1 - p[0] - p[1]) * 3**0.5 / 2]) for p in (first, second)
        )
    pixels = (second - first) @ np.array([right - origin, up - origin])
    np.testing.assert_allclose(pixels, [25, -15], atol=1.0)


@pytest.mark.parametrize("name", ["normal", "simplex", "gamma", "geodesics"])
def test_the_arrow_keys_move_a_handle_too(seen, name):
    chart = next(iter(seen[name]["charts"]))
    before, after = seen[name]["charts"][chart]["handles"][0], seen[name]["pressed"]["handles"][0]
    assert after != before
    assert seen[name]["focus"] == "0"


def test_in_the_local_chart_steps_are_taken_from_the_centre(seen):
    before, after = seen["local"]["before"], seen["local"]["dragged"]
    (m, s), (m2, s2) = before["handles"][0], after["handles"][0]
    origin, right, _ = np.array(before["scale"])
    step = 30 / (right - origin)[0]
    assert s2 == pytest.approx(s, rel=1e-3)
    assert (m2 - m) / s == pytest.approx(step, rel=0.1)


def test_paths_are_the_lines(seen):
    for name in ("normal", "simplex", "gamma"):
        for state in seen[name]["charts"].values():
            drawn = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", state["path"]), float)
            origin, right, up = np.array(state["scale"])
            expected = origin + np.array(state["found"]["ball"]) @ np.array([right - origin, up - origin])
            np.testing.assert_allclose(drawn, expected, atol=0.011)


def test_balls_of_the_gamma_family(seen):
    for name, state in seen["gamma"]["charts"].items():
        a, b = state["handles"][0]
        centre, ball, level = lines(state)
        metric = np.array([[polygamma(1, a), -1 / b], [-1 / b, a / b**2]])
        if name == "mean and shape":
            jacobian = np.array([[0, 1], [-(b**2) / a, b / a]])  # of (α, β) by (m, α)
            metric = jacobian.T @ metric @ jacobian
            level = np.stack([level[:, 1], level[:, 1] / level[:, 0]], axis=-1)
        elif name != "shape and rate":
            continue
        np.testing.assert_allclose(forms(ball, centre, metric), 0.0625, rtol=1e-7)
        c, d = level.T
        divergence = (a - c) * digamma(a) - gammaln(a) + gammaln(c) + c * np.log(b / d) + a * (d - b) / b
        np.testing.assert_allclose(divergence, 0.03125, rtol=1e-8)


def test_balls_of_three_categories(seen):
    def divergence(p, q):
        p, q = (np.stack([x[0], x[1], 1 - x[0] - x[1]]) for x in (p, q))
        return np.sum(p * np.log(p / q), axis=0)

    at = np.array(seen["simplex"]["dragged"]["handles"][0])[:, None]
    charts = seen["simplex"]["charts"]
    _, _, level = lines(charts["probabilities (a flat triangle)"])
    top = 2 * level[:, 1] / 3**0.5
    np.testing.assert_allclose(
        divergence(at, (1 - level[:, 0] - top / 2, level[:, 0] - top / 2)), 0.08, rtol=1e-9
    )
    _, _, level = lines(charts["log odds"])
    odds = np.exp(level.T)
    np.testing.assert_allclose(divergence(at, odds / (1 + odds.sum(axis=0))), 0.08, rtol=1e-9)
    # On the sphere the ball is a circle in the tangent plane: of radius r where it is seen from straight above.
    centre, ball, _ = lines(charts["2√p (a piece of a sphere)"])
    height = np.sqrt(4 - centre @ centre)
    normal = np.append(centre, height) / 2
    across = ball - centre
    lifted = np.column_stack([across, -(across @ normal[:2]) / normal[2]])
    np.testing.assert_allclose(np.linalg.norm(lifted, axis=1), 0.4, rtol=1e-7)


def test_geodesics(seen):
    state = seen["geodesics"]["charts"]["information form"]
    found = state["found"]
    p, q = state["handles"]
    m, s = np.array(found["lines"]["shortest"]).T
    middle = (q[0] ** 2 - p[0] ** 2 + 2 * (q[1] ** 2 - p[1] ** 2)) / (2 * (q[0] - p[0]))
    np.testing.assert_allclose((m - middle) ** 2 / 2 + s**2, (p[0] - middle) ** 2 / 2 + p[1] ** 2, rtol=1e-10)
    for kind, coordinates in (("e", lambda m, s: (m / s**2, s**-2)), ("m", lambda m, s: (m, m**2 + s**2))):
        line = np.stack(coordinates(*np.array(found["lines"][kind]).T), axis=-1)
        ends = np.stack([coordinates(*p), coordinates(*q)])
        np.testing.assert_allclose(
            line, ends[0] + np.linspace(0, 1, 121)[:, None] * (ends[1] - ends[0]), rtol=1e-9
        )
    m, s = np.array(found["circle"]).T
    cosh = 1 + ((m - p[0]) ** 2 / 2 + (s - p[1]) ** 2) / (2 * s * p[1])
    np.testing.assert_allclose(np.sqrt(2) * np.arccosh(cosh), 0.4, rtol=1e-8)


def test_the_page_fetches_nothing_fits_its_window_and_has_two_themes(seen):
    assert seen["fetched"] == 0
    assert seen["wide"] <= 0
    assert seen["theme"] in ("dark", "light")

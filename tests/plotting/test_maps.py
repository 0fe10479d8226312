"""Curvature and volume as they are drawn, against closed forms."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy.special import polygamma

import fisherax as fx
from fisherax.plotting.chart import chart_of
from fisherax.plotting.maps import curvatures, volumes
from fisherax.plotting.style import figure_of

P = {"loc": 0.0, "scale": 1.0}


@pytest.fixture(scope="module")
def half_plane():
    return fx.Manifold(fx.Family(dist.Normal))


def bar_of(ax):
    figure = figure_of(ax)
    figure.canvas.draw()
    (bar,) = [other for other in figure.axes if other is not ax]
    return bar.get_ylabel(), [text.get_text() for text in bar.get_yticklabels()]


def test_volume_depends_on_the_parameterisation(half_plane):
    """√2/σ² in (μ, σ), and 1/√2λ³ᐟ² in (h, λ): the determinant of ∂²(h²/2λ − ½ ln λ)."""
    x, y, values = volumes(half_plane, chart_of(half_plane, P, None), ((-1.0, 1.0), (0.5, 2.0)), 5)
    np.testing.assert_allclose(values, np.broadcast_to(np.sqrt(2) / y[:, None] ** 2, (5, 5)), rtol=1e-10)
    assert (x[0], x[-1], y[0], y[-1]) == (-1, 1, 0.5, 2)
    chart = fx.plot.Chart(("h", "λ"), lambda h, precision: {"loc": h / precision, "scale": precision**-0.5})
    _, y, values = volumes(half_plane, chart, ((-4.0, 4.0), (0.25, 4.0)), 5)
    expected = 1 / (np.sqrt(2) * y[:, None] ** 1.5)
    np.testing.assert_allclose(values, np.broadcast_to(expected, (5, 5)), rtol=1e-10)


def test_the_curvature_of_gamma():
    """R = (ψ₁ + κψ₂)/2(κψ₁ − 1)², the same at every rate (Arwini and Dodson 2008, §3.2)."""
    M = fx.Manifold(fx.Family(dist.Gamma))
    chart = chart_of(M, {"concentration": 1.0, "rate": 1.0}, None)
    x, _, values = curvatures(M, chart, ((0.5, 5.0), (0.5, 3.0)), 4)
    first, second = polygamma(1, x), polygamma(2, x)
    expected = (first + x * second) / (2 * (x * first - 1) ** 2)
    np.testing.assert_allclose(values, np.broadcast_to(expected, (4, 4)), rtol=1e-8)


def test_what_is_outside_of_the_simplex_is_blank():
    """√det G = 1/√(p₁p₂p₃) in (p₁, p₂)."""
    M = fx.Manifold(fx.Family(dist.Categorical))
    chart = fx.plot.Chart(("a", "b"), lambda a, b: {"probs": jnp.stack([a, b, 1 - a - b])})
    x, y, values = volumes(M, chart, ((0.1, 0.8), (0.1, 0.8)), 8)
    a, b = np.meshgrid(x, y)
    rest = 1 - a - b
    np.testing.assert_array_equal(np.isfinite(values[rest < -1e-9]), False)
    inside = rest > 1e-9
    np.testing.assert_allclose(values[inside], (a * b * rest)[inside] ** -0.5, rtol=1e-10)


def test_pictures_have_axes_and_a_bar(half_plane):
    chart = fx.plot.Chart(("μ", "σ"), lambda m, s: {"loc": m, "scale": s}, units=("mm", "mm"))
    ax = fx.plot.volume_map(half_plane, ((-1.0, 1.0), (0.1, 2.0)), chart, num=9)
    name, ticks = bar_of(ax)
    assert name == "√det G per (mm)(mm)"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("μ (mm)", "σ (mm)")
    assert float(ticks[0]) == pytest.approx(np.sqrt(2) / 4, rel=0.01)
    assert float(ticks[-1]) == pytest.approx(np.sqrt(2) / 0.01, rel=0.01)


def test_a_constant_curvature_is_one_colour(half_plane):
    ax = fx.plot.curvature_map(half_plane, ((-1.0, 1.0), (0.5, 2.0)), params=P, num=3)
    assert bar_of(ax) == ("scalar curvature R", ["−1"])


def test_a_metric_without_a_model_of_both_signs():
    """The torus (2 + cos v)² du² + dv² has R = 2 cos v/(2 + cos v)."""
    M = fx.Manifold(lambda p: jnp.diag(jnp.stack([(2 + jnp.cos(p["v"])) ** 2, 1.0 + 0 * p["v"]])))
    point = {"u": 0.0, "v": 0.0}
    _, v, values = curvatures(M, chart_of(M, point, None), ((0.0, 3.0), (0.0, 3.0)), 5)
    expected = 2 * np.cos(v)[:, None] / (2 + np.cos(v)[:, None])
    np.testing.assert_allclose(values, np.broadcast_to(expected, (5, 5)), atol=1e-9)
    ax = fx.plot.curvature_map(M, ((0.0, 3.0), (0.0, 3.0)), params=point, num=5)
    ticks = [float(tick.replace("−", "-")) for tick in bar_of(ax)[1]]
    np.testing.assert_allclose(ticks, -np.array(ticks)[::-1], atol=1e-12)


def test_an_empty_box_is_refused(half_plane):
    with pytest.raises(ValueError, match="from a lower to a higher number"):
        fx.plot.volume_map(half_plane, ((1.0, 1.0), (0.5, 2.0)), params=P)
    with pytest.raises(ValueError, match="Nothing can be drawn"):
        fx.plot.volume_map(half_plane, ((-1.0, 1.0), (-2.0, -1.0)), params=P, num=3)

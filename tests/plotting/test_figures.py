"""Every figure draws for one, two and five parameters, and leaves matplotlib as it was."""

import sys

import matplotlib
import numpy as np
import numpyro.distributions as dist
import pytest
from matplotlib.figure import Figure

import report_fits
from fisherax.models import Family
from fisherax.plotting import (
    balls,
    count_bars,
    histogram,
    pair,
    profile,
    quantile_plot,
    residual_plot,
    response,
    triangle,
)
from fisherax.plotting.counts import frequencies
from fisherax.plotting.observations import observations_of
from fisherax.plotting.profile import curve_of
from fisherax.plotting.response import curves_of
from fisherax.plotting.style import figure_of, label, new_figure, shortened, with_unit

FITS = {1: report_fits.poisson, 2: report_fits.gamma, 5: report_fits.normal_regression}


@pytest.fixture(autouse=True)
def matplotlib_is_left_alone():
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def drawn(ax):
    """Render, so that a text or a line that cannot be drawn fails here."""
    figure = ax if isinstance(ax, Figure) else figure_of(ax)
    figure.canvas.draw()
    return figure


@pytest.mark.parametrize("size", FITS)
def test_profiles(size):
    fit = FITS[size]()
    ax = profile(fit, fit.names[0])
    drawn(ax)
    assert ax.get_xlabel() == label(fit.names[0])
    low, high = ax.get_xlim()
    assert low < float(fit.values[0]) < high


@pytest.mark.parametrize("size", [2, 5])
def test_pairs_and_triangles(size):
    fit = FITS[size]()
    drawn(pair(fit, fit.names[0], fit.names[1], upright=True))
    figure = drawn(triangle(fit, fit.names[:3]))
    count = min(size, 3)
    assert len(figure.axes) == count * (count + 1) // 2


def test_a_triangle_of_one_parameter_is_its_profile():
    assert len(drawn(triangle(report_fits.poisson())).axes) == 1


def test_a_triangle_of_too_many_is_refused():
    with pytest.raises(ValueError, match="at most 6"):
        triangle(report_fits.gamma(), ["a"] * 7)


@pytest.mark.parametrize("size", FITS)
def test_balls(size):
    fit = FITS[size]()
    data = observations_of(fit)
    assert data is not None
    information = fit.information() / fit.num_observations
    ax = balls(fit.model, fit.params, inputs=data.inputs, information=information, radii=[0.3, 0.6])
    drawn(ax)


def test_a_density_encloses_its_histogram():
    fit = report_fits.gamma()
    ax = histogram(fit.model, fit.params, observations_of(fit), "flow", "10⁸ m³")
    drawn(ax)
    assert ax.get_xlabel() == "flow (10⁸ m³)"
    x, density = next(line.get_data() for line in ax.lines if line.get_label() == "fitted density")
    assert np.trapezoid(density, x) == pytest.approx(1.0, abs=0.1)


def test_expected_counts_add_up():
    """Poisson with rate 0.61: 108.7, 66.3, 20.2, 4.1 and 0.7 corps-years (Bortkiewicz 1898, Fisher 1925)."""
    fit = report_fits.poisson()
    labels, _, observed, expected = frequencies(fit.model, fit.params, observations_of(fit))
    assert labels == ["0", "1", "2", "3", "≥ 4"]
    np.testing.assert_array_equal(observed, [109, 65, 22, 3, 1])
    np.testing.assert_allclose(expected, [108.7, 66.3, 20.2, 4.1, 0.7], atol=0.05)
    drawn(count_bars(fit.model, fit.params, observations_of(fit), "deaths"))


def test_many_counts_share_bars():
    params = {"rate": np.array(4000.0)}
    fit = report_fits.poisson()
    data = observations_of(fit)
    assert data is not None
    y = np.random.default_rng(0).poisson(4000, size=500)
    many = type(data)(None, y, np.ones(500))
    _, _, observed, expected = frequencies(Family(dist.Poisson), params, many)
    assert observed.size <= 25
    assert observed.sum() == 500
    assert expected.sum() == pytest.approx(500, rel=1e-6)


def test_residual_figures():
    residuals = np.random.default_rng(1).normal(size=300)
    drawn(quantile_plot(residuals))
    drawn(residual_plot(np.linspace(0, 1, 300), residuals, "fitted mean of y", "mm"))


def test_a_dose_response_has_a_curve_for_each_sex():
    fit = report_fits.budworm()
    data = observations_of(fit)
    assert data is not None
    assert data.size == 12
    curves = curves_of(fit, data)
    assert curves is not None
    assert curves.name == "log2(dose)"
    assert [text for text, _ in curves.groups] == ["not sex[T.male]", "sex[T.male]"]
    ax = response(fit, data, curves, name="dead")
    drawn(ax)
    intercept, male, dose = np.asarray(fit.values)
    for line, group in zip(ax.lines[::2], (0.0, 1.0), strict=True):
        x, mean = line.get_data()
        np.testing.assert_allclose(mean, 1 / (1 + np.exp(-(intercept + male * group + dose * x))), rtol=1e-9)


def test_several_covariates_have_no_one_curve():
    fit = report_fits.normal_regression()
    assert curves_of(fit, observations_of(fit)) is None


def test_a_profile_is_joined_through_its_points():
    fit = report_fits.normal_regression()
    found = fit.profile(fit.names[2])
    values, deviance = curve_of(found)
    error = float(fit.errors()[2])
    np.testing.assert_allclose(deviance, ((values - float(fit.values[2])) / error) ** 2, atol=1e-6)


def test_figures_are_drawn_on_the_axes_that_are_given():
    figure = new_figure()
    ax = figure.add_subplot()
    assert profile(report_fits.gamma(), "rate", ax=ax) is ax


def test_names_are_plain_text_and_not_overlong():
    assert label("cost_$a$") == r"cost_\$a\$"
    assert shortened("x" * 40, 11) == "xxxxx…xxxxx"
    assert len(shortened("abcdefghij" * 5, 30)) == 30
    assert with_unit("flow", "m^3") == "flow (m^3)"
    ax = profile(report_fits.normal_regression(), "λ_$1$")
    drawn(ax)
    assert ax.xaxis.label.get_text() == r"λ_\$1\$"

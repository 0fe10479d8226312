"""Triangles: regions at the levels and degrees of freedom that they state, and several fits in one figure."""

import numpy as np
import numpyro.distributions as dist
import pytest
from scipy import stats

import fisherax as fx
import report_fits
from fisherax.plotting import likelihood_region, triangle


@pytest.fixture(scope="module")
def halves():
    family = fx.Family(dist.Gamma)
    return {"early": fx.fit(family, report_fits.FLOWS[:10]), "late": fx.fit(family, report_fits.FLOWS[10:])}


def panel(figure, row, column, size):
    """The axes in a row and a column of a triangle."""
    figure.canvas.draw()
    return figure.axes[row * (row + 1) // 2 + column] if column <= row < size else None


def by_gid(ax, gid):
    return [line.get_xydata() for line in ax.lines if (line.get_gid() or "").startswith(gid)]


@pytest.mark.parametrize("freedom", [1, 2])
def test_ellipses_are_at_their_level_and_degrees_of_freedom(freedom):
    fit = report_fits.gamma()
    levels = (0.68, 0.9)
    region = likelihood_region(fit, "concentration", "rate", levels, degrees_of_freedom=freedom, exact=False)
    precision = np.linalg.inv(np.asarray(fit.covariance()))
    for level, oval in zip(levels, region.ellipses, strict=True):
        steps = oval - region.estimate
        forms = np.einsum("mi,ij,mj->m", steps, precision, steps)
        np.testing.assert_allclose(forms, stats.chi2.ppf(level, freedom), rtol=1e-8)
    assert region.boundaries == ()
    assert region.degrees_of_freedom == freedom


def test_shadows_of_one_degree_of_freedom_are_the_intervals():
    fit = report_fits.gamma()
    region = likelihood_region(fit, "concentration", "rate", (0.95,), degrees_of_freedom=1)
    low, high = fit.confidence_interval(0.95, "wald")["concentration"]
    shadow = region.ellipses[0][:, 0]
    np.testing.assert_allclose(
        [shadow.min(), shadow.max()], [low, high], rtol=1e-3
    )  # 181 points of an ellipse
    low, high = fit.confidence_interval(0.95, "profile")["concentration"]
    shadow = region.boundaries[0][:, 0]
    np.testing.assert_allclose(
        [shadow.min(), shadow.max()], [low, high], rtol=2e-2
    )  # 48 rays of a thin region


def test_the_levels_are_drawn_and_said():
    figure = triangle(report_fits.gamma(), levels=[0.5, 0.8, 0.95], degrees_of_freedom=1)
    ax = panel(figure, 1, 0, 2)
    assert len([line for line in ax.lines if len(line.get_xdata()) == 181]) == 3
    legend = figure.legends[0]
    assert "50%, 80%, 95%" in legend.get_title().get_text()
    assert "1 degree of freedom" in legend.get_title().get_text()
    assert [text.get_text() for text in legend.get_texts()] == ["likelihood", "quadratic (expected)"]


def test_fits_are_laid_over_each_other(halves):
    figure = triangle(halves, levels=[0.68, 0.95], units={"rate": "1/m³"})
    ax = panel(figure, 1, 0, 2)
    for k, fit in enumerate(halves.values()):
        region = likelihood_region(fit, "concentration", "rate", (0.68, 0.95), exact=False)
        np.testing.assert_allclose(by_gid(ax, f"ellipse-{k}"), region.ellipses, rtol=1e-12)
        assert by_gid(ax, f"region-{k}") == []
    assert ax.get_ylabel() == "rate (1/m³)"
    profiles = panel(figure, 0, 0, 2).lines
    estimates = {round(float(line.get_xdata()[0]), 6) for line in profiles if len(line.get_xdata()) == 2}
    assert {round(float(fit.params["concentration"]), 6) for fit in halves.values()} <= estimates
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["early", "late"]


def test_their_likelihood_regions_when_asked_for(halves):
    figure = triangle({"early": halves["early"]}, levels=[0.9], exact=True)
    (boundary,) = by_gid(panel(figure, 1, 0, 2), "region-0")
    fit = halves["early"]
    for point in boundary[[0, 12, 30]]:
        other = {"concentration": point[0], "rate": point[1]}
        drop = 2 * (fit.log_likelihood - np.sum(fit.model.log_prob(other, report_fits.FLOWS[:10])))
        assert float(drop) == pytest.approx(stats.chi2.ppf(0.9, 2), rel=1e-2)


def test_what_makes_no_sense_is_refused(halves):
    with pytest.raises(ValueError, match="no parameter in common"):
        triangle({"a": report_fits.poisson(), "b": report_fits.normal_regression()})
    with pytest.raises(ValueError, match="is empty"):
        triangle({})
    with pytest.raises(ValueError, match="between 0 and 1"):
        triangle(halves, levels=[95.0])
    with pytest.raises(ValueError, match="degrees_of_freedom must be a whole number, at least 1, but is 0"):
        triangle(halves, degrees_of_freedom=0)


def test_parameters_that_all_fits_share_are_drawn():
    """A Gamma law and a Poisson law both have a rate."""
    figure = triangle({"gamma": report_fits.gamma(), "poisson": report_fits.poisson()})
    assert len(figure.axes) == 1
    assert figure.axes[0].get_xlabel() == "rate"

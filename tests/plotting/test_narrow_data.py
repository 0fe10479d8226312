"""Histograms of observations that are nearly equal, or of extreme size."""

import numpy as np
import numpyro.distributions as dist
import pytest

from fisherax import Family
from fisherax.plotting.distribution import histogram
from fisherax.plotting.observations import Observations
from fisherax.plotting.shifted import Shifted, bins

DRAWS = np.random.default_rng(0).normal(size=100)
STEPS = np.random.default_rng(1).integers(0, 4, 100)
DATA = {
    "in the last digits": (1e9 + np.spacing(1e9) * STEPS, "y − 1000000000"),
    "far from 0": (1e9 + 1e-4 * DRAWS, "y − 1000000000"),
    "far below 0": (-250.5 + 1e-6 * DRAWS, "y + 250.5"),
    "tiny": (1e-300 * (1 + 1e-10 * DRAWS), "(y − 1e-300) / 1e-300"),
    "huge": (1e307 * DRAWS, "(y) / 1e+307"),
    "equal": (np.full(9, 1e17), "y − 1e+17"),
    "as usual": (3.0 + DRAWS, "y"),
}


@pytest.mark.parametrize("name", DATA)
def test_a_histogram_has_bars_and_labels_that_differ(name):
    y, label = DATA[name]
    middle = float(np.median(y))
    params = {"loc": middle, "scale": float(np.median(np.abs(y - middle))) or 1.0}
    ax = histogram(Family(dist.Normal), params, Observations(None, y, np.ones(y.size)), "y")
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    places = zip(ax.get_xticklabels(), ax.get_xticks(), strict=True)
    ticks = [text.get_text() for text, at in places if low <= at <= high]
    assert ax.get_xlabel() == label
    assert len(set(ticks)) == len(ticks) >= 2
    values, edges, _ = ax.patches[0].get_data()
    assert np.sum(values * np.diff(edges)) == pytest.approx(1.0)
    if name == "in the last digits":  # four numbers, a bar for each
        np.testing.assert_allclose(values * np.diff(edges), np.bincount(STEPS) / 100)


def test_differences_are_exact():
    y = 1e9 + np.spacing(1e9) * STEPS
    shifted = Shifted.of(y)
    np.testing.assert_array_equal(shifted.to_axis(y), np.spacing(1e9) * STEPS)
    np.testing.assert_array_equal(shifted.from_axis(shifted.to_axis(y)), y)


def test_data_as_usual_are_left_alone():
    shifted = Shifted.of(DRAWS)
    assert (shifted.origin, shifted.unit, shifted.name("y")) == (0.0, 1.0, "y")
    np.testing.assert_array_equal(bins(DRAWS, shifted.step, 60), np.histogram_bin_edges(DRAWS, bins="auto"))
    assert bins(np.append(DRAWS, 1e12), 1e-4, 60).size <= 61

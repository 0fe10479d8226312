"""The report's sentences say what the numbers say."""

import math
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisherax.report import words
from fisherax.report.combinations import directions, sharpest

widths = st.floats(1e-6, 1e6)


@pytest.mark.parametrize(
    ("n", "total", "more"), [(100, "400", "300"), (12.5, "50", "37.5"), (2500, "10,000", "7,500")]
)
def test_halving_needs_four_times_as_many_three_of_them_new(n, total, more):
    sentence = words.halving(n)
    assert f"{total} observations in all" in sentence
    assert f"{more} more" in sentence


@given(widths, st.integers(1, 10**6))
def test_observations_for_half_the_width_are_four_times_as_many(width, n):
    assert words.observations_for(n, width, width / 2) == 4 * n
    assert words.observations_for(n, width, width) == n


@given(widths)
def test_a_target_is_a_round_number_at_most_half_as_wide(width):
    target = words.target_width(width)
    assert width / 5.01 <= target <= width / 2 * (1 + 1e-9)
    digit = target / 10 ** math.floor(math.log10(target) + 1e-9)
    assert min(abs(digit - d) for d in (1, 2, 5)) < 1e-9


def test_precision_is_relative_where_a_parameter_is_positive():
    assert (
        words.precision("rate", 4.0, 0.4, True)
        == "rate is known to within 10% of its value (one standard error)."
    )
    assert (
        words.precision("loc", -4.0, 0.4, False, "mm")
        == "loc is known to within ±0.40 mm (one standard error)."
    )
    assert "no standard error" in words.precision("df", 5.0, math.inf, True)


def test_best_and_worst():
    sentence = words.best_and_worst(["a", "b", "c"], [0.3, 0.01, math.inf])
    assert sentence is not None
    assert "Best determined is b, to within 1% " in sentence
    assert "a, to within 30%" in sentence
    equal = words.best_and_worst(["a", "b"], [0.10, 0.101])
    assert equal is not None
    assert equal.startswith("Both are known about equally well")
    assert words.best_and_worst(["a"], [0.1]) is None


@pytest.mark.parametrize(
    ("correlation", "phrase", "share"),
    [(0.995, "strongly entangled", "10.0% "), (-0.6, "entangled", "80% "), (0.3, "weakly related", "95% ")],
)
def test_entangled_estimates(correlation, phrase, share):
    """Knowing one leaves √(1 − ρ²) of the other's standard error."""
    sentence = words.entangled("a", "b", correlation, "observed")
    assert phrase in sentence
    assert "observed covariance" in sentence
    percent = float(sentence.split("would be ")[1].split("%")[0])
    assert percent == pytest.approx(100 * math.sqrt(1 - correlation**2), rel=0.01)
    assert ("same way" in sentence) == (correlation > 0)
    assert share.strip().rstrip("0%.") in sentence


@pytest.mark.parametrize(
    ("correlation", "text"),
    [(0.5, "0.50"), (-0.999, "−0.999"), (0.99999999, "1.000000"), (1.0, "1.00"), (-0.001, "0.00")],
)
def test_correlations_show_how_near_one_they_are(correlation, text):
    assert words.signed(correlation) == text


def test_the_clearest_coefficient():
    sentence = words.clearest(["a", "b", "c"], [3.0, -8.0, 0.1], [1.0, 1.0, 1.0])
    assert sentence is not None
    assert "estimate of b is 8.0 standard errors" in sentence
    assert "c 0.10" in sentence
    assert words.clearest(["a"], [1.0], [math.inf]) is None


def test_lopsided_intervals_are_called_so_and_others_not():
    assert words.lopsided("a", 1.0, (0.05, 1.95), (0.0, 2.0)) is None
    sentence = words.lopsided("a", 1.0, (0.5, 3.0), (0.0, 2.0))
    assert sentence is not None
    assert "0.50 times as far down and 2.0 times as far up" in sentence
    assert words.lopsided("a", 1.0, (0.5, math.inf), (0.0, 2.0)) is None


def test_a_sandwich_that_agrees_and_one_that_does_not():
    errors = np.array([1.0, 2.0])
    assert "agree" in words.misfit(["a", "b"], errors, errors * 1.1, 500)
    sentence = words.misfit(["a", "b"], errors, errors * [1.0, 1.5], 500)
    assert "1.5 times as large for b" in sentence
    assert "for a" not in sentence
    assert "may be chance" in words.misfit(["a", "b"], errors, errors * 1.5, 20)
    assert "could not be compared" in words.misfit(["a"], np.array([np.inf]), np.array([np.inf]), 9)


def test_verdicts_name_every_reason():
    bad = types.SimpleNamespace(
        valid=False, converged=False, at_boundary=("df",), positive_definite=False, unidentified=None
    )
    sentence = words.verdict(bad)
    for reason in ("did not converge", "df ran to the boundary", "not positive definite", "Do not rely"):
        assert reason in sentence
    assert words.verdict(types.SimpleNamespace(valid=True)).startswith("The fit is valid")


def test_directions_of_positive_parameters_are_powers():
    """With equal relative errors and correlation ρ, the ratio has √(2(1 − ρ)) of either, the product √(2(1 + ρ))."""
    estimates = np.array([10.0, 0.1])
    relative = 0.01 * np.array([[1.0, 0.98], [0.98, 1.0]])
    found = directions(["a", "b"], estimates, relative * np.outer(estimates, estimates), True)
    assert [d.text for d in found] == ["a / b", "a · b"]
    np.testing.assert_allclose([d.error for d in found], 0.1 * np.sqrt([2 * 0.02, 2 * 1.98]), rtol=1e-10)
    sentence = sharpest(found)
    assert sentence is not None
    assert "a / b, to within 2% " in sentence


def test_directions_of_others_are_sums_in_standard_errors():
    covariance = np.array([[4.0, -1.2], [-1.2, 1.0]])
    found = directions(["a", "b"], np.array([-1.0, 2.0]), covariance, False)
    assert [d.text for d in found] == ["a + b", "a − b"]
    np.testing.assert_allclose([d.error for d in found], np.sqrt([0.4, 1.6]), rtol=1e-10)
    assert sharpest(found[:1]) is None

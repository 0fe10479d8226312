"""Numbers keep their digits and gain none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisherax.report.numbers import listing, p_value, percent, places_for, significant, to_places, whole

numbers = st.floats(-1e12, 1e12).filter(lambda x: abs(x) > 1e-12)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def read(text: str) -> float:
    """A number as a person reads it."""
    text = text.replace("−", "-").replace(",", "")
    if "×" in text:
        mantissa, power = text.split(" × 10")
        return float(mantissa) * 10.0 ** int(power.translate(SUPERSCRIPTS))
    return float(text)


@given(numbers, st.integers(1, 6))
def test_significant_digits_are_right_to_half_a_unit_in_the_last(x, digits):
    assert read(significant(x, digits)) == pytest.approx(x, rel=0.5001 * 10.0 ** (1 - digits))


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
def test_an_estimate_is_shown_to_a_twentieth_of_its_error(x, ratio):
    error = x * ratio
    assert abs(read(to_places(x, places_for(error))) - x) <= 0.0501 * error + 1e-9 * x


@given(st.floats(1e-6, 0.999999))
def test_a_percentage_near_certainty_is_not_certainty(p):
    text = percent(p)
    assert text not in ("0%", "100%")
    assert read(text.rstrip("%")) / 100 == pytest.approx(p, rel=0.051)


@pytest.mark.parametrize("show", [significant, lambda x: to_places(x, 2), percent, whole, p_value])
def test_what_is_not_finite_is_said(show):
    assert show(math.inf) == "∞"
    assert show(-math.inf) == "−∞"
    assert show(math.nan) == "not available"


def test_small_things():
    assert significant(0.0) == "0"
    assert to_places(-0.001, 1) == "0.0"
    assert whole(1e6) == "1,000,000"
    assert p_value(1e-9) == "< 0.0001"
    assert p_value(0.0312) == "0.031"
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"], "or") == "a, b or c"

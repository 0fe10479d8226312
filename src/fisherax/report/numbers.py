"""Numbers as a reader wants them: no more digits than the data carry, and none lost."""

import math
from collections.abc import Sequence

MINUS = "−"
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def significant(value: float, digits: int = 3) -> str:
    """`value` to so many significant digits, in plain notation where that is short.

    Examples:
        >>> significant(0.0123456), significant(1234.56), significant(-2.5e-9), significant(math.inf)
        ('0.0123', '1,235', '−2.50 × 10⁻⁹', '∞')
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return "0"
    exponent = _exponent(value, digits)
    if exponent < -4 or exponent > 6:
        return _scientific(value, digits)
    return _plain(value, max(0, digits - 1 - exponent))


def to_places(value: float, places: int) -> str:
    """`value` to so many decimal places; a negative number rounds before the point.

    Examples:
        >>> to_places(919.354, 1), to_places(1234.5, -1), to_places(0.0000031, 7)
        ('919.4', '1,230', '3.1 × 10⁻⁶')
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return _plain(0.0, max(0, min(places, 6)))
    exponent = math.floor(math.log10(abs(value)))
    if places > 6 or exponent > 8:
        return _scientific(value, max(2, min(15, exponent + places + 1)))
    return _plain(round(value, places), max(0, places))


def places_for(error: float, digits: int = 2) -> int:
    """Decimal places that show `error` to so many significant digits: the last ones worth printing.

    Examples:
        >>> places_for(0.0173), places_for(16.9), places_for(1690.0)
        (3, 0, -2)
    """
    if not math.isfinite(error) or error <= 0:
        return 4
    return digits - 1 - _exponent(error, digits)


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction as a percentage.

    Examples:
        >>> percent(0.0714), percent(0.95), percent(0.9999), percent(2.5)
        ('7.1%', '95%', '99.99%', '250%')
    """
    if not math.isfinite(fraction):
        return _not_finite(fraction)
    value = 100 * fraction
    # 99.99 % is not 100 %: near certainty, count the digits of what is missing.
    small = min(abs(value), abs(100 - value)) if 0 < value < 100 else abs(value)
    if small == 0:
        return f"{value:.0f}%"
    places = max(0, digits - 1 - _exponent(small, digits))
    text = f"{abs(value):,.{min(places, 8)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if value < 0 else ''}{text}%"


def whole(value: float) -> str:
    """A count: a whole number with its thousands apart, or three digits of one too long to read.

    Examples:
        >>> whole(1234567.0), whole(12.5), whole(3.2e13)
        ('1,234,567', '12.5', '3.20 × 10¹³')
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if abs(value) >= 1e10:
        return _scientific(value, 3)
    if value == round(value):
        return _plain(value, 0)
    return significant(value, max(3, _exponent(value, 3) + 2))


def listing(items: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def p_value(p: float) -> str:
    """A p-value: three digits, and a bound where it is too small to matter."""
    if not math.isfinite(p):
        return _not_finite(p)
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def _exponent(value: float, digits: int) -> int:
    """The power of ten of the first digit, after rounding to `digits` digits."""
    return int(f"{abs(value):.{digits - 1}e}".split("e")[1])


def _plain(value: float, places: int) -> str:
    text = f"{abs(value):,.{places}f}"
    negative = value < 0 and any(c in "123456789" for c in text)
    return (MINUS if negative else "") + text


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    sign = MINUS if value < 0 else ""
    return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "not available"
    return "∞" if value > 0 else f"{MINUS}∞"

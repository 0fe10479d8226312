"""Numbers for an axis: of a narrow range far from 0 as differences from a round number, extreme ones in a unit."""

import dataclasses
import math

import numpy as np

_NARROW = 1e-6
_LARGEST = 1e100


@dataclasses.dataclass(frozen=True)
class Shifted:
    """x = (y − origin)/unit, and what that is called.

    An axis whose numbers agree in all the digits that are written has labels that are all equal, and a histogram's bins
    of the size of rounding errors are empty.

    Attributes:
        origin: What is subtracted; 0 where nothing has to be.
        unit: What is divided by; 1 where nothing has to be.
        step: The least difference that the numbers y can have, in x.
    """

    origin: float
    unit: float
    step: float

    @staticmethod
    def of(y: np.ndarray) -> "Shifted":
        """For numbers that are all to be seen in one axis."""
        low, high = float(np.min(y)), float(np.max(y))
        size = max(abs(low), abs(high))
        width = high / 2 - low / 2  # which does not overflow
        origin = 0.0
        if 2 * width <= _NARROW * size and (width > 0 or size > 1 / _NARROW):
            origin = _round_number(float(np.median(y)), 2 * width)
        unit = 1.0
        if width > _LARGEST or 0 < width < 1 / _LARGEST:
            unit = 10.0 ** max(math.floor(math.log10(width)), -300)
        return Shifted(origin, unit, float(np.spacing(size)) / unit)

    def to_axis(self, y: np.ndarray) -> np.ndarray:
        """x(y)."""
        return (y - self.origin) / self.unit if self.origin else y / self.unit

    def from_axis(self, x: np.ndarray) -> np.ndarray:
        """y(x)."""
        return self.origin + self.unit * x

    def name(self, name: str) -> str:
        """What x is, given what y is."""
        if self.origin:
            shown = repr(abs(self.origin)).removesuffix(".0")
            name = f"{name} {'−' if self.origin > 0 else '+'} {shown}"
        return name if self.unit == 1.0 else f"({name}) / {self.unit:.0e}"


def _round_number(value: float, width: float) -> float:
    """A number near the value, with no more digits than tell it from others in a range of this width."""
    if width == 0:
        return value
    found = round(value, -math.floor(math.log10(width)) - 1)
    return found if abs(found - value) <= 10 * width else value


def bins(x: np.ndarray, step: float, most: int) -> np.ndarray:
    """Edges of a histogram of numbers that are multiples of a step: no bin is too narrow to hold one of them."""
    low, high = float(np.min(x)), float(np.max(x))
    count = round((high - low) / step) + 1 if step > 0 else most + 1
    if 1 < count <= most and (high - low) / count < 4 * step:
        return low + step * (np.arange(count + 1) - 0.5)
    edges = np.histogram_bin_edges(x, bins="auto")
    return np.linspace(edges[0], edges[-1], most + 1) if edges.size - 1 > most else edges

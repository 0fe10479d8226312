"""The real line as a scale for an observation: x = ln y for what is positive, a logit between two bounds."""

import dataclasses
from typing import Any

import numpy as np
from numpyro.distributions import constraints as C

_FAR = 600.0
"""e⁶⁰⁰ is still a number; beyond it no distribution that is drawn has any mass."""


@dataclasses.dataclass(frozen=True)
class Axis:
    """Observations between `low` and `high`, either of which may be infinite."""

    low: float
    high: float

    def to_free(self, y: np.ndarray) -> np.ndarray:
        """x(y), ascending."""
        with np.errstate(divide="ignore"):
            left = np.log(y - self.low) if np.isfinite(self.low) else None
            right = np.log(self.high - y) if np.isfinite(self.high) else None
        if left is None and right is None:
            return np.asarray(y, float)
        if left is None:
            return np.clip(-np.asarray(right), -_FAR, _FAR)
        return np.clip(left if right is None else left - right, -_FAR, _FAR)

    def from_free(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """y(x) and its slope; the slope is 0 where y is too far out to be told apart."""
        if not np.isfinite(self.low) and not np.isfinite(self.high):
            return x, np.ones_like(x)
        far = np.abs(x) > _FAR
        x = np.clip(x, -_FAR, _FAR)
        if not np.isfinite(self.high):
            y, slope = self.low + np.exp(x), np.exp(x)
        elif not np.isfinite(self.low):
            y, slope = self.high - np.exp(-x), np.exp(-x)
        else:
            length = self.high - self.low
            left, right = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(x))
            y = np.where(x < 0, self.low + length * left, self.high - length * right)
            slope = length * left * right
        return y, np.where(far, 0.0, slope)


def axis_of(support: Any) -> Axis | None:
    """The axis of a continuous support; None if it is no interval of the real line."""
    if isinstance(support, type(C.real)):
        return Axis(-np.inf, np.inf)
    low, high = (getattr(support, name, None) for name in ("lower_bound", "upper_bound"))
    if low is None and high is None:
        return None
    return Axis(
        -np.inf if low is None else float(np.asarray(low)),
        np.inf if high is None else float(np.asarray(high)),
    )

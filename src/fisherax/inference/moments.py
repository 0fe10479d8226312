"""Weighted moments and quantiles of a sample."""

import math

import numpy as np


class Summary:
    """Weighted moments and quantiles of a univariate sample."""

    def __init__(self, x: np.ndarray, weights: np.ndarray | None):
        self.x = np.asarray(x, float)
        self.weights = np.ones(len(self.x)) if weights is None else np.asarray(weights, float)
        self.total = float(self.weights.sum())

    def mean_of(self, values: np.ndarray) -> float:
        # Not a product of vectors: that wakes BLAS's threads, which then spin where the passes that follow run.
        return float(np.sum(self.weights * values) / self.total)

    @property
    def mean(self) -> float:
        return self.mean_of(self.x)

    @property
    def sd(self) -> float:
        return math.sqrt(max(self.mean_of((self.x - self.mean) ** 2), 0.0))

    def quantile(self, level: float) -> float:
        """The middle of all values between which the weights below and above split at `level`."""
        order = np.argsort(self.x, kind="stable")
        order = order[self.weights[order] > 0]
        x, below = self.x[order], np.cumsum(self.weights[order])
        target = level * below[-1]
        low = np.searchsorted(below, target * (1 - 1e-12))
        high = np.searchsorted(below, target * (1 + 1e-12), side="right")
        return float(0.5 * (x[min(low, len(x) - 1)] + x[min(high, len(x) - 1)]))

    @property
    def median(self) -> float:
        return self.quantile(0.5)

    @property
    def half_range(self) -> float:
        """Half the distance of the quartiles."""
        return 0.5 * (self.quantile(0.75) - self.quantile(0.25))

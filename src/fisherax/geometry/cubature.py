"""Adaptive cubature over one to three numbers, by nested Clenshaw–Curtis rules; all boxes of a round at once."""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

_POINTS = {1: 33, 2: 17, 3: 9}
"""Points of the finer rule along each axis; the coarser one has every second of them."""
_MOST = {1: 200_000, 2: 600_000, 3: 1_500_000}


@dataclass
class Boxes:
    """Boxes that tile a region, with the integral over each and an estimate of its error.

    Attributes:
        lower, upper: Corners (m, k).
        values, errors: (m,).
        converged: Whether the errors add up to what was asked for.
    """

    lower: np.ndarray
    upper: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    converged: bool = True

    @property
    def value(self) -> float:
        return float(math.fsum(self.values))

    @property
    def error(self) -> float:
        return float(math.fsum(self.errors))


@functools.cache
def clenshaw_curtis(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes −cos(πj/n) and weights on [−1, 1], n + 1 of them with n even.

    wⱼ = (cⱼ/n)(1 − Σₖ bₖ cos(2πkj/n)/(4k² − 1)), k = 1 … n/2, with bₖ = 2 but for the last, and cⱼ = 2 but at the ends.
    """
    n = points - 1
    j, k = np.arange(points), np.arange(1, n // 2 + 1)
    b = np.where(k == n // 2, 1.0, 2.0)
    c = np.where((j == 0) | (j == n), 1.0, 2.0)
    terms = (b / (4.0 * k**2 - 1.0)) * np.cos(2.0 * np.pi * np.outer(j, k) / n)
    return -np.cos(np.pi * j / n), c / n * (1.0 - terms.sum(axis=1))


def integrate_boxes(
    function: Callable[[np.ndarray], np.ndarray], edges: Sequence[Sequence[float]], tolerance: float
) -> Boxes:
    """∫ of a positive function of points (n, k) over the box that `edges` cut into first boxes.

    Boxes whose error is more than their share are halved, across the axis along which the two rules differ most, until
    the errors add up to less than `tolerance` of the whole.
    """
    size = len(edges)
    pairs = itertools.product(*(itertools.pairwise(edge) for edge in edges))
    corners = np.array([*pairs])
    lower, upper = corners[..., 0], corners[..., 1]
    values, errors, across = _rules(function, lower, upper)
    spent = len(lower)
    limit = _MOST[size] // _POINTS[size] ** size
    while errors.sum() > tolerance * values.sum():
        share = 0.5 * tolerance * values.sum() / len(errors)
        order = np.argsort(-errors)
        chosen = order[errors[order] > share][: max(1, min(len(errors), limit // 8))]
        spent += 2 * len(chosen)
        if spent > limit:
            return Boxes(lower, upper, values, errors, False)
        middle = 0.5 * (lower[chosen] + upper[chosen])
        rows, axis = np.arange(len(chosen)), across[chosen]
        left, right = upper[chosen].copy(), lower[chosen].copy()
        left[rows, axis] = right[rows, axis] = middle[rows, axis]
        new = np.concatenate([lower[chosen], right]), np.concatenate([left, upper[chosen]])
        rest = np.setdiff1d(np.arange(len(errors)), chosen)
        parts = _rules(function, *new)
        lower, upper = (
            np.concatenate([old[rest], more]) for old, more in zip((lower, upper), new, strict=True)
        )
        values, errors, across = (
            np.concatenate([old[rest], more])
            for old, more in zip((values, errors, across), parts, strict=True)
        )
    return Boxes(lower, upper, values, errors)


def _rules(
    function: Callable[[np.ndarray], np.ndarray], lower: np.ndarray, upper: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The integral over each box, its error, and the axis along which it is least known."""
    count, size = lower.shape
    points = _POINTS[size]
    nodes, fine = clenshaw_curtis(points)
    coarse = np.zeros(points)
    coarse[::2] = clenshaw_curtis(points // 2 + 1)[1]
    grid = np.stack(np.meshgrid(*[nodes] * size, indexing="ij"), axis=-1).reshape(-1, size)
    middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    at = (middle[:, None] + half[:, None] * grid).reshape(-1, size)
    values = function(at).reshape(count, *[points] * size)
    scale = np.prod(half, axis=1)

    def total(weights: Sequence[np.ndarray]) -> np.ndarray:
        result = values
        for weight in reversed(weights):
            result = result @ weight
        return result * scale

    whole = total([fine] * size)
    off = np.abs(whole - total([coarse] * size))
    along = np.stack(
        [np.abs(whole - total([coarse if i == axis else fine for i in range(size)])) for axis in range(size)]
    )
    # QUADPACK's: the finer rule has more than twice the digits of the difference.
    safe = np.where(whole > 0.0, whole, 1.0)
    errors = np.where(whole > 0.0, safe * np.minimum(off / safe, (50.0 * off / safe) ** 1.5), off)
    errors = np.maximum(errors, 1e-15 * np.abs(whole))
    return whole, errors, np.argmax(along + 1e-300 * (upper - lower).T, axis=0)

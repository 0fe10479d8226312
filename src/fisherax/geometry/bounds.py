"""Two numbers that a distance lies between."""

from typing import NamedTuple

from .._types import Scalar


class Bounds(NamedTuple):
    """A pair lower ≤ d ≤ upper.

    Made by `Manifold.distance_bounds`.

    Attributes:
        lower: No path is shorter.
        upper: Some path is as short.
    """

    lower: Scalar
    upper: Scalar

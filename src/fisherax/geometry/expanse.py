"""∫ √det G over a box whose ends may be open: how far to go, the integral, and an error that covers both."""

import itertools
import math
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from .cubature import Boxes, integrate_boxes
from .field import Field
from .region import Axis, Region
from .tails import Density, Ends, Tail, Unknown, reference, tail

MOST = 3
"""More numbers than these are too many for cubature."""
MOST_FOLLOWED = 6
"""More than these are too many to follow each to its ends, with a few values of all others."""
INNER = 0.7
"""An integral that converges has next to nothing in the outer part of a box that is long enough."""
NEAR = (3.0, 4.5, 6.0)
"""Distances from the middle at which growth would be seen that is too narrow to be seen further out."""
_TOGETHER = (
    "whether the integral of √det G converges could not be decided: it goes on to grow as several parameters go to "
    "their ends together. Bound one of them."
)
Tails = dict[tuple[int, int], Tail]
"""By the axis and the side."""


@dataclass(frozen=True)
class Total:
    """An integral of √det G.

    Attributes:
        value: The integral; ∞ where it diverges.
        error: An estimate of its absolute error; None for a closed form.
        method: "closed form" or "cubature".
        diverges: The ends at which it diverges, (label, words of the end); none if it is finite.
        density: What was integrated; None for a closed form.
        boxes: Boxes, in t, that tile what was found to hold all of it.
    """

    value: float
    error: float | None
    method: str
    diverges: tuple[tuple[str, str], ...] = ()
    density: Density | None = None
    boxes: Boxes | None = None


def integrate(call: str, metric: Field, region: Region) -> Total:
    """∫ √det G over the region; where the information cannot be computed far out, with more of it continued."""
    try:
        return _integrate(call, metric, region, 25.0)
    except Unknown:
        return _integrate(call, metric, region, 15.0)


def _integrate(call: str, metric: Field, region: Region, computed: float) -> Total:
    if region.dim > MOST_FOLLOWED:
        raise ValueError(f"{call}: {_too_many(region)}")
    density = Density(call, metric, region)
    _refuse_singular(call, density)
    tails: Tails = {
        (axis, side): tail(density, axis, side, computed)
        for axis, known in enumerate(region.axes)
        for side in known.open_sides()
    }
    diverging = [end for end, found in tails.items() if found.verdict == "diverges"]
    if diverging:
        return Total(math.inf, None, "cubature", _words(region, diverging))
    for (axis, side), found in tails.items():
        if found.verdict == "undecided":
            raise ValueError(f"{call}: {_undecided(region.axes[axis], side, found)}")
    if region.dim > MOST:
        raise ValueError(f"{call}: {_too_many(region)}")
    lower, upper = _box(region, tails)
    density.ends = _continuation(region, tails)
    density.shift = _peak(density, lower, upper)
    boxes, outer = _boxes(call, density, tails, lower, upper)
    if region.dim > 1 and tails:
        # Each end was followed with the other numbers near the middle; along a diagonal there may be more.
        last = math.inf
        while outer > max(1e-9 * boxes.value, 2.0 * boxes.error):
            if outer >= INNER * last:
                return Total(math.inf, None, "cubature", _words(region, list(tails)))
            if max(abs(lower).max(), abs(upper).max()) > 400.0:
                raise ValueError(f"{call}: {_TOGETHER}")
            last = outer
            lower, upper = _scaled(region, tails, lower, upper, 1.0 / INNER)
            boxes, outer = _boxes(call, density, tails, lower, upper)
        expected = sum(found.left for found in tails.values())
        several = len({axis for axis, _ in tails}) > 1
        if several and (
            not _settles(region, tails, boxes) or _continued(density, boxes) > 30.0 * expected * boxes.value
        ):
            raise ValueError(f"{call}: {_TOGETHER}")
    else:
        outer = 0.0
    error = (
        boxes.error
        + outer
        + density.hidden * float(np.prod(upper - lower))
        + 0.05 * _continued(density, boxes)
    )
    if not error <= 1e-3 * boxes.value:
        raise ValueError(
            f"{call}: the integral of √det G is not known to three digits (its relative error is "
            f"{error / boxes.value:.1g}): in a part of the box the information is mostly rounding, or is large along a "
            "narrow ridge. Choose a smaller box."
        )
    unit = math.exp(density.shift)
    return Total(boxes.value * unit, error * unit, "cubature", (), density, boxes)


def _words(region: Region, ends: list[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    return tuple((region.axes[axis].label, region.axes[axis].words(side)) for axis, side in ends)


def _too_many(region: Region) -> str:
    return (
        f"an integral over {region.dim} numbers is too much for cubature, which takes {MOST} at most, and the library "
        "knows no closed form for this one. Hold some parameters fixed."
    )


def _undecided(axis: Axis, side: int, found: Tail) -> str:
    reached = float(axis.value(jnp.asarray(found.known)))
    return (
        f"whether the integral of √det G converges as {axis.label} goes to {axis.words(side)} could not be decided: "
        f"it was followed to {axis.label} = {reached:.3g}, where the information can no longer be computed or √det G "
        f"falls too slowly to tell. Bound {axis.label} there."
    )


def _refuse_singular(call: str, density: Density) -> None:
    region = density.region
    points = np.array([*itertools.product(*(reference(region, axis) for axis in range(region.dim)))])
    values, _ = density.logs(points)
    labels = ", ".join(axis.label for axis in region.axes)
    if np.all(np.isneginf(values)):
        raise ValueError(
            f"{call}: the information is singular throughout the box, so that its volume element is 0: the data "
            f"do not determine all of {labels}; `fx.fisher(...).unidentified()` names the combination."
        )
    if np.all(np.isnan(values)):
        raise ValueError(
            f"{call}: the information of {labels} can be computed nowhere near the middle of the box."
        )


def _box(region: Region, tails: Tails) -> tuple[np.ndarray, np.ndarray]:
    lower = [tails[i, -1].full if (i, -1) in tails else axis.lower for i, axis in enumerate(region.axes)]
    upper = [tails[i, 1].full if (i, 1) in tails else axis.upper for i, axis in enumerate(region.axes)]
    return np.array(lower), np.array(upper)


def _continuation(region: Region, tails: Tails) -> Ends:
    """Beyond what is known the density goes on as it was; where nothing has to be continued it is known for ever."""

    def at(side: int, read: str, default: float) -> jnp.ndarray:
        ends = [tails.get((i, side)) for i in range(region.dim)]
        found = [getattr(end, read) if end is not None and end.decay > 0.0 else default for end in ends]
        return jnp.asarray(found)

    return Ends(
        at(-1, "known", -math.inf), at(1, "known", math.inf), at(-1, "decay", 0.0), at(1, "decay", 0.0)
    )


def _peak(density: Density, lower: np.ndarray, upper: np.ndarray) -> float:
    """About the largest ln h."""
    edges = [np.linspace(a, b, 9) for a, b in zip(lower, upper, strict=True)]
    nodes = [0.5 * (edge[1:] + edge[:-1]) for edge in edges]
    middle = [reference(density.region, axis) for axis in range(density.region.dim)]
    points = np.array([*itertools.product(*nodes), *itertools.product(*middle)])
    with np.errstate(divide="ignore"):
        return float(np.max(np.log(density(points))))


def _boxes(
    call: str, density: Density, tails: Tails, lower: np.ndarray, upper: np.ndarray
) -> tuple[Boxes, float]:
    """The integral over a finite box of t, and what is in its outer part, towards the open ends."""
    region = density.region
    inner = _scaled(region, tails, lower, upper, INNER)
    edges = []
    several = len({axis for axis, _ in tails}) > 1
    for i in range(region.dim):
        a, b = float(inner[0][i]), float(inner[1][i])
        count = max(1, min(6 if region.dim == 1 else 2, math.ceil((b - a) / 12.0)))
        known = density.ends.lower[i], density.ends.upper[i]
        cuts = {*np.linspace(a, b, count + 1), lower[i], upper[i]}
        if several:
            cuts |= {
                region.axes[i].start + side * near for side in (-1, 1) if (i, side) in tails for near in NEAR
            }
        cuts = {float(cut) for cut in cuts if lower[i] <= cut <= upper[i]}
        edges.append(sorted(cuts | {float(cut) for cut in known if lower[i] < cut < upper[i]}))
    tolerance = max(1e-10 if region.dim < 3 else 1e-7, 200.0 * float(jnp.finfo(float).eps))
    boxes = integrate_boxes(density, edges, tolerance)
    if not boxes.converged and boxes.error > 1e-4 * boxes.value:
        raise ValueError(
            f"{call}: the integral of √det G over the box did not converge: it may diverge inside it, at a point "
            "where the metric is singular."
        )
    outside = np.any((boxes.lower < inner[0]) | (boxes.upper > inner[1]), axis=1)
    return boxes, float(boxes.values[outside].sum())


def _settles(region: Region, tails: Tails, boxes: Boxes) -> bool:
    """Whether the integral over boxes that grow by equal steps had stopped to grow, or goes on to where it ends.

    A ridge along which several parameters go to their ends together gets narrower in t with every step: near the middle
    it is found, and further out it may be missed.
    """
    start = np.array([axis.start for axis in region.axes])
    sums = []
    for near in NEAR:
        inner = np.ones(len(boxes.values), bool)
        for axis, side in tails:
            reach = side * ((boxes.lower if side < 0 else boxes.upper)[:, axis] - start[axis])
            inner &= reach <= near + 1e-9
        sums.append(float(boxes.values[inner].sum()))
    first, second, rest = sums[1] - sums[0], sums[2] - sums[1], boxes.value - sums[2]
    return second < 0.9 * first or second < 1e-9 * boxes.value or rest > 0.5 * second


def _scaled(
    region: Region, tails: Tails, lower: np.ndarray, upper: np.ndarray, factor: float
) -> tuple[np.ndarray, np.ndarray]:
    """The box with its open ends moved."""
    lower, upper = lower.copy(), upper.copy()
    for axis, side in tails:
        end, start = (lower if side < 0 else upper), region.axes[axis].start
        end[axis] = start + factor * (end[axis] - start)
    return lower, upper


def _continued(density: Density, boxes: Boxes) -> float:
    """What was continued rather than computed."""
    known = np.asarray(density.ends.lower), np.asarray(density.ends.upper)
    beyond = np.any((boxes.upper <= known[0]) | (boxes.lower >= known[1]), axis=1)
    return float(boxes.values[beyond].sum())

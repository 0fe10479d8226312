"""A box of parameters, in coordinates t that put its open ends at infinity: what volumes are integrated over.

An end is open where it is infinite, at the edge of the parameter's space, or where the metric is singular. There
powers of the distance to it become exponentials of t: a rate is eᵗ, a probability a logistic t, a location sinh t.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import leaf_name
from .._types import Array, Params, Vector
from ..models.coordinates import Coordinates, base_constraint

Pair = tuple[Any, Any]
FAR = 200.0
"""No coordinate is looked at beyond it: e²⁰⁰ and its square are still numbers."""


@jtu.register_static
@dataclass(frozen=True)
class Axis:
    """One number of the parameters, θ(t) for t from `lower` to `upper`.

    Attributes:
        label: Its name.
        chart: "plain" t, "above" a + eᵗ, "below" b − e⁻ᵗ, "between" a + (b − a)/(1 + e⁻ᵗ), or "line" a + sinh t.
        a, b: The numbers in it.
        ends: The box in θ.
    """

    label: str
    chart: str
    a: float
    b: float
    ends: tuple[float, float]

    def value(self, t: Array) -> Array:
        """θ(t)."""
        match self.chart:
            case "above":
                return self.a + jnp.exp(t)
            case "below":
                return self.b - jnp.exp(-t)
            case "between":
                return self.a + (self.b - self.a) * jax.nn.sigmoid(t)
            case "line":
                return self.a + jnp.sinh(t)
        return t

    def coordinate(self, value: float) -> float:
        """t(θ); infinite at an open end."""
        if math.isinf(value):
            return value
        match self.chart:
            case "above":
                return _log(value - self.a)
            case "below":
                return -_log(self.b - value)
            case "between":
                return _log(value - self.a) - _log(self.b - value)
            case "line":
                return math.asinh(value - self.a)
        return value

    @property
    def lower(self) -> float:
        return self.coordinate(self.ends[0])

    @property
    def upper(self) -> float:
        return self.coordinate(self.ends[1])

    def reach(self, side: int, digits: float) -> float:
        """How far t may go on a side (−1, 1) before the distance of θ to its edge has fewer digits than asked."""
        edge = self.a if side < 0 else self.b
        width = self.b - self.a if self.chart == "between" else 1.0
        towards_edge = self.chart == "between" or (self.chart, side) in (("above", -1), ("below", 1))
        if not towards_edge or edge == 0.0:
            return side * FAR
        return side * min(FAR, -math.log(digits * abs(edge) / width))

    def words(self, side: int) -> str:
        """An end, as a reader would name it."""
        end = self.ends[0 if side < 0 else 1]
        return f"{end:g}" if math.isfinite(end) else ("infinity" if end > 0 else "−infinity")

    @property
    def start(self) -> float:
        """A point inside, in t, from which the open ends are approached."""
        if math.isinf(self.lower) and math.isinf(self.upper):
            return 0.0
        if math.isinf(self.lower):
            return self.upper
        return self.lower if math.isinf(self.upper) else 0.5 * (self.lower + self.upper)

    def open_sides(self) -> tuple[int, ...]:
        return tuple(side for side, t in ((-1, self.lower), (1, self.upper)) if math.isinf(t))


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


@jtu.register_static
@dataclass(frozen=True)
class Region:
    """A box of parameters, and the map from its coordinates t.

    Attributes:
        coordinates: The parameters' own unconstrained coordinates; those of a leaf whose entries are tied are its t.
        axes: One for each number.
    """

    coordinates: Coordinates
    axes: tuple[Axis, ...]

    def to_params(self, t: Vector) -> Params:
        """θ(t)."""
        known, leaves, start = self.coordinates, [], 0
        for constraint, shape, dtype in zip(known.constraints, known.free_shapes, known.dtypes, strict=True):
            stop = start + math.prod(shape)
            values = [axis.value(t[start + i]) for i, axis in enumerate(self.axes[start:stop])]
            free = jnp.reshape(jnp.stack(values), shape) if values else jnp.zeros(shape)
            leaves.append(jnp.asarray(free if is_box(constraint.value) else constraint.bijector(free), dtype))
            start = stop
        return jtu.tree_unflatten(known.treedef, leaves)

    def ends(self) -> dict[str, tuple[Array, Array]]:
        """The box of each leaf, by its name, for leaves whose entries are not tied."""
        found, start = {}, 0
        for name, constraint, shape in zip(
            self.coordinates.names, self.coordinates.constraints, self.coordinates.free_shapes, strict=True
        ):
            stop = start + math.prod(shape)
            pairs = [axis.ends for axis in self.axes[start:stop]]
            if is_box(constraint.value):
                low, high = (jnp.reshape(jnp.asarray([pair[i] for pair in pairs]), shape) for i in (0, 1))
                found[name] = (low, high)
            start = stop
        return found

    @property
    def dim(self) -> int:
        return len(self.axes)


def is_box(constraint: Any) -> bool:
    """Whether every entry is constrained by itself."""
    return base_constraint(constraint).event_dim == 0


def region_of(
    call: str,
    coordinates: Coordinates,
    bounds: dict[str, Any],
    singular: frozenset[tuple[int, int]] = frozenset(),
) -> Region:
    """The box with these bounds, by the names of leaves, and the whole space of all others.

    `singular` are the (number, side) of finite ends where the metric is singular.
    """
    unknown = [name for name in bounds if name not in coordinates.names]
    if unknown:
        raise ValueError(
            f"{call}: there is no parameter {unknown[0]!r} to bound; there are {', '.join(coordinates.names)}."
        )
    axes: list[Axis] = []
    for name, constraint, shape in zip(
        coordinates.names, coordinates.constraints, coordinates.free_shapes, strict=True
    ):
        pair = bounds.get(name)
        base = base_constraint(constraint.value)
        if not is_box(constraint.value):
            if pair is not None:
                raise ValueError(
                    f"{call}: the entries of {name!r} are tied to each other, so that they have no box: leave it out "
                    "of the bounds, and its whole space is taken."
                )
            size = math.prod(shape)
            axes += [
                Axis(f"{name} (coordinate {i + 1})", "plain", 0.0, 0.0, (-math.inf, math.inf))
                for i in range(size)
            ]
            continue
        edges = (_edge(base, "lower_bound", -math.inf), _edge(base, "upper_bound", math.inf))
        lows, highs = _pair(call, name, edges if pair is None else pair, shape)
        for index in np.ndindex(shape):
            label = f"{name}[{', '.join(map(str, index))}]" if index else name
            ends = float(lows[index]), float(highs[index])
            _check(call, label, ends, edges)
            flags = tuple((len(axes), side) in singular for side in (-1, 1))
            axes.append(_axis(label, ends, (-math.inf, math.inf) if constraint.is_angle else edges, flags))
    return Region(coordinates, tuple(axes))


def _axis(
    label: str, ends: tuple[float, float], edges: tuple[float, float], singular: tuple[bool, ...]
) -> Axis:
    low = ends[0] if singular[0] else edges[0]
    high = ends[1] if singular[1] else edges[1]
    if math.isfinite(low) and math.isfinite(high):
        return Axis(label, "between", low, high, ends)
    if math.isfinite(low):
        return Axis(label, "above", low, 0.0, ends)
    if math.isfinite(high):
        return Axis(label, "below", 0.0, high, ends)
    if math.isfinite(ends[0]) and math.isfinite(ends[1]):
        return Axis(label, "plain", 0.0, 0.0, ends)
    return Axis(label, "line", next((end for end in ends if math.isfinite(end)), 0.0), 0.0, ends)


def _edge(constraint: Any, name: str, default: float) -> float:
    bound = getattr(constraint, name, None)
    return default if bound is None else float(np.asarray(bound))


def _pair(call: str, name: str, pair: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    try:
        low, high = (np.broadcast_to(np.asarray(end, float), shape) for end in pair)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{call}: the bounds of {name!r} must be a pair (lower, upper) of numbers, or of arrays of shape {shape}, "
            f"not {pair!r}."
        ) from error
    return low, high


def _check(call: str, label: str, ends: tuple[float, float], edges: tuple[float, float]) -> None:
    low, high = ends
    if not low < high:
        raise ValueError(
            f"{call}: the bounds of {label!r} must be (lower, upper) with lower < upper, not ({low:g}, {high:g})."
        )
    if low < edges[0] or high > edges[1]:
        raise ValueError(
            f"{call}: the bounds ({low:g}, {high:g}) of {label!r} leave its space, which is from {edges[0]:g} to "
            f"{edges[1]:g}."
        )


def bounds_and_like(call: str, box: Any) -> tuple[dict[str, Pair | None], Params]:
    """A pytree of (lower, upper), or of None for all of a number's space, by leaf; and parameters shaped like it."""
    with_path, treedef = jtu.tree_flatten_with_path(box, is_leaf=_is_bound)
    bad = next((leaf for _, leaf in with_path if not _is_bound(leaf)), None)
    if bad is not None:
        raise ValueError(
            f"{call}: a box has a pair (lower, upper) for each parameter, and not {bad!r}: "
            '{"loc": (-1.0, 1.0), "scale": (0.5, 2.0)}.'
        )
    bounds = {leaf_name(path): leaf for path, leaf in with_path}
    like = [
        jnp.zeros(() if leaf is None else np.broadcast_shapes(*map(np.shape, leaf))) for _, leaf in with_path
    ]
    return bounds, jtu.tree_unflatten(treedef, like)


def _is_bound(leaf: Any) -> bool:
    return leaf is None or (
        isinstance(leaf, tuple) and len(leaf) == 2 and not any(isinstance(end, dict | tuple) for end in leaf)
    )

"""The Fisher ball at a point, with the set of equal divergence that it approximates."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from matplotlib.axes import Axes

from .._tree import as_arrays
from .._types import Array, Params
from ..information import Exact, fisher
from ..models.base import Model
from ..models.tangent import Free, Tangent
from ..operators import Information
from .divergence import divergences, thinned
from .rays import IDENTITY, Rays, ellipse, scale_of
from .style import INK, MUTED, QUADRATIC, TRUTH, axes_of, label, styled, with_unit
from .triangle import focus

_RESOLUTION = (40, 12)
"""Rays, and points on each."""


@dataclasses.dataclass(frozen=True)
class Balls:
    """Fisher balls of several radii around one point, in two coordinates, the others held fixed.

    Attributes:
        names: The two coordinates.
        centre: (2,) their values at the point; 0 where a coordinate is a direction and no entry.
        radii: The radii r.
        ellipses: One (m, 2) line for each: {δ : δᵀGδ = r²}.
        level_sets: One (m, 2) line for each: {δ : KL(p_θ ‖ p_{θ+δ}) = r²/2}; NaN where it was not reached.
        metric: (2, 2) the information in the two coordinates.
    """

    names: tuple[str, str]
    centre: np.ndarray
    radii: tuple[float, ...]
    ellipses: tuple[np.ndarray, ...]
    level_sets: tuple[np.ndarray, ...]
    metric: np.ndarray


def fisher_balls(
    model: Model,
    params: Params,
    coordinates: tuple[str, str] | None = None,
    radii: Sequence[float] = (0.25, 0.5, 1.0),
    inputs: Any = None,
    information: Information | None = None,
    constraints: Mapping[str, Any] | None = None,
) -> Balls:
    """Fisher balls {δ : δᵀGδ ≤ r²} at a point, and the sets KL(p_θ ‖ p_{θ+δ}) ≤ r²/2 that they stand for.

    Args:
        model: A family or a `Conditional`.
        params: The point θ.
        coordinates: Two labels of the tangent space (`model.tangent(params).labels`); the first two if None.
        radii: Radii r, ascending. A ball of radius r holds the members within about r²/2 nats of θ.
        inputs: Inputs to average over, for a `Conditional`; at most 100 of them are used.
        information: The information of one observation, if it is known already.
        constraints: NumPyro constraints of the parameters by leaf; the model's own if None.

    Raises:
        ValueError: If the model has fewer than two coordinates, a label is none of its own, or the two
            coordinates change the distribution in the same way.
    """
    params = as_arrays(params)
    tangent = model.tangent(params)
    chosen = coordinates or tangent.labels[:2]
    if len(chosen) != 2 or any(name not in tangent.labels for name in chosen):
        raise ValueError(
            f"A ball is drawn in two coordinates out of {', '.join(tangent.labels)}, not {', '.join(chosen)}."
        )
    indices = [tangent.labels.index(name) for name in chosen]
    constraints = constraints_of(model) if constraints is None else constraints
    inputs = None if inputs is None else thinned(inputs)
    information = fisher(model, params, inputs, Exact()) if information is None else information
    metric = np.asarray(information.coordinates_matrix())[np.ix_(indices, indices)]
    scales, centre = _entries(constraints, tangent, params, indices)
    covariance = _inverse(metric)
    rays = Rays.around(centre, covariance, 2.2 * max(radii), scales, *_RESOLUTION)
    points = rays.points()
    inside = _inside(constraints, tangent, params, indices, points - centre)
    steps = np.where(inside[..., None], points - centre, 0.0).reshape(-1, 2)
    values = divergences(model, params, tangent, np.array(indices), steps, inputs)
    divergence = np.where(inside, values.reshape(inside.shape), np.inf)
    divergence[:, 0] = 0.0
    return Balls(
        names=(chosen[0], chosen[1]),
        centre=centre,
        radii=tuple(radii),
        ellipses=tuple(ellipse(centre, covariance, radius) for radius in radii),
        level_sets=tuple(rays.level_set(divergence, radius**2 / 2) for radius in radii),
        metric=metric,
    )


def balls(
    model: Model,
    params: Params,
    coordinates: tuple[str, str] | None = None,
    radii: Sequence[float] = (0.25, 0.5, 1.0),
    inputs: Any = None,
    information: Information | None = None,
    constraints: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    upright: bool = False,
) -> Axes:
    """Draw Fisher balls at a point (dashed) and the sets of equal divergence that they approximate (solid).

    Where dashed and solid lines agree, the information says all there is to say about how far two members of
    the model can be told apart. Arguments as for `fisher_balls`; of a model with one coordinate, the
    divergence is drawn as a curve over it. `units` maps names to units; `upright` draws, for the second
    coordinate, what is left of it after the ellipse's slope on the first one (see `pair`).

    Returns:
        The axes drawn on.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> ax = balls(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, radii=[0.5])
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('loc', 'scale')
    """
    units = units or {}
    if model.tangent(as_arrays(params)).dim == 1:
        return _curve(model, as_arrays(params), radii, inputs, information, constraints, units, ax)
    found = fisher_balls(model, params, coordinates, radii, inputs, information, constraints)
    slope = -float(found.metric[0, 1] / found.metric[1, 1]) if upright else 0.0

    def shown(points: np.ndarray) -> np.ndarray:
        return points - np.outer(points[:, 0] - found.centre[0], [0.0, slope])

    ellipses, level_sets = (
        [shown(oval) for oval in found.ellipses],
        [shown(set_) for set_ in found.level_sets],
    )
    thin = found.metric[0, 1] ** 2 > 0.7 * found.metric[0, 0] * found.metric[1, 1]
    with styled():
        ax = axes_of(ax)
        for k, (radius, oval, level) in enumerate(zip(found.radii, ellipses, level_sets, strict=True)):
            first = k == 0
            ax.plot(*level.T, color=TRUTH, label="KL = r²/2, exact" if first else None)
            ax.plot(*oval.T, color=QUADRATIC, dashes=(5, 2), label="δᵀGδ = r²" if first else None)
            # Inside a thin ellipse there is no room for a name.
            if upright or not thin or radius == max(found.radii):
                _name_radius(ax, oval, level, radius)
        ax.plot(*found.centre, marker="+", color=INK, markersize=7, linestyle="none")
        ax.set_xlabel(with_unit(found.names[0], units.get(found.names[0])))
        second = found.names[1]
        name = f"{second}, slope removed" if upright else second
        ax.set_ylabel(with_unit(name, None if upright else units.get(second)))
        focus(ax, ellipses, level_sets)
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def _name_radius(ax: Axes, oval: np.ndarray, level: np.ndarray, radius: float) -> None:
    """The radius, written at the top of the outer of the two lines."""
    both = np.concatenate([oval, level[np.all(np.isfinite(level), axis=1)]])
    top = both[np.argmax(both[:, 1])]
    ax.annotate(
        f"r = {radius:.3g}",
        (float(top[0]), float(top[1])),
        xytext=(0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=7,
        color=MUTED,
    )


def _curve(
    model: Model,
    params: Params,
    radii: Sequence[float],
    inputs: Any,
    information: Information | None,
    constraints: Mapping[str, Any] | None,
    units: Mapping[str, str],
    ax: Axes | None,
) -> Axes:
    """KL and ½Gδ² over the one coordinate of a model, with the ends of the balls."""
    tangent = model.tangent(params)
    inputs = None if inputs is None else thinned(inputs)
    constraints = constraints_of(model) if constraints is None else constraints
    known = fisher(model, params, inputs, Exact()) if information is None else information
    metric = float(np.asarray(known.coordinates_matrix())[0, 0])
    if not metric > 0:
        raise ValueError(
            f"The information on {tangent.labels[0]} is {metric}, so it has no ball: every "
            "value of it gives the same distribution here."
        )
    _, centre = _entries(constraints, tangent, params, [0])
    reach = 1.15 * max(radii) / np.sqrt(metric)
    steps = np.linspace(-reach, reach, 161)
    inside = _inside(constraints, tangent, params, [0], steps[:, None])
    offered = np.where(inside, steps, 0.0)[:, None]
    values = divergences(model, params, tangent, np.array([0]), offered, inputs)
    values[~inside] = np.nan
    with styled():
        ax = axes_of(ax)
        x = centre[0] + steps
        ax.plot(x, values, color=TRUTH, label="KL, exact")
        ax.plot(x, 0.5 * metric * steps**2, color=QUADRATIC, dashes=(5, 2), label="½ G δ²")
        for radius in radii:
            half = radius / np.sqrt(metric)
            height = radius**2 / 2
            ax.plot(centre[0] + np.array([-half, half]), [height, height], color=MUTED, linewidth=0.8)
            ax.annotate(
                f"r = {radius:.3g}",
                (float(centre[0]), height),
                xytext=(0, 1.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=7,
                color=MUTED,
            )
        ax.set_ylim(0, 1.3 * max(radii) ** 2 / 2)
        ax.set_xlabel(with_unit(tangent.labels[0], units.get(tangent.labels[0])))
        ax.set_ylabel(f"KL from {label(f'{centre[0]:.4g}')} (nats)")
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def _entries(
    constraints: Mapping[str, Any], tangent: Tangent, params: Params, indices: Sequence[int]
) -> tuple[tuple[int, int], np.ndarray]:
    """The scale and the value of each chosen coordinate that is an entry; a direction is free, from 0."""
    values = np.concatenate([np.ravel(leaf) for leaf in jtu.tree_leaves(params)])
    starts = np.cumsum([0, *(int(np.prod(leaf.shape, dtype=int)) for leaf in tangent.leaves)])
    scales, centre = [], []
    for index in indices:
        k = next(k for k, s in enumerate(tangent.slices()) if s.start <= index < s.stop)
        if isinstance(tangent.leaves[k], Free):
            scales.append(scale_of(constraints.get(tangent.names[k])))
            centre.append(float(values[starts[k] + index - tangent.slices()[k].start]))
        else:
            scales.append(IDENTITY)
            centre.append(0.0)
    return (scales[0], scales[-1]), np.array(centre)


def _inside(
    constraints: Mapping[str, Any],
    tangent: Tangent,
    params: Params,
    indices: Sequence[int],
    steps: np.ndarray,
) -> np.ndarray:
    """Which steps stay inside the parameter space."""

    def one(step: Array) -> Array:
        u = jnp.zeros(tangent.dim, step.dtype).at[jnp.asarray(indices)].set(step)
        moved = jtu.tree_leaves(jtu.tree_map(jnp.add, params, tangent.unravel(u)))
        checks = [
            jnp.all(constraints[name](leaf))
            for name, leaf in zip(tangent.names, moved, strict=True)
            if name in constraints
        ]
        return jnp.all(jnp.stack(checks)) if checks else jnp.array(True)

    flat = jnp.asarray(steps.reshape(-1, steps.shape[-1]))
    return np.asarray(jax.vmap(one)(flat)).reshape(steps.shape[:-1])


def constraints_of(model: Model) -> Mapping[str, Any]:
    """The NumPyro constraints of a model's parameters by leaf; none where it says nothing."""
    return getattr(model, "constraints", {})


def _inverse(metric: np.ndarray) -> np.ndarray:
    sign, _ = np.linalg.slogdet(metric)
    if sign <= 0 or metric[0, 0] <= 0:
        raise ValueError(
            "The two coordinates have no ball: the information on them is singular, so a direction in them "
            "leaves the distribution unchanged."
        )
    return np.linalg.inv(metric)

"""The members of a model near one of them: Fisher balls, and the sets of equal divergence they stand for."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._numbers import Reals, positives
from .._tree import as_arrays
from .._types import Array, Params
from ..information import Exact, fisher
from ..models.base import Model
from ..models.tangent import Free, Tangent
from ..operators import Information
from .divergence import divergences, thinned
from .rays import IDENTITY, Rays, ellipse, scale_of

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
    radii: Reals = (0.25, 0.5, 1.0),
    inputs: Any = None,
    information: Information | None = None,
    constraints: Mapping[str, Any] | None = None,
) -> Balls:
    """The Fisher balls of a point in two coordinates, and the sets of equal divergence that they stand for.

        {δ : δᵀGδ ≤ r²},    {δ : KL(p_θ ‖ p_{θ+δ}) ≤ r²/2}

    All other coordinates are held. `balls` draws them.

    Args:
        model: A family or a `Conditional`.
        params: The point θ.
        coordinates: Two labels of the tangent space (`model.tangent(params).labels`); the first two if None.
        radii: Radii r, ascending. A ball of radius r holds the members within about r²/2 nats of θ.
        inputs: Inputs to average over, for a `Conditional`; at most 100 of them are used.
        information: The information of one observation, if it is known already.
        constraints: NumPyro constraints of the parameters by leaf; the model's own if None.

    Returns:
        A `Balls`: the lines in the coordinates' own units.

    Raises:
        ValueError: If the model has fewer than two coordinates, a label is none of its own, or the two
            coordinates change the distribution in the same way; as `fisher` in any case.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> found = fx.plot.fisher_balls(fx.Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, radii=[0.5])
        >>> found.names, found.metric.round(6).tolist(), round(float(found.ellipses[0][:, 0].max()), 3)
        (('loc', 'scale'), [[1.0, 0.0], [0.0, 2.0]], 0.5)

    References:
        Amari (2016), Information Geometry and Its Applications, §1.2.
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
    scales, centre = entries(constraints, tangent, params, indices)
    covariance = _inverse(metric)
    radii = positives("fisher_balls: a radius", radii)
    rays = Rays.around(centre, covariance, 2.2 * max(radii), scales, *_RESOLUTION)
    points = rays.points()
    inside = inside_of(constraints, tangent, params, indices, points - centre)
    steps = np.where(inside[..., None], points - centre, 0.0).reshape(-1, 2)
    values = divergences(model, params, tangent, np.array(indices), steps, inputs)
    divergence = np.where(inside, values.reshape(inside.shape), np.inf)
    divergence[:, 0] = 0.0
    return Balls(
        names=(chosen[0], chosen[1]),
        centre=centre,
        radii=radii,
        ellipses=tuple(ellipse(centre, covariance, radius) for radius in radii),
        level_sets=tuple(rays.level_set(divergence, radius**2 / 2) for radius in radii),
        metric=metric,
    )


def entries(
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


def inside_of(
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

"""Fisher balls around many centres of one chart: how the measure of distance changes from place to place."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._numbers import Reals, positives
from .._types import Array, Bool, Float
from ..information import Exact, fisher
from ..models.base import Model
from .chart import Chart, domain_of
from .divergence import divergence_from, thinned
from .level_set import level_set

NUM_ANGLES = 72
Centres = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray] | np.ndarray


@dataclasses.dataclass(frozen=True)
class BallGrid:
    """Fisher balls around n centres, in the two coordinates of a chart.

    Attributes:
        centres: (n, 2).
        cells: (n, 2) whole numbers: the column and the row of each, where a grid was given; else 0, 1, … and 0.
        metrics: (n, 2, 2) the information in the two coordinates.
        radii: The radii.
        ellipses: (n, k, m, 2), for each radius: {δ : δᵀGδ = r²}.
        level_sets: (n, k, m, 2), {δ : KL(p_θ ‖ p_{θ+δ}) = r²/2}; NaN where it was not reached. None if not asked for.
    """

    centres: np.ndarray
    cells: np.ndarray
    metrics: np.ndarray
    radii: tuple[float, ...]
    ellipses: np.ndarray
    level_sets: np.ndarray | None

    def whitened(self, points: np.ndarray) -> np.ndarray:
        """Lines (n, k, m, 2) in the local coordinates w = G^{½}(x − c) of their own centres."""
        values, vectors = np.linalg.eigh(self.metrics)
        roots = np.einsum("nij,nj,nkj->nik", vectors, np.sqrt(values), vectors)
        return np.einsum("nij,nkmj->nkmi", roots, points - self.centres[:, None, None])


def ball_grid(
    model: Model, chart: Chart, centres: Centres, radii: Reals, inputs: Any, exact: bool = True
) -> BallGrid:
    """Balls, and (if `exact`) the level sets of the divergence, around centres.

    Raises:
        ValueError: No centre is inside the parameter space, a radius is not positive, or a metric is singular.
    """
    radii = positives("ball_field: a radius", radii)
    inputs = None if inputs is None else thinned(inputs)
    points, cells = _points(centres)
    inside = np.asarray(are_inside(model, chart, jnp.asarray(points)))
    if not inside.any():
        raise ValueError(
            f"None of the {len(points)} centres is inside the parameter space of the model: check the ranges of "
            f"{chart.names[0]} and {chart.names[1]}."
        )
    points, cells = points[inside], cells[inside]
    fisher(
        model, chart.to_params(*jnp.asarray(points[0])), inputs, Exact()
    )  # what is refused is refused in words
    metrics = np.asarray(metrics_of(model, chart, jnp.asarray(points), inputs))
    determinants = np.linalg.det(metrics)
    bad = ~(np.isfinite(determinants) & (determinants > 0) & (metrics[:, 0, 0] > 0))
    if bad.any():
        at = ", ".join(
            f"{name} = {value:.6g}" for name, value in zip(chart.names, points[bad][0], strict=True)
        )
        raise ValueError(
            f"There is no ball at {at}: the information on the two coordinates is singular, so a direction in "
            "them leaves the distribution unchanged."
        )
    # Half-axes L with L Lᵀ = G⁻¹: the ellipse is c + r L n over unit vectors n.
    halves = np.linalg.cholesky(np.linalg.inv(metrics))
    angles = np.linspace(0, 2 * np.pi, NUM_ANGLES + 1)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    unit = np.einsum("nij,mj->nmi", halves, circle)
    scaled = np.asarray(radii)[None, :, None, None] * unit[:, None]
    found = None
    if exact:
        found = np.empty_like(scaled)
        for i, centre in enumerate(jnp.asarray(points)):
            divergence = divergence_from(model, chart.to_params(*centre), inputs)
            for k, radius in enumerate(radii):
                line = level_set(
                    divergence, chart, centre, jnp.asarray(scaled[i, k, :-1]), jnp.asarray(radius)
                )
                found[i, k, :-1] = line
        found[:, :, -1] = found[:, :, 0]
    ellipses = points[:, None, None] + scaled
    return BallGrid(points, cells, metrics, radii, ellipses, found)


@eqx.filter_jit
def are_inside(model: Model, chart: Chart, points: Float[Array, "n 2"]) -> Bool[Array, " n"]:
    """Which points of a chart stand for a member."""
    return jax.vmap(lambda point: domain_of(model, chart.to_params(*point)))(points)


@eqx.filter_jit
def metrics_of(model: Model, chart: Chart, points: Float[Array, "n 2"], inputs: Any) -> Float[Array, "n 2 2"]:
    """JᵀGJ at points of a chart."""

    def one(point: Array) -> Array:
        params = chart.to_params(*point)
        tangent = model.tangent(params)
        matrix = fisher(model, params, inputs, Exact()).coordinates_matrix()
        jacobian = jax.jacfwd(lambda c: tangent.ravel(chart.to_params(*c)))(point)
        return jacobian.T @ matrix @ jacobian

    return jax.lax.map(one, points)


def _points(centres: Centres) -> tuple[np.ndarray, np.ndarray]:
    """Centres (n, 2) and their cells; a tuple of two sequences is a grid."""
    if isinstance(centres, tuple):
        first, second = (np.asarray(values, float).reshape(-1) for values in centres)
        _check_finite(first, second)
        i, j = np.meshgrid(np.arange(first.size), np.arange(second.size))
        cells = np.stack([i.ravel(), j.ravel()], axis=-1)
        return np.stack([first[cells[:, 0]], second[cells[:, 1]]], axis=-1), cells
    points = np.asarray(centres, float)
    if points.ndim != 2 or points.shape[1] != 2 or not points.size:
        raise ValueError(
            f"Centres are an array (n, 2), or a tuple of the values of each coordinate, not of shape {points.shape}."
        )
    _check_finite(points)
    return points, np.stack([np.arange(len(points)), np.zeros(len(points), int)], axis=-1)


def _check_finite(*values: np.ndarray) -> None:
    for array in values:
        bad = array[~np.isfinite(array)]
        if bad.size:
            raise ValueError(f"ball_field: the centres must be finite numbers, but one is {bad[0]}.")

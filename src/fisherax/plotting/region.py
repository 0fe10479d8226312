"""The joint likelihood region of two parameters, all others re-maximised: the truth beside an ellipse."""

import dataclasses
import itertools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from .._numbers import Real, Reals, level_of, whole
from .._types import Array, Float, Vector
from ..models.coordinates import Coordinates
from .rays import Rays, ellipse, is_definite, scale_of

_RESOLUTIONS = ((48, 12, 3), (32, 8, 3), (24, 6, 2))
"""Rays, points on each, and steps to re-maximise at each point; the finest that the budget allows."""
BUDGET = 2e8
"""Rows times parameters that one region may evaluate: seconds. No bound where the data need not be read."""


@dataclasses.dataclass(frozen=True)
class Region:
    """Regions {(a, b) : 2(ℓ̂ − max ℓ(a, b, ·)) ≤ χ²₂(level)}, and the ellipses that approximate them.

    Attributes:
        names: The two parameters.
        estimate: (2,) their estimates.
        levels: The levels of confidence.
        boundaries: One (m, 2) closed line for each level, NaN where it was not reached; empty if skipped.
        ellipses: One (m, 2) closed line for each level, from the covariance.
        correlation: That of the two estimates, in the covariance.
        slope: How the second moves with the first along the ellipse: C_ab/C_aa.
        skipped: Why there is no true region, in a sentence; None where there is one.
        degrees_of_freedom: Those of χ² in the levels.
    """

    names: tuple[str, str]
    estimate: np.ndarray
    levels: tuple[float, ...]
    boundaries: tuple[np.ndarray, ...]
    ellipses: tuple[np.ndarray, ...]
    correlation: float
    slope: float
    skipped: str | None
    degrees_of_freedom: int = 2

    @property
    def is_open(self) -> bool:
        """Whether some direction was followed without reaching the outermost level."""
        return bool(self.boundaries) and not bool(np.all(np.isfinite(self.boundaries[-1])))


def likelihood_region(
    fit: Any,
    first: str,
    second: str,
    levels: Reals = (0.5, 0.95),
    kind: str = "expected",
    budget: Real = BUDGET,
    degrees_of_freedom: Real = 2,
    exact: bool = True,
) -> Region:
    """The likelihood region of two parameters of a fit, and the ellipse of a covariance beside it.

        {(a, b) : 2(ℓ(θ̂) − max_ν ℓ(a, b, ν)) ≤ χ²₂(level)},    {δ : δᵀ C_ab⁻¹ δ ≤ χ²₂(level)}

    Both hold the pair with probability `level`, to first order; they agree where the log-likelihood is
    quadratic out to there. A joint region is wider than the two intervals: χ²₂(0.95) = 5.99 where
    χ²₁(0.95) = 3.84. With one degree of freedom the region's shadows on the axes are the two intervals.

    Args:
        fit: A `Fit`.
        first: The name of a parameter.
        second: The name of another one.
        levels: Levels of confidence, ascending, between 0 and 1.
        kind: Which covariance the ellipse is of.
        budget: Rows times parameters that may be evaluated before the true region is skipped.
        degrees_of_freedom: 2 for a joint region, 1 for one whose shadows on the axes are intervals at those levels.
        exact: Whether to find the likelihood's own region, or the ellipse alone.

    Returns:
        A `Region`: its lines in the parameters' units, and, where the true region was skipped, why.

    Raises:
        ValueError: If a name is none of the fit's, the fit has no covariance, or a level is not between 0 and 1.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 4.0, 5.0]))
        >>> region = fx.plot.likelihood_region(fit, "loc", "scale", levels=(0.5,))
        >>> region.estimate.round(4), round(region.correlation, 4), region.is_open
        (array([3.    , 1.5811]), 0.0, False)

    References:
        Pawitan (2001), In All Likelihood, §3.4 and §3.6.
    """
    degrees_of_freedom = whole("likelihood_region: degrees_of_freedom", degrees_of_freedom, 1)
    levels, budget = tuple(map(level_of, levels)), float(budget)
    if not levels or any(a >= b for a, b in itertools.pairwise(levels)):
        raise ValueError(f"likelihood_region: levels are one or more that ascend, not {list(levels)}.")
    indices = tuple(index_of(fit, name) for name in (first, second))
    estimate = np.asarray(fit.values, float)[list(indices)]
    covariance = np.asarray(fit.covariance(kind), float)[np.ix_(indices, indices)]
    if not is_definite(covariance):
        reason = f"{first} and {second} move together or not at all, so there is no region to draw"
        return Region(
            (first, second), estimate, levels, (), (), float("nan"), 0.0, reason, degrees_of_freedom
        )
    radii = [float(np.sqrt(stats.chi2.ppf(level, degrees_of_freedom))) for level in levels]
    ellipses = tuple(ellipse(estimate, covariance, radius) for radius in radii)
    correlation = float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))

    slope = float(covariance[0, 1] / covariance[0, 0])
    resolution, skipped = _resolution(fit, budget) if exact else (None, "it was not asked for")
    boundaries: tuple[np.ndarray, ...] = ()
    if resolution is not None:
        num_angles, num_radii, steps = resolution
        scales = (entry_scale(fit, indices[0]), entry_scale(fit, indices[1]))
        rays = Rays.around(estimate, covariance, 2.4 * radii[-1], scales, num_angles, num_radii)
        deviance = _deviance_on_rays(fit, indices, rays, steps)
        boundaries = tuple(rays.level_set(deviance, radius**2) for radius in radii)
        if not any(np.any(np.isfinite(boundary)) for boundary in boundaries):
            boundaries, skipped = (), "the likelihood could not be maximised again around the estimate"
    names = (first, second)
    return Region(
        names, estimate, levels, boundaries, ellipses, correlation, slope, skipped, degrees_of_freedom
    )


def index_of(fit: Any, name: str) -> int:
    """Where a parameter stands among a fit's names."""
    names = list(fit.names)
    if name not in names:
        raise ValueError(f"The fit has no parameter {name!r}; it has {', '.join(names)}.")
    return names.index(name)


def entry_scale(fit: Any, index: int) -> int:
    """The scale in which one entry of the parameters moves freely."""
    coordinates: Coordinates = fit.coordinates
    for shape, constraint in zip(coordinates.shapes, coordinates.constraints, strict=True):
        size = int(np.prod(shape, dtype=int))
        if index < size:
            return scale_of(constraint.value)
        index -= size
    raise IndexError(index)


def _resolution(fit: Any, budget: float) -> tuple[tuple[int, int, int] | None, str | None]:
    likelihood = fit.likelihood
    if likelihood.objective is None:
        return None, "the data are a stream, and the true contour would need hundreds of passes over it"
    if likelihood.is_cheap:
        return _RESOLUTIONS[0], None
    one = float(likelihood.num_rows) * max(1, np.size(fit.z))
    for resolution in _RESOLUTIONS:
        if one * np.prod(resolution) <= budget:
            return resolution, None
    return None, (
        f"with {likelihood.num_rows:,} rows the true contour would take minutes, and at that size the "
        "quadratic approximation is usually close"
    )


def _deviance_on_rays(fit: Any, indices: tuple[int, ...], rays: Rays, steps: int) -> np.ndarray:
    """(a, r): 2(ℓ̂ − max ℓ) with the two entries held at each point of the rays; NaN where not found."""
    values, decrements, misses = _profiled(
        fit.likelihood.objective,
        fit.coordinates,
        jnp.asarray(fit.z),
        jnp.asarray(indices),
        jnp.asarray(rays.points()[:, 1:]),
        steps,
    )
    best = float(fit.log_likelihood)
    # Near the maximum ℓ falls short of it by half the Newton decrement, so the correction is of higher order.
    deviance = np.maximum(2 * (best - np.asarray(values)) - np.asarray(decrements), 0.0)
    reached = np.asarray(misses) < 1e-6 * (1 + np.abs(rays.points()[:, 1:]).max(axis=-1))
    solved = np.abs(np.asarray(decrements)) < 0.02 * (1 + deviance)
    deviance = np.where(reached & solved & np.isfinite(deviance), deviance, np.nan)
    return np.concatenate([np.zeros((deviance.shape[0], 1)), deviance], axis=1)


@eqx.filter_jit
def _profiled(
    objective: Any,
    coordinates: Coordinates,
    start: Vector,
    indices: Array,
    targets: Float[Array, "a r 2"],
    steps: int,
) -> tuple[Float[Array, "a r"], Float[Array, "a r"], Float[Array, "a r"]]:
    """Along each ray: ℓ, the Newton decrement of the other parameters, and |h|, point after point."""

    def entries(z: Array) -> Array:
        leaves = jax.tree.leaves(coordinates.to_params(z))
        return jnp.concatenate([jnp.ravel(leaf) for leaf in leaves])[indices]

    def ray(points: Float[Array, "r 2"]) -> tuple[Array, Array, Array]:
        def advance(state: Any, target: Array) -> tuple[Any, Any]:
            def residual(z: Array) -> Array:
                return entries(z) - target

            def newton(state: Any) -> tuple[Array, Array, Array, Array]:
                # Sequential quadratic programming on the Lagrangian ℓ − λᵀh:
                #     [I + Σλⱼ∂²hⱼ  Jᵀ] [dz]   [score]
                #     [J            0 ] [λ ] = [ −h  ]
                z, multipliers = state
                at = objective.evaluate(z)
                jacobian = jax.jacobian(residual)(z)
                bend = jax.hessian(lambda z: jnp.dot(multipliers, residual(z)))(z)
                system = jnp.block([[at.information + bend, jacobian.T], [jacobian, jnp.zeros((2, 2))]])
                solution = jnp.linalg.solve(system, jnp.concatenate([at.score, -residual(z)]))
                step, multipliers = solution[: z.size], solution[z.size :]
                return at.value, at.score - jacobian.T @ multipliers, step, multipliers

            def retract(z: Array) -> Array:
                def pull(_: Any, z: Array) -> Array:
                    jacobian = jax.jacobian(residual)(z)
                    return z - jacobian.T @ jnp.linalg.solve(jacobian @ jacobian.T, residual(z))

                return jax.lax.fori_loop(0, 6, pull, z)

            def move(_: Any, state: Any) -> Any:
                (z, multipliers), _ = state
                value, gradient, step, multipliers = newton((z, multipliers))
                seen = value, jnp.dot(gradient, step), jnp.max(jnp.abs(residual(z)))
                return (retract(z + step), multipliers), seen

            # One step more than is needed: what the last one saw is kept, and the next point starts after it.
            nothing = jnp.zeros((), start.dtype)
            return jax.lax.fori_loop(0, steps + 1, move, (state, (nothing, nothing, nothing)))

        _, found = jax.lax.scan(advance, (start, jnp.zeros(2, start.dtype)), points)
        return found

    # A few rays at a time: memory stays that of a few evaluations.
    return jax.lax.map(ray, targets, batch_size=16)

"""Maximum likelihood: from data to a fit."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from .._types import Params, Vector
from ..models.base import Model
from ..models.unconditional import Unconditional
from ..operators import DenseOperator, Provenance
from .conditionals import conditional_problem
from .covariance import params_jacobian, to_tangent
from .families import Problem, unconditional_problem
from .fit import Fit, entry_names
from .likelihood import Likelihood
from .observations import warn_precision
from .scoring import BOUNDARY, CONVERGED, STUCK, Ascent, Controls, ascend
from .status import Status
from .streams import is_streamed, streamed_problem

Progress = Callable[[int, float, float], None]

REACH = 4.0
"""The longest step, in natural units, in one iteration: e⁴ for a scale."""


def fit(
    model: Model,
    data: Any,
    init: Params | None = None,
    *,
    weights: Any = None,
    starts: int | None = None,
    progress: Progress | None = None,
    rows_read: Callable[[int], None] | None = None,
    max_iterations: int = 200,
) -> Fit:
    r"""Maximum likelihood.

    $$ \hat\theta = \arg\max_\theta \sum_i w_i \ln p(x_i \mid \theta) $$

    in unconstrained coordinates, by Newton's method and Fisher scoring with step control, from starting values that
    the model's form or the data's moments suggest.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        data: Observations with a leading axis of length n; for a `Conditional` a pair (inputs, targets). Or a stream
            of such batches: an iterable that can be iterated again, or a function that returns one.
        init: Parameters to start from; needed for a `Conditional` with a function of its own.
        weights: Case weights (n,), which count repetitions: weight 2 is the same row twice.
        starts: How many starting points to try where the likelihood may have several maxima.
        progress: Called with (iteration, log-likelihood, decrement) after each pass.
        rows_read: Called with the number of rows read so far, within each pass over a stream.
        max_iterations: Passes allowed from one start.

    Returns:
        A `Fit`. Look at its `status` first: a fit that failed says so there and does not raise.

    Raises:
        ValueError: For input that makes no sense: no data, values that are missing or outside the support, fewer
            observations than parameters, shapes that do not agree, a support that moves with a parameter.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
        >>> fitted = fx.fit(fx.Family(dist.Exponential), np.array([0.5, 1.0, 1.5, 2.0]))
        >>> round(float(fitted.params["rate"]), 6)
        0.8
        >>> fitted.status.valid
        True

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, §2.5; Nocedal and Wright (2006), §3.4.
    """
    warn_precision()
    if not isinstance(model, Model):
        raise ValueError(f"fit: the model must be a Family, a Mixture or a Conditional, not {model!r}.")
    if is_streamed(data):
        if weights is not None:
            raise ValueError(
                "fit: a stream's batches carry their weights: make each batch Weighted(data, weights)."
            )
        problem = streamed_problem(model, data, init, starts, rows_read)
    elif isinstance(model, Unconditional):
        problem = unconditional_problem(model, data, weights, init, starts)
    else:
        problem = conditional_problem(model, data, weights, init)
    return maximise(problem, progress, max_iterations)


def maximise(problem: Problem, progress: Progress | None, max_iterations: int) -> Fit:
    """The best maximum found from the problem's starts."""
    likelihood = problem.likelihood
    controls = controls_for(problem, max_iterations)
    ascents = []
    for z in problem.starts:
        ascents.append(ascend(likelihood, z, controls, progress=progress))
        if not problem.several and int(ascents[-1].state) != STUCK:
            break
    best = max(ascents, key=_rank)
    iterations = sum(int(ascent.evaluations) for ascent in ascents)
    return finish(problem, best, iterations, len(ascents))


def controls_for(problem: Problem, max_iterations: int) -> Controls:
    """How to step, and when to stop."""
    # One more pass over data that are kept as statistics costs nothing; elsewhere the last step is taken
    # without another pass to see it, which squares a decrement that is small already.
    tolerance = 1e-20 if problem.likelihood.is_cheap else 1e-14
    return Controls(
        problem.unit,
        jnp.where(jnp.isfinite(problem.unit), REACH * problem.unit, jnp.inf),
        jnp.asarray(tolerance),
        jnp.asarray(max_iterations),
    )


def _rank(ascent: Ascent) -> tuple[bool, float]:
    """An interior maximum before a boundary, however high: a likelihood may be unbounded there."""
    inside = int(ascent.state) == CONVERGED and float(ascent.spectrum.smallest) > 0
    value = float(ascent.at.value)
    return inside, value if math.isfinite(value) else -math.inf


@eqx.filter_jit
def _last_step(ascent: Ascent) -> Vector:
    """z after the step that needs no further pass."""
    return ascent.z + jnp.where(ascent.state == CONVERGED, ascent.step, 0.0)


def finish(problem: Problem, ascent: Ascent, iterations: int, num_starts: int) -> Fit:
    """The fit at the end of an ascent."""
    likelihood = problem.likelihood
    state = int(ascent.state)
    decrement = float(ascent.decrement)
    boundary: tuple[str, ...] = ()
    if state == BOUNDARY:
        boundary = boundary_names(likelihood, ascent, problem.unit)
    matrix = np.asarray(
        to_tangent(likelihood.coordinates, likelihood.tangent, ascent.z, ascent.at.information)
    )
    finite = bool(np.all(np.isfinite(matrix)))
    unidentified: tuple[str, ...] = ()
    smallest = float(ascent.spectrum.smallest)
    sizes = np.abs(np.asarray(ascent.spectrum.values))
    condition = float(sizes.max() / sizes.min()) if sizes.size and sizes.min() > 0 else math.inf
    if finite and condition > 1e10 and state != BOUNDARY:
        provenance = Provenance("observed", "dense", "data", positive_semidefinite=False)
        unidentified = DenseOperator(
            jnp.asarray(matrix), likelihood.tangent, provenance, likelihood.num_observations
        ).unidentified()
    definite = finite and smallest > 0 and not unidentified
    converged = state == CONVERGED
    status = Status(
        converged=converged,
        valid=converged and definite and not boundary,
        gradient_norm=decrement,
        at_boundary=boundary,
        positive_definite=definite,
        condition_number=condition,
        unidentified=", ".join(unidentified) or None,
        iterations=iterations,
        passes=likelihood.passes,
        optimizer="Newton" if num_starts == 1 else f"Newton, best of {num_starts} starts",
        message=_message(converged, boundary, unidentified, definite, decrement),
    )
    return Fit(likelihood, _last_step(ascent), float(ascent.at.value), status)


def boundary_names(likelihood: Likelihood, ascent: Ascent, unit: Vector) -> tuple[str, ...]:
    """The entries of the parameters that the last steps, or all steps together, carried away."""
    step = np.abs(np.asarray(ascent.step)) / np.asarray(unit)
    way = np.abs(np.asarray(ascent.z - ascent.start)) / np.asarray(unit)
    gone = (step > 0.05) | (way > 30)
    # ∂θ/∂z relative to θ: which entries those coordinates are.
    jacobian = np.abs(np.asarray(params_jacobian(likelihood.coordinates, ascent.z)))
    share = jacobian / np.maximum(jacobian.max(axis=1, keepdims=True), 1e-300)
    names = entry_names(
        likelihood.coordinates, getattr(getattr(likelihood.model, "apply", None), "labels", None)
    )
    return tuple(name for name, row in zip(names, share, strict=True) if np.any(row[gone] > 0.5))


def _message(
    converged: bool,
    boundary: tuple[str, ...],
    unidentified: tuple[str, ...],
    definite: bool,
    decrement: float,
) -> str:
    if boundary:
        return (
            f"The likelihood has no maximum inside the parameter space: it keeps rising, or no longer falls, as "
            f"{', '.join(boundary)} run{'s' if len(boundary) == 1 else ''} to the boundary."
        )
    if not converged:
        return (
            f"The iteration stopped before the score vanished (gᵀG⁻¹g = {decrement:.1e}): start it elsewhere "
            "(init=), from more points (starts=), or give it more iterations."
        )
    if unidentified:
        return f"The data do not determine {', nor '.join(unidentified)}: fix or drop a parameter of it."
    if not definite:
        return "The score vanishes, but the curvature is not negative there: this is no maximum."
    return "The score vanishes, the information is positive definite, and no parameter is at a boundary."

"""Maximum likelihood: from data to a fit."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints as C

from .._numbers import Real, whole
from .._precision import warn_precision
from .._types import Params
from ..information.checks import check_fixed
from ..models.base import Model
from ..models.tangent import Free
from ..models.unconditional import Unconditional
from ..operators import DenseOperator, Provenance
from ..operators.identifiability import combination
from .conditionals import conditional_problem
from .families import Problem, unconditional_problem
from .fit import Fit
from .given_start import check_start_known, given_start
from .likelihood import Likelihood
from .likelihood.chart import entry_names
from .plateau import plateau
from .scoring import FADING, Ascent, Controls, Progress, State, ascend
from .search import search
from .spectrum import Spectrum
from .status import Status
from .streams import is_streamed, streamed_problem


def fit(
    model: Any,  # a Model; anything else is refused with a better sentence than a type's
    data: Any,
    init: Params | None = None,
    *,
    weights: Any = None,
    starts: Real | None = None,
    progress: Progress | None = None,
    rows_read: Callable[[int], None] | None = None,
    max_iterations: Real = 200,
) -> Fit:
    r"""Maximum likelihood.

    $$ \hat\theta = \arg\max_\theta \sum_i w_i \ln p(x_i \mid \theta) $$

    in unconstrained coordinates, by Newton's method and Fisher scoring with step control, from starting values that
    the model's form or the data's moments suggest.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        data: Observations with a leading axis of length n; for a `Conditional` a pair (inputs, targets). Or a stream
            of such batches (each perhaps a `Weighted`): an iterable that can be iterated again, or a function that
            returns one.
        init: Parameters to start from; needed for a `Conditional` with a function of its own.
        weights: Case weights (n,), which count repetitions: weight 2 is the same row twice.
        starts: How many starting points to try where the likelihood may have several maxima.
        progress: Called with (iteration, log-likelihood, decrement) after each pass.
        rows_read: Called with the number of rows read so far, within each pass over a stream.
        max_iterations: Steps allowed from one start, and again to the quasi-Newton search that follows where
            Newton's method finds no way up.

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
    warn_precision("Statistics")
    if not isinstance(model, Model):
        raise ValueError(f"fit: the model must be a Family, a Mixture or a Conditional, not {model!r}.")
    starts = None if starts is None else whole("fit: starts", starts, 1)
    max_iterations = whole("fit: max_iterations", max_iterations, 0)
    check_fixed("fit", model)
    if init is None:
        check_start_known(model)
    else:
        init = given_start(model, init)
    if is_streamed(data):
        if weights is not None:
            raise ValueError(
                "fit: a stream's batches carry their weights: make each batch fx.Weighted(data, weights)."
            )
        problem = streamed_problem(model, data, init, starts, rows_read)
    elif isinstance(model, Unconditional):
        problem = unconditional_problem(model, data, weights, init, starts)
    else:
        problem = conditional_problem(model, data, weights, init)
    return maximise(problem, progress, max_iterations)


def maximise(problem: Problem, progress: Progress | None, max_iterations: int) -> Fit:
    """The best maximum found from the problem's starts."""
    controls = controls_for(problem, max_iterations)
    ascents: list[Ascent] = []
    for z in problem.starts:
        rest = at_kink(problem.likelihood, np.asarray(z)) if problem.likelihood.kinks else None
        ascents.append(rest or ascend(problem.likelihood, z, controls, progress=progress))
        if not problem.several and ascents[-1].state is not State.STUCK:
            break
    # An interior maximum before a boundary, however high: a likelihood may be unbounded there.
    best = max(ascents, key=lambda ascent: (ascent.is_maximum, ascent.value))
    optimizer = "Newton" if len(ascents) == 1 else f"Newton, best of {len(ascents)} starts"
    if best.state is not State.CONVERGED and problem.degenerate is None and problem.verdict is not None:
        problem = dataclasses.replace(problem, degenerate=problem.verdict(best.z))
    if best.state is State.STUCK and problem.degenerate is None:
        start = search(problem.likelihood, [ascent.start for ascent in ascents], max_iterations)
        if start is not None:
            ascents.append(ascend(problem.likelihood, start, controls, progress=progress))
            if ascents[-1].is_maximum or ascents[-1].value > best.value:
                best, optimizer = ascents[-1], "BFGS, then Newton"
    iterations = sum(ascent.evaluations for ascent in ascents)
    return finish(problem, best, iterations, optimizer)


def at_kink(likelihood: Likelihood, z: np.ndarray) -> Ascent | None:
    """The end of an ascent at z, if ℓ has a maximum on a kink there; None if it has not.

    The score jumps at a kink (at Laplace's median), so it need not vanish: ℓ must fall to both sides, and the
    score of the other coordinates must vanish.
    """
    at = likelihood.evaluate(jnp.asarray(z))
    jacobian = likelihood.chart(z).jacobian
    names = entry_names(likelihood.coordinates, None)
    kinked = np.any(jacobian[np.isin(names, likelihood.kinks)] != 0, axis=0)
    information = np.asarray(at.information)
    score = np.where(kinked, 0.0, np.asarray(at.score))
    spectrum = Spectrum.of(score, information)
    value = float(at.value)
    if not (np.isfinite(value) and spectrum.decrement <= 1e-9):
        return None
    for axis in np.flatnonzero(kinked):
        for step in (-1e-6, 1e-6):
            moved = z + step / np.sqrt(information[axis, axis]) * np.eye(z.size)[axis]
            if float(likelihood.value(jnp.asarray(moved))) > value + 1e-12 * abs(value):
                return None
    return Ascent(
        z, z, value, score, information, spectrum, spectrum.decrement, 1, State.CONVERGED, np.zeros(z.size)
    )


def controls_for(problem: Problem, max_iterations: int = 200) -> Controls:
    """How to step, and when to stop."""
    # One more pass over data that are kept as statistics costs nothing; elsewhere the last step is taken
    # without another pass to see it, which squares a decrement that is small already.
    tolerance = 1e-20 if problem.likelihood.is_cheap else 1e-14
    return Controls(problem.unit, tolerance, max_iterations)


def finish(problem: Problem, ascent: Ascent, iterations: int, optimizer: str) -> Fit:
    """The fit at the end of an ascent."""
    likelihood = problem.likelihood
    gone = ascent.state is State.BOUNDARY
    boundary = boundary_names(likelihood, ascent, problem.unit) if gone else ()
    finite = math.isfinite(ascent.value)  # or no point was legal, and nothing is known of the information
    way = (
        plateau(likelihood, ascent, problem.unit)
        if finite and not gone and problem.degenerate is None
        else None
    )
    if way is not None:
        gone, boundary = True, names_of(likelihood, ascent.z, np.abs(way) / problem.unit > 0.5)
    if problem.degenerate is not None:
        gone, boundary = True, spread_names(likelihood)
    condition = ascent.spectrum.condition_number if finite else math.inf
    unidentified = (
        () if gone or not finite or condition < 1e10 else unidentified_combinations(likelihood, ascent)
    )
    converged = ascent.state is State.CONVERGED and not gone
    definite = finite and ascent.spectrum.smallest > 0 and not unidentified
    status = Status(
        converged=converged,
        valid=converged and definite and not boundary,
        gradient_norm=ascent.decrement,
        at_boundary=boundary,
        positive_definite=definite,
        condition_number=condition,
        unidentified=", ".join(unidentified) or None,
        iterations=iterations,
        passes=likelihood.passes,
        optimizer=optimizer,
        message=_message(converged, boundary, unidentified, definite, ascent.decrement, problem.degenerate),
    )
    return Fit(likelihood, likelihood.coordinates.wrapped(ascent.last()), ascent.value, status)


def spread_names(likelihood: Likelihood) -> tuple[str, ...]:
    """The entries that run away where all observations are equal: all but locations."""
    coordinates = likelihood.coordinates
    names: list[str] = []
    for name, shape, constraint in zip(
        coordinates.names, coordinates.shapes, coordinates.constraints, strict=True
    ):
        if constraint.value not in (C.real, C.real_vector, C.circular) and name != "weights":
            names += Free(shape).labels(name)
    return tuple(names)


def unidentified_combinations(likelihood: Likelihood, ascent: Ascent) -> tuple[str, ...]:
    """What a singular curvature leaves open, in words."""
    chart = likelihood.chart(ascent.z)
    matrix = chart.to_tangent(ascent.information)
    if not np.all(np.isfinite(matrix)):
        return ()
    provenance = Provenance("observed", "dense", "data", positive_semidefinite=False)
    found = DenseOperator(
        jnp.asarray(matrix), likelihood.tangent, provenance, likelihood.num_observations
    ).unidentified()
    # An ascent does not move in directions of so little curvature, though an inverse might still be computed.
    flat = chart.tangent_jacobian @ ascent.spectrum.directions[:, ~ascent.spectrum.moves]
    return found or tuple(combination(likelihood.tangent, column) for column in flat.T)


def boundary_names(likelihood: Likelihood, ascent: Ascent, unit: np.ndarray) -> tuple[str, ...]:
    """The entries of the parameters that the last steps, or all steps together, carried away."""
    gone = (np.abs(ascent.step) / unit > 0.05) | (np.abs(ascent.z - ascent.start) / unit > 30)
    # A coordinate without a natural unit is measured by what its step would gain alone.
    share = np.abs(ascent.step) * np.sqrt(np.abs(np.diagonal(ascent.information)))
    gone |= np.isinf(unit) & (ascent.fading > FADING) & (share > 0.05 * np.max(share, initial=0.0))
    return names_of(likelihood, ascent.z, gone)


def names_of(likelihood: Likelihood, z: np.ndarray, moved: np.ndarray) -> tuple[str, ...]:
    """The entries of the parameters that these coordinates are."""
    # ∂θ/∂z relative to its largest.
    chart = likelihood.chart(z)
    jacobian = np.abs(chart.jacobian)
    weight = jacobian / np.maximum(jacobian.max(axis=1, keepdims=True), 1e-300)
    labels = getattr(getattr(likelihood.model, "apply", None), "labels", None)
    names = entry_names(likelihood.coordinates, labels)
    return tuple(name for name, row in zip(names, weight, strict=True) if np.any(row[moved] > 0.5))


def _message(
    converged: bool,
    boundary: tuple[str, ...],
    unidentified: tuple[str, ...],
    definite: bool,
    decrement: float,
    degenerate: str | None,
) -> str:
    if degenerate is not None:
        return (
            f"{degenerate} as {', '.join(boundary)} run{'s' if len(boundary) == 1 else ''} to the boundary."
        )
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
        more = f" (and {len(unidentified) - 3} more combinations)" if len(unidentified) > 3 else ""
        return f"The data do not determine {', nor '.join(unidentified[:3])}{more}: fix or drop a parameter of it."
    if not definite:
        return "The score vanishes, but the curvature is not negative there: this is no maximum."
    return "The score vanishes, the information is positive definite, and no parameter is at a boundary."

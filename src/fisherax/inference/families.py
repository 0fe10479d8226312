"""Families and mixtures: their likelihood, and where its maximisation starts."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpyro.distributions import constraints as C

from .._tree import as_arrays
from .._types import Params, Vector
from ..information.expectation.law import Law
from ..information.expectation.regularity import check_support, nonsmooth
from ..models.base import Model
from ..models.coordinates import Constraint
from ..models.exponential import ExponentialFamily
from ..models.extreme_value import ExtremeValueLaw, extreme_value_law
from ..models.family import Family
from ..models.mixture import Mixture
from ..models.unconditional import Unconditional
from .extreme_units import other_units
from .layout import layout_of
from .likelihood import InMemory, Likelihood, Rows, SufficientStatistics
from .likelihood.local import ExtremeValues, read_line
from .likelihood.memory import LARGEST_SHAPE, SMALLEST_SHAPE
from .likelihood.model_terms import ModelTerms
from .mixture_starts import mixture_starts
from .observations import as_rows, check_enough, check_targets
from .opening import Opening, read
from .starts import family_starts, interior

FAMILY_ROWS = 2**12
"""Rows to a block for a model without inputs: a few arrays of so many numbers stay in the cache."""
_SAMPLE = 512


@dataclasses.dataclass
class Problem:
    """What to maximise, and from where.

    Attributes:
        likelihood: ℓ(z).
        starts: Starting points, the best first.
        unit: The natural unit of each coordinate (see `scoring.Controls`).
        several: Whether ℓ may have several maxima, so that all starts are tried; otherwise the others
            serve only where the first fails.
        degenerate: Why the data cannot have a maximum inside the parameter space, where that is seen at once.
        verdict: The same at a point where an ascent got stuck; None if nothing is to be said of it.
    """

    likelihood: Likelihood
    starts: Sequence[Vector | np.ndarray]
    unit: np.ndarray
    several: bool = True
    degenerate: str | None = None
    verdict: Callable[[np.ndarray], str | None] | None = None


def unconditional_problem(
    model: Unconditional, data: Any, weights: Any, init: Params | None, num_starts: int | None
) -> Problem:
    """A family or a mixture, with data in memory."""
    rows = as_rows(model, data, weights)
    other = other_units(model, rows, init)
    if other is not None and isinstance(model, Family):
        check_family_rows(model, rows, 0, init)
        problem = rows_problem(other.family, other.rows, other.init, num_starts)
        problem.degenerate = degeneracy(model, np.asarray(rows.targets))
        return other.restore(problem, model, rows)
    return rows_problem(model, rows, init, num_starts)


def rows_problem(model: Unconditional, rows: Rows, init: Params | None, num_starts: int | None) -> Problem:
    """The same, with data in units that nothing overflows in."""
    x = np.asarray(rows.targets)
    w = None if rows.weights is None else np.asarray(rows.weights)
    form = exponential_form(model) if init is None else None
    if isinstance(model, Family) and form is not None:
        if plain_support(model) is None or x.ndim != 1:
            check_family_rows(model, rows)
        problem = statistics_problem(model, form, rows)
        problem.degenerate = degeneracy(model, x)
        return problem
    check_family_rows(model, rows, 0, init)
    law = extreme_value_law(model) if init is None else None
    problem = None if law is None else extreme_value_problem(model, law, rows)
    if problem is not None:
        return problem
    starts = [as_arrays(init)] if init is not None else starts_of(model, x, w, num_starts)
    layout = layout_of(model, starts[0])
    likelihood = InMemory(
        ModelTerms(model, layout.coordinates), rows, starts[0], FAMILY_ROWS, kinks_of(model, starts[0])
    )
    check_enough(likelihood.num_observations, layout.coordinates.dim)
    return Problem(
        likelihood,
        [layout.to_vector(start) for start in starts],
        layout.unit,
        degenerate=degeneracy(model, x),
    )


def statistics_problem(model: Family, form: ExponentialFamily, rows: Rows) -> Problem:
    """A family with sufficient statistics: they are read here, once."""
    form = adapted_form(model, form, rows)
    whole = rows
    if rows.size <= LARGEST_SHAPE:
        rows = rows.padded(1 << (rows.size - 1).bit_length())
    totals, start, inside = read(form, rows.targets, rows.weights, model.parameters, plain_support(model))
    layout = layout_of(model, start)
    opening = Opening.at(layout, form, totals, start, inside)
    if not opening.inside:
        check_family_rows(model, whole)  # which says what is wrong
    check_enough(opening.count, layout.coordinates.dim)
    likelihood = SufficientStatistics(
        model, form, totals, layout.coordinates, layout.tangent, lambda: [whole], whole.size, opening.count
    )
    params = interior(model, opening.start, opening.count)
    if params is not opening.start:
        return Problem(likelihood, [layout.to_vector(params)], layout.unit)
    likelihood.know(opening.z, opening.sheet, opening.chart)
    return Problem(likelihood, [opening.z], layout.unit)


def extreme_value_problem(model: Unconditional, law: ExtremeValueLaw, rows: Rows) -> Problem | None:
    """A Weibull or Gumbel family; None where the data have no spread to start from."""
    padded = rows
    if rows.size <= LARGEST_SHAPE:
        padded = rows.padded(max(SMALLEST_SHAPE, 1 << (rows.size - 1).bit_length()))
    line, start = read_line(law, padded)
    layout = layout_of(model, start)
    z = np.asarray(layout.to_vector(start))
    if not np.all(np.isfinite(z)) or float(line.furthest) == 0:
        return None
    terms = ModelTerms(model, layout.coordinates)
    likelihood = ExtremeValues(terms, rows, start, FAMILY_ROWS, law, line)
    check_enough(likelihood.num_observations, layout.coordinates.dim)
    return Problem(likelihood, [z], layout.unit, several=False)


def adapted_form(model: Family, form: ExponentialFamily, rows: Rows) -> ExponentialFamily:
    """The form with its statistics measured from where the data are, so that sums keep their digits."""
    if type(form).adapted is ExponentialFamily.adapted:
        return form
    step = max(1, rows.size // _SAMPLE)
    sample = _all_categories(model, np.asarray(rows.targets)[::step], rows)
    w = None if rows.weights is None else np.asarray(rows.weights)[::step]
    if w is not None and not w.sum() > 0:
        w = None
    if not np.all(np.isfinite(sample)):
        check_family_rows(model, rows)  # raises
    rough = starts_of(model, sample, w, 1)[0]
    return form.adapted({**form.fixed, **rough})


def _all_categories(model: Family, sample: np.ndarray, rows: Rows) -> np.ndarray:
    """A sample need not hold the last category, from which their number is read."""
    if any(constraint.event_dim == 1 for constraint in model.constraints.values()) and sample.ndim == 1:
        return np.append(sample, np.max(np.asarray(rows.targets)))[-len(sample) :]
    return sample


def degeneracy(model: Unconditional, x: np.ndarray) -> str | None:
    """Whether a density can be made infinite at the data: they are all equal, or lie in a plane."""
    family = model.component if isinstance(model, Mixture) else model
    if not isinstance(family, Family) or len(family.parameters) < 2:
        return None
    if x.ndim == 1 and x[0] == x[-1] and np.issubdtype(x.dtype, np.floating) and np.ptp(x) == 0:
        if _is_discrete(family):
            return None
        return f"All observations are equal ({x[0]:g}), so the likelihood grows without bound"
    if x.ndim == 2 and any(constraint.event_dim == 2 for constraint in family.constraints.values()):
        covariance = np.atleast_2d(np.cov(x, rowvar=False))
        d = np.sqrt(np.where(np.diagonal(covariance) > 0, np.diagonal(covariance), 1.0))
        if np.linalg.eigvalsh(covariance / d[:, None] / d[None, :])[0] < 1e-12:
            return "The observations lie in a plane, so the likelihood grows without bound"
    return None


def _is_discrete(family: Family) -> bool:
    support = getattr(family.distribution_type, "support", None)
    return bool(getattr(support, "is_discrete", False))


def exponential_form(model: Model) -> ExponentialFamily | None:
    """The exponential form of a family, if it is one with the parameters that are free."""
    if not isinstance(model, Family) or model.density is None:
        return None
    return model.density.exponential


def starts_of(model: Unconditional, x: np.ndarray, w: np.ndarray | None, number: int | None) -> list[Params]:
    """Starting parameters; `number` of them for a mixture."""
    if isinstance(model, Mixture):
        return mixture_starts(model, x, w, number or 6)
    assert isinstance(model, Family)
    return family_starts(model, x, w)[:number]


def check_regular(model: Unconditional, params: Params) -> None:
    """Raise ValueError where the support moves with a parameter."""
    check_support(Law(model), params)
    model.check_regular(params)


def kinks_of(model: Unconditional, params: Params) -> tuple[str, ...]:
    """The parameters in which the density is not twice differentiable."""
    return nonsmooth(Law(model), params)


def check_family_rows(model: Unconditional, rows: Rows, start: int = 0, init: Params | None = None) -> None:
    """Raise ValueError at the first observation that the model cannot have produced.

    Parameters to start from also say what one observation looks like: they may have a batch shape.
    """
    if init is not None:
        params = as_arrays(init)
        check_regular(model, params)
        distribution = model.distribution(params)
        check_targets(model, distribution.support, tuple(distribution.event_shape), rows, start)
        return
    family = model.component if isinstance(model, Mixture) else model
    assert isinstance(family, Family)
    support = plain_support(family)
    if support is not None:
        check_targets(model, support.value, (), rows, start)
        return
    placeholder = _placeholder(family, rows)
    check_regular(family, placeholder)
    distribution = family.distribution(placeholder)
    check_targets(model, distribution.support, tuple(distribution.event_shape), rows, start)


def plain_support(family: Family) -> Constraint | None:
    """The support of observations that are numbers, where it is the same for all parameters; None elsewhere."""
    support = getattr(family.distribution_type, "support", None)
    plain = isinstance(support, C.ParameterFreeConstraint) and support.event_dim == 0
    return Constraint(support) if plain else None


def _placeholder(family: Family, rows: Rows) -> Params:
    """Some parameters of the right shape: the support is the same at all of them."""
    x = np.asarray(rows.targets)
    size = x.shape[-1] if x.ndim > 1 else 1
    if x.ndim == 1 and np.all(np.isfinite(x)):
        size = max(int(x.max()) + 1, 2)  # categories: their indices
    params = {}
    for key, constraint in family.constraints.items():
        shape = (size,) * constraint.event_dim
        if constraint.event_dim == 2:
            params[key] = jnp.eye(size)
        elif constraint is C.simplex:
            params[key] = jnp.full(shape, 1.0 / size)
        else:
            params[key] = jnp.full(shape, 0.5)
    return params

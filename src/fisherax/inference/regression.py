"""Generalised linear models: their terms, and what their data must be."""

from typing import Any

import jax.numpy as jnp
from numpyro.distributions import constraints as C

from .._types import Scalar
from ..models.conditional import Conditional
from ..models.coordinates import Coordinates
from ..models.links import Inverse, Log, Logit, Probit
from .likelihood import Block, Rows
from .likelihood.linear_terms import LinearTerms, design, trials_of
from .observations import check_inputs, check_targets

ENTRIES = 2**17
"""Entries of the design matrix in one block: a megabyte, so that the second product finds it in the cache."""


def linear_terms(model: Conditional) -> LinearTerms:
    """The terms of a generalised linear model; a dispersion without a constraint is positive."""
    apply: Any = model.apply
    params: dict[str, Any] = {"coefficients": jnp.zeros(len(apply.names))}
    constraints = dict(model.constraints)
    if apply.dispersion is not None:
        params[apply.dispersion] = jnp.ones(())
        constraints.setdefault(apply.dispersion, C.positive)
    return LinearTerms(model, Coordinates.of(params, constraints))


def block_length(num_columns: int) -> int:
    """Rows to a block."""
    return max(1024, ENTRIES // max(num_columns, 1))


def check_linear_rows(terms: LinearTerms, rows: Rows, start: int = 0) -> None:
    """Raise ValueError where the design matrix or an observation makes no sense."""
    whole = Block(rows.inputs, rows.targets, rows.targets)
    x = design(whole)
    names = terms.predictor.names
    if x.ndim != 2 or x.shape[1] != len(names):
        raise ValueError(
            f"fit: the design matrix must have a column for each of {len(names)} coefficients, but has shape "
            f"{x.shape}."
        )
    check_inputs(rows, start)
    trials = trials_of(whole)
    if terms.predictor.trials != (trials is not None):
        raise ValueError(
            'fit: a Binomial head takes inputs {"x": ..., "trials": ...}, and LinearPredictor(trials=True); '
            "other heads take neither."
        )
    if trials is not None:
        support: Any = C.integer_interval(0, trials)
    else:
        zeta = None if terms.predictor.dispersion is None else jnp.zeros(())
        support = terms.model.head.distribution(terms.head_parameter(_safe_eta(terms), zeta, None)).support
    check_targets(terms.model, support, (), rows, start)


def _safe_eta(terms: LinearTerms) -> Scalar:
    """A linear predictor with a mean between 0 and 1, which is legal for every head, under every link."""
    link = getattr(terms.model.head, "link", None)
    if isinstance(link, Log):
        return jnp.asarray(-0.5)
    return jnp.asarray(2.0) if isinstance(link, Inverse) else jnp.asarray(0.5)


def link_of(terms: LinearTerms) -> Any:
    return getattr(terms.model.head, "link")  # noqa: B009  (heads of linear models have one)


def has_natural_unit(terms: LinearTerms) -> bool:
    """Whether η is a logarithm, a logit or a probit, so that a change of one in it means the same for all data."""
    return isinstance(link_of(terms), Log | Logit | Probit)

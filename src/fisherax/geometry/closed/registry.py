"""Which families are model spaces: one row for a distribution and the parameters that are free."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from ..._tree import as_arrays
from ..._types import Array, Params
from ...models.base import Model
from ...models.declared import declared
from ...models.family import Family
from .categories import Categories
from .isometry import Entries, Isometry
from .location_scale import (
    CAUCHY,
    GUMBEL,
    GUMBEL_MINIMUM,
    LAPLACE,
    LOGISTIC,
    NORMAL,
    SOFT_LAPLACE,
    Coefficients,
    LocationScale,
    Weibull,
    student,
)
from .multivariate_normal import Mean, MeanAndSpread, Spread
from .one_parameter import (
    BY_FAILURE,
    BY_FAILURE_LOGITS,
    BY_MEAN,
    BY_RATE,
    BY_SUCCESS,
    BY_SUCCESS_LOGITS,
    SQUARE_ROOT,
    Arc,
    Count,
    Location,
    Scale,
    Trials,
)
from .von_mises import Direction

Held = dict[str, Any]
Build = Callable[[Held], Isometry]
_ROWS: dict[tuple[Any, frozenset[str]], Build] = {}
"""By the distribution and its free parameters."""
_SHARED: dict[tuple[Any, str], Callable[[Held, tuple[int, ...]], Isometry]] = {}
"""By the distribution and the parameter that each entry has of its own, where the entries share the other."""


def isometry_of(model: Model, params: Params) -> Isometry | None:
    """The model space that a family is, where geodesics are known in closed form.

    Args:
        model: Any model.
        params: θ; only its shapes are read. Parameters with a batch shape, all of the same, make a product of spaces;
            locations with a batch shape and one scale make a half-space.

    Returns:
        An `Isometry`; None where no closed form is known: other distributions, both parameters of a Gamma law free,
        other parameters that several entries share, or logits of which one is redundant.

    Raises:
        ValueError: `params` is no dict of exactly the family's free parameters.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> here, there = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> isometry = isometry_of(fx.Family(dist.Normal), here)
        >>> x, y = isometry.to_space(here), isometry.to_space(there)
        >>> round(float(isometry.space.distance(x, y)), 12)  # √2 ln 2
        0.980258143469
        >>> isometry_of(fx.Family(dist.Gamma), {"concentration": 2.0, "rate": 1.0}) is None
        True

    References:
        Atkinson and Mitchell (1981), Rao's distance measure, Sankhyā A 43, 345–365.
    """
    if not isinstance(model, Family):
        return None
    params = as_arrays(params)
    batch = model.batch_shape(params)
    kind, build = model.distribution_type, _ROWS.get((model.distribution_type, frozenset(model.parameters)))
    held = {**_defaults(kind), **model.fixed}
    if build is None or not _is_complete(kind, model.parameters, held):
        return None
    if not batch:
        return build(held)
    constraints = declared(kind)
    full = [
        key
        for key in model.parameters
        if params[key].shape[: params[key].ndim - constraints[key].event_dim] == batch
    ]
    if len(full) == len(model.parameters):
        return Entries(
            eqx.filter_vmap(build, axis_size=math.prod(batch))(_spread(constraints, held, batch)), batch
        )
    shared = _SHARED.get((kind, " ".join(full)))
    alone = all(params[key].shape == () for key in model.parameters if key not in full)
    known = all(jnp.shape(value) == () for value in held.values())
    return shared(held, batch) if shared is not None and alone and known else None


def _spread(constraints: Any, held: Held, batch: tuple[int, ...]) -> Held:
    """What is known of each entry, along one leading axis."""

    def spread(key: str, value: Array) -> Array:
        event_dim = constraints[key].event_dim if key in constraints else 0
        event = value.shape[value.ndim - event_dim :]
        return jnp.reshape(jnp.broadcast_to(value, (*batch, *event)), (-1, *event))

    return {key: spread(key, jnp.asarray(value)) for key, value in held.items()}


def _defaults(kind: Any) -> Held:
    """NumPyro's values of the parameters that need not be given."""
    signature = inspect.signature(kind.__init__).parameters if inspect.isclass(kind) else {}
    values = {key: signature[key].default for key in declared(kind) if key in signature}
    return {key: value for key, value in values.items() if isinstance(value, int | float)}


_SPREADS = {"covariance_matrix", "precision_matrix", "scale_tril"}


def _is_complete(kind: Any, free: tuple[str, ...], held: Held) -> bool:
    """Whether every parameter of the distribution is either free or known, of alternatives one."""
    known = {*free, *held}
    missing = set(declared(kind)) - known
    return not missing or (bool(known & _SPREADS) and missing <= _SPREADS)


# ---- the rows ------------------------------------------------------------------------------------------


def _row(kind: Any, free: str, build: Build) -> None:
    _ROWS[kind, frozenset(free.split())] = build


def _arc(kind: Any, free: str, arc: Arc, constant: Callable[[Held], Any]) -> None:
    _row(kind, free, lambda held: Count(free, arc, constant(held)))


def _scale(kind: Any, free: str, root: Callable[[Held], Any]) -> None:
    _row(kind, free, lambda held: Scale(free, root(held)))


def _location_scale(kind: Any, coefficients: Callable[[Held], Coefficients]) -> None:
    _row(kind, "loc scale", lambda held: LocationScale(coefficients(held)))
    _SHARED[kind, "loc"] = lambda held, shape: LocationScale(coefficients(held), shape)
    _row(kind, "loc", lambda held: Location("loc", jnp.sqrt(coefficients(held).location) / held["scale"]))
    _scale(kind, "scale", lambda held: jnp.sqrt(coefficients(held).scale))


# a location and a scale
_location_scale(dist.Normal, lambda held: NORMAL)
_location_scale(dist.LogNormal, lambda held: NORMAL)
_location_scale(dist.Logistic, lambda held: LOGISTIC)
_location_scale(dist.SoftLaplace, lambda held: SOFT_LAPLACE)
_location_scale(dist.Cauchy, lambda held: CAUCHY)
_location_scale(dist.Laplace, lambda held: LAPLACE)
_location_scale(dist.AsymmetricLaplace, lambda held: LAPLACE)
_location_scale(dist.StudentT, lambda held: student(held["df"]))
_location_scale(dist.Gumbel, lambda held: GUMBEL)
_row(dist.Weibull, "scale concentration", lambda held: Weibull())
_SHARED[dist.Weibull, "scale"] = lambda held, shape: Weibull(shape)
_scale(dist.Weibull, "scale", lambda held: held["concentration"])
_scale(dist.Weibull, "concentration", lambda held: jnp.sqrt(GUMBEL_MINIMUM.scale))
# a scale or a power alone
_scale(dist.HalfNormal, "scale", lambda held: jnp.sqrt(NORMAL.scale))
_scale(dist.HalfCauchy, "scale", lambda held: jnp.sqrt(CAUCHY.scale))
_scale(dist.Levy, "scale", lambda held: jnp.sqrt(0.5))  # scale/x is the square of a normal variable
_scale(dist.Exponential, "rate", lambda held: 1.0)
_scale(dist.Gamma, "rate", lambda held: jnp.sqrt(held["concentration"]))
_scale(dist.InverseGamma, "rate", lambda held: jnp.sqrt(held["concentration"]))
_scale(dist.Pareto, "alpha", lambda held: 1.0)
_scale(dist.Kumaraswamy, "concentration0", lambda held: 1.0)
_scale(dist.Gompertz, "concentration", lambda held: 1.0)
# counts
_arc(dist.Poisson, "rate", SQUARE_ROOT, lambda held: 2.0)
_arc(dist.GeometricProbs, "probs", BY_SUCCESS, lambda held: 1.0)
_arc(dist.GeometricLogits, "logits", BY_SUCCESS_LOGITS, lambda held: 1.0)
_arc(dist.NegativeBinomialProbs, "probs", BY_FAILURE, lambda held: held["total_count"])
_arc(dist.NegativeBinomialLogits, "logits", BY_FAILURE_LOGITS, lambda held: held["total_count"])
_arc(dist.NegativeBinomial2, "mean", BY_MEAN, lambda held: held["concentration"])
_arc(dist.GammaPoisson, "rate", BY_RATE, lambda held: held["concentration"])
_row(dist.BernoulliProbs, "probs", lambda held: Trials("probs", 1.0))
_row(dist.BernoulliLogits, "logits", lambda held: Trials("logits", 1.0))
_row(dist.BinomialProbs, "probs", lambda held: Trials("probs", held["total_count"]))
_row(dist.BinomialLogits, "logits", lambda held: Trials("logits", held["total_count"]))
# directions
_row(dist.VonMises, "loc", lambda held: Direction(held["concentration"]))
# categories; of K logits one is redundant, so their information is singular and there is no row
_row(dist.CategoricalProbs, "probs", lambda held: Categories(1.0))
_row(dist.MultinomialProbs, "probs", lambda held: Categories(held["total_count"]))
# vectors
_row(dist.MultivariateNormal, "loc", lambda held: Mean(held))
_row(dist.MultivariateNormal, "covariance_matrix", lambda held: Spread("covariance_matrix"))
_row(dist.MultivariateNormal, "precision_matrix", lambda held: Spread("precision_matrix"))
_row(dist.MultivariateNormal, "scale_tril", lambda held: Spread("scale_tril"))
_row(dist.MultivariateNormal, "loc covariance_matrix", lambda held: MeanAndSpread("covariance_matrix"))
_row(dist.MultivariateNormal, "loc precision_matrix", lambda held: MeanAndSpread("precision_matrix"))
_row(dist.MultivariateNormal, "loc scale_tril", lambda held: MeanAndSpread("scale_tril"))

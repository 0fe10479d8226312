"""Points and tangent vectors of a manifold, and what is known of the metric there."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._precision import warn_precision
from .._tree import as_arrays
from .._types import Array, Bool, Params, Vector
from ..information import Exact, Metric
from ..information.checks import check_parameter, check_params
from ..information.spaces import allows, parameters_of
from ..models.base import Model
from ..models.conditional import Conditional
from ..models.family import Family
from .closed import Isometry, isometry_of
from .field import Field, field_of


class Place(eqx.Module):
    """The metric for parameters of one shape: in coordinates, and as a model space where it is one."""

    field: Field
    isometry: Isometry | None


class Points:
    """A model, or a metric, with its points: parameters, pytrees.

    Attributes:
        model: The model; None for a metric that is any function.
        metric_function: θ ↦ G(θ).
    """

    model: Model | None
    metric_function: Callable[[Params], Any]

    def __init__(self, metric: Any, data: Any = None, constraints: Mapping[str, Any] | None = None):
        if isinstance(metric, Model):
            if isinstance(metric, Conditional) and data is None:
                raise ValueError(
                    "Manifold: the information of a Conditional is an average over inputs: write "
                    "fx.Manifold(model, inputs)."
                )
            metric = Metric(metric, data)
        elif data is not None:
            raise ValueError("Manifold: data go with a model; a metric has its own.")
        if not callable(metric) or isinstance(metric, type):
            raise ValueError(
                "Manifold: the first argument must be a model or a metric, a function from parameters to an "
                f"information (or its matrix), not {metric!r}."
            )
        if constraints is not None and isinstance(metric, Metric):
            raise ValueError("Manifold: a model has its own constraints; give them for a metric of your own.")
        self.model = metric.model if isinstance(metric, Metric) else None
        self.metric_function = metric
        self._constraints = dict(constraints or {})
        self._places: dict[Any, Place] = {}
        self._constraints_by_name: tuple[tuple[str, Any], ...] | None = None

    def _place(self, call: str, params: Params) -> tuple[Params, Place]:
        """Parameters as arrays, checked, and the metric for their shapes."""
        params, place, seen = self._seen(call, params)
        if seen and not self._surely_inside(params):
            self._explain(call, params, place)
        return within(place.field, params), place

    def _seen(self, call: str, params: Params) -> tuple[Params, Place, bool]:
        """Parameters as arrays, and the metric for their shapes; values are looked at if these shapes are new."""
        params = as_arrays(params)
        leaves, treedef = jtu.tree_flatten(params)
        key = (treedef, *((leaf.shape, leaf.dtype) for leaf in leaves))
        place = self._places.get(key)
        if place is not None:
            return params, place, True
        warn_precision("Manifolds")
        if self.model is not None:
            check_params(call, self.model, params)
        field = field_of(self.metric_function, params, self._constraints)
        exact = is_exact(self.metric_function)
        isometry = isometry_of(self.model, params) if exact and self.model is not None else None
        place = Place(field, isometry)
        if not any(isinstance(leaf, Tracer) for leaf in jtu.tree_leaves(place)):
            self._places[key] = place
        return params, place, False

    def _like(self, call: str, what: str, params: Params, other: Any) -> Params:
        """Another point, or a vector, as arrays; it must be shaped like the first."""
        other = as_arrays(other)
        if not _alike(params, other):
            _check_like(call, what, params, other)
        return other

    def _explain(self, call: str, params: Params, place: Place) -> None:
        """Raise ValueError if a parameter that is known is outside its space."""
        if self.model is not None:
            check_params(call, self.model, params)
        coordinates = place.field.coordinates
        for name, leaf, constraint in zip(
            coordinates.names, jtu.tree_leaves(params), coordinates.constraints, strict=True
        ):
            check_parameter(call, name, leaf, constraint.value)

    def _surely_inside(self, params: Params) -> bool:
        """Whether parameters are quickly seen to be inside their space, as far as they are known."""
        return _inside(self._spaces(params), params)

    def _spaces(self, params: Params) -> tuple[tuple[str, Any], ...] | None:
        """The constraints of a family's parameters by name; None where `check_params` has to look itself."""
        if self._constraints_by_name is None and isinstance(self.model, Family):
            spaces = parameters_of(self.model, params)
            free = self.model.parameters
            self._constraints_by_name = tuple((name, c) for name, _, c in spaces if name in free)
        return self._constraints_by_name

    def _vector(self, call: str, params: Params, vector: Any) -> Params:
        """A tangent vector as arrays; it must be shaped like the parameters, and finite."""
        vector = self._like(call, "a tangent vector and its point", params, vector)
        for leaf in jtu.tree_leaves(vector):
            if not isinstance(leaf, Tracer) and not np.isfinite(leaf).all():
                raise ValueError(f"{call}: the tangent vector is not finite.")
        return vector


def is_exact(metric: Any) -> bool:
    """Whether a metric is the exact information of a model, by the quickest way."""
    return (
        isinstance(metric, Metric) and isinstance(metric.estimator, Exact) and metric.estimator.form is None
    )


def _inside(spaces: tuple[tuple[str, Any], ...] | None, params: Params) -> bool:
    """Whether parameters are quickly seen to be inside their space, as far as they are known."""
    if spaces is None:
        return False
    with jax.ensure_compile_time_eval():
        for name, constraint in spaces:
            value = params[name]
            if not isinstance(value, Tracer) and not np.all(allows(constraint, np.asarray(value))):
                return False
    return True


def _alike(params: Params, other: Params) -> bool:
    """Whether two trees of arrays have the same structure and shapes."""
    (leaves, treedef), (others, second) = jtu.tree_flatten(params), jtu.tree_flatten(other)
    return treedef == second and all(a.shape == b.shape for a, b in zip(leaves, others, strict=True))


def _check_like(call: str, what: str, params: Params, other: Params) -> None:
    shapes = [jtu.tree_map(jnp.shape, tree) for tree in (params, other)]
    if jtu.tree_structure(params) != jtu.tree_structure(other) or shapes[0] != shapes[1]:
        raise ValueError(
            f"{call}: {what} must have the same leaves and shapes, not {shapes[0]} and {shapes[1]}."
        )


# ---- whether a point is one, in a compiled program -------------------------------------------------------------


def inside(field: Field, params: Params) -> Bool[Array, ""]:
    """Whether all parameters are in their spaces."""
    good = jnp.asarray(True)
    for constraint, leaf in zip(field.coordinates.constraints, jtu.tree_leaves(params), strict=True):
        legal = allows(constraint.value, leaf)
        good = good & jnp.all(jnp.asarray(legal)) & jnp.all(jnp.isfinite(leaf))
    return good


def only_if(good: Bool[Array, ""], tree: Any) -> Any:
    """The same, or NaN: multiplied, and not chosen, so that derivatives are NaN too."""
    factor = jnp.where(good, 1.0, jnp.nan)
    return jtu.tree_map(lambda leaf: leaf * factor.astype(leaf.dtype), tree)


def within(field: Field, params: Params) -> Params:
    """Parameters that are not known yet, as NaN where they turn out to be outside their space."""
    if not any(isinstance(leaf, Tracer) for leaf in jtu.tree_leaves(params)):
        return params
    return only_if(inside(field, params), params)


# ---- between the parameters and unconstrained coordinates ------------------------------------------------------


def to_chart(field: Field, params: Params, vector: Params) -> tuple[Vector, Vector]:
    """z, and a tangent vector in it."""
    return jax.jvp(field.coordinates.to_vector, (params,), (vector,))


def from_chart(field: Field, z: Vector, vector: Vector) -> tuple[Params, Params]:
    """θ, and a tangent vector at it."""
    return jax.jvp(field.coordinates.to_params, (z,), (vector,))


def nearest_turn(field: Field, start: Vector, end: Vector) -> Vector:
    """The same end with every angle within half a turn of the start's."""
    angles = [
        np.full(int(np.prod(shape, dtype=int)), constraint.is_angle)
        for constraint, shape in zip(
            field.coordinates.constraints, field.coordinates.free_shapes, strict=True
        )
    ]
    is_angle = np.concatenate(angles) if angles else np.zeros(0, bool)
    if not is_angle.any():
        return end
    turned = start + jnp.mod(end - start + jnp.pi, 2 * jnp.pi) - jnp.pi
    return jnp.where(is_angle, turned, end)


def all_finite(tree: Any) -> Bool[Array, ""]:
    """Whether all numbers are."""
    good = jnp.asarray(True)
    for leaf in jtu.tree_leaves(tree):
        good = good & jnp.all(jnp.isfinite(leaf))
    return good


def known_false(flag: Any) -> bool:
    """Whether a flag is known, and false."""
    return not isinstance(flag, Tracer) and not bool(flag)


def known_not_finite(tree: Any) -> bool:
    """Whether all numbers are known, and one of them is not finite."""
    leaves = jtu.tree_leaves(tree)
    return not any(isinstance(leaf, Tracer) for leaf in leaves) and not all(
        np.isfinite(leaf).all() for leaf in leaves
    )

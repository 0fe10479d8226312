"""The metric of a model in coordinates: what every other file of this folder is written against.

A point is a vector u of k numbers, a tangent vector is another. Two sets of coordinates are used. The
parameters' own affine ones (their entries, or coordinates of their tangent space) are those of all tensors; the
unconstrained ones, where every step is legal, are those of geodesics.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
from jax.flatten_util import ravel_pytree

from .._tree import is_stream
from .._types import Array, Matrix, Params, Scalar, Vector
from ..information import Dense, Exact, Metric
from ..models.conditional import Conditional
from ..models.coordinates import Coordinates
from ..models.declared import directions_of
from ..models.exponential import ExponentialFamily
from ..models.family import Family
from ..models.tangent import Tangent
from ..operators import Information

Map = Callable[[Vector], Params]
"""Coordinates → parameters."""


class Field(eqx.Module):
    """θ ↦ G(θ), in any coordinates of the parameters.

    Attributes:
        coordinates: The unconstrained coordinates z ↔ θ.
        tangent: The tangent space of the parameters, whose coordinates are those of tensors.
    """

    coordinates: eqx.AbstractVar[Any]
    tangent: eqx.AbstractVar[Tangent]

    @abstractmethod
    def pulled(self, to_params: Map, u: Vector) -> Matrix:
        """Jᵀ G J at u, with J the derivative of `to_params`."""

    @abstractmethod
    def square(self, to_params: Map, u: Vector, v: Vector) -> Scalar:
        """vᵀ Jᵀ G J v, without forming the matrix where that is dearer."""


class MetricField(Field):
    """Any function that returns an information, or its matrix, at parameters."""

    metric: Callable[[Params], Any]
    coordinates: Coordinates = eqx.field(static=True)
    tangent: Tangent = eqx.field(static=True)

    def pulled(self, to_params: Map, u: Vector) -> Matrix:
        information = self.metric(to_params(u))
        matrix = (
            information.coordinates_matrix()
            if isinstance(information, Information)
            else jnp.asarray(information)
        )
        jacobian = jax.jacfwd(lambda u: self.tangent.ravel(to_params(u)))(u)
        return jacobian.T @ matrix @ jacobian

    def square(self, to_params: Map, u: Vector, v: Vector) -> Scalar:
        return v @ self.pulled(to_params, u) @ v


class ExponentialField(Field):
    """An exponential family, where G = J_ηᵀ ∇²A J_η."""

    form: ExponentialFamily
    coordinates: Coordinates = eqx.field(static=True)
    tangent: Tangent = eqx.field(static=True)

    def _adapted(self, to_params: Map, u: Vector) -> ExponentialFamily:
        """The form with its statistics measured from here. The metric does not depend on that, its digits do."""
        return self.form.adapted(jax.lax.stop_gradient({**self.form.fixed, **to_params(u)}))

    def pulled(self, to_params: Map, u: Vector) -> Matrix:
        form = self._adapted(to_params, u)

        def natural_at(u: Vector) -> Any:
            return form.natural({**form.fixed, **to_params(u)})

        natural, unravel = ravel_pytree(natural_at(u))
        jacobian = jax.jacfwd(lambda u: ravel_pytree(natural_at(u))[0])(u)
        slopes = jax.jacfwd(jax.grad(lambda eta: form.log_partition(unravel(eta))))
        return jacobian.T @ slopes(natural) @ jacobian

    def square(self, to_params: Map, u: Vector, v: Vector) -> Scalar:
        form = self._adapted(to_params, u)
        natural, velocity = jax.jvp(lambda u: form.natural({**form.fixed, **to_params(u)}), (u,), (v,))

        def slope(natural: Any) -> Scalar:
            return jax.jvp(form.log_partition, (natural,), (velocity,))[1]

        return jax.jvp(slope, (natural,), (velocity,))[1]


class RootField(Field):
    """A function of the parameters in front of a head with a closed form, where vᵀGv is the mean of |Lᵀ Jᵢ v|²."""

    model: Conditional
    inputs: Any
    coordinates: Coordinates = eqx.field(static=True)
    tangent: Tangent = eqx.field(static=True)

    def pulled(self, to_params: Map, u: Vector) -> Matrix:
        rows = self.rows(to_params, u)
        return jnp.einsum("nri,nrj->ij", rows, rows) / rows.shape[0]

    def rows(self, to_params: Map, u: Vector) -> Array:
        """Lᵀ Jᵢ for every input (n, r, k)."""

        def half(x: Any) -> Array:
            root, direction = self._at(to_params, u, x)
            jacobian = jax.jacfwd(lambda u: direction(self.model.output(to_params(u), x)))(u)
            return root.T @ jacobian

        return jax.vmap(half)(self.inputs)

    def square(self, to_params: Map, u: Vector, v: Vector) -> Scalar:
        def half(x: Any) -> Array:
            root, direction = self._at(to_params, u, x)
            return root.T @ jax.jvp(lambda u: direction(self.model.output(to_params(u), x)), (u,), (v,))[1]

        rows = jax.vmap(half)(self.inputs)
        return jnp.sum(rows**2) / rows.shape[0]

    def _at(self, to_params: Map, u: Vector, x: Any) -> tuple[Array, Callable[[Any], Vector]]:
        outputs = self.model.output(to_params(u), x)
        root = self.model.head.information_root(outputs)
        assert root is not None
        return root, self.model.head.tangent(outputs).ravel


class Shifted(eqx.Module):
    """Unconstrained coordinates as differences from those of one point."""

    coordinates: Coordinates = eqx.field(static=True)
    origin: Vector

    def to_params(self, w: Vector) -> Params:
        """w = z − origin → params."""
        return self.coordinates.to_params(self.origin + w)


class Around(Field):
    """A metric in coordinates whose origin is a point: what is near it keeps its digits."""

    inner: Field
    coordinates: Shifted
    tangent: Tangent = eqx.field(static=True)

    @staticmethod
    def at(inner: Field, origin: Vector) -> "Around":
        """With its origin at these coordinates."""
        return Around(inner=inner, coordinates=Shifted(inner.coordinates, origin), tangent=inner.tangent)

    def pulled(self, to_params: Map, u: Vector) -> Matrix:
        return self.inner.pulled(to_params, u)

    def square(self, to_params: Map, u: Vector, v: Vector) -> Scalar:
        return self.inner.square(to_params, u, v)


def field_of(
    metric: Callable[[Params], Any], params: Params, constraints: Mapping[str, Any] | None = None
) -> Field:
    """The metric as its form allows, for parameters shaped like these."""
    if not isinstance(metric, Metric):
        known = dict(constraints or {})
        directions = {key: directions_of(constraint, "the metric", key) for key, constraint in known.items()}
        return MetricField(
            metric=metric,
            coordinates=Coordinates.of(params, known),
            tangent=Tangent.of(params, directions),
        )
    model = metric.model
    coordinates, tangent = model.coordinates(params), model.tangent(params)
    if (
        isinstance(metric.estimator, Exact)
        and metric.estimator.form is None
        and isinstance(metric.structure, Dense)
    ):
        if isinstance(model, Family) and not model.batch_shape(params):
            form = None if model.density is None else model.density.exponential
            if form is not None:
                return ExponentialField(form=form, coordinates=coordinates, tangent=tangent)
        if isinstance(model, Conditional) and metric.data is not None and not is_stream(metric.data):
            inputs, _ = model.split(metric.data, targets=False)
            if _has_root(model, params, inputs):
                return RootField(model=model, inputs=inputs, coordinates=coordinates, tangent=tangent)
    return MetricField(metric=metric, coordinates=coordinates, tangent=tangent)


def _has_root(model: Conditional, params: Params, inputs: Any) -> bool:
    def root(inputs: Any) -> Array | None:
        first = jtu.tree_map(lambda a: a[0], inputs)
        return model.head.information_root(model.output(params, first))

    return jax.eval_shape(root, inputs) is not None


def affine(field: Field, params: Params) -> Map:
    """The affine coordinates u of the parameters with their origin at `params`: θ = `params` + Bu."""
    return lambda u: jtu.tree_map(jnp.add, params, field.tangent.unravel(u))

"""Unconstrained coordinates z ∈ ℝᵏ of a parameter space, through NumPyro's bijectors.

Maximum likelihood, profiles and samplers move in z, where every step is legal: a scale is exp(z), a
probability is a logistic z, a simplex is a broken stick, a covariance is L Lᵀ with a log-diagonal.
"""

import dataclasses
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from numpyro.distributions import biject_to
from numpyro.distributions import constraints as C
from numpyro.distributions.transforms import IdentityTransform

from .._tree import leaf_name
from .._types import Array, Float, Params


@jtu.register_static
class Constraint:
    """A NumPyro constraint that hashes and compares, so that it may be static under `jit`."""

    def __init__(self, value: Any):
        self.value = value
        self.text = repr(value)  # made once: it is asked for in every call of a compiled function

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constraint) and self.text == other.text

    @property
    def bijector(self) -> Any:
        """Unconstrained → constrained. An angle is its own coordinate: NumPyro's would put ±π at infinity."""
        if self.is_angle:
            return IdentityTransform()
        try:
            return biject_to(self.value)
        except NotImplementedError as error:
            raise ValueError(
                f"NumPyro has no unconstrained coordinates for a parameter in {self.text}: fix it, or give the family "
                "as a function of other parameters, with constraints={name: NumPyro constraint, ...}."
            ) from error

    @property
    def is_angle(self) -> bool:
        """Whether the same parameter comes back after a turn of 2π."""
        return base_constraint(self.value) is C.circular


def base_constraint(constraint: Any) -> Any:
    """The constraint of one number, for an array whose entries are constrained each on its own."""
    while hasattr(constraint, "base_constraint"):
        constraint = constraint.base_constraint
    return constraint


@jtu.register_static
@dataclasses.dataclass(frozen=True)
class Coordinates:
    """The map z ↔ params for parameters of given shapes and constraints. Holds no arrays.

    `scales` are factors of the leaves, for parameters in units of their own: params = scale · bijector(z).
    """

    treedef: Any
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[Any, ...]
    constraints: tuple[Constraint, ...]
    scales: tuple[float, ...] | None = None

    @staticmethod
    def of(params: Params, constraints: dict[str, Any] | None = None) -> "Coordinates":
        """Coordinates for parameters shaped like `params`; `constraints` names the leaves that have one."""
        constraints = constraints or {}
        with_path, treedef = jtu.tree_flatten_with_path(params)
        names = tuple(leaf_name(path) for path, _ in with_path)
        return Coordinates(
            treedef,
            names,
            tuple(tuple(jnp.shape(leaf)) for _, leaf in with_path),
            tuple(np.dtype(jnp.result_type(leaf)) for _, leaf in with_path),
            tuple(Constraint(constraints.get(name, C.real)) for name in names),
        )

    @cached_property
    def free_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the leaves in unconstrained form."""
        return tuple(
            tuple(constraint.bijector.inverse_shape(shape))
            for constraint, shape in zip(self.constraints, self.shapes, strict=True)
        )

    @cached_property
    def dim(self) -> int:
        return sum(int(np.prod(shape, dtype=int)) for shape in self.free_shapes)

    def to_params(self, z: Float[Array, " k"]) -> Params:
        """z → params."""
        leaves, start = [], 0
        for constraint, shape, dtype in zip(self.constraints, self.free_shapes, self.dtypes, strict=True):
            size = int(np.prod(shape, dtype=int))
            free = jnp.reshape(z[start : start + size], shape)
            leaves.append(jnp.asarray(constraint.bijector(free), dtype))
            start += size
        if self.scales is not None:
            leaves = [scale * leaf for scale, leaf in zip(self.scales, leaves, strict=True)]
        return jtu.tree_unflatten(self.treedef, leaves)

    def wrapped(self, z: np.ndarray) -> np.ndarray:
        """The same parameters with every angle in [−π, π); in between, angles may turn as far as they like."""
        z, start = np.array(z, dtype=float), 0
        for constraint, shape in zip(self.constraints, self.free_shapes, strict=True):
            stop = start + int(np.prod(shape, dtype=int))
            out = np.abs(z[start:stop]) > np.pi
            if constraint.is_angle and np.any(out):
                z[start:stop] = np.where(out, np.mod(z[start:stop] + np.pi, 2 * np.pi) - np.pi, z[start:stop])
            start = stop
        return z

    def to_vector(self, params: Params) -> Float[Array, " k"]:
        """params → z."""
        leaves = jtu.tree_leaves(params)
        if not leaves:
            return jnp.zeros((0,))
        if self.scales is not None:
            leaves = [jnp.asarray(leaf) / scale for scale, leaf in zip(self.scales, leaves, strict=True)]
        return jnp.concatenate(
            [
                jnp.ravel(constraint.bijector.inv(jnp.asarray(leaf, dtype)))
                for constraint, leaf, dtype in zip(self.constraints, leaves, self.dtypes, strict=True)
            ]
        )

"""The delta method: what a fit says about a function of the parameters."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from .._numbers import Real
from .._types import Array, Float, Params, PyTree
from .ends import root_of
from .propagation import Function, propagate

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Transformed:
    """g(θ̂) with its approximate covariance.

    Attributes:
        value: g(θ̂), a pytree.
        names: A name for each of its entries.
        covariance: J Σ Jᵀ, rows and columns in the order of `names`.
        standard_errors: The square roots of its diagonal, a pytree like the value.
        kind: The covariance Σ of the parameters that it is from.
    """

    value: PyTree
    names: tuple[str, ...]
    covariance: Float[Array, "m m"]
    standard_errors: PyTree
    kind: str
    _function: Function = dataclasses.field(repr=False, compare=False)

    def confidence_interval(self, level: Real = 0.95) -> PyTree:
        """g(θ̂) ± z se, a pytree like the value with a trailing axis (lower, upper)."""
        errors = jnp.sqrt(jnp.diagonal(self.covariance))
        half = root_of(level) * errors[:, None] * jnp.array([-1.0, 1.0])
        return self._function.unflatten(self._function.entries[:, None] + half)

    def __str__(self) -> str:
        width = max(len(name) for name in self.names)
        errors = np.sqrt(np.diagonal(np.asarray(self.covariance)))
        rows = [
            f"{name:<{width}}  {value:.6g} ± {error:.4g}"
            for name, value, error in zip(self.names, np.asarray(self._function.entries), errors, strict=True)
        ]
        return "\n".join([*rows, f"(standard errors by the delta method; covariance: {self.kind})"])


def transform(
    fit: "Fit",
    g: Callable[[Params], PyTree],
    kind: str = "expected",
    clusters: Sequence[Any] | np.ndarray | None = None,
) -> Transformed:
    """The delta method: g(θ̂) with the covariance J Σ Jᵀ, J = ∂g/∂θ at θ̂; see `Fit.transform`."""
    if fit.status.at_boundary:
        fit.covariance(kind, clusters)  # raises, and says which parameters
    tangent = fit.likelihood.tangent
    function = Function(g, fit.params, tangent)
    information, meat = fit._bread_and_meat(kind, clusters)
    matrix = np.asarray(information.coordinates_matrix())
    covariance = jnp.asarray(propagate(function.jacobian(), matrix, meat))
    errors = function.unflatten(jnp.sqrt(jnp.diagonal(covariance)))
    return Transformed(function.value, function.names, covariance, errors, kind, function)

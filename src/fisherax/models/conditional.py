"""p(y | x, θ): a function of the parameters in front of a head. A regression, or a network."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Data, Params, PRNGKeyArray, PyTree
from .base import Head, Model
from .coordinates import Constraint, Coordinates
from .tangent import Tangent


class Conditional(Model):
    """y ~ p(· | f) with f = apply(θ, x).

    The information of one observation at input x is JᵀL LᵀJ, with J = ∂f/∂θ and L Lᵀ the information of
    the head at f.

    Args:
        apply: `apply(params, x)` for ONE input x; returns the head's parameter.
        head: A head of `fisherax.heads`, or any `Family` (then `apply` returns its dict of parameters).
        constraints: NumPyro constraints of leaves of the parameters by path ("scale", "layers.0.bias");
            unconstrained where nothing is said. `fit` moves in unconstrained coordinates.

    Examples:
        >>> import jax.numpy as jnp
        >>> from fisherax.models import heads
        >>> model = Conditional(lambda params, x: x @ params, heads.Bernoulli())
        >>> round(float(model.log_prob(jnp.array([1.0, -1.0]), (jnp.array([2.0, 2.0]), 1.0))), 6)
        -0.693147
    """

    apply: Callable[[Params, Any], PyTree]
    output_head: Head
    _constraints: tuple[tuple[str, Constraint], ...] = eqx.field(static=True)

    def __init__(
        self,
        apply: Any,  # checked below, with a better sentence than a type's
        head: Any,
        constraints: Mapping[str, Any] | None = None,
    ):
        if not callable(apply):
            raise ValueError(f"apply must be a function apply(params, x), not {type(apply).__name__}.")
        if not isinstance(head, Head):
            raise ValueError(
                f"head must be one of fisherax.heads or a Family, not {head!r}"
                + (": write it with parentheses." if isinstance(head, type) else ".")
            )
        self.apply = apply
        self.output_head = head
        self._constraints = tuple((key, Constraint(value)) for key, value in (constraints or {}).items())

    @property
    def head(self) -> Head:
        return self.output_head

    @property
    def constraints(self) -> dict[str, Any]:
        """The NumPyro constraints of the parameters, by leaf."""
        return {key: held.value for key, held in self._constraints}

    def output(self, params: Params, inputs: Any) -> PyTree:
        """f = apply(θ, x), the head's parameter for one input."""
        return self.apply(params, inputs)

    def log_prob(self, params: Params, obs: Data) -> Array:
        """ln p(y | x, θ) of ONE observation, obs = (x, y)."""
        x, y = _pair(obs)
        return self.head.log_prob(self.output(params, x), y)

    def sample(self, params: Params, key: PRNGKeyArray, x: Any, shape: tuple[int, ...] = ()) -> Array:
        """Draws of y at ONE input x, with leading axes `shape`."""
        return self.head.sample(self.output(params, x), key, shape)

    def tangent(self, params: Params) -> Tangent:
        return Tangent.of(params, labels=getattr(self.apply, "labels", None))

    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these."""
        return Coordinates.of(params, self.constraints)

    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        if targets:
            return _pair(data)
        return jax.tree.map(jnp.asarray, data), None


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ValueError(
            "A Conditional's observations are pairs (inputs, targets); Empirical and Observed need both, "
            f"but the data given are a {type(data).__name__}."
        )
    inputs, targets = data
    return jax.tree.map(jnp.asarray, inputs), jnp.asarray(targets)

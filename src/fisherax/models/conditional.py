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
    """A regression or a network: observations y given inputs x, by a function of the parameters and a head.

        y ~ p(· | f),   f = apply(θ, x),    G(θ) = (1/n) Σᵢ JᵢᵀL LᵀJᵢ,   Jᵢ = ∂f/∂θ at xᵢ

    with L Lᵀ the information of the head at f. Data are pairs (inputs, targets), pytrees of arrays with a leading
    axis of observations.

    Args:
        apply: `apply(params, x)` for ONE input x; returns the head's parameter.
        head: A head of `fisherax.heads`, or any `Family` (then `apply` returns its dict of parameters).
        constraints: NumPyro constraints of leaves of the parameters by path ("scale", "layers.0.bias");
            unconstrained where nothing is said. `fit` moves in unconstrained coordinates.

    Raises:
        ValueError: If `apply` is no function or `head` no head.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp
        >>> model = fx.Conditional(lambda params, x: x @ params, fx.heads.Bernoulli())
        >>> params, x = jnp.array([1.0, -1.0]), jnp.array([2.0, 2.0])
        >>> float(model.output(params, x)), round(float(model.log_prob(params, (x, 1.0))), 6)
        (0.0, -0.693147)
        >>> fx.fisher(model, params, x[None]).as_matrix()  # p(1 − p) x xᵀ with p = 1/2
        Array([[1., 1.],
               [1., 1.]], dtype=float64)

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §2.2 and §2.5; Martens (2020), New insights
        and perspectives on the natural gradient method, JMLR 21, §5 and §9.
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
        """The distribution of one observation given its parameter f."""
        return self.output_head

    @property
    def constraints(self) -> dict[str, Any]:
        """The NumPyro constraints of the parameters, by leaf."""
        return {key: held.value for key, held in self._constraints}

    def output(self, params: Params, inputs: Any) -> PyTree:
        """f = apply(θ, x), the head's parameter for ONE input.

        Args:
            params: θ, a pytree.
            inputs: x, one input.

        Returns:
            f, as the head takes it.
        """
        return self.apply(params, inputs)

    def log_prob(self, params: Params, obs: Data) -> Array:
        """ln p(y | x, θ) of ONE observation.

        Args:
            params: θ, a pytree.
            obs: The pair (x, y).

        Returns:
            A scalar, in nats.

        Raises:
            ValueError: `obs` is no pair.
        """
        x, y = _pair(obs)
        return self.head.log_prob(self.output(params, x), y)

    def sample(self, params: Params, key: PRNGKeyArray, x: Any, shape: tuple[int, ...] = ()) -> Array:
        """Draws of y at ONE input x.

        Args:
            params: θ, a pytree.
            key: A JAX random key.
            x: One input.
            shape: Leading axes of the draws.

        Returns:
            An array of `shape` and then one observation's.
        """
        return self.head.sample(self.output(params, x), key, shape)

    def tangent(self, params: Params) -> Tangent:
        """The directions that the parameters may move in: every entry by itself.

        Args:
            params: θ, a pytree.

        Returns:
            A `Tangent`.
        """
        return Tangent.of(params, labels=getattr(self.apply, "labels", None))

    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these.

        Args:
            params: θ, a pytree.

        Returns:
            A `Coordinates`, the map z ↔ θ through the constraints.
        """
        return Coordinates.of(params, self.constraints)

    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        """Data as (inputs, targets).

        Args:
            data: The pair (inputs, targets), or the inputs alone.
            targets: Whether it is the pair.

        Returns:
            The inputs as arrays, and the targets, or None.

        Raises:
            ValueError: With `targets`, the data are no pair.
        """
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

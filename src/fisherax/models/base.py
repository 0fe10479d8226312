"""What a model is: p(y | f) behind a function of the parameters.

Everything statistical is a `Head`, a distribution of one observation given its parameter f;
everything differentiable is `Model.output`, which computes f from θ (and an input). The information
of one observation is then JᵀL LᵀJ with J = ∂f/∂θ and L Lᵀ the head's own information at f.
"""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from .._types import Array, Data, Float, Params, PRNGKeyArray, PyTree, Scalar
from .coordinates import Coordinates
from .tangent import Tangent


class Head(eqx.Module):
    """A distribution p(y | f) of one observation y given its parameter f, a pytree of arrays."""

    @abstractmethod
    def log_prob(self, f: PyTree, y: Array, /) -> Array:
        """ln p(y | f) for ONE observation, in nats.

        Args:
            f: The head's parameter, a pytree.
            y: An observation.

        Returns:
            A scalar.
        """

    @abstractmethod
    def distribution(self, f: PyTree) -> dist.Distribution:
        """The same as a NumPyro distribution: support, mean, quantiles and samples come from it.

        Args:
            f: The head's parameter, a pytree.

        Returns:
            A distribution of one observation.
        """

    def sample(self, f: PyTree, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Array:
        """Draws from p(· | f).

        Args:
            f: The head's parameter, a pytree.
            key: A JAX random key.
            shape: Leading axes of the draws.

        Returns:
            An array of `shape` and then one observation's.
        """
        return jnp.asarray(self.distribution(f).sample(key, shape))

    def tangent(self, f: PyTree, /) -> Tangent:
        """The directions that f may move in; all of them unless a head says otherwise.

        Args:
            f: The head's parameter, a pytree.

        Returns:
            A `Tangent` of d directions.
        """
        return Tangent.of(f)

    def information_root(self, f: PyTree) -> Float[Array, "d r"] | None:
        """A root of the information in closed form, L Lᵀ = I(f).

        Args:
            f: The head's parameter, a pytree.

        Returns:
            L (d, r), in the coordinates of `tangent(f)`; None if there is no closed form.
        """
        return None

    def information(self, f: PyTree) -> Float[Array, "d d"] | None:
        """I(f) in closed form: that of the root, if there is one.

        Args:
            f: The head's parameter, a pytree.

        Returns:
            A matrix (d, d), in the coordinates of `tangent(f)`; None if there is no closed form.
        """
        root = self.information_root(f)
        return None if root is None else root @ root.T

    def kl(self, f: PyTree, g: PyTree) -> Scalar | None:
        """KL(p_f ‖ p_g) in closed form, twice differentiable in g at g = f.

        Args:
            f: The head's parameter, a pytree; the expectation is taken under it.
            g: Another one.

        Returns:
            A scalar, in nats; None if there is no closed form.
        """
        return None

    def check_regular(self, f: PyTree) -> None:
        """Say whether the Fisher information is defined at f, by raising where it is not.

        Args:
            f: The head's parameter, a pytree.

        Raises:
            ValueError: The information is undefined (a support that moves with f).
        """
        return


class Model(eqx.Module):
    """A statistical model, for a pytree θ of parameters; what `fisher`, `fit` and all else take.

        p(y | f(θ, x)),    information of one observation: JᵀL LᵀJ,  J = ∂f/∂θ,  L Lᵀ = I(f)

    It is abstract: `Family`, `Mixture` and `Conditional` are the models of this library.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> models = fx.Family(dist.Normal), fx.Conditional(lambda params, x: params * x, fx.heads.Poisson())
        >>> [isinstance(model, fx.Model) for model in models]
        [True, True]
        >>> type(models[1].head).__name__, float(models[1].output(0.5, 3.0))
        ('Poisson', 1.5)

    References:
        Martens (2020), New insights and perspectives on the natural gradient method, JMLR 21, §5.
    """

    @property
    @abstractmethod
    def head(self) -> Head:
        """The distribution of one observation given its parameter."""

    @abstractmethod
    def output(self, params: Params, inputs: Any) -> PyTree:
        """f(θ, x): the head's parameter for ONE input.

        Args:
            params: θ.
            inputs: x, one input; None for a model without inputs.

        Returns:
            f, as the head takes it.
        """

    @abstractmethod
    def tangent(self, params: Params, /) -> Tangent:
        """The directions that the parameters may move in.

        Args:
            params: θ.

        Returns:
            A `Tangent`.
        """

    @abstractmethod
    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these.

        Args:
            params: θ; its values do not matter.

        Returns:
            A `Coordinates`, the map z ↔ θ.
        """

    @abstractmethod
    def log_prob(self, params: Params, obs: Data, /) -> Array:
        """ln p(obs | θ), in nats.

        Args:
            params: θ.
            obs: x, or (input, target) for a `Conditional`.

        Returns:
            A scalar; an array over leading axes of x, for a model without inputs.
        """

    @abstractmethod
    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        """Batched data as (inputs, targets).

        Args:
            data: Arrays with a leading axis of observations.
            targets: Whether they hold the observed labels; if not, a bare array is inputs alone.

        Returns:
            Inputs (None for a model without them) and targets (None if there are none).
        """

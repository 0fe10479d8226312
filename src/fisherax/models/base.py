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
        """ln p(y | f) for one observation."""

    @abstractmethod
    def distribution(self, f: PyTree) -> dist.Distribution:
        """The same as a NumPyro distribution: support, mean, quantiles and samples come from it."""

    def sample(self, f: PyTree, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Array:
        """Draws from p(· | f), with leading axes `shape`."""
        return jnp.asarray(self.distribution(f).sample(key, shape))

    def tangent(self, f: PyTree, /) -> Tangent:
        """The directions that f may move in; all of them unless a head says otherwise."""
        return Tangent.of(f)

    def information_root(self, f: PyTree) -> Float[Array, "d r"] | None:
        """L in closed form, in the coordinates of `tangent(f)`, with L Lᵀ = I(f); None if there is none."""
        return None

    def kl(self, f: PyTree, g: PyTree) -> Scalar | None:
        """KL(p_f ‖ p_g) in closed form, twice differentiable in g at g = f; None if there is none."""
        return None

    def check_regular(self, f: PyTree) -> None:
        """Raise ValueError where the Fisher information is undefined (a support that moves with f)."""
        return


class Model(eqx.Module):
    """p(x | θ) for a pytree θ of parameters; what `fisher`, `fit` and all else take."""

    @property
    @abstractmethod
    def head(self) -> Head:
        """The distribution of one observation given its parameter."""

    @abstractmethod
    def output(self, params: Params, inputs: Any) -> PyTree:
        """f(θ, x): the head's parameter for ONE input."""

    @abstractmethod
    def tangent(self, params: Params, /) -> Tangent:
        """The directions that the parameters may move in."""

    @abstractmethod
    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these."""

    @abstractmethod
    def log_prob(self, params: Params, obs: Data, /) -> Array:
        """ln p(obs | θ); `obs` is x, or (input, target) for a `Conditional`."""

    @abstractmethod
    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        """Batched data as (inputs, targets). With `targets=False` a bare array is inputs alone."""

"""p(x | θ) without inputs: a model that is its own head, with θ as the head's parameter."""

from typing import Any

import jax.numpy as jnp

from .._types import Array, Data, Float, Params, PyTree
from .base import Head, Model


class Unconditional(Model, Head):
    """A distribution of x with parameters θ; both a `Model` and a `Head` (f = θ)."""

    @property
    def head(self) -> Head:
        """The model itself."""
        return self

    def output(self, params: Params, inputs: Any) -> PyTree:
        """θ itself, the head's parameter.

        Args:
            params: θ.
            inputs: None.

        Returns:
            θ.
        """
        return params

    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        """Data as (inputs, targets): there are no inputs.

        Args:
            data: Observations with a leading axis.
            targets: It makes no difference.

        Returns:
            None, and the observations as an array.
        """
        return None, jnp.asarray(data)

    def to_unconstrained(self, params: Params) -> Float[Array, " k"]:
        """The parameters in unconstrained coordinates, through NumPyro's bijectors: ln of a scale, for instance.

        Args:
            params: θ, a dict of the free parameters.

        Returns:
            z (k,), the parameters in JAX's order (names sorted).
        """
        return self.coordinates(params).to_vector(params)

    def to_constrained(self, z: Float[Array, " k"], like: Params) -> Params:
        """The inverse of `to_unconstrained`.

        Args:
            z: Unconstrained coordinates (k,).
            like: Parameters that give the shapes; their values do not matter.

        Returns:
            Parameters shaped like `like`, inside their space for any z.
        """
        return self.coordinates(like).to_params(z)

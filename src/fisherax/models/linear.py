"""The linear predictor η = xᵀβ + offset: what turns a head into a generalised linear model."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from .._types import Array, Params, PyTree


class LinearPredictor(eqx.Module):
    """`apply` of a generalised linear model: θ = {"coefficients": (p,)[, dispersion: ()]}.

    One input is a row x (p,), or a dict with "x" and, as they apply, "offset" () and "trials" ().

    Args:
        names: The name of each coefficient, for tables.
        dispersion: The name of the head's learned parameter ("scale", "shape", "concentration"), or None.
        trials: Whether the head is a `Binomial`, which takes the number of trials along with η.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    dispersion: str | None = eqx.field(static=True, default=None)
    trials: bool = eqx.field(static=True, default=False)

    def predictor(self, params: Params, inputs: Any) -> Array:
        """η for one input, or for a batch of them."""
        if not isinstance(inputs, dict):
            return jnp.asarray(inputs) @ params["coefficients"]
        eta = jnp.asarray(inputs["x"]) @ params["coefficients"]
        return eta + inputs["offset"] if "offset" in inputs else eta

    def __call__(self, params: Params, inputs: Any) -> PyTree:
        eta = self.predictor(params, inputs)
        if self.trials:
            return eta, jnp.asarray(inputs["trials"], eta.dtype)
        return eta if self.dispersion is None else (eta, params[self.dispersion])

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Names of the entries of each leaf, for leaves whose entries have one."""
        return {"coefficients": self.names}

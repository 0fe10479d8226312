"""The linear predictor η = xᵀβ + offset: what turns a head into a generalised linear model."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp

from .._types import Array, Params, PyTree


class LinearPredictor(eqx.Module):
    """The `apply` of a generalised linear model.

        η = xᵀβ + offset,    θ = {"coefficients": β (p,)[, dispersion: ()]}

    One input is a row x (p,), or a dict with "x" and, as they apply, "offset" () and "trials" (). A `Conditional` of
    it is fitted without starting values, and `glm` makes one from a formula.

    Args:
        names: The name of each coefficient, for tables.
        dispersion: The name of the head's learned parameter ("scale", "shape", "concentration"), or None.
        trials: Whether the head is a `Binomial`, which takes the number of trials along with η.

    Examples:
        >>> import fisherax as fx, numpy as np
        >>> model = fx.Conditional(fx.LinearPredictor(("intercept", "slope")), fx.heads.Normal(scale=1.0))
        >>> inputs, targets = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 2.0, 3.0])
        >>> fitted = fx.fit(model, (inputs, targets))
        >>> fitted.names, np.round(fitted.params["coefficients"], 6)
        (('intercept', 'slope'), Array([1., 1.], dtype=float64))

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §2.2.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    dispersion: str | None = eqx.field(static=True, default=None)
    trials: bool = eqx.field(static=True, default=False)

    def predictor(self, params: Params, inputs: Any) -> Array:
        """η for one input, or for a batch of them.

        Args:
            params: θ, with "coefficients" (p,).
            inputs: x (p,) or (n, p), or a dict with "x" and perhaps "offset".

        Returns:
            η, () or (n,).
        """
        if not isinstance(inputs, dict):
            return jnp.asarray(inputs) @ params["coefficients"]
        eta = jnp.asarray(inputs["x"]) @ params["coefficients"]
        return eta + inputs["offset"] if "offset" in inputs else eta

    def __call__(self, params: Params, inputs: Any) -> PyTree:
        """The head's parameter: η; (η, dispersion) where one is learned; (η, trials) for a `Binomial`."""
        eta = self.predictor(params, inputs)
        if self.trials:
            return eta, jnp.asarray(inputs["trials"], eta.dtype)
        return eta if self.dispersion is None else (eta, params[self.dispersion])

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Names of the entries of each leaf, for leaves whose entries have one."""
        return {"coefficients": self.names}

"""Minus the Hessian at the data."""

from typing import ClassVar

from .base import Estimator


class Observed(Estimator):
    """The observed information: minus the mean Hessian of the log-density at the data.

        −(1/n) Σᵢ ∂² ln p(yᵢ | xᵢ, θ)/∂θ²

    It is no product JᵀL LᵀJ, and may be indefinite away from a maximum of the likelihood: roots and determinants then
    refuse, `solve` does not. Where a kink of the density moves with a parameter it does not exist, and `fisher`
    raises ValueError. Its data are those of `Empirical`.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> data = jnp.array([2.0, 4.0, 9.0])
        >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": 4.0}, data, fx.Observed())
        >>> round(float(G.trace()), 6)  # the mean of x/λ²
        0.3125

    References:
        Efron and Hinkley (1978), Assessing the accuracy of the maximum likelihood estimator: observed versus expected
        Fisher information, Biometrika 65, 457–482.
    """

    needs_targets: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return "observed"

    @property
    def is_positive_semidefinite(self) -> bool:
        return False

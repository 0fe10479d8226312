"""The observed labels."""

from typing import ClassVar

from ..._types import Array, Float, PRNGKeyArray, PyTree
from ...models.base import Head
from .base import ProductEstimator, head_score


class Empirical(ProductEstimator):
    """The empirical Fisher: the mean of s sᵀ at the OBSERVED labels.

        (1/n) Σᵢ sᵢ sᵢᵀ,   sᵢ = ∂ ln p(yᵢ | xᵢ, θ)/∂θ

    It converges to the Fisher information only where the model is right and the parameters are true; elsewhere it is
    another matrix, the "meat" of the sandwich. It squares the scores of single observations, never a batch's mean.
    `fisher` needs the observations as data: (inputs, targets) for a `Conditional`.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> data = jnp.array([2.0, 4.0, 6.0])
        >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": 4.0}, data, fx.Empirical())
        >>> round(float(G.trace()), 6)  # the mean of (x/λ − 1)², and not 1/λ
        0.166667

    References:
        Kunstner, Balles and Hennig (2019), Limitations of the empirical Fisher approximation for natural gradient
        descent, NeurIPS 32; White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50, 1–25.
    """

    needs_targets: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return "empirical"

    def cotangents(
        self, head: Head, f: PyTree, y: Array | None, key: PRNGKeyArray | None
    ) -> Float[Array, "r d"]:
        assert y is not None
        return head_score(head, f, y)[None]

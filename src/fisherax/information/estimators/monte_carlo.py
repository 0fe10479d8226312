"""Labels drawn from the model."""

import numbers
from typing import ClassVar

import jax
import jax.numpy as jnp

from ..._types import Array, Float, PRNGKeyArray, PyTree
from ...models.base import Head
from .base import ProductEstimator, head_score


class MonteCarlo(ProductEstimator):
    """The Fisher information by sampling: the mean of s sᵀ over labels drawn from the model itself.

        (1/nk) Σᵢ Σⱼ sᵢⱼ sᵢⱼᵀ,   sᵢⱼ = ∂ ln p(yᵢⱼ | xᵢ, θ)/∂θ,   yᵢⱼ ~ p(· | xᵢ, θ),   j ≤ k

    Unbiased, with an error ΔG of order 1/√(number of draws); the operator's `error` is √(Σ ‖sᵢⱼ‖⁴)/nk, an estimate
    from above of the root mean square of ‖ΔG‖ (Frobenius). `fisher` needs the inputs of a `Conditional` as data.

    Args:
        key: A JAX random key.
        num_samples: k, draws for each observation (in all, for a model without inputs).

    Raises:
        ValueError: If `key` is no random key, or `num_samples` no positive whole number.

    Examples:
        >>> import fisherax as fx, jax, numpyro.distributions as dist
        >>> sampled = fx.MonteCarlo(jax.random.key(0), num_samples=10_000)
        >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": 4.0}, estimator=sampled)
        >>> bool(abs(G.trace() - 0.25) < 5 * G.error)
        True

    References:
        Martens (2020), New insights and perspectives on the natural gradient method, JMLR 21, §5.
    """

    key: PRNGKeyArray
    num_samples: int = 1
    needs_targets: ClassVar[bool] = False

    def __check_init__(self) -> None:
        dtype = getattr(self.key, "dtype", None)
        if dtype is None or not (
            jnp.issubdtype(dtype, jax.dtypes.prng_key) or (dtype == jnp.uint32 and jnp.ndim(self.key) > 0)
        ):
            raise ValueError(
                f"MonteCarlo needs a JAX random key, such as jax.random.key(0), and not {self.key!r}."
            )
        if not isinstance(self.num_samples, numbers.Integral):
            raise ValueError(f"MonteCarlo: num_samples must be a whole number, not {self.num_samples!r}.")
        if self.num_samples < 1:
            raise ValueError(f"MonteCarlo needs at least one draw: num_samples={self.num_samples}.")

    @property
    def name(self) -> str:
        """What its operators call themselves."""
        return f"Monte Carlo ({self.num_samples} draw{'s' if self.num_samples > 1 else ''})"

    def cotangents(
        self, head: Head, f: PyTree, y: Array | None, key: PRNGKeyArray | None
    ) -> Float[Array, "r d"]:
        draws = jax.lax.stop_gradient(head.sample(f, self.key if key is None else key, (self.num_samples,)))
        scores = jax.vmap(head_score, in_axes=(None, None, 0))(head, f, draws)
        return scores / jnp.sqrt(self.num_samples)

"""What one pass over the data yields."""

import equinox as eqx
import jax

from ..._types import Matrix, Scalar, Vector


class Evaluation(eqx.Module):
    """The log-likelihood at one z, with its score and a curvature; all are sums over observations, so they add up.

    Attributes:
        value: ℓ(z), in nats.
        score: ∂ℓ/∂z.
        information: −∂²ℓ/∂z², or the expected information where a likelihood knows no better matrix to step with.
    """

    value: Scalar
    score: Vector
    information: Matrix

    def __add__(self, other: "Evaluation") -> "Evaluation":
        return jax.tree.map(lambda a, b: a + b, self, other)

"""What one pass over the data yields."""

import jax.tree_util as jtu
import numpy as np

from ..._tree import record
from ..._types import Array, Float


@record
class Evaluation:
    """The log-likelihood at one z, with its score and a curvature; sums over observations, so they add up.

    Attributes:
        value: ℓ(z), in nats.
        score: ∂ℓ/∂z.
        information: −∂²ℓ/∂z², or the expected information where that is the better matrix to step with.
    """

    value: Float[Array | np.ndarray, ""]
    score: Float[Array | np.ndarray, " k"]
    information: Float[Array | np.ndarray, "k k"]

    def __add__(self, other: "Evaluation") -> "Evaluation":
        return jtu.tree_map(lambda a, b: a + b, self, other)

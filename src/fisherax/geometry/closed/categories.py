"""One of K categories, or counts over them: the positive part of a sphere."""

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Params, Scalar
from .isometry import Isometry
from .sphere import Sphere


class Categories(Isometry):
    """{"probs": p} in n draws: G = n Σ dpₖ²/pₖ = Σ dxₖ² with xₖ = 2√n √pₖ, so that d = 2√n arccos Σ √(pₖqₖ).

    Attributes:
        draws: n.

    References:
        Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Atkinson and Mitchell (1981), Rao's
        distance measure, Sankhyā A 43, 345–365.
    """

    draws: Scalar = eqx.field(converter=jnp.asarray)

    @property
    def space(self) -> Sphere:
        return Sphere(2.0 * jnp.sqrt(self.draws), positive=True)

    def to_space(self, params: Params) -> Array:
        return 2.0 * jnp.sqrt(self.draws) * jnp.sqrt(jnp.asarray(params["probs"]))

    def from_space(self, x: Array) -> dict[str, Array]:
        squares = jnp.square(x)
        return {"probs": squares / jnp.sum(squares)}

"""The Fisher ball: all points that are within a distance, to second order."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays
from .._types import Array, Bool, Float, Params, Scalar
from ..operators import Information


class Ball(eqx.Module):
    """The members of a model that are near one of them.

        {q : (q − p)ᵀ G (q − p) ≤ r²},    KL(p ‖ q) ≈ r²/2 on its surface, from either side

    Made by `Manifold.ball`. `fx.plot.balls` draws it beside the exact set.

    Attributes:
        center: p.
        radius: r, without a unit.
        information: G at p.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> B = fx.Manifold(fx.Family(dist.Poisson)).ball({"rate": 4.0}, 0.5)
        >>> bool(B.contains({"rate": 4.9})), bool(B.contains({"rate": 5.1}))
        (True, False)

    References:
        Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91.
    """

    center: Params
    radius: Scalar
    information: Information

    def contains(self, q: Params) -> Bool[Array, ""]:
        """Whether q is in the ball.

        Args:
            q: Parameters, shaped like the centre.

        Returns:
            A boolean.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> B = fx.Manifold(fx.Family(dist.Poisson)).ball({"rate": 4.0}, 0.5)
            >>> bool(B.contains({"rate": 3.1}))
            True
        """
        step = jtu.tree_map(lambda a, b: a - b, as_arrays(q), self.center)
        return self.information.quadratic(step) <= self.radius**2

    def axes(self) -> tuple[Float[Array, " k"], Any]:
        """The principal axes: half-lengths, the longest first, and directions.

            rᵢ = r/√λᵢ,  with G = Σ λᵢ eᵢ eᵢᵀ in coordinates of the tangent space

        Returns:
            The half-lengths (k,), in the parameters' units, and a pytree like the parameters whose leaves have a
            leading axis of unit vectors.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> lengths, _ = fx.Manifold(fx.Family(dist.Normal)).ball({"loc": 0.0, "scale": 2.0}, 0.1).axes()
            >>> [round(float(x), 6) for x in lengths]  # σ r, σ r/√2
            [0.2, 0.141421]
        """
        values, vectors = jnp.linalg.eigh(self.information.coordinates_matrix())
        unravel = self.information.tangent.unravel
        directions = jtu.tree_map(lambda *rows: jnp.stack(rows), *[unravel(column) for column in vectors.T])
        return self.radius / jnp.sqrt(values), directions

    def surface(self, directions: Float[Array | np.ndarray, "n k"]) -> Params:
        """Points of the surface: p + r G^{-½} n for unit vectors n.

        Args:
            directions: Vectors (n, k), of any length but 0, in whitened coordinates.

        Returns:
            Parameters with a leading axis of length n.

        Raises:
            ValueError: The information is singular, so that the ball has no end.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> B = fx.Manifold(fx.Family(dist.Poisson)).ball({"rate": 4.0}, 0.5)
            >>> [float(x) for x in B.surface(jnp.array([[1.0], [-1.0]]))["rate"]]
            [5.0, 3.0]
        """
        directions = jnp.asarray(directions, jnp.result_type(float))
        unit = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)
        unravel = self.information.tangent.unravel
        steps = [self.information.inv_sqrt_mv(unravel(self.radius * row)) for row in unit]
        return jtu.tree_map(lambda p, *rows: p + jnp.stack(rows), self.center, *steps)

"""The affine map that makes the Fisher ball at a point the unit ball."""

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu

from .._tree import as_arrays
from .._types import Params, Vector
from ..operators import Information


class Whitening(eqx.Module):
    """The affine map at a point p after which the metric there is the identity.

        w(q) = G^{½} (q − p),    {δ : δᵀGδ ≤ r²} ↦ {|w| ≤ r}

    with the symmetric root. Whatever coordinates one started from, the whitened local models agree up to a rotation:
    if θ = f(φ), then w_θ = R w_φ to first order, with R orthogonal. Made by `Manifold.whiten`.

    Attributes:
        center: p.
        information: G at p.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> W = fx.Manifold(fx.Family(dist.Normal)).whiten({"loc": 1.0, "scale": 2.0})
        >>> [round(float(x), 12) for x in W({"loc": 3.0, "scale": 2.0})]
        [1.0, 0.0]

    References:
        Amari (2016), Information Geometry and Its Applications, §12.1.
    """

    center: Params
    information: Information

    def __call__(self, q: Params) -> Vector:
        """w(q).

        Args:
            q: Parameters, shaped like the centre.

        Returns:
            A vector (k,), in orthonormal coordinates of the tangent space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> W = fx.Manifold(fx.Family(dist.Poisson)).whiten({"rate": 4.0})
            >>> [float(x) for x in W({"rate": 6.0})]
            [1.0]
        """
        step = jtu.tree_map(lambda a, b: a - b, as_arrays(q), self.center)
        return self.information.tangent.ravel(self.information.sqrt_mv(step))

    def inverse(self, w: Vector) -> Params:
        """The parameters at whitened coordinates: p + G^{-½} w.

        Args:
            w: A vector (k,).

        Returns:
            Parameters; they may lie outside of their space, which the map does not know.

        Raises:
            ValueError: The information is singular, so that the map has no inverse.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> W = fx.Manifold(fx.Family(dist.Poisson)).whiten({"rate": 4.0})
            >>> float(W.inverse(jnp.ones(1))["rate"])
            6.0
        """
        step = self.information.inv_sqrt_mv(self.information.tangent.unravel(jnp.asarray(w)))
        return jtu.tree_map(jnp.add, self.center, step)

    def push(self, v: Params) -> Vector:
        """A tangent vector at the centre, in whitened coordinates: G^{½} v.

        Args:
            v: A tangent vector, a pytree like the parameters.

        Returns:
            A vector (k,), whose length is that of v in the metric.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> W = fx.Manifold(fx.Family(dist.Poisson)).whiten({"rate": 4.0})
            >>> [float(x) for x in W.push({"rate": 1.0})]
            [0.5]
        """
        return self.information.tangent.ravel(self.information.sqrt_mv(as_arrays(v)))

r"""The verbs of an information: products, solves, roots and draws, on pytrees shaped like the parameters."""

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, Params, PRNGKeyArray, Scalar, Vector
from .factorization import Failed
from .identifiability import is_traced
from .representation import Representation
from .vectors import coordinates


class Verbs(Representation):
    """What a matrix does to a vector. Everywhere v is a pytree like the parameters and of their dtypes."""

    def mv(self, vector: Params) -> Params:
        """The product with a vector.

            G v = B A Bᵀ v

        Args:
            vector: v, a pytree like the parameters, in their units.

        Returns:
            A pytree like the parameters, in units of one over each parameter's own.

        Raises:
            ValueError: v is not shaped like the parameters, or of another dtype (as for every verb).

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> {name: float(value) for name, value in G.mv({"loc": 1.0, "scale": 1.0}).items()}
            {'loc': 0.25, 'scale': 0.5}
        """
        return self.tangent.unravel(self._mv(self._coordinates(vector)))

    def solve(self, vector: Params) -> Params:
        """The product with the inverse on the tangent space: of a gradient, the natural gradient.

            G⁻¹ v = B A⁻¹ Bᵀ v

        Args:
            vector: v, a pytree like the parameters.

        Returns:
            A pytree like the parameters. On a simplex its entries sum to zero.

        Raises:
            ValueError: the information is singular; the message says which combination of parameters the
                data do not determine. While JAX traces it is a run-time error instead.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> {name: round(float(value), 6) for name, value in G.solve({"loc": 1.0, "scale": 1.0}).items()}
            {'loc': 4.0, 'scale': 2.0}

        References:
            Amari (1998), Natural gradient works efficiently in learning, Neural Computation 10, 251–276.
        """
        value, failed = self._solve(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "solve"))

    def sqrt_mv(self, vector: Params) -> Params:
        """The product with the symmetric square root.

            G^{1/2} v = B A^{1/2} Bᵀ v

        Args:
            vector: v, a pytree like the parameters.

        Returns:
            A pytree like the parameters.

        Raises:
            ValueError: G has a negative eigenvalue, as an observed information may; a singular G has a root.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> root = G.sqrt_mv({"loc": 1.0, "scale": 1.0})
            >>> round(float(root["loc"]), 6), round(float(root["scale"]), 6)
            (0.5, 0.707107)
        """
        value, failed = self._sqrt_mv(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "sqrt_mv"))

    def inv_sqrt_mv(self, vector: Params) -> Params:
        """The product with the inverse of the symmetric square root, on the tangent space.

            G^{-1/2} v = B A^{-1/2} Bᵀ v

        Args:
            vector: v, a pytree like the parameters.

        Returns:
            A pytree like the parameters.

        Raises:
            ValueError: G is singular, or has a negative eigenvalue, or its smallest eigenvalue is lost in the
                rounding of the largest (this root, unlike `solve`, depends on the parameters' units).

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> root = G.inv_sqrt_mv({"loc": 1.0, "scale": 1.0})
            >>> round(float(root["loc"]), 6), round(float(root["scale"]), 6)
            (2.0, 1.414214)
        """
        value, failed = self._inv_sqrt_mv(self._coordinates(vector))
        return self.tangent.unravel(self._checked(value, failed, "inv_sqrt_mv"))

    def logdet(self) -> Scalar:
        """The logarithm of the determinant on the tangent space.

            ln det A

        It is twice the logarithm of the volume that G gives a unit cube of the tangent space.

        Returns:
            A scalar, in nats.

        Raises:
            ValueError: G is not positive definite. A singular G is a finding here as elsewhere, and not −∞.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> round(float(G.logdet()), 6)  # ln 1/8
            -2.079442
        """
        value, failed = self._logdet()
        return self._checked(value, failed, "logdet")

    def trace(self) -> Scalar:
        """The sum of the diagonal.

            tr A = tr G

        Returns:
            A scalar. It adds numbers of different units where the parameters have different units.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> float(fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0}).trace())
            0.75
        """
        return jnp.sum(self._diagonal())

    def quadratic(self, vector: Params) -> Scalar:
        """The squared length of a displacement.

            vᵀ G v = 2 KL(p_θ ‖ p_{θ+v}) + O(v³)

        Args:
            vector: v, a pytree like the parameters, in their units.

        Returns:
            A scalar, in nats times two.

        Raises:
            ValueError: v is not shaped like the parameters, or of another dtype.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})  # diag(1/4, 1/2)
            >>> float(G.quadratic({"loc": 1.0, "scale": 1.0}))
            0.75
        """
        u = self._coordinates(vector)
        return jnp.dot(u, self._mv(u))

    def sample(self, key: PRNGKeyArray, inverse: bool = False) -> Params:
        """A normal draw on the tangent space.

            v ~ N(0, G),  or N(0, G⁻¹) with `inverse=True`

        Args:
            key: a JAX random key; split it and `vmap` for many draws.
            inverse: draw with the covariance G⁻¹, which is how a Laplace approximation draws parameters.

        Returns:
            One draw, a pytree like the parameters.

        Raises:
            ValueError: as `sqrt_mv`, or as `solve` with `inverse=True`.

        Examples:
            >>> import fisherax as fx, jax, numpyro.distributions as dist
            >>> G = fx.fisher(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0})
            >>> draws = jax.vmap(lambda key: G.sample(key, inverse=True))(jax.random.split(jax.random.key(0), 4000))
            >>> bool(abs(draws["loc"].var() - 4.0) < 0.5)  # the variance of loc is 1/(1/4)
            True
        """
        noise = jax.random.normal(key, (self.tangent.dim,), self.dtype)
        value, failed = self._inverse_root(noise) if inverse else self._sqrt_mv(noise)
        return self.tangent.unravel(self._checked(value, failed, "sample"))

    # --- Inside. ---

    def _coordinates(self, vector: Params) -> Vector:
        return coordinates(self.tangent, vector).astype(self.dtype)

    def _checked(self, value: Array, failed: Failed, verb: str) -> Array:
        """The value, unless the computation failed: a ValueError, or a run-time error while JAX traces."""
        if is_traced(failed):
            return eqx.error_if(
                value,
                failed,
                f"{verb}: {self._traced_reason(verb)}.",
            )
        if failed:
            raise ValueError(f"{verb}: {self._reason(verb)}.")
        return value

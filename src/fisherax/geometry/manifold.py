"""A model as a Riemannian manifold."""

import jax.numpy as jnp

from .._types import Params, Scalar
from ..models.family import Family
from .alpha import AlphaConnection
from .ball import Ball
from .dual import DuallyFlat
from .geodesics import Geodesics
from .tensors import Tensors
from .whitening import Whitening


class Manifold(Tensors, Geodesics):
    """A statistical model as a Riemannian manifold, with the Fisher information as its metric.

        ds² = dθᵀ G(θ) dθ

    Points are parameters θ, tangent vectors are pytrees like them. Geodesics are those of a model space in closed form
    where the family is one (locations and scales, one parameter, categories, multivariate normals); elsewhere they are
    computed to rounding. All methods run under `jit`, `vmap` and derivatives; what cannot be computed raises where
    values are known, and is NaN elsewhere.

    Args:
        metric: A model (a `Family`, a `Mixture`, a `Conditional`), a `Metric`, or any function from parameters to an
            `Information` or its matrix in the coordinates of the parameters' entries.
        data: Inputs, for a `Conditional`: its information is their average.
        constraints: For a function, the NumPyro constraints of leaves of the parameters by name.

    Raises:
        ValueError: A `Conditional` without inputs, or an argument of another kind.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> M = fx.Manifold(fx.Family(dist.Normal))
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> round(float(M.distance(p, q)), 6)  # √2 ln 2
        0.980258
        >>> round(float(M.scalar_curvature(p)), 12)
        -1.0

    References:
        Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Amari and Nagaoka (2000), Methods of
        Information Geometry, chapters 1 to 3.
    """

    def whiten(self, p: Params) -> Whitening:
        """The affine map that makes the Fisher ball at p the unit ball.

            w(q) = G^{½} (q − p)

        Args:
            p: θ, a pytree.

        Returns:
            A `Whitening`, with its inverse.

        Raises:
            ValueError: A parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> W = fx.Manifold(fx.Family(dist.Normal)).whiten({"loc": 0.0, "scale": 2.0})
            >>> [round(float(x), 12) for x in W({"loc": 2.0, "scale": 2.0})]
            [1.0, 0.0]

        References:
            Amari (2016), Information Geometry and Its Applications, §12.1.
        """
        p, _ = self._place("whiten", p)
        return Whitening(p, self.metric(p))

    def ball(self, p: Params, radius: float | Scalar) -> Ball:
        """The Fisher ball around a point.

            {q : (q − p)ᵀ G (q − p) ≤ r²}

        Args:
            p: θ, a pytree.
            radius: r > 0, without a unit; a member on the surface is about r²/2 nats from p.

        Returns:
            A `Ball`.

        Raises:
            ValueError: A radius that is not positive, or a parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> B = fx.Manifold(fx.Family(dist.Poisson)).ball({"rate": 4.0}, 0.5)
            >>> [round(float(x), 12) for x in B.axes()[0]]  # r √λ
            [1.0]
        """
        if isinstance(radius, float | int) and not 0 < radius < float("inf"):
            raise ValueError(f"ball: the radius must be positive, but is {radius}.")
        p, _ = self._place("ball", p)
        return Ball(p, jnp.asarray(radius, float), self.metric(p))

    def alpha_connection(self, alpha: float) -> AlphaConnection:
        """Amari's connection of an order α.

            Γ⁽ᵅ⁾_k,ij = Γ_k,ij − (α/2) T_ijk

        Args:
            alpha: α; 1 for the e-connection, −1 for the m-connection, 0 for Levi-Civita's.

        Returns:
            An `AlphaConnection`, with its symbols, curvature and geodesics.

        Raises:
            ValueError: The manifold is that of a metric without a model.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Poisson))
            >>> float(M.alpha_connection(-1.0).christoffel({"rate": 4.0})[0, 0, 0])
            0.0

        References:
            Amari and Nagaoka (2000), Methods of Information Geometry, eq. 2.20.
        """
        return AlphaConnection(self, alpha)

    @property
    def dual(self) -> DuallyFlat:
        """The dually flat structure of an exponential family: natural and expectation coordinates, e- and m-geodesics.

        Raises:
            ValueError: The model is no exponential family, or a curved one.
        """
        if not isinstance(self.model, Family):
            raise ValueError("Manifold.dual: only a Family can be an exponential family.")
        return DuallyFlat(self.model)

    def __repr__(self) -> str:
        what = self.metric_function if self.model is None else self.model
        return f"Manifold({what})"

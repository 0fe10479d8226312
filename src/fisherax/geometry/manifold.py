"""A model as a Riemannian manifold."""

import jax.numpy as jnp
from jax.core import Tracer

from .._numbers import Real, number
from .._types import Params, PyTree, Scalar
from ..information import Metric
from ..models.family import Family
from . import routes
from .alpha import AlphaConnection
from .ball import Ball
from .bounds import Bounds
from .divergence import hellinger_distance
from .dual import DuallyFlat
from .geodesics import Geodesics
from .points import is_exact
from .tensors import Tensors
from .volume import volume, volume_density
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

    def ball(self, p: Params, radius: Real) -> Ball:
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
        if not isinstance(radius, Tracer):
            radius = number("ball: the radius", radius, "positive", 0.0)
        p, _ = self._place("ball", p)
        return Ball(p, jnp.asarray(radius, float), self.metric(p))

    def distance_bounds(self, p: Params, q: Params) -> Bounds:
        """Two numbers that the Fisher–Rao distance lies between.

            4 arcsin(H(p, q)/√2) ≤ d(p, q) ≤ the length of any path

        Below: √p_θ makes of a model a surface in a sphere of radius 2, where great circles are shorter still; H is
        Hellinger's distance. Above: the length of the path that was found, which is the shortest if it is a global
        minimum. Where a formula gives the distance, both numbers are the distance. Between normal vectors both are
        sharper and need no iteration: Calvo and Oller's embedding, and lifts in closed form.

        Args:
            p: θ, a pytree.
            q: Another point, shaped like p.

        Returns:
            (lower, upper), a named pair of scalars without a unit.

        Raises:
            ValueError: A parameter outside its space; the manifold is not that of a model with its exact information;
                or as `distance` where there is no formula.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Gamma))
            >>> p, q = {"concentration": 1.0, "rate": 1.0}, {"concentration": 3.0, "rate": 2.0}
            >>> [round(float(x), 4) for x in M.distance_bounds(p, q)]
            [0.9518, 0.9915]

        References:
            Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Calvo and Oller (1990), Journal of
            Multivariate Analysis 35, 223–242.
        """
        p, place, q = self._pair("distance_bounds", p, q)
        if place.isometry is not None:
            found = routes.bounds_closed(place, p, q)
            return Bounds(*self._number("distance_bounds", place, p, q, found))
        metric = self.metric_function
        if not isinstance(metric, Metric) or not is_exact(metric):
            raise ValueError(
                "distance_bounds: the lower bound is that of a model with its exact information; here is "
                f"{self!r}. Distance itself is computed for any metric."
            )
        upper = self.distance(p, q)
        square = hellinger_distance(metric.model, p, q, metric.data, squared=True)
        return Bounds(4.0 * jnp.arcsin(jnp.sqrt(square / 2.0)), upper)

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

    def volume_density(self, p: Params) -> Scalar:
        """The volume element at a point, Jeffreys' prior but for its normaliser.

            dV = √det G(θ) dθ

        Args:
            p: θ, a pytree.

        Returns:
            A scalar ≥ 0, in the affine coordinates of the parameters.

        Raises:
            ValueError: A parameter is outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> round(float(fx.Manifold(fx.Family(dist.Normal)).volume_density({"loc": 0.0, "scale": 1.0})), 12)  # √2
            1.414213562373

        References:
            Jeffreys (1946), An invariant form for the prior probability in estimation problems.
        """
        return volume_density(self.metric_function, p)

    def volume(self, box: PyTree, like: Params | None = None) -> float:
        """The volume of a box of parameters: how many members it holds that can be told apart.

            ∫_box √det G(θ) dθ

        Args:
            box: A pair (lower, upper) for each parameter: numbers, or arrays of its shape; None for all of its space.
            like: Parameters that give shapes, where the box does not.

        Returns:
            A number without a unit; ∞ where the integral diverges.

        Raises:
            ValueError: The box is none, or the integral cannot be computed; as `volume_density`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Poisson))
            >>> round(M.volume({"rate": (0.0, 9.0)}), 10)  # 2√b
            6.0

        References:
            Balasubramanian (1997), Statistical inference, Occam's razor, and statistical mechanics on the space of
            probability distributions, Neural Computation 9, 349–368.
        """
        return volume(self.metric_function, box, like)

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

"""Geodesics between points and from a point, distances, and vectors carried along them."""

from typing import Any

from .._types import Array, Bool, Matrix, Params, Scalar
from . import routes
from .curves import ClosedCurve, Geodesic
from .points import Place, Points, known_false, known_not_finite


class Geodesics(Points):
    """Straight lines of a manifold: in closed form where it is a model space, and else computed to rounding."""

    def exp(self, p: Params, v: Params, tolerance: float | None = None) -> Params:
        """The exponential map: where the geodesic that leaves p with velocity v is after unit time.

            γ(0) = p,  γ̇(0) = v,  ∇_γ̇ γ̇ = 0,    exp_p(v) = γ(1)

        Args:
            p: θ, a pytree.
            v: A tangent vector, a pytree like p, in the parameters' units.
            tolerance: Of the integration, relative and absolute, in unconstrained coordinates; 1e-11 (1e-5 in float32)
                by default. It has no effect where a closed form is known.

        Returns:
            Parameters.

        Raises:
            ValueError: A parameter outside its space, a vector not shaped like p, or a geodesic that leaves the
                manifold before that time, as Poisson's may at rate 0. (Under `jit` and `vmap` the result is NaN then.)

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Poisson))
            >>> float(M.exp({"rate": 4.0}, {"rate": 2.0})["rate"])  # √λ grows by λ̇/2√λ
            6.25

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 5.
        """
        p, place, _ = self._seen("exp", p)
        v = self._like("exp", "a tangent vector and its point", p, v)
        if place.isometry is not None:
            end, good = routes.exp_closed(place, p, v)
        else:
            end, good = routes.exp_flow(place.field, p, v, routes.tolerance_of(place.field, tolerance))
        if known_false(good):
            self._explain("exp", p, place)
            self._vector("exp", p, v)
            raise ValueError(
                "exp: the geodesic leaves the manifold before it has run for unit time (or needs more steps than are "
                "allowed): take a shorter vector."
            )
        return end

    def log(self, p: Params, q: Params) -> Params:
        """The logarithm: the velocity at p of the shortest geodesic to q.

            exp_p(log_p q) = q,    |log_p q| = d(p, q)

        Args:
            p: θ, a pytree.
            q: Another point, shaped like p.

        Returns:
            A tangent vector at p, a pytree like p.

        Raises:
            ValueError: A parameter outside its space, points of different shapes, or no geodesic: none was found, or q
                lies beyond a point that is conjugate to p, so that what was found is not the shortest. (Under `jit` and
                `vmap` the result is NaN then.)

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Gamma))
            >>> p, q = {"concentration": 1.0, "rate": 1.0}, {"concentration": 3.0, "rate": 2.0}
            >>> back = M.exp(p, M.log(p, q))
            >>> abs(float(back["concentration"]) - 3.0) < 1e-9
            True

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapters 5 and 10.
        """
        p, place, q = self._pair("log", p, q)
        if place.isometry is not None:
            return self._number("log", place, p, q, routes.log_closed(place, p, q))
        found, good = routes.log_mesh(place.field, p, q)
        self._refuse("log", place, p, q, good)
        return found

    def distance(self, p: Params, q: Params) -> Scalar:
        """The Fisher–Rao distance: the length of the shortest path.

            d(p, q) = min ∫ √(γ̇ᵀ G γ̇) dt

        Args:
            p: θ, a pytree.
            q: Another point, shaped like p.

        Returns:
            A scalar ≥ 0, without a unit: N(0, 1) and N(1, 1) are √2 ln 2 apart. At p = q it has a kink, as |x| has:
            differentiate `squared_distance` there.

        Raises:
            ValueError: As `log`.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Normal))
            >>> d = M.distance({"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0})
            >>> round(float(d / (jnp.sqrt(2.0) * jnp.log(2.0))), 12)
            1.0

        References:
            Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Atkinson and Mitchell (1981), Rao's
            distance measure, Sankhyā A 43, 345–365.
        """
        p, place, q = self._pair("distance", p, q)
        if place.isometry is not None:
            return self._number("distance", place, p, q, routes.distance_closed(place, p, q))
        found, good = routes.distance_mesh(place.field, p, q)
        self._refuse("distance", place, p, q, good)
        return found

    def squared_distance(self, p: Params, q: Params) -> Scalar:
        """The square of the distance, which is smooth at p = q.

            d(p, q)²,    with ∂²(d²)/∂q² = 2 G at q = p

        Args:
            p: θ, a pytree.
            q: Another point, shaped like p.

        Returns:
            A scalar ≥ 0.

        Raises:
            ValueError: As `log`.

        Examples:
            >>> import fisherax as fx, jax, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Poisson))
            >>> square = lambda rate: M.squared_distance({"rate": 4.0}, {"rate": rate})
            >>> round(float(jax.grad(jax.grad(square))(4.0)), 12)  # 2/λ
            0.5

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 6.
        """
        p, place, q = self._pair("squared_distance", p, q)
        if place.isometry is not None:
            return self._number("squared_distance", place, p, q, routes.square_closed(place, p, q))
        found, good = routes.square_mesh(place.field, p, q)
        self._refuse("squared_distance", place, p, q, good)
        return found

    def geodesic(self, p: Params, q: Params) -> Geodesic:
        """The shortest geodesic from p to q, a function of time.

            γ(0) = p,  γ(1) = q,  |γ̇| = d(p, q)

        Args:
            p: θ, a pytree.
            q: Another point, shaped like p.

        Returns:
            A `Geodesic`: call it at times in [0, 1].

        Raises:
            ValueError: As `log`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Exponential))
            >>> round(float(M.geodesic({"rate": 1.0}, {"rate": 16.0})(0.25)["rate"]), 12)  # ln λ moves evenly
            2.0

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 6.
        """
        p, place, q = self._pair("geodesic", p, q)
        if place.isometry is not None:
            x, v, length = self._number("geodesic", place, p, q, routes.leaving(place, p, q))
            return Geodesic(ClosedCurve(place.isometry, x, v), length)
        curve, length, good = routes.path(place.field, p, q)
        self._refuse("geodesic", place, p, q, good)
        return Geodesic(curve, length)

    def parallel_transport(self, p: Params, v: Params, q: Params) -> Params:
        """A tangent vector at p carried to q along the shortest geodesic, without turning.

            ∇_γ̇ w = 0,  w(0) = v

        Args:
            p: θ, a pytree.
            v: A tangent vector at p, a pytree like p.
            q: Another point, shaped like p.

        Returns:
            A tangent vector at q. Lengths and angles are those at p.

        Raises:
            ValueError: As `log`, or a vector that is not shaped like p.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Exponential))
            >>> round(float(M.parallel_transport({"rate": 1.0}, {"rate": 0.5}, {"rate": 4.0})["rate"]), 12)
            2.0

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 4.
        """
        p, place, q = self._pair("parallel_transport", p, q)
        v = self._vector("parallel_transport", p, v)
        if place.isometry is not None:
            return self._number("parallel_transport", place, p, q, routes.carried_closed(place, p, v, q))
        found, good = routes.carried_mesh(place.field, p, v, q)
        self._refuse("parallel_transport", place, p, q, good)
        return found

    def exp_jacobian(self, p: Params, v: Params) -> Matrix:
        """The derivative of the exponential map with respect to the vector.

            ∂ exp_p(v)/∂v,  in tangent coordinates at p and at exp_p(v)

        Its columns are Jacobi fields; it is singular where exp_p(v) is conjugate to p.

        Args:
            p: θ, a pytree.
            v: A tangent vector, a pytree like p.

        Returns:
            A matrix (k, k), rows and columns in the coordinates of `tangent(p)`.

        Raises:
            ValueError: As `exp`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Poisson))
            >>> round(float(M.exp_jacobian({"rate": 4.0}, {"rate": 2.0})[0, 0]), 12)  # √(end/start)
            1.25

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 10.
        """
        self.exp(p, v)  # which refuses what has no end
        p, place = self._place("exp_jacobian", p)
        return routes.exp_jacobian(place, p, self._vector("exp_jacobian", p, v))

    def _pair(self, call: str, p: Params, q: Params) -> tuple[Params, Place, Params]:
        p, place, _ = self._seen(call, p)
        return p, place, self._like(call, "the two points", p, q)

    def _number(self, call: str, place: Place, p: Params, q: Params, found: Any) -> Any:
        """The same, refused where it is known to be none: a point outside its space, or one that is too far."""
        if not known_not_finite(found):
            return found
        self._explain(call, p, place)
        self._explain(call, q, place)
        raise ValueError(
            f"{call}: the geodesic between these points could not be computed: they are too far apart, or opposite "
            "each other. Go there in steps, by points in between; distance_bounds tells roughly how far it is."
        )

    def _refuse(self, call: str, place: Place, p: Params, q: Params, good: Bool[Array, ""]) -> None:
        """Raise ValueError where no geodesic is known to have been found."""
        if not known_false(good):
            return
        self._explain(call, p, place)
        self._explain(call, q, place)
        found = routes.solved(place.field, p, q)
        if bool(found.good) and not bool(found.minimal):
            raise ValueError(
                f"{call}: the second point lies beyond a point that is conjugate to the first, so that no geodesic "
                "near the one found is the shortest: they are beyond each other's cut locus."
            )
        raise ValueError(
            f"{call}: no geodesic was found between these points: they are further apart than the mesh can follow, or "
            "the metric is singular in between. Go there in steps, by points in between."
        )

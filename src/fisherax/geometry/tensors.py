"""What the metric says at one point: its matrix, the connection, curvature."""

from typing import Literal

import jax.numpy as jnp

from .._types import Array, Float, Matrix, Params, Scalar
from ..models.tangent import Tangent
from ..operators import DenseOperator, Information, Provenance
from . import connection, curvature
from .points import Points, all_finite, known_false

Kind = Literal["first", "second"]


class Tensors(Points):
    """The tensors of a manifold, in affine coordinates of the parameters."""

    def metric(self, p: Params) -> Information:
        """The metric at a point: the Fisher information of one observation.

            g_ij = G_ij(θ)

        Args:
            p: θ, a pytree.

        Returns:
            An `Information`, on pytrees like p.

        Raises:
            ValueError: A parameter is outside its space; as `fx.fisher`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Normal))
            >>> M.metric({"loc": 0.0, "scale": 2.0}).as_matrix()
            Array([[0.25, 0.  ],
                   [0.  , 0.5 ]], dtype=float64)

        References:
            Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91.
        """
        p, place = self._place("metric", p)
        found = self.metric_function(p)
        if isinstance(found, Information):
            return found
        provenance = Provenance("given", "dense", "function", positive_semidefinite=False)
        return DenseOperator(jnp.asarray(found), place.field.tangent, provenance, 1.0)

    def tangent(self, p: Params) -> Tangent:
        """The tangent space, whose coordinates are those of all tensors.

        Args:
            p: θ, a pytree.

        Returns:
            A `Tangent`: its `labels` name the coordinates, `ravel` and `unravel` go between vectors and coordinates.

        Raises:
            ValueError: A parameter is outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> fx.Manifold(fx.Family(dist.Gamma)).tangent({"concentration": 2.0, "rate": 1.0}).labels
            ('concentration', 'rate')
        """
        return self._place("tangent", p)[1].field.tangent

    def christoffel(self, p: Params, kind: Kind = "second") -> Float[Array, "k k k"]:
        """The Christoffel symbols of the Levi-Civita connection.

            Γᵏ_ij = gᵏˡ Γ_l,ij,    Γ_k,ij = ½ (∂ᵢ g_jk + ∂ⱼ g_ik − ∂_k g_ij)

        Args:
            p: θ, a pytree.
            kind: "second" for Γᵏ_ij, "first" for Γ_k,ij.

        Returns:
            An array (k, k, k), the upper (or single) index k first, in the coordinates of `tangent(p)`.

        Raises:
            ValueError: An unknown kind; a parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> symbols = fx.Manifold(fx.Family(dist.Normal)).christoffel({"loc": 0.0, "scale": 2.0})
            >>> float(symbols[1, 0, 0]), float(symbols[0, 0, 1]), float(symbols[1, 1, 1])  # 1/2σ, −1/σ, −1/σ
            (0.25, -0.5, -0.5)

        References:
            Amari and Nagaoka (2000), Methods of Information Geometry, eq. 1.28.
        """
        if kind not in ("first", "second"):
            raise ValueError(f'christoffel: kind must be "first" or "second", not {kind!r}.')
        p, place = self._place("christoffel", p)
        of = connection.first_kind if kind == "first" else connection.second_kind
        return _number(self, "christoffel", of(place.field, p))

    def riemann(self, p: Params, lowered: bool = False) -> Float[Array, "k k k k"]:
        """Riemann's curvature tensor.

            R(∂ᵢ, ∂ⱼ) ∂_k = Rˡ_kij ∂ₗ,    Rˡ_kij = ∂ᵢ Γˡ_jk − ∂ⱼ Γˡ_ik + Γˡ_im Γᵐ_jk − Γˡ_jm Γᵐ_ik

        Args:
            p: θ, a pytree.
            lowered: Return R_lkij = g_lm Rᵐ_kij.

        Returns:
            An array (k, k, k, k), indices in the order l, k, i, j, in the coordinates of `tangent(p)`.

        Raises:
            ValueError: A parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Normal))
            >>> round(float(M.riemann({"loc": 0.0, "scale": 1.0}, lowered=True)[0, 1, 0, 1]), 12)  # K det g
            -1.0

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., eq. 7.5.
        """
        p, place = self._place("riemann", p)
        of = curvature.riemann_lowered if lowered else curvature.riemann
        return _number(self, "riemann", of(place, p))

    def ricci(self, p: Params) -> Matrix:
        """The Ricci tensor, the trace of Riemann's.

            Ric_kj = Rˡ_klj

        Args:
            p: θ, a pytree.

        Returns:
            A symmetric matrix (k, k), in the coordinates of `tangent(p)`.

        Raises:
            ValueError: A parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Normal))
            >>> [round(float(x), 12) for x in M.ricci({"loc": 0.0, "scale": 1.0}).diagonal()]  # K g
            [-0.5, -1.0]

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 7.
        """
        p, place = self._place("ricci", p)
        return _number(self, "ricci", curvature.ricci(place, p))

    def scalar_curvature(self, p: Params) -> Scalar:
        """The scalar curvature, twice Gauss's in two dimensions.

            R = gᵏʲ Ric_kj

        Args:
            p: θ, a pytree.

        Returns:
            A scalar, the same in all coordinates.

        Raises:
            ValueError: A parameter outside its space.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M = fx.Manifold(fx.Family(dist.Normal))
            >>> round(float(M.scalar_curvature({"loc": 3.0, "scale": 0.1})), 10)
            -1.0

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., chapter 7.
        """
        p, place = self._place("scalar_curvature", p)
        return _number(self, "scalar_curvature", curvature.scalar(place, p))

    def sectional_curvature(self, p: Params, u: Params, v: Params) -> Scalar:
        """The curvature of the surface of geodesics that two directions span.

            K(u, v) = ⟨R(u, v) v, u⟩ / (|u|²|v|² − ⟨u, v⟩²)

        Args:
            p: θ, a pytree.
            u: A tangent vector, a pytree like p.
            v: Another, in another direction.

        Returns:
            A scalar.

        Raises:
            ValueError: A parameter outside its space, vectors that are not shaped like p, or parallel ones.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> M, p = fx.Manifold(fx.Family(dist.Normal)), {"loc": 0.0, "scale": 1.0}
            >>> u, v = {"loc": 1.0, "scale": 0.0}, {"loc": 1.0, "scale": 1.0}
            >>> round(float(M.sectional_curvature(p, u, v)), 12)
            -0.5

        References:
            Lee (2018), Introduction to Riemannian Manifolds, 2nd ed., eq. 8.28.
        """
        p, place = self._place("sectional_curvature", p)
        ravel = place.field.tangent.ravel
        first = ravel(self._vector("sectional_curvature", p, u))
        second = ravel(self._vector("sectional_curvature", p, v))
        found = curvature.sectional(place, p, first, second)
        if known_false(all_finite(found)):
            raise ValueError(
                "sectional_curvature: the two vectors span no plane (one is zero, or they are parallel), or the metric "
                "is singular here."
            )
        return found


def _number(manifold: Tensors, call: str, found: Array) -> Array:
    """The same, refused where it is known to be no number."""
    if known_false(all_finite(found)):
        raise ValueError(
            f"{call}: the metric or its derivatives are not finite here: the information is singular, or the "
            "parameters are at the boundary of their space."
        )
    return found

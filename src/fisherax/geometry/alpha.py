"""Amari's α-connections: between the mixture (−1), Levi-Civita's (0) and the exponential one (1)."""

from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp

from .._types import Array, Float, Params, Scalar, Vector
from ..models.base import Model
from . import connection, curvature
from .amari import cubic_tensor
from .elimination import eliminated
from .field import Field, affine
from .flow import VectorField, acceleration, flow
from .points import all_finite, known_false, to_chart
from .routes import tolerance_of
from .tensors import Tensors


class AlphaConnection:
    """An α-connection of a statistical manifold.

        Γ⁽ᵅ⁾_k,ij = Γ_k,ij − (α/2) T_ijk,    T_ijk = E[∂ᵢℓ ∂ⱼℓ ∂ₖℓ]

    α = 1 is the e-connection, in which the natural coordinates of an exponential family are affine, α = −1 the
    m-connection, and α = 0 is Levi-Civita's. The connections α and −α are dual: ∂_k g_ij = Γ⁽ᵅ⁾_j,ki + Γ⁽⁻ᵅ⁾_i,kj.

    Made by `Manifold.alpha_connection`.

    Attributes:
        alpha: α.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> m = fx.Manifold(fx.Family(dist.Poisson)).alpha_connection(-1.0)
        >>> float(m.christoffel({"rate": 4.0})[0, 0, 0])  # the rate is the expectation itself
        0.0

    References:
        Amari and Nagaoka (2000), Methods of Information Geometry, eq. 2.20 and §3.1.
    """

    def __init__(self, manifold: Tensors, alpha: float):
        if manifold.model is None:
            raise ValueError(
                "alpha_connection: it takes a model; a metric alone has no third moments of a score."
            )
        self._manifold = manifold
        self._model: Model = manifold.model
        self.alpha = alpha

    def _parts(self, p: Params) -> tuple[Params, Field, Any]:
        p, place = self._manifold._place("alpha_connection", p)
        return p, place.field, getattr(self._manifold.metric_function, "data", None)

    def christoffel(self, p: Params, kind: Literal["first", "second"] = "second") -> Float[Array, "k k k"]:
        """Its symbols.

            Γ⁽ᵅ⁾ᵏ_ij = gᵏˡ Γ⁽ᵅ⁾_l,ij

        Args:
            p: θ, a pytree.
            kind: "second" for Γᵏ_ij, "first" for Γ_k,ij.

        Returns:
            An array (k, k, k), as `Manifold.christoffel`.

        Raises:
            ValueError: An unknown kind, a parameter outside its space, or third moments that do not exist.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> e = fx.Manifold(fx.Family(dist.Poisson)).alpha_connection(1.0)
            >>> float(e.christoffel({"rate": 4.0})[0, 0, 0])  # −1/λ: ln λ is affine
            -0.25
        """
        if kind not in ("first", "second"):
            raise ValueError(f'christoffel: kind must be "first" or "second", not {kind!r}.')
        p, field, data = self._parts(p)
        first = connection.first_kind(field, p) - 0.5 * self.alpha * cubic_tensor(self._model, p, data)
        return first if kind == "first" else _raised(field, p, first)

    def riemann(self, p: Params) -> Float[Array, "k k k k"]:
        """Its curvature tensor, as `Manifold.riemann`: zero at α = ±1 for an exponential family.

            Rˡ_kij = ∂ᵢ Γˡ_jk − ∂ⱼ Γˡ_ik + Γˡ_im Γᵐ_jk − Γˡ_jm Γᵐ_ik

        Args:
            p: θ, a pytree.

        Returns:
            An array (k, k, k, k), indices in the order l, k, i, j.

        Raises:
            ValueError: As `christoffel`.

        Examples:
            >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
            >>> e = fx.Manifold(fx.Family(dist.Normal)).alpha_connection(1.0)
            >>> bool(jnp.max(jnp.abs(e.riemann({"loc": 1.0, "scale": 2.0}))) < 1e-12)
            True
        """
        p, field, data = self._parts(p)
        return _alpha_riemann(self._model, field, p, data, jnp.asarray(self.alpha, float))

    def exp(self, p: Params, v: Params) -> Params:
        """Where its geodesic from p with velocity v is after unit time.

            γ̈ᵏ = −Γ⁽ᵅ⁾ᵏ_ij γ̇ⁱ γ̇ʲ

        Args:
            p: θ, a pytree.
            v: A tangent vector, a pytree like p.

        Returns:
            Parameters.

        Raises:
            ValueError: As `christoffel`, or a geodesic that leaves the manifold before that time.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist
            >>> m = fx.Manifold(fx.Family(dist.Poisson)).alpha_connection(-1.0)
            >>> round(float(m.exp({"rate": 4.0}, {"rate": 2.0})["rate"]), 10)
            6.0
        """
        p, field, data = self._parts(p)
        v = self._manifold._vector("alpha_connection.exp", p, v)
        spray = AlphaSpray(field, self._model, data, jnp.asarray(self.alpha, float))
        end, good = _alpha_exp(spray, p, v, tolerance_of(field, None))
        if known_false(good):
            raise ValueError(
                "alpha_connection.exp: the geodesic leaves the manifold before it has run for unit time: take a "
                "shorter vector."
            )
        return end

    def __repr__(self) -> str:
        return f"AlphaConnection(alpha={self.alpha:g})"


class AlphaSpray(VectorField):
    """z̈ = −Γ(ż, ż) + (α/2) G⁻¹ T(ż, ż), in unconstrained coordinates."""

    field: Field
    model: Model
    data: Any
    alpha: Scalar

    def __call__(self, y: Vector) -> Vector:
        z, v = jnp.split(y, 2)
        to_params = self.field.coordinates.to_params
        params = to_params(z)
        jacobian = connection.jacobian_of(self.field, z)
        tensor = cubic_tensor(self.model, params, self.data)
        u = jacobian @ v
        push = jacobian.T @ jnp.einsum("ijk,j,k->i", tensor, u, u)
        extra = eliminated(self.field.pulled(to_params, z), push[:, None])[:, 0]
        return jnp.concatenate([v, acceleration(self.field, z, v) + 0.5 * self.alpha * extra])


@eqx.filter_jit
def _raised(field: Field, p: Params, first: Array) -> Array:
    return connection.raised(connection.metric_at(field, p, connection.origin(field)), first)


@eqx.filter_jit
def _alpha_riemann(model: Model, field: Field, p: Params, data: Any, alpha: Scalar) -> Array:
    def symbols(u: Vector) -> Array:
        metric, first = connection.first_kind_at(field, p, u)
        return connection.raised(metric, first - 0.5 * alpha * cubic_tensor(model, affine(field, p)(u), data))

    return curvature.of_symbols(symbols, connection.origin(field))


@eqx.filter_jit
def _alpha_exp(spray: AlphaSpray, p: Params, v: Params, tolerance: Scalar) -> tuple[Params, Array]:
    z, velocity = to_chart(spray.field, p, v)
    end = flow(spray, jnp.concatenate([z, velocity]), tolerance)[: z.size]
    return spray.field.coordinates.to_params(end), all_finite(end)

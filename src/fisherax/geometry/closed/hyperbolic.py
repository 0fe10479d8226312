"""The hyperbolic half-space: what a family of locations and a scale is."""

import jax.numpy as jnp

from ..._types import Array, Bool, Float, Scalar
from .even import arsinhc_root, cosh_root, sinhc_root
from .space import ModelSpace


class Hyperbolic(ModelSpace):
    """Points (a, y), a ∈ ℝᵏ⁻¹ and y > 0, of constant curvature −1/c²:

        ds² = c² (ρ²|da|² + dy²)/y²,    d = 2c arsinh √s,    s = (ρ²|a₂ − a₁|² + (y₂ − y₁)²)/4y₁y₂

    Everything is written with s, which keeps its digits for points near and far. Without any a it is the half-line
    y > 0, where d = c |ln y₂/y₁|.

    Args:
        scale: c.
        aspect: ρ.

    Examples:
        >>> import jax.numpy as jnp
        >>> plane = Hyperbolic(jnp.asarray(1.0))
        >>> x, y = jnp.asarray([0.0, 1.0]), jnp.asarray([0.0, jnp.e])
        >>> round(float(plane.distance(x, y)), 12)
        1.0

    References:
        Beardon (1983), The Geometry of Discrete Groups, theorem 7.2.1.
    """

    scale: Scalar
    aspect: Scalar | float = 1.0

    def inner(self, x: Float[Array, " k"], u: Float[Array, " k"], v: Float[Array, " k"]) -> Scalar:
        u, v = u / x[-1], v / x[-1]
        return jnp.square(self.scale) * (self._across(u, v) + u[-1] * v[-1])

    def exp(self, x: Float[Array, " k"], v: Float[Array, " k"]) -> Float[Array, " k"]:
        # From (0, 1) with velocity (u, w) of length t:  1/y = cosh t − w S  and  a = u S y,  S = (sinh t)/t.
        # Upwards, 1/y cancels; cosh t − w S = e⁻ᵗ + (t − w) S, and t − w = |u|²/(t + w).
        unit = v / x[-1]
        across, w = self._across(unit, unit), unit[-1]
        q = across + jnp.square(w)
        sine = sinhc_root(q)
        upwards = (q >= 1.0) & (w > 0.0)
        t = jnp.sqrt(jnp.where(upwards, q, 1.0))
        steep = jnp.exp(-t) + sine * across / (t + jnp.where(upwards, w, 1.0))
        ratio = 1.0 / jnp.where(upwards, steep, cosh_root(q) - w * sine)
        return jnp.append(x[:-1] + v[:-1] * (sine * ratio), x[-1] * ratio)

    def log(self, x: Float[Array, " k"], y: Float[Array, " k"]) -> Float[Array, " k"]:
        # −½ grad d², and d²/c² = 4 arsinh² √s has the derivative 4 (arsinh √s)/√(s(1 + s)).
        s = self._quarter_chord(x, y)
        step = y - x
        rise = 0.5 * (step[-1] * (y[-1] + x[-1]) + self._across(step, step)) / y[-1]
        factor = arsinhc_root(s) / jnp.sqrt(1.0 + s)
        return factor * jnp.append(x[-1] / y[-1] * step[:-1], rise)

    def squared_distance(self, x: Float[Array, " k"], y: Float[Array, " k"]) -> Scalar:
        s = self._quarter_chord(x, y)
        return 4.0 * jnp.square(self.scale * arsinhc_root(s)) * s

    def transport(
        self, x: Float[Array, " k"], v: Float[Array, " k"], y: Float[Array, " k"]
    ) -> Float[Array, " k"]:
        # A rotation in the plane of the step and the vertical; lengths grow with y. In the plane its angle has the
        # cosine ((1 + η)² − Δ²)/D and the sine 2Δ(1 + η)/D, D = Δ² + (1 + η)², where x is moved to (0, 1).
        eta = y[-1] / x[-1]
        step = (y - x) / x[-1]
        up, across = 1.0 + eta, self._across(step, step)
        size = across + jnp.square(up)
        along, w = self._across(v, step), v[-1]
        turned = v[:-1] + 2.0 * step[:-1] * ((w * up - along) / size)
        rise = (w * (jnp.square(up) - across) - 2.0 * up * along) / size
        return eta * jnp.append(turned, rise)

    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        return -(self.inner(x, v, w) * u - self.inner(x, u, w) * v) / jnp.square(self.scale)

    def contains(self, x: Float[Array, " k"]) -> Bool[Array, ""]:
        return jnp.all(jnp.isfinite(x)) & (x[-1] > 0.0)

    def _quarter_chord(self, x: Array, y: Array) -> Scalar:
        """s = sinh²(d/2c)."""
        by_x, by_y = (y - x) / x[-1], (y - x) / y[-1]
        return 0.25 * (self._across(by_x, by_y) + by_x[-1] * by_y[-1])

    def _across(self, u: Array, v: Array) -> Scalar:
        """The horizontal part of u·v."""
        return jnp.sum((self.aspect * u[:-1]) * (self.aspect * v[:-1]))

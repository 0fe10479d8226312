"""The sphere, and its positive part: what probability vectors are, by their square roots."""

import equinox as eqx
import jax.numpy as jnp

from ..._types import Array, Bool, Float, Scalar
from .even import arcsinc_root, cos_root, sinc_root
from .space import ModelSpace


class Sphere(ModelSpace):
    """{x ∈ ℝᵏ : |x| = r}, with the metric of ℝᵏ; or its part where every entry of x is positive.

        exp_x v = x cos t + v (sin t)/t,    t = |v|/r

    Everything is written with s = |x − y|²/4r² = sin²(θ/2), which keeps its digits for near points.

    Args:
        radius: r.
        positive: Whether the manifold is the part with xᵢ > 0, in which geodesics end.

    Examples:
        >>> import jax.numpy as jnp
        >>> sphere = Sphere(jnp.asarray(2.0))
        >>> x, y = jnp.asarray([2.0, 0.0]), jnp.asarray([0.0, 2.0])
        >>> float(sphere.distance(x, y) / jnp.pi)
        1.0
    """

    radius: Scalar
    positive: bool = eqx.field(static=True, default=False)

    def inner(self, x: Array, u: Array, v: Array) -> Scalar:
        return jnp.sum(u * v)

    def exp(self, x: Float[Array, " k"], v: Float[Array, " k"]) -> Float[Array, " k"]:
        q = jnp.sum(jnp.square(v)) / jnp.square(self.radius)
        return x * cos_root(q) + v * sinc_root(q)

    def log(self, x: Float[Array, " k"], y: Float[Array, " k"]) -> Float[Array, " k"]:
        # θ/sin θ (y − x cos θ), where cos θ = 1 − 2s and sin θ = 2 √s √(1 − s).
        s, half_angle, root_rest = self._half(x, y)
        return half_angle / root_rest * (y - x + 2.0 * s * x)

    def squared_distance(self, x: Float[Array, " k"], y: Float[Array, " k"]) -> Scalar:
        s, half_angle, _ = self._half(x, y)
        return 4.0 * jnp.square(self.radius * half_angle) * s

    def transport(
        self, x: Float[Array, " k"], v: Float[Array, " k"], y: Float[Array, " k"]
    ) -> Float[Array, " k"]:
        middle = x + y
        return v - 2.0 * jnp.sum(y * v) / jnp.sum(jnp.square(middle)) * middle

    def curvature(self, x: Array, u: Array, v: Array, w: Array) -> Array:
        return (self.inner(x, v, w) * u - self.inner(x, u, w) * v) / jnp.square(self.radius)

    def contains(self, x: Float[Array, " k"]) -> Bool[Array, ""]:
        return jnp.all(x > 0.0) if self.positive else jnp.all(jnp.isfinite(x))

    def exit_time(self, x: Float[Array, " k"], v: Float[Array, " k"]) -> Scalar:
        # Each entry is a cosine of time: x cos τ + w sin τ is zero first where τ is the angle of (−w, x).
        if not self.positive:
            return jnp.full((), jnp.inf, x.dtype)
        speed = jnp.sqrt(jnp.sum(jnp.square(v))) / self.radius
        moving = speed > 0.0
        safe = jnp.where(moving, speed, 1.0)
        return jnp.where(moving, jnp.min(jnp.arctan2(x, -v / safe)) / safe, jnp.inf)

    def _half(self, x: Array, y: Array) -> tuple[Scalar, Scalar, Scalar]:
        """s, (θ/2)/√s and √(1 − s) = cos(θ/2)."""
        s = jnp.sum(jnp.square(x - y)) / jnp.square(2.0 * self.radius)
        root_rest = jnp.sqrt(jnp.sum(jnp.square(x + y))) / (2.0 * self.radius)
        far = s >= 0.05
        root_s = jnp.sqrt(jnp.where(far, s, 1.0))
        return s, arcsinc_root(s, root_s, root_rest), root_rest

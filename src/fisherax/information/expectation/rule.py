"""Weighted points that stand for an expectation: E[φ(y)] ≈ Σᵢ wᵢ p(yᵢ) φ(yᵢ).

The points and weights do not depend on the parameters (except where they must follow a kink), so the
sum is an ordinary differentiable function of them, to any order and in any mode, and its derivative is
the same rule applied to the differentiated integrand.
"""

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from ..._types import Array, Bool, Float, Int

# Rounding of a sum of N exponentials of log-densities of ordinary size, in units of machine epsilon.
_ROUNDING = 32.0
# What a log-density rounds by is a random number, of which one is seen (`Law.rounding`).
_NOISE = 4.0


class Moments(eqx.Module):
    """E[s] and E[s sᵀ] of a score s, with their absolute errors."""

    mean: Float[Array, " d"]
    mean_error: Float[Array, " d"]
    outer: Float[Array, "d d"]
    outer_error: Float[Array, "d d"]


class Rule(eqx.Module):
    """Points with weights, and an error estimate of the expectations that they give."""

    points: eqx.AbstractVar[Array]
    method: eqx.AbstractVar[str]

    @abstractmethod
    def mass(self, log_prob: Float[Array, " n"]) -> Float[Array, " n"]:
        """The probability wᵢ p(yᵢ) that each point stands for."""

    @abstractmethod
    def expect(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], values: Float[Array, "n ..."]
    ) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        """Σᵢ wᵢ p(yᵢ) φ(yᵢ) and its absolute error, ln p(yᵢ) being off by about `rounding`."""

    @abstractmethod
    def moments(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], scores: Float[Array, "n d"]
    ) -> Moments:
        """The mean of the score and of its outer product."""


class WeightedRule(Rule):
    """A sum or a quadrature. Its error is that of an embedded lower-order rule on the same points.

    Attributes:
        points: (n, *event), those that carry no mass moved to where the density is harmless.
        weights: (n,) of the reference measure; 0 for points without mass.
        differences: (n,) weights minus those of the embedded rule.
        groups: (n,) the panel that each point belongs to; errors of panels add up in absolute value.
        num_groups: Their number.
        edges: (m,) indices of the outermost points, and `edge_weights` (m,) the length of the tail beyond.
    """

    points: Array
    weights: Float[Array, " n"]
    differences: Float[Array, " n"]
    groups: Array
    edges: Array
    edge_weights: Float[Array, " m"]
    num_groups: int = eqx.field(static=True)
    method: str = eqx.field(static=True)

    def mass(self, log_prob: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.where(self.weights == 0, 0.0, self.weights * jnp.exp(log_prob))

    def expect(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], values: Float[Array, "n ..."]
    ) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        mass = self.mass(log_prob)
        shaped = (slice(None),) + (None,) * (values.ndim - 1)
        values = jnp.where((self.weights == 0)[shaped], 0.0, values)  # 0 · ∞ is no part of an expectation
        value = jnp.tensordot(mass, values, axes=1)
        return value, self._error(log_prob, rounding, mass, values)

    def moments(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], scores: Float[Array, "n d"]
    ) -> Moments:
        outer = scores[:, :, None] * scores[:, None, :]
        size, dim = scores.shape
        # In one pass: what XLA compiles is what a first call costs.
        value, error = self.expect(
            log_prob, rounding, jnp.concatenate([scores, outer.reshape(size, -1)], axis=1)
        )
        mean, matrix, matrix_error = value[:dim], value[dim:].reshape(dim, dim), error[dim:].reshape(dim, dim)
        # The mean is zero: what is left of it is rounding in the scores that all points share.
        bias = lax.stop_gradient(jnp.abs(mean)[:, None] * jnp.sqrt(jnp.diagonal(matrix)))
        return Moments(mean, error[:dim], matrix, matrix_error + bias + bias.T)

    def _error(self, log_prob: Array, rounding: Array, mass: Array, values: Array) -> Array:
        log_prob, rounding, mass, values = lax.stop_gradient((log_prob, rounding, mass, values))
        shaped = (slice(None),) + (None,) * (values.ndim - 1)
        density = jnp.where(self.weights == 0, 0.0, jnp.exp(log_prob))
        parts = jax.ops.segment_sum(
            (self.differences * density)[shaped] * values, self.groups, num_segments=self.num_groups
        )
        # Weighted by 1 and by what ln p rounds by, which for a count of thousands is many ε: its terms cancel.
        noise = _NOISE * rounding + _ROUNDING * jnp.finfo(mass.dtype).eps
        size, rounded = jnp.tensordot(jnp.stack([mass, mass * noise]), jnp.abs(values), axes=1)
        tails = (self.edge_weights * density[self.edges])[shaped] * jnp.abs(values[self.edges])
        # Probability that no point has seen may carry more than its share of the expectation.
        defect = 4.0 * jnp.abs(1.0 - jnp.sum(mass))
        error = jnp.sum(jnp.abs(parts), axis=0) + jnp.sum(tails, axis=0) + defect * size + rounded
        return jnp.where(
            jnp.isnan(error) | (defect > 0.04), jnp.inf, error
        )  # points that miss 1 % miss anything


class SampleRule(Rule):
    """Draws from p itself, with weights 1/(n p(yᵢ)) whose p does not move with the parameters.

    At the parameters themselves every draw has mass 1/n; the derivatives of the mass are those of the
    likelihood ratio, so derivatives of the expectation are unbiased as well.
    """

    points: Array
    log_drawn: Float[Array, " n"]
    method: str = eqx.field(static=True, default="sampling")

    def mass(self, log_prob: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.exp(log_prob - self.log_drawn) / log_prob.shape[0]

    def expect(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], values: Float[Array, "n ..."]
    ) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        value = jnp.tensordot(self.mass(log_prob), values, axes=1)
        return value, lax.stop_gradient(jnp.std(values, axis=0) / jnp.sqrt(values.shape[0] - 1))

    def moments(
        self, log_prob: Float[Array, " n"], rounding: Float[Array, " n"], scores: Float[Array, "n d"]
    ) -> Moments:
        mass = self.mass(log_prob)[:, None]
        value = (mass * scores).T @ scores
        square = (mass * scores**2).T @ scores**2  # E[s_a² s_b²], without an (n, d, d) array
        count = scores.shape[0]
        variance = jnp.maximum(square - value**2, 0.0) / (count - 1)
        return Moments(*self.expect(log_prob, rounding, scores), value, lax.stop_gradient(jnp.sqrt(variance)))


def carried(log_mass: Float[Array, " n"]) -> tuple[Bool[Array, " n"], Int[Array, ""]]:
    """Which points carry mass, and the index of the heaviest.

    `log_mass` is the log-density in the variable of integration. Below ε², ε the machine's, it counts as
    nothing, which leaves room for powers of the score, and of its derivatives, before they overflow.
    """
    floor = 2.0 * jnp.log(jnp.finfo(log_mass.dtype).eps)
    carries = jnp.isfinite(log_mass) & (log_mass > floor)
    return carries, jnp.argmax(jnp.where(carries, log_mass, -jnp.inf))


def settle(log_mass: Float[Array, " n"], values: Float[Array, "n j"]) -> Float[Array, "n j"]:
    """Mass times value, and 0 (not NaN) where there is no mass."""
    carries, _ = carried(log_mass)
    carries = carries & jnp.all(jnp.isfinite(values), axis=1)
    mass = jnp.where(carries, jnp.exp(jnp.where(carries, log_mass, 0.0)), 0.0)
    return mass[:, None] * jnp.where(carries[:, None], values, 0.0)


Features = Callable[[Array], Array]
"""Functions of the data, (n, *event) → (n, j), whose expectations a mesh must get right."""

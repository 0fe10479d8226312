r"""The likelihood of an extreme-value law from statistics that are sufficient near one point.

With u = y − c, the data enter ln p through Σ w u and S(b) = Σ w e^{bu} alone. Around b₀ one pass yields the moments

    mⱼ = Σ w e^{b₀u} uʲ / j!,     j = 0 … J,     so that     S(b₀ + δ) = Σⱼ mⱼ δʲ + tail.

With ρ = |δ| max|u| < 1 and J even, the tail of S and of its derivatives is bounded by what was summed: for i = 0, 1, 2

    |∂ⁱ tail| ≤ |δ|^{J−i} m_J J!/(J − i)! · ρ/(J + 1 − i) · 1/(1 − ρ/(J + 2 − i)).

Near a maximum of n observations δ is of the order of n^{−1/2}: a fit of many observations then reads its data twice,
and profiles and tests read them no more. Where a bound exceeds rounding, the moments are read anew around the new b.
"""

import math
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..._types import Array, Float, Matrix, Params, Scalar, Vector
from ...models.coordinates import Coordinates
from ...models.extreme_value import ExtremeValueLaw
from .evaluation import Evaluation
from .memory import InMemory
from .rows import Rows
from .terms import Terms

ORDER = 10
"""J: even, so that m_J is a sum of positive terms."""
_TOLERANCES = (1e-16, 1e-16, 1e-14)
"""Of the tails of S, S′ and S″, relative to the sizes of what is summed."""


class LocalMoments(eqx.Module):
    """Sums around b₀ of u = y − c.

    Attributes:
        rate: b₀.
        moments: mⱼ, up to j = J.
        furthest: max |u|.
    """

    rate: Scalar
    moments: Float[Array, " j"]
    furthest: Scalar

    def exponential_sum(self, rate: Scalar) -> Scalar:
        """S(b), by Horner's scheme."""
        total, delta = self.moments[-1], rate - self.rate
        for moment in self.moments[-2::-1]:
            total = moment + delta * total
        return total

    def excess(self, rate: Scalar) -> Scalar:
        """The largest bound of a tail at b over what is allowed: up to 1, the expansion may be used."""
        delta = jnp.abs(rate - self.rate)
        rho = delta * self.furthest
        m = self.moments
        sizes = (m[0], jnp.sqrt(2 * m[0] * m[2]), 2 * m[2])
        ratios = []
        for i, (size, tolerance) in enumerate(zip(sizes, _TOLERANCES, strict=True)):
            falling = math.perm(ORDER, i)
            bound = (
                delta ** (ORDER - i) * m[-1] * falling * rho / (ORDER + 1 - i) / (1 - rho / (ORDER + 2 - i))
            )
            ratios.append(bound / (tolerance * size))
        return jnp.where(rho < 1, jnp.max(jnp.stack(ratios)), jnp.inf)


class LineSums(eqx.Module):
    """What of the data does not depend on b.

    Attributes:
        count: Σ w.
        centre: c.
        line: u, one for each row.
        weights: w, or None.
        total: Σ w u.
        log_jacobian: Σ w ln |dy/dx|.
        furthest: max |u|.
    """

    count: Scalar
    centre: Scalar
    line: Float[Array, " n"]
    weights: Float[Array, " n"] | None
    total: Scalar
    log_jacobian: Scalar
    furthest: Scalar


@jax.jit
def read_line(law: ExtremeValueLaw, rows: Rows) -> tuple[LineSums, Params]:
    """One pass: y, and the parameters that its mean and variance suggest, π²/6b² and a − γ/b."""
    y, w = law.line(rows.targets), rows.weights
    add = jnp.sum if w is None else (lambda values: jnp.dot(w, values))
    count = jnp.asarray(float(rows.size)) if w is None else jnp.sum(w)
    mean = add(y) / count
    rate = math.pi / math.sqrt(6.0) / jnp.sqrt(add((y - mean) ** 2) / count)
    centre = mean + np.euler_gamma / rate
    u = y - centre
    counted = jnp.abs(u) if w is None else jnp.where(w > 0, jnp.abs(u), 0.0)
    line = LineSums(count, centre, u, w, add(u), add(law.log_jacobian(rows.targets)), jnp.max(counted))
    return line, law.from_location_and_rate(centre, rate)


@partial(jax.jit, static_argnums=2)
def read_moments(line: LineSums, rate: Scalar, length: int) -> LocalMoments:
    """One pass: the moments around b."""

    def part(u: Array, w: Array) -> Float[Array, " j"]:
        term, moments = w * jnp.exp(rate * u), []
        for j in range(ORDER + 1):
            moments.append(jnp.sum(term))
            term = term * u / (j + 1)
        return jnp.stack(moments)

    rows = Rows(None, line.line, line.weights)
    if rows.size <= length:
        block = rows.whole()
        return LocalMoments(rate, part(block.targets, block.weights), line.furthest)

    def add(i: Array, total: Array) -> Array:
        block = rows.block(i * length, length)
        return total + part(block.targets, block.weights)

    total = jax.lax.fori_loop(0, -(-rows.size // length), add, jnp.zeros(ORDER + 1))
    return LocalMoments(rate, total, line.furthest)


class ExtremeValues(InMemory):
    """ln p of an extreme-value law, summed over arrays in memory.

    Args:
        terms, rows, params, length: As for `InMemory`, which serves all that needs single observations.
        law: How the family is one.
        line: What `read_line` found.
    """

    def __init__(
        self, terms: Terms, rows: Rows, params: Params, length: int, law: ExtremeValueLaw, line: LineSums
    ):
        super().__init__(terms, rows, params, length)
        self.passes = 1
        self._law, self._line, self._length = law, line, 2 * length
        self._moments: LocalMoments | None = None
        self._last: tuple[bytes, np.ndarray] | None = None

    def _at(self, z: Vector | np.ndarray) -> np.ndarray:
        """Value, score and curvature, from moments near enough."""
        key = np.asarray(z).tobytes()
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        packed = None
        if self._moments is not None:
            packed = np.asarray(_packed(self._law, self.coordinates, self._line, self._moments, z))
        if packed is None or not packed[0] <= 1.0:
            self.passes += 1
            rate = _rate(self._law, self.coordinates, z)
            self._moments = read_moments(self._line, rate, self._length)
            packed = np.asarray(_packed(self._law, self.coordinates, self._line, self._moments, z))
        self._last = key, packed
        return packed

    def evaluate(self, z: Vector | np.ndarray) -> Evaluation:
        packed, k = self._at(z), np.size(z)
        return Evaluation(packed[1:2].reshape(()), packed[2 : 2 + k], packed[2 + k :].reshape(k, k))

    def value(self, z: Vector) -> Scalar:
        return jnp.asarray(self._at(z)[1])

    def observed(self, z: Vector) -> Matrix:
        return jnp.asarray(self.evaluate(z).information)


@jax.jit
def _rate(law: ExtremeValueLaw, coordinates: Coordinates, z: Vector | np.ndarray) -> Scalar:
    return law.location_and_rate(coordinates.to_params(jnp.asarray(z)))[1]


@jax.jit
def _packed(
    law: ExtremeValueLaw,
    coordinates: Coordinates,
    line: LineSums,
    local: LocalMoments,
    z: Vector | np.ndarray,
) -> Float[Array, " s"]:
    """The excess of the tails, ℓ, its score and its curvature."""

    def value(z: Any) -> Scalar:
        location, rate = law.location_and_rate(coordinates.to_params(z))
        shift = location - line.centre
        exponential = jnp.exp(-rate * shift) * local.exponential_sum(rate)
        return (
            line.count * jnp.log(rate)
            + rate * (line.total - line.count * shift)
            - exponential
            + line.log_jacobian
        )

    z = jnp.asarray(z)
    at, score = jax.value_and_grad(value)(z)
    information = -jax.hessian(value)(z)
    excess = local.excess(law.location_and_rate(coordinates.to_params(z))[1])
    return jnp.concatenate([jnp.stack([excess, at]), score, jnp.ravel(0.5 * (information + information.T))])

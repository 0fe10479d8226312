"""Divergences as expectations under the even mixture of the two members, with all their digits near equality.

With m = (p + q)/2 and d = ln p − ln q, an f-divergence is E_m[v(d)] for a v ≥ 0 that vanishes like d² at d = 0:
no term cancels, where p and q are nearly the same; and no mass of either is overlooked, where they are far apart.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax

from ..._tree import as_arrays
from ..._types import Array, Float, PRNGKeyArray, PyTree, Scalar
from ...models.base import Head
from ...models.family import Family
from ...models.log_exp import softplus
from ...models.mixture import Mixture
from .divergence import head_kl, refuse_unresolved
from .gaps import jensen_gap
from .ladder import rule_of
from .law import Law, held
from .regularity import name_of
from .result import Expectation
from .rule import Rule
from .sampling import NUM_SAMPLES


class EvenMixture(Head):
    """½ p(y | f) + ½ p(y | g) of any head; its parameter is the pair (f, g)."""

    one: Head

    def log_prob(self, f: PyTree, y: Array) -> Array:
        first, second = f
        return jnp.logaddexp(self.one.log_prob(first, y), self.one.log_prob(second, y)) - jnp.log(2.0)

    def distribution(self, f: PyTree) -> dist.Distribution:
        parts: list[Any] = [self.one.distribution(part) for part in f]
        return dist.MixtureGeneral(dist.CategoricalProbs(jnp.full(2, 0.5)), parts)


def even_mixture(head: Head, f: PyTree, g: PyTree) -> tuple[Head, PyTree]:
    """The even mixture of two members; a family's is a `Mixture`, whose meshes know each component."""
    if isinstance(head, Family) and "weights" not in head.parameters:
        pair = {key: jnp.stack([f[key], g[key]]) for key in head.parameters}
        return Mixture(head, 2), {"weights": jnp.full(2, 0.5, pair[head.parameters[0]].dtype), **pair}
    if isinstance(head, Mixture):
        both = {key: jnp.concatenate([f[key], g[key]]) for key in head.parameters}
        return Mixture(head.component, 2 * head.num_components), {**both, "weights": 0.5 * both["weights"]}
    return EvenMixture(head), (f, g)


def head_renyi(head: Head, f: PyTree, g: PyTree, alpha: float) -> Expectation:
    """R_α(p_f ‖ p_g) = ln ∫ p_fᵅ p_g¹⁻ᵅ / (α − 1), α > 0, by the ladder of `head_information`; KL for α = 1.

    Returns:
        The divergence with its error and method; +∞ where the integral is 0 or does not exist.

    Raises:
        ValueError: If the expectation does not converge. (Under `jit` and `vmap` only its error says so.)

    Examples:
        >>> import numpyro.distributions as dist
        >>> from fisherax.models import Family
        >>> half = head_renyi(Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, {"loc": 2.0, "scale": 1.0}, 0.5)
        >>> half.method, round(float(half.value), 12)  # α (μ − μ′)²/2σ²
        ('closed form', 1.0)
    """
    if alpha == 1.0:
        return head_kl(head, f, g)
    f, g = as_arrays(f), as_arrays(g)
    density = head.density if isinstance(head, Family) else None
    if isinstance(head, Family) and density is not None and density.exponential is not None:
        here, there = head.all_parameters(f), head.all_parameters(g)
        return Expectation(density.exponential.renyi(here, there, alpha), None, "closed form")
    middle, both = even_mixture(head, f, g)
    orders = jnp.array([alpha, 1.0 - alpha])
    result = _renyi(Law(head), Law(middle), f, g, both, Law(middle).listed(both), None, NUM_SAMPLES, orders)
    refuse_unresolved(name_of(Law(head), f), result, "Rényi divergence")
    return result


def head_jeffreys(head: Head, f: PyTree, g: PyTree) -> Expectation:
    """J = KL(p_f ‖ p_g) + KL(p_g ‖ p_f) = ∫ (p_f − p_g)(ln p_f − ln p_g), by the same ladder.

    Examples:
        >>> import numpyro.distributions as dist
        >>> from fisherax.models import Family
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> round(float(head_jeffreys(Family(dist.Normal), p, q).value), 12)
        1.0
    """
    f, g = as_arrays(f), as_arrays(g)
    if head.kl(f, g) is not None:
        there, back = head_kl(head, f, g), head_kl(head, g, f)
        return Expectation(there.value + back.value, None, "closed form")
    middle, both = even_mixture(head, f, g)
    result = _jeffreys(Law(head), Law(middle), f, g, both, Law(middle).listed(both), None, NUM_SAMPLES)
    refuse_unresolved(name_of(Law(head), f), result, "Jeffreys divergence")
    return result


# ---- integrals under the mixture ---------------------------------------------------------------------------


class _Middle(eqx.Module):
    """Points for the mixture, with its log-density, d, and what both may round by."""

    rule: Rule
    log_prob: Float[Array, " n"]
    rounding: Float[Array, " n"]
    gap: Float[Array, " n"]
    gap_rounding: Float[Array, " n"]

    def expect(self, values: Callable[[Array], Array]) -> tuple[Scalar, Scalar]:
        """E_m[v(d)] and its error."""
        here = values(self.gap)
        value, error = self.rule.expect(self.log_prob, self.rounding, here)
        fixed = lax.stop_gradient(self)
        moved = jnp.abs(values(fixed.gap + fixed.gap_rounding) - lax.stop_gradient(here))
        mass = self.rule.mass(fixed.log_prob)
        return value, error + jnp.sum(jnp.where(mass > 0.0, mass * jnp.nan_to_num(moved, posinf=0.0), 0.0))


def _middle(
    law: Law,
    middle: Law,
    f: PyTree,
    g: PyTree,
    both: PyTree,
    features: Callable[[Array], Array],
    listed: Rule | None,
    key: PRNGKeyArray | None,
    num_samples: int,
) -> _Middle:
    fixed_law, fixed_f, fixed_g = held((law, f, g))

    def of_data(y: Array) -> Array:
        return features(_gap(fixed_law, fixed_f, fixed_g, y))

    rule = rule_of(middle, both, of_data, listed, key, num_samples)
    log_prob = middle.log_prob(both, rule.points)
    log_p, log_q = law.log_prob(f, rule.points), law.log_prob(g, rule.points)
    return _Middle(
        rule,
        log_prob,
        middle.rounding(both, rule.points, log_prob),
        _gap(law, f, g, rule.points),
        law.rounding(f, rule.points, log_p) + law.rounding(g, rule.points, log_q),
    )


def _gap(law: Law, f: PyTree, g: PyTree, y: Array) -> Float[Array, " n"]:
    """d = ln p − ln q: ±∞ where only one of them vanishes, and 0 where both do."""
    log_p = jnp.where(law.supports(f, y), law.log_prob(f, y), -jnp.inf)
    log_q = jnp.where(law.supports(g, y), law.log_prob(g, y), -jnp.inf)
    none = (log_p == -jnp.inf) & (log_q == -jnp.inf)
    return jnp.where(none, 0.0, log_p) - jnp.where(none, 0.0, log_q)


@eqx.filter_jit
def _jeffreys(
    law: Law,
    middle: Law,
    f: PyTree,
    g: PyTree,
    both: PyTree,
    listed: Rule | None,
    key: PRNGKeyArray | None,
    num_samples: int,
) -> Expectation:
    def product(d: Array) -> Array:
        """(p − q) d/m = 2 d tanh(d/2)."""
        return 2.0 * d * jnp.tanh(0.5 * d)

    def features(d: Array) -> Array:
        return jnp.stack([jnp.ones_like(d), product(d)], axis=1)

    points = _middle(law, middle, f, g, both, features, listed, key, num_samples)
    value, error = points.expect(product)
    return Expectation(value, error, points.rule.method)


@eqx.filter_jit
def _renyi(
    law: Law,
    middle: Law,
    f: PyTree,
    g: PyTree,
    both: PyTree,
    listed: Rule | None,
    key: PRNGKeyArray | None,
    num_samples: int,
    orders: Float[Array, "2"],
) -> Expectation:
    def features(d: Array) -> Array:
        log_ratio = jnp.minimum(_log_ratio(d, orders), 600.0)
        return jnp.stack([jnp.ones_like(d), jnp.abs(_loss(d, orders)), jnp.exp(log_ratio)], axis=1)

    points = _middle(law, middle, f, g, both, features, listed, key, num_samples)
    loss, loss_error = points.expect(lambda d: _loss(d, orders))
    # The affinity itself, where it is far from 1; in units of its largest term.
    mass = points.rule.mass(points.log_prob)
    largest = lax.stop_gradient(jnp.max(jnp.where(mass > 0.0, _log_ratio(points.gap, orders), -jnp.inf)))
    largest = jnp.where(jnp.isfinite(largest), largest, 0.0)
    affinity, affinity_error = points.expect(lambda d: jnp.exp(_log_ratio(d, orders) - largest))
    if points.rule.method in ("quadrature", "truncated sum"):
        # Both members are below ε² where there are no points; by Hölder's inequality that is all that is missing.
        affinity_error = affinity_error + jnp.exp(jnp.log(_MISSING) - largest)
    near = jnp.abs(loss) < 0.5
    log_affinity = jnp.where(
        near,
        jnp.log1p(-jnp.where(near, loss, 0.0)),
        largest + jnp.log(jnp.where(near, 1.0, affinity)),
    )
    relative = jnp.where(near, loss_error / (1.0 - jnp.where(near, loss, 0.0)), affinity_error / affinity)
    error = jnp.where(jnp.isinf(log_affinity), 0.0, relative / jnp.abs(orders[1]))
    return Expectation(-log_affinity / orders[1], error, points.rule.method)


_MISSING = 5e-29


def _orient(d: Array) -> tuple[Array, Array]:
    """Whether q is the larger, and −|d|, differentiable at 0."""
    swapped = d < 0.0
    return swapped, jnp.where(swapped, d, -d)


def _log_ratio(d: Array, orders: Float[Array, "2"]) -> Array:
    """ln(pᵅ q¹⁻ᵅ/m) = ln 2 + βx − ln(1 + exp x), with x = −|d| and β the exponent of the smaller one."""
    swapped, x = _orient(d)
    alpha, rest = orders.astype(d.dtype)
    return jnp.log(2.0) + jnp.where(swapped, alpha, rest) * x - softplus(x)


def _loss(d: Array, orders: Float[Array, "2"]) -> Array:
    """(αp + (1 − α)q − pᵅ q¹⁻ᵅ)/m, whose expectation is 1 − ∫ pᵅ q¹⁻ᵅ; of one sign."""
    swapped, x = _orient(d)
    alpha, rest = orders.astype(d.dtype)
    gap = jnp.where(swapped, jensen_gap(x, alpha, rest), jensen_gap(x, rest, alpha))
    return 2.0 * jnp.exp(-softplus(x)) * gap

"""The Fisher information of a head at one parameter."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from ..._tree import as_arrays
from ..._types import Array, PRNGKeyArray, PyTree
from ...models.base import Head
from .forms import Form, HessianForm, KLForm, ScoreForm
from .ladder import rule_of
from .law import Law, held
from .regularity import check_support, refuse_nonsmooth
from .result import Expectation
from .rule import Features, Rule
from .sampling import NUM_SAMPLES
from .trust import Checks, checks, cleared, refuse_no_number, trusted


def head_information(
    head: Head,
    f: PyTree,
    form: Form | None = None,
    *,
    key: PRNGKeyArray | None = None,
    num_samples: int = NUM_SAMPLES,
) -> Expectation:
    """I(f) = E[s sᵀ] of one observation, in the coordinates u of `head.tangent(f)`, f(u) = f + Bu.

    Left to itself it takes the first that exists of: the head's closed form; the Hessian of its
    closed-form KL; an exact sum over a finite support, or a truncated one over the whole numbers; adaptive
    quadrature for a real observation; sampling. The result is differentiable in f to any order, under
    `jit` and `vmap`, and says how it was computed and how far off it may be.

    Args:
        head: A head, for instance a `Family`.
        f: Its parameter, unbatched.
        form: `ScoreForm()`, `HessianForm()` or `KLForm()` to insist on one definition.
        key: For sampling; without one the draws are always those of `jax.random.key(0)`.
        num_samples: For sampling.

    Returns:
        The (d, d) information with its error and method.

    Raises:
        ValueError: If the support moves with a parameter, if a form is asked for that the density does not
            have, or if the expectation does not converge (an infinite information). What depends on values
            cannot raise under `jit` or `vmap`: there the information is NaN and its error infinite.

    Examples:
        >>> import numpyro.distributions as dist
        >>> from fisherax.models import Family
        >>> cauchy = Family(dist.Cauchy), {"loc": 0.0, "scale": 2.0}  # 1/(2 s²) for both
        >>> for result in (head_information(*cauchy), head_information(*cauchy, ScoreForm())):
        ...     result.method, [round(float(x), 12) for x in jnp.diagonal(result.value)]
        ('closed form', [0.125, 0.125])
        ('quadrature', [0.125, 0.125])
    """
    f = as_arrays(f)
    head.check_regular(f)
    law = Law(head)
    result, failed = _information(law, f, form, law.listed(f), key, num_samples)
    return refuse_no_number(law, f, result) if failed is None else trusted(law, f, result, failed)


@eqx.filter_jit
def _information(
    law: Law, f: PyTree, form: Form | None, listed: Rule | None, key: PRNGKeyArray | None, num_samples: int
) -> tuple[Expectation, Checks | None]:
    check_support(law, f)
    if form is None:
        closed = law.head.information(f)
        if closed is not None:
            return Expectation(closed, None, "closed form"), None
    if form is None or isinstance(form, KLForm):
        closed = _closed_kl_hessian(law.head, f)
        if closed is not None:
            return Expectation(closed, None, "KL Hessian"), None
    if isinstance(form, HessianForm | KLForm):
        refuse_nonsmooth(law, f, "Hessian form" if isinstance(form, HessianForm) else "KL form")
    rule = rule_of(law, f, _score_moments(law, f), listed, key, num_samples)
    log_prob, scores = law.log_prob(f, rule.points), law.scores(f, rule.points)
    rounding = law.rounding(f, rule.points, log_prob)
    moments = rule.moments(log_prob, rounding, scores)
    if form is None or isinstance(form, ScoreForm):
        value, error = moments.outer, moments.outer_error
    elif isinstance(form, HessianForm):
        value, error = _by_hessian(law, f, rule, log_prob, rounding)
    else:
        value, error = _by_kl(law, f, rule, log_prob, rounding)
    tangent = law.head.tangent(f)
    failed = checks(rule, rule.mass(log_prob), value, error, moments, tangent)
    if value is not moments.outer:
        # Second derivatives round more than products of scores do: by as much as the two differ.
        error = error + lax.stop_gradient(jnp.abs(value - moments.outer))
    return Expectation(cleared(value, moments, tangent), error, rule.method), failed


def _closed_kl_hessian(head: Head, f: PyTree) -> Array | None:
    if head.kl(f, f) is None:
        return None
    move, origin = Law(head).moves(f)

    def divergence(u: Array) -> Array:
        kl = head.kl(f, move(u))
        assert kl is not None
        return kl

    return jax.hessian(divergence)(origin)


def _score_moments(law: Law, f: PyTree) -> Features:
    """1, s² and s⁴ of every coordinate: a mesh that gets them right also serves derivatives of E[s sᵀ]."""
    law, f = held((law, f))

    def features(y: Array) -> Array:
        squares = law.scores(f, y) ** 2
        return jnp.concatenate([jnp.ones((y.shape[0], 1), squares.dtype), squares, squares**2], axis=1)

    return features


def _by_hessian(law: Law, f: PyTree, rule: Rule, log_prob: Array, rounding: Array) -> tuple[Array, Array]:
    return rule.expect(log_prob, rounding, -law.hessians(f, rule.points))


def _by_kl(law: Law, f: PyTree, rule: Rule, log_prob: Array, rounding: Array) -> tuple[Array, Array]:
    move, origin = law.moves(f)

    def divergence(u: Array) -> Array:
        return rule.expect(log_prob, rounding, log_prob - law.log_prob(move(u), rule.points))[0]

    _, error = _by_hessian(law, f, rule, log_prob, rounding)
    # Forward over forward: for a handful of parameters reverse mode saves nothing, and compiles for longer.
    return jax.jacfwd(jax.jacfwd(divergence))(origin), error

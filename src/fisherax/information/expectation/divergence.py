"""The Kullback–Leibler divergence between two members of a head."""

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from ..._tree import as_arrays
from ..._types import Array, PRNGKeyArray, PyTree
from ...models.base import Head
from .ladder import rule_of
from .law import Law, held
from .regularity import name_of
from .result import Expectation
from .rule import Rule
from .sampling import NUM_SAMPLES


def head_kl(
    head: Head, f: PyTree, g: PyTree, *, key: PRNGKeyArray | None = None, num_samples: int = NUM_SAMPLES
) -> Expectation:
    """KL(p_f ‖ p_g) = E_f[ln p_f(y) − ln p_g(y)], in nats, by the ladder of `head_information`.

    Args:
        head: A head, for instance a `Family`.
        f: The parameter that the expectation is taken under, unbatched.
        g: The other one.
        key: For sampling; without one the draws are always those of `jax.random.key(0)`.
        num_samples: For sampling.

    Returns:
        The divergence with its error and method; +∞ where p_g vanishes on what p_f allows.

    Raises:
        ValueError: If the expectation does not converge. (Under `jit` and `vmap` only its error says so.)

    Examples:
        >>> import numpyro.distributions as dist
        >>> from fisherax.models import Family
        >>> kl = head_kl(Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0})
        >>> kl.method, round(float(kl.value), 12)
        ('closed form', 0.5)
    """
    f, g = as_arrays(f), as_arrays(g)
    closed = head.kl(f, g)
    if closed is not None:
        return Expectation(closed, None, "closed form")
    law = Law(head)
    result = _divergence(law, f, g, law.listed(f), key, num_samples)
    refuse_unresolved(name_of(law, f), result)
    return result


def refuse_unresolved(name: str, result: Expectation, what: str = "KL divergence") -> None:
    """+∞ is an answer (p_g vanishes where p_f does not); a number that is mostly error is none.

    Of a batch of divergences the worst is named. Of what is not known yet, under `jit`, nothing is said.
    """
    if result.error is None or isinstance(result.value, jax.core.Tracer):
        return
    values, errors = np.ravel(np.asarray(result.value)), np.ravel(np.asarray(result.error))
    lost = np.isnan(values)
    if result.method != "sampling":  # where its standard error is stated with it
        lost |= (values < np.inf) & (errors > 1e-6 + 1e-2 * np.abs(values))
    if np.any(lost):
        value, error = values[lost][0], errors[lost][0]
        raise ValueError(
            f"The {what} of {name} did not converge by {result.method} (estimate {value:.3g} with "
            f"error {error:.3g}): it is infinite, the density is not defined at these parameters, or it has a "
            "feature too sharp to resolve."
        )


@eqx.filter_jit
def _divergence(
    law: Law, f: PyTree, g: PyTree, listed: Rule | None, key: PRNGKeyArray | None, num_samples: int
) -> Expectation:
    fixed_law, fixed_f, fixed_g = held((law, f, g))

    def features(y: Array) -> Array:
        gap = fixed_law.log_prob(fixed_f, y) - fixed_law.log_prob(fixed_g, y)
        return jnp.stack([jnp.ones_like(gap), jnp.abs(gap)], axis=1)

    rule = rule_of(law, f, features, listed, key, num_samples)
    log_p = law.log_prob(f, rule.points)
    log_q = jnp.where(law.supports(g, rule.points), law.log_prob(g, rule.points), -jnp.inf)
    rounding = law.rounding(f, rule.points, log_p)
    value, error = rule.expect(log_p, rounding, log_p - log_q)
    both = rounding + law.rounding(g, rule.points, log_q)  # of what is averaged, besides that of its weights
    return Expectation(value, error + jnp.sum(rule.mass(log_p) * both), rule.method)

"""The Kullback–Leibler divergence between two members of a head."""

import jax.numpy as jnp
from jax import lax

from ..._types import Array, PRNGKeyArray, PyTree
from ...models.base import Head
from .ladder import rule_of
from .law import Law
from .result import Expectation
from .sampling import NUM_SAMPLES


def head_kl(
    head: Head, f: PyTree, g: PyTree, *, key: PRNGKeyArray | None = None, num_samples: int = NUM_SAMPLES
) -> Expectation:
    """KL(p_f ‖ p_g) = E_f[ln p_f(y) − ln p_g(y)], by the ladder of `head_information`."""
    closed = head.kl(f, g)
    if closed is not None:
        return Expectation(closed, None, "closed form")
    law = Law(head)
    fixed_law, fixed_f, fixed_g = lax.stop_gradient((law, f, g))

    def features(y: Array) -> Array:
        gap = fixed_law.log_prob(fixed_f, y) - fixed_law.log_prob(fixed_g, y)
        return jnp.stack([jnp.ones_like(gap), jnp.abs(gap)], axis=1)

    rule = rule_of(law, f, features, key, num_samples)
    log_p = law.log_prob(f, rule.points)
    value, error = rule.expect(log_p, log_p - law.log_prob(g, rule.points))
    return Expectation(value, error, rule.method)

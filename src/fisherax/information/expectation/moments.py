"""The expectation of any function of the data."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import jax.tree_util as jtu

from ..._tree import as_arrays
from ..._types import Array, PRNGKeyArray, PyTree
from ...models.base import Head
from .ladder import rule_of
from .law import Law, held
from .regularity import name_of
from .result import Expectation
from .rule import Rule
from .sampling import NUM_SAMPLES


def expect(
    head: Head,
    f: PyTree,
    fun: Callable[[Array], Any],
    *,
    key: PRNGKeyArray | None = None,
    num_samples: int = NUM_SAMPLES,
) -> Expectation:
    """E[fun(y)] for y ~ p(· | f), by the ladder of `head_information`.

    Args:
        head: A head, for instance a `Family`.
        f: Its parameter, unbatched.
        fun: A function of ONE observation that returns a pytree of arrays.
        key: For sampling; without one the draws are always those of `jax.random.key(0)`.
        num_samples: For sampling.

    Returns:
        An `Expectation` whose value and error are pytrees like fun(y).

    Examples:
        >>> import numpyro.distributions as dist
        >>> from fisherax.models import Family
        >>> trials = Family(dist.Binomial, fixed={"total_count": 4})
        >>> mean = expect(trials, {"probs": 0.25}, lambda y: 1.0 * y)
        >>> mean.method, round(float(mean.value), 12)
        ('sum', 1.0)
    """
    f = as_arrays(f)
    law = Law(head)
    drawn = jax.eval_shape(law.distribution(f).sample, jax.random.key(0))
    example = jnp.zeros(drawn.shape, drawn.dtype)
    # What `fun` closes over may carry derivatives; the mesh is chosen without them.
    closed = eqx.filter_closure_convert(lambda y: fun(law.to_data(f, y)), example)
    result = _expect(law, f, closed, law.listed(f), key, num_samples)
    errors = jtu.tree_leaves(result.error)
    if not any(isinstance(error, jax.core.Tracer) for error in errors):
        bad = any(bool(jnp.any(jnp.isinf(error))) for error in errors)
        if bad:
            raise ValueError(
                f"The expectation under {name_of(law, f)} cannot be computed by {result.method}: the density does not "
                "integrate to 1 (is a parameter out of its range?), or the function is not finite where there is mass."
            )
    return result


@eqx.filter_jit
def _expect(
    law: Law,
    f: PyTree,
    fun: Callable[[Array], Any],
    listed: Rule | None,
    key: PRNGKeyArray | None,
    num_samples: int,
) -> Expectation:
    fixed_fun = held(fun)

    def features(y: Array) -> Array:
        leaves = jtu.tree_leaves(jax.vmap(fixed_fun)(y))
        flat = [jnp.reshape(jnp.abs(leaf), (y.shape[0], -1)) for leaf in leaves]
        return jnp.concatenate([jnp.ones((y.shape[0], 1)), *flat], axis=1)

    rule = rule_of(law, f, features, listed, key, num_samples)
    log_prob = law.log_prob(f, rule.points)
    rounding = law.rounding(f, rule.points, log_prob)
    values = jax.vmap(fun)(rule.points)
    both = jtu.tree_map(lambda leaf: rule.expect(log_prob, rounding, leaf), values)
    value, error = jtu.tree_transpose(jtu.tree_structure(values), jtu.tree_structure((0, 0)), both)
    return Expectation(value, error, rule.method)

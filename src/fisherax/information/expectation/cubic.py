"""The third moments of a head's score: Amari and Chentsov's tensor."""

from typing import Any

import equinox as eqx
import jax
import jax.core
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ..._tree import as_arrays
from ..._types import Array, PyTree
from ...models.base import Head
from ...models.exponential import ExponentialFamily
from ...models.family import Family
from .ladder import rule_of
from .law import Law, held
from .regularity import check_support, name_of
from .result import Expectation
from .rule import Rule
from .sampling import NUM_SAMPLES

# An error above this fraction of its scale, the root of three informations, means that the integral has not converged.
_UNRESOLVED = 1e-2


def head_cubic(head: Head, f: PyTree) -> Expectation:
    """T_ijk = E[sᵢ sⱼ sₖ], s the score in the coordinates of `head.tangent(f)`, by the ladder of `head_information`.

    Raises:
        ValueError: If the support moves with a parameter, or the moments do not converge. (Under `jit` and `vmap`
            they are NaN then, with an infinite error.)

    Examples:
        >>> import numpyro.distributions as dist
        >>> tensor = head_cubic(Family(dist.Poisson), {"rate": 2.0})  # 1/λ²
        >>> tensor.method, round(float(tensor.value[0, 0, 0]), 12)
        ('closed form', 0.25)
    """
    f = as_arrays(f)
    head.check_regular(f)
    law = Law(head)
    density = head.density if isinstance(head, Family) else None
    if isinstance(head, Family) and density is not None and density.exponential is not None:
        result = _third_cumulants(head, density.exponential, f)
    else:
        check_support(law, f)
        result = _third_moments(law, f, law.listed(f), NUM_SAMPLES)
    if not isinstance(result.value, jax.core.Tracer) and np.any(np.isnan(result.value)):
        raise ValueError(
            f"The cubic tensor of {name_of(law, f)} is undefined: the third moments of the score do not exist, or a "
            "parameter is at the boundary of its space."
        )
    return result


@eqx.filter_jit
def _third_cumulants(head: Family, form: ExponentialFamily, f: PyTree) -> Expectation:
    """s = (∂η/∂u)ᵀ(T − E T), and third central moments of T are ∇³A: the third derivative of u ↦ A(η + ∂η/∂u u)."""
    move, origin = Law(head).moves(f)
    form = form.adapted(jax.lax.stop_gradient(head.all_parameters(f)))

    def natural(u: Array) -> Any:
        return form.natural(head.all_parameters(move(u)))

    start, slope = natural(origin), jax.jacfwd(natural)(origin)

    def along(u: Array) -> Array:
        return form.log_partition(jtu.tree_map(lambda eta, rows: eta + rows @ u, start, slope))

    return Expectation(jax.jacfwd(jax.jacfwd(jax.jacfwd(along)))(origin), None, "closed form")


@eqx.filter_jit
def _third_moments(law: Law, f: PyTree, listed: Rule | None, num_samples: int) -> Expectation:
    fixed_law, fixed = held((law, f))

    def features(y: Array) -> Array:
        size = jnp.abs(fixed_law.scores(fixed, y))
        return jnp.concatenate([jnp.ones((y.shape[0], 1), size.dtype), size**2, size**3], axis=1)

    rule = rule_of(law, f, features, listed, None, num_samples)
    log_prob, scores = law.log_prob(f, rule.points), law.scores(f, rule.points)
    rounding = law.rounding(f, rule.points, log_prob)
    value, error = rule.expect(log_prob, rounding, jnp.einsum("ni,nj,nk->nijk", scores, scores, scores))
    size = jnp.sqrt(rule.expect(log_prob, rounding, scores**2)[0])
    scale = size[:, None, None] * size[:, None] * size
    wrong = ~jnp.all(jnp.isfinite(value))
    if rule.method != "sampling":  # where its standard error is stated with it
        wrong = wrong | jnp.any(error > _UNRESOLVED * (scale + jnp.abs(value)))
    return Expectation(jnp.where(wrong, jnp.nan, value), jnp.where(wrong, jnp.inf, error), rule.method)

"""What a form says of each case, computed once: all laws of a case hold the same numbers against something."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from fisherax.models.exponential import exponential_form

from .exponential_cases import CASES, CIRCLE, COUNT, POSITIVE, REAL, UNIT, Case

ORDINARY = slice(0, 3)
QUICK = {"xla_backend_optimization_level": 0}  # each function runs once: compiling it is what takes time


def nodes(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Observations and weights that sum or integrate over the support; weights 1 where neither is meant.

    Trapezoidal rules in a variable in which the integrand decays double-exponentially are exact to rounding
    (Takahasi and Mori 1974); so is the rule on the circle.
    """
    if case.observations is not None:
        return case.observations, np.ones(len(case.observations))
    t = np.linspace(-4.3, 4.3, 345)
    stretched, slope = 0.5 * np.pi * np.sinh(t), 0.5 * np.pi * np.cosh(t) * (t[1] - t[0])
    if case.support == REAL:
        return np.sinh(stretched), np.cosh(stretched) * slope
    if case.support == POSITIVE:
        return np.exp(stretched), np.exp(stretched) * slope
    if case.support == UNIT:
        x = 1.0 / (1.0 + np.exp(-stretched))
        inside = x < 1.0
        return x[inside], (x * (1.0 - x) * slope)[inside]
    if case.support == CIRCLE:
        x = np.linspace(-np.pi, np.pi, 400, endpoint=False)
        return x, np.full(400, 2.0 * np.pi / 400)
    return np.arange(3000), np.ones(3000)


def typical(case: Case) -> np.ndarray:
    """(6, 3): for each set of parameters, observations within half a standard deviation of the mean."""
    law = case.kind(**{k: jnp.asarray(v) for k, v in case.params.items()})
    if case.kind is dist.Gompertz:  # whose moments NumPyro does not have
        return np.log1p(np.array([0.3, 1.0, 2.0]) / case.params["concentration"][:, None]) / law.rate[:, None]
    mean, deviation = np.asarray(law.mean)[:, None], np.sqrt(np.asarray(law.variance))[:, None]
    finite = np.isfinite(mean) & np.isfinite(deviation)
    mean, deviation = np.where(finite, mean, 1.0), np.where(finite, deviation, 1.0)
    steps = np.array([-0.5, 0.1, 0.5])
    if case.support in (REAL, CIRCLE):
        return mean + steps * (deviation if case.support == REAL else 0.3)
    if case.support == UNIT:
        odds = mean / (1.0 - mean) * np.exp(steps)
        return odds / (1.0 + odds)
    x = mean * np.exp(np.minimum(deviation / mean, 3.0) * steps)
    return np.round(x) if case.support == COUNT else x


def observations(case: Case) -> np.ndarray:
    """(6, n): the nodes, and before them what is typical where that depends on the parameters."""
    shared = nodes(case)[0]
    shared = np.broadcast_to(shared, (6, *shared.shape))
    return shared if case.observations is not None else np.concatenate([typical(case), shared], axis=1)


def everything(case: Case, params: dict[str, Any], other: dict[str, Any], x: jax.Array) -> dict[str, Any]:
    form = exponential_form(case.kind, {name: params[name] for name in case.fixed})
    assert form is not None
    near = form.adapted(params)
    natural = near.natural(params)
    mean = near.mean_statistics(natural)
    free = {name: params[name] for name in case.free}
    other = {**other, **{name: params[name] for name in case.fixed}}
    both = {name: jnp.stack([params[name], other[name]]) for name in params}
    log_prob, log_prob_other = jax.vmap(jax.vmap(form.log_prob, (None, 0)), (0, None))(both, x)
    no_kl, kl = jax.vmap(form.kl, (None, 0))(params, both)
    return {
        "log_prob": log_prob,
        "log_prob_other": log_prob_other,
        "statistics": jax.vmap(near.statistics)(x),
        "mean": mean,
        "jacobian": jax.jacfwd(lambda f: near.natural({**params, **f}))(free),
        "information": jax.hessian(lambda f: form.kl(params, {**params, **f}))(free),
        "back": near.from_natural(natural),
        "start": near.start(mean),
        "kl": kl,
        "no_kl": no_kl,
    }


@functools.cache
def answers(index: int) -> dict[str, Any]:
    case = CASES[index]
    params = {name: jnp.asarray(value) for name, value in case.params.items()}
    other = {name: value[jnp.array([1, 2, 0, 3, 4, 5])] for name, value in params.items()}
    fun = jax.jit(jax.vmap(functools.partial(everything, case)), compiler_options=QUICK)
    return jax.device_get(fun(params, other, jnp.asarray(observations(case))))


def answers_for(case: Case) -> dict[str, Any]:
    return answers(CASES.index(case))


def stacked(case: Case, matrix: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    """A Hessian's blocks as one matrix for each set of parameters."""
    sizes = {name: case.params[name][0].size for name in case.free}
    return np.block(
        [[np.reshape(matrix[a][b], (6, sizes[a], sizes[b])) for b in case.free] for a in case.free]
    )


def columns(tree: dict[str, np.ndarray], leading: int) -> np.ndarray:
    """A dict of arrays with `leading` shared axes as one array, in the order of its keys."""
    return np.concatenate(
        [np.reshape(tree[key], (*tree[key].shape[:leading], -1)) for key in sorted(tree)], axis=-1
    )

"""Where Newton's method finds no way up: a quasi-Newton search, to start it from again."""

import math

import jax.numpy as jnp
import numpy as np
import optimistix as optx
import scipy.optimize

from .._types import Scalar, Vector
from .likelihood import Likelihood, Objective


def search(likelihood: Likelihood, starts: list[np.ndarray], steps: int) -> np.ndarray | None:
    """The best end of BFGS from several starts; None if there is none.

    Args:
        likelihood: ℓ.
        starts: Points z; those where ℓ is not finite are left out.
        steps: The most that are taken from each.
    """
    ends: list[tuple[float, np.ndarray]] = []
    for start in starts:
        if not math.isfinite(float(likelihood.value(jnp.asarray(start)))):
            continue
        objective = likelihood.objective
        streamed = objective is None
        z = (
            _streamed(likelihood, start, steps)
            if streamed
            else _compiled(likelihood, objective, start, steps)
        )
        value = float(likelihood.value(jnp.asarray(z)))
        if np.all(np.isfinite(z)) and math.isfinite(value):
            ends.append((value, z))
    return max(ends, key=lambda end: end[0])[1] if ends else None


def _compiled(likelihood: Likelihood, objective: Objective, start: np.ndarray, steps: int) -> np.ndarray:
    """The end of a search in one compiled program, where ℓ is one."""
    solution = optx.minimise(
        _negative,
        optx.BFGS(rtol=1e-8, atol=1e-8),
        jnp.asarray(start),
        args=(objective, 1.0 / likelihood.num_observations),
        max_steps=steps,
        throw=False,
    )
    likelihood.passes += int(solution.stats["num_steps"]) if not likelihood.is_cheap else 0
    return np.asarray(solution.value)


def _streamed(likelihood: Likelihood, start: np.ndarray, steps: int) -> np.ndarray:
    """The end of a search whose every point is a pass over a stream, made from Python."""

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, score = likelihood.value_and_score(jnp.asarray(z))
        value, score = float(value), np.asarray(score, float)
        if not (math.isfinite(value) and np.all(np.isfinite(score))):
            return math.inf, np.zeros_like(z)
        return -value / likelihood.num_observations, -score / likelihood.num_observations

    options = {"gtol": 1e-8, "maxiter": steps}
    return scipy.optimize.minimize(loss, start, jac=True, method="BFGS", options=options).x


def _negative(z: Vector, args: tuple[Objective, float]) -> Scalar:
    """−ℓ per observation; ∞ where it is not finite, so that a line search steps back."""
    objective, scale = args
    value = -scale * objective.value(z)
    return jnp.where(jnp.isfinite(value), value, jnp.inf)

"""Where Newton's method finds no way up: a quasi-Newton search, to start it from again."""

import math

import jax.numpy as jnp
import numpy as np
import optimistix as optx

from .._types import Scalar, Vector
from .likelihood import Likelihood, Objective


def search(likelihood: Likelihood, starts: list[np.ndarray]) -> np.ndarray | None:
    """The best end of BFGS from several starts, for likelihoods whose data are arrays; None if there is none.

    Args:
        likelihood: ℓ.
        starts: Points z; those where ℓ is not finite are left out.
    """
    objective = likelihood.objective
    if objective is None:
        return None
    ends: list[tuple[float, np.ndarray]] = []
    for start in starts:
        if not math.isfinite(float(likelihood.value(jnp.asarray(start)))):
            continue
        solution = optx.minimise(
            _negative,
            optx.BFGS(rtol=1e-8, atol=1e-8),
            jnp.asarray(start),
            args=(objective, 1.0 / likelihood.num_observations),
            max_steps=500,
            throw=False,
        )
        likelihood.passes += int(solution.stats["num_steps"]) if not likelihood.is_cheap else 0
        z = np.asarray(solution.value)
        value = float(likelihood.value(jnp.asarray(z)))
        if np.all(np.isfinite(z)) and math.isfinite(value):
            ends.append((value, z))
    return max(ends, key=lambda end: end[0])[1] if ends else None


def _negative(z: Vector, args: tuple[Objective, float]) -> Scalar:
    """−ℓ per observation; ∞ where it is not finite, so that a line search steps back."""
    objective, scale = args
    value = -scale * objective.value(z)
    return jnp.where(jnp.isfinite(value), value, jnp.inf)

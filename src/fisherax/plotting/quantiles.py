"""Where observations lie in the distributions that a fit gives them: quantile residuals.

    rᵢ = Φ⁻¹(F(yᵢ | θ̂))

are standard normal if the model is right, whatever the family; for counts F jumps, and rᵢ is drawn evenly
within the jump, always by the same draws.

References:
    Dunn and Smyth (1996), Randomized quantile residuals, J. Comput. Graph. Stat. 5, 236-244.
"""

import jax
import numpy as np
from scipy.special import ndtri

from .._types import PyTree
from ..models.base import Head
from .mesh import is_complete, masses, mesh_of

_AT_ONCE = 1024


def quantile_residuals(head: Head, outputs: PyTree, y: np.ndarray) -> np.ndarray | None:
    """(k,) residuals of observations y (k,), each under `head` at its own output.

    Args:
        head: A head.
        outputs: Its parameter for each observation, with a leading axis of k, or of 1 if all share one.
        y: The observations.

    Returns:
        Residuals, within ±8; None where an observation is no single number, or its density could not be
        integrated to 1.
    """
    uniform = np.random.default_rng(0).uniform(size=len(y))
    shared = jax.tree.leaves(outputs)[0].shape[0] == 1
    step = len(y) if shared else _AT_ONCE
    parts = []
    for start in range(0, len(y), step):
        rows = slice(start, start + step)
        some = outputs if shared else jax.tree.map(lambda a, rows=rows: a[rows], outputs)
        mesh = mesh_of(head, some)
        if mesh is None:
            return None
        found = masses(head, some, mesh)
        if not is_complete(found):
            return None
        below, up_to, above = mesh.tails(found, np.asarray(y[rows], float))
        u = uniform[rows]
        lower = below + u * (up_to - below)
        upper = above + (1 - u) * (up_to - below)
        with np.errstate(divide="ignore"):
            # From the smaller tail: the other one is 1 to rounding.
            parts.append(np.where(lower < upper, ndtri(lower), -ndtri(upper)))
    return np.clip(np.concatenate(parts), -8.0, 8.0)

"""A log-likelihood that is level to infinity on one side: its curvature there is rounding, and says nothing.

Near such a maximum the score and the curvature along the way out vanish together; where the other curvatures are
large, they drown in the rounding of these before Newton's method sees its steps stay long. So ℓ itself is looked at,
far out on either side: where it falls on one and not on the other, the maximum is at infinity.
"""

import jax.numpy as jnp
import numpy as np

from .._types import Array, Float
from .likelihood import Likelihood
from .scoring import Ascent, State

_FAR = 30.0
"""How far to look, in natural units: a factor of 10¹³ of what has a logarithm."""
_FALLS, _LEVEL = 1.0, 0.05
"""By how much ℓ falls, in nats, on the side of the data, and does not change on the other."""


def plateau(likelihood: Likelihood, ascent: Ascent, unit: np.ndarray) -> np.ndarray | None:
    """The way out, in z, of natural length one; None where no plateau was found.

    Args:
        likelihood: What was maximised.
        ascent: Its end.
        unit: The natural units of the coordinates (see `scoring.Controls`).
    """
    for direction in _suspects(ascent, unit).T:
        # Of coordinates in the data's own units nothing is far.
        shares = np.abs(direction) * np.sqrt(np.abs(np.diagonal(ascent.information)))
        if np.max(shares[np.isfinite(unit)], initial=0.0) < 0.5 * np.max(shares):
            continue
        longest = float(np.max(np.abs(direction) / unit, initial=0.0))
        way = direction / longest
        changes = [_change(likelihood, ascent, sign * _FAR * way) for sign in (1.0, -1.0)]
        for sign, out, back in ((1.0, *changes), (-1.0, *reversed(changes))):
            if back < -_FALLS and abs(out) < _LEVEL:
                return sign * way
    return None


def _suspects(ascent: Ascent, unit: np.ndarray) -> Float[np.ndarray, "k m"]:
    """Directions, columns in z, in which the curvature is nothing to working precision."""
    flat = ascent.spectrum.directions[:, ~ascent.spectrum.moves]
    if ascent.state is State.CONVERGED:
        return flat
    # No step raised ℓ: the curvature of a single coordinate may be rounding too.
    return np.concatenate([flat, np.eye(unit.size)[:, np.isfinite(unit)]], axis=1)


def _change(likelihood: Likelihood, ascent: Ascent, move: Float[Array, " k"] | np.ndarray) -> float:
    return float(likelihood.value(jnp.asarray(ascent.z + move))) - ascent.value

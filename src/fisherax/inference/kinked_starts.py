"""The maximum of the asymmetric Laplace likelihood, which has a kink at its location."""

import math
from collections.abc import Mapping

import numpy as np

from .moments import Summary


def asymmetric_laplace(s: Summary, known: Mapping[str, float], by_quantile: bool) -> dict[str, float]:
    """loc, scale, and asymmetry or quantile, where the likelihood is greatest.

    The density is exp(−(m − x)/L) below m and exp(−(x − m)/R) above, over L + R. With α and β the means of
    (m − x)⁺ and (x − m)⁺ its maximum over L and R is L = √α (√α + √β), R = √β (√α + √β), and leaves

        ℓ(m)/n = −2 ln(√α + √β) − 1,

    which between two observations, where α and β are linear in m, is convex: the best m is an observation. Where
    L/R = κ² is known, m is the quantile of level κ²/(1 + κ²). The two parametrisations are L = sκ, R = s/κ, and
    L/R = q/(1 − q) with s = scale · κ/q.

    Args:
        s: The sample.
        known: Values of the parameters that are fixed.
        by_quantile: For NumPyro's AsymmetricLaplaceQuantile.

    References:
        Kotz, Kozubowski and Podgórski (2001), The Laplace Distribution and Generalizations, §3.5.
    """
    ratio = _ratio(known)
    if "loc" in known:
        m = known["loc"]
    elif ratio is not None:
        m = s.quantile(ratio / (1.0 + ratio))
    else:
        m = _best_location(s)
    below, above = s.mean_of(np.maximum(m - s.x, 0.0)), s.mean_of(np.maximum(s.x - m, 0.0))
    if ratio is None:
        ratio = math.sqrt(below / above) if below > 0 and above > 0 else 1.0
    kappa = math.sqrt(ratio)
    scale, quantile = below / kappa + above * kappa, ratio / (1.0 + ratio)
    if by_quantile:
        return {"loc": m, "scale": scale * quantile / kappa, "quantile": quantile}
    return {"loc": m, "scale": scale, "asymmetry": kappa}


def _ratio(known: Mapping[str, float]) -> float | None:
    """κ², if it is known."""
    if "asymmetry" in known:
        return known["asymmetry"] ** 2
    return known["quantile"] / (1.0 - known["quantile"]) if "quantile" in known else None


def _best_location(s: Summary) -> float:
    """The observation at which √α + √β is least."""
    order = np.argsort(s.x, kind="stable")
    x, weights = s.x[order], s.weights[order]
    x = x - s.median + 0.0
    mass, moment = np.cumsum(weights), np.cumsum(weights * x)
    below = np.maximum(x * mass - moment, 0.0)
    above = np.maximum(moment[-1] - moment - x * (mass[-1] - mass), 0.0)
    counted = weights > 0
    best = np.argmin((np.sqrt(below) + np.sqrt(above))[counted])
    return float(s.x[order][counted][best])

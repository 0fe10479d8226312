"""Fixed nodes for integrals of analytic functions over the half line."""

import numpy as np


def half_line(low: float, high: float, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """s, t = ln(1 + eˢ) and weights w with ∫₀^∞ f(t) dt ≈ Σ wᵢ f(tᵢ): the trapezoidal rule in s from `low` to `high`.

    Towards s → −∞ t is eˢ, towards ∞ it is s. With f(t(s)) analytic in the strip |Im s| < d, which is never wider than
    π, the error is of the order exp(−2πd/step), besides the ends that are cut off.

    References:
        Trefethen and Weideman (2014), The exponentially convergent trapezoidal rule, SIAM Review 56, theorem 5.1.
    """
    s = np.arange(low, high + step / 2, step)
    return s, np.logaddexp(0.0, s), step / (1.0 + np.exp(-s))

"""Informations of exponential families, as the literature has them."""

from typing import Any

import mpmath as mp
import numpy as np
from scipy.special import zeta


def trigamma(x: Any) -> Any:
    return zeta(2.0, x)


def diagonal(*entries: Any) -> np.ndarray:
    return np.diag(np.array(entries, float))


def dirichlet_information(concentration: np.ndarray) -> np.ndarray:
    """δᵢⱼ ψ′(αᵢ) − ψ′(Σα), in sixty digits, since the terms nearly cancel where one α dominates."""
    with mp.workdps(60):
        alpha = [mp.mpf(float(a)) for a in concentration]
        total = mp.polygamma(1, sum(alpha))
        return np.array(
            [
                [float((mp.polygamma(1, a) if i == j else 0) - total) for j in range(len(alpha))]
                for i, a in enumerate(alpha)
            ]
        )


def beta_information(concentration0: float, concentration1: float) -> np.ndarray:
    return dirichlet_information(np.array([concentration0, concentration1]))


def beta_proportion_information(concentration: float, mean: float) -> np.ndarray:
    """The beta's, by the chain rule."""
    jacobian = np.array([[1.0 - mean, -concentration], [mean, concentration]])  # of (b, a) in (φ, μ)
    return jacobian.T @ beta_information((1.0 - mean) * concentration, mean * concentration) @ jacobian


def gamma_information(concentration: float, rate: float) -> np.ndarray:
    return np.array([[trigamma(concentration), -1.0 / rate], [-1.0 / rate, concentration / rate**2]])


def von_mises_information(concentration: float, loc: float) -> np.ndarray:
    """κA(κ) for the direction, 1 − A² − A/κ for κ (Mardia and Jupp 2000, section 5.4.2)."""
    del loc
    with mp.workdps(60):
        k = mp.mpf(float(concentration))
        a = mp.besseli(1, k) / mp.besseli(0, k)
        return diagonal(float(1 - a * a - a / k), float(k * a))


def normal_information(loc: float, scale: float) -> np.ndarray:
    del loc
    return diagonal(1.0 / scale**2, 2.0 / scale**2)


def failures_information(count: float, q: float) -> float:
    """On ln q: the variance of the count."""
    return count * q / (1.0 - q) ** 2

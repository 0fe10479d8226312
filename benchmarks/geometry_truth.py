"""Geodesics and curvatures known otherwise: shooting with SciPy's integrator, formulas of the literature with mpmath.

The geodesic equations are written out by hand, in NumPy; nothing of fisherax is used.

References:
    Skovgaard (1984), A Riemannian geometry of the multivariate normal model, Scandinavian Journal of Statistics 11,
    211–223 (the geodesic equation of the normal model); Arwini and Dodson (2008), Information Geometry, §3.4 (Gamma);
    Le Brigant, Preston and Puechmorel (2021), Fisher–Rao geometry of Dirichlet distributions, Differential Geometry
    and its Applications 74, 101702.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import polygamma

Vector = np.ndarray


class Chart(NamedTuple):
    """A manifold in coordinates.

    Attributes:
        metric: x ↦ G(x).
        acceleration: (x, ẋ) ↦ ẍ of a geodesic.
    """

    metric: Callable[[Vector], np.ndarray]
    acceleration: Callable[[Vector, Vector], Vector]


def _flat(metric: Callable[[Vector], np.ndarray], cubic: Callable[[Vector, Vector], Vector]) -> Chart:
    """Coordinates affine in the natural parameters, where Γ_k,ij = ½ ∂ᵢ∂ⱼ∂_k A: `cubic` is ∂³A(ẋ, ẋ)."""
    return Chart(metric, lambda x, v: -0.5 * np.linalg.solve(metric(x), cubic(x, v)))


def _dirichlet_metric(a: Vector) -> np.ndarray:
    return np.diag(polygamma(1, a)) - polygamma(1, a.sum())


def _gamma_metric(x: Vector) -> np.ndarray:
    shape, rate = x
    return np.array([[polygamma(1, shape), -1 / rate], [-1 / rate, shape / rate**2]])


def _gamma_cubic(x: Vector, v: Vector) -> Vector:
    shape, rate = x
    first = polygamma(2, shape) * v[0] ** 2 + (v[1] / rate) ** 2
    return np.array([first, 2 * v[0] * v[1] / rate**2 - 2 * shape * v[1] ** 2 / rate**3])


def _matrix(flat: Vector) -> np.ndarray:
    """[a, b, c] → [[a, b], [b, c]]."""
    return np.array([[flat[0], flat[1]], [flat[1], flat[2]]])


def _normal_metric(x: Vector) -> np.ndarray:
    inverse = np.linalg.inv(_matrix(x[2:]))
    metric = np.zeros((5, 5))
    metric[:2, :2] = inverse
    units = [inverse @ _matrix(e) for e in np.eye(3)]
    metric[2:, 2:] = [[0.5 * np.trace(a @ b) for b in units] for a in units]
    return metric


def _normal_acceleration(x: Vector, v: Vector) -> Vector:
    """μ̈ = Σ̇ Σ⁻¹ μ̇,  Σ̈ = Σ̇ Σ⁻¹ Σ̇ − μ̇ μ̇ᵀ (Skovgaard 1984, theorem 6.1)."""
    turned = _matrix(v[2:]) @ np.linalg.inv(_matrix(x[2:]))
    spread = turned @ _matrix(v[2:]) - np.outer(v[:2], v[:2])
    return np.concatenate([turned @ v[:2], [spread[0, 0], spread[0, 1], spread[1, 1]]])


DIRICHLET = _flat(
    _dirichlet_metric, lambda a, v: polygamma(2, a) * v**2 - polygamma(2, a.sum()) * v.sum() ** 2
)
GAMMA = _flat(_gamma_metric, _gamma_cubic)
NORMAL_VECTOR = Chart(_normal_metric, _normal_acceleration)
"""(μ₁, μ₂, Σ₁₁, Σ₁₂, Σ₂₂)."""
NORMAL = Chart(
    lambda x: np.diag([1.0, 2.0]) / x[1] ** 2,
    lambda x, v: np.array([2 * v[0] * v[1], v[1] ** 2 - 0.5 * v[0] ** 2]) / x[1],
)
"""(μ, σ), to hold the shooting itself against the closed form."""


class Truth(NamedTuple):
    velocity: Vector
    distance: float
    middle: Vector


def flown(chart: Chart, x: Vector, v: Vector, time: float, tolerance: float) -> Vector:
    """Where the geodesic is at a time."""

    def slope(_: float, y: Vector) -> Vector:
        place, velocity = np.split(y, 2)
        return np.concatenate([velocity, chart.acceleration(place, velocity)])

    run = solve_ivp(slope, (0.0, time), np.concatenate([x, v]), "DOP853", rtol=tolerance, atol=tolerance)
    return run.y[: x.size, -1] if run.success else np.full(x.size, np.nan)


def shot(chart: Chart, p: Vector, q: Vector, stages: int = 6) -> Truth:
    """The geodesic from p to q: Newton's method on the velocity, with the target moved away from p in stages."""
    velocity = (q - p) / stages
    for stage in range(1, stages + 1):
        last = stage == stages
        target = p + (q - p) * stage / stages
        velocity = _aimed(chart, p, velocity, target, 3e-14 if last else 1e-9, 1e-13 if last else 1e-4)
        velocity = velocity if last else velocity * (stage + 1) / stage
    middle = flown(chart, p, velocity, 0.5, 3e-14)
    return Truth(velocity, float(np.sqrt(velocity @ chart.metric(p) @ velocity)), middle)


def _aimed(chart: Chart, p: Vector, v: Vector, target: Vector, tolerance: float, enough: float) -> Vector:
    """The velocity that hits a target; the slope is a central difference, and lags by one step at the end."""
    miss = flown(chart, p, v, 1.0, tolerance) - target
    for _ in range(30):
        if np.max(np.abs(miss) / (1 + np.abs(target))) <= enough:
            return v
        steps = 1e-5 * (1 + np.abs(v).max()) * np.eye(v.size)
        rough = max(tolerance, 1e-12)
        columns = [flown(chart, p, v + h, 1.0, rough) - flown(chart, p, v - h, 1.0, rough) for h in steps]
        change = np.linalg.solve(np.stack(columns, axis=1) / (2 * steps[0, 0]), -miss)
        share = 1.0
        while True:
            trial = flown(chart, p, v + share * change, 1.0, tolerance) - target
            if np.abs(trial).max() < np.abs(miss).max():
                break
            share /= 2
            if share < 1e-3:  # nothing is left to gain but rounding
                return v
        v, miss = v + share * change, trial
    raise RuntimeError("the shooting did not reach its target.")


# ---- curvature -------------------------------------------------------------------------------------------------


def gamma_scalar(shape: float) -> float:
    """R = 2K,  K = (ψ′ + κ ψ″)/(4 (κ ψ′ − 1)²) (Arwini and Dodson 2008, §3.4)."""
    with mpmath.workdps(40):
        k = mpmath.mpf(shape)
        first, second = mpmath.polygamma(1, k), mpmath.polygamma(2, k)
        return float((first + k * second) / (2 * (k * first - 1) ** 2))


def dirichlet_scalar(a: Vector) -> float:
    """R = ¼ (|T|² − |tr T|²) of T = ∂³A in natural coordinates (Amari and Nagaoka 2000, §3.3), with 40 digits."""
    with mpmath.workdps(40):
        values = [mpmath.mpf(float(x)) for x in a]
        total, size = mpmath.fsum(values), len(values)
        metric = mpmath.zeros(size, size)
        for i in range(size):
            for j in range(size):
                metric[i, j] = (i == j) * mpmath.polygamma(1, values[i]) - mpmath.polygamma(1, total)
        inverse: Any = mpmath.inverse(metric)
        whole = -mpmath.polygamma(2, total)
        own = [mpmath.polygamma(2, x) for x in values]
        indices = range(size)
        raised = lambda u, v: mpmath.fsum(u[i] * inverse[i, j] * v[j] for i in indices for j in indices)  # noqa: E731
        # T = Σ ownᵢ eᵢ⊗eᵢ⊗eᵢ + whole 1⊗1⊗1, a sum of cubes of vectors.
        cubes = [(own[i], [mpmath.mpf(i == j) for j in indices]) for i in indices]
        cubes.append((whole, [mpmath.mpf(1)] * size))
        square = mpmath.fsum(a * b * raised(u, v) ** 3 for a, u in cubes for b, v in cubes)
        trace = mpmath.fsum(
            a * b * raised(u, u) * raised(v, v) * raised(u, v) for a, u in cubes for b, v in cubes
        )
        return float((square - trace) / 4)


def normal_scalar(size: int) -> float:
    """R = −k (k + 1)²/4 of normal vectors, from |T|² = k³ + 6k² + 7k and |tr T|² = 2k (k + 2)²."""
    return -size * (size + 1) ** 2 / 4

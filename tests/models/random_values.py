"""Parameters at random, the hard ones among them."""

import numpy as np

_RANDOM = np.random.default_rng(20240229)


def positive(*hard: float, low: float = 0.5, high: float = 6.0) -> np.ndarray:
    return np.array([*_RANDOM.uniform(low, high, 3), *hard])


def probability(*hard: float) -> np.ndarray:
    return np.array([*_RANDOM.uniform(0.1, 0.9, 3), *hard])


def real(*hard: float) -> np.ndarray:
    return np.array([*_RANDOM.normal(size=3), *hard])


def simplex(*hard: list[float]) -> np.ndarray:
    return np.array([*_RANDOM.dirichlet(np.full(4, 3.0), 3), *hard])


def covariance(hard: list[float]) -> np.ndarray:
    roots = [np.tril(_RANDOM.normal(size=(3, 3))) + 2.0 * np.eye(3) for _ in hard]
    return np.array([scale * root @ root.T for scale, root in zip(hard, roots, strict=True)])

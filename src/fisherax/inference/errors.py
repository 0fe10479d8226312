"""Variances of single parameters, also where some of them have none."""

import numpy as np

from .covariance import meat_root


def error_squares(
    information: np.ndarray, meat: np.ndarray | None, basis: np.ndarray, lost: np.ndarray
) -> np.ndarray:
    """The variance of every entry of the parameters: ∞ where the information leaves it undetermined.

    Args:
        information: A, that of all observations, in coordinates of the tangent space.
        meat: M likewise, where the covariance is A⁻¹ M A⁻¹; None where it is A⁻¹.
        basis: The tangent space's basis, (size, p).
        lost: Entries, in the order of the parameters, that ran to a boundary: they have ∞, and the others are
            treated as if those were known.
    """
    matrix = information
    finite = np.all(np.isfinite(matrix)) and (meat is None or np.all(np.isfinite(meat)))
    if not lost.any() and not finite:
        return np.full(basis.shape[0], np.inf)
    if lost.any():
        free = _null_space(basis[lost])  # directions that move no lost entry
        kept = lambda a: free.T @ np.where(np.isfinite(a), a, 0.0) @ free  # noqa: E731
        basis, matrix, meat = basis @ free, kept(matrix), None if meat is None else kept(meat)
    d = np.sqrt(np.abs(np.diagonal(matrix)))
    d = np.where(d > 0, d, 1.0)
    values, vectors = np.linalg.eigh(matrix / d[:, None] / d[None, :])
    null = np.abs(values) <= 10 * max(len(values), 1) * np.finfo(matrix.dtype).eps
    directions = basis @ (vectors / d[:, None])
    inverse = np.where(null, 0.0, 1.0 / np.where(null, 1.0, values))
    negative = (directions**2) @ inverse < 0
    if meat is None:
        variances = (directions**2) @ inverse
    else:
        variances = np.sum(((directions * inverse) @ (vectors / d[:, None]).T @ meat_root(meat)) ** 2, axis=1)
    scale = np.sqrt((directions**2) @ np.ones_like(values))
    undetermined = np.any(np.abs(directions[:, null]) > 1e-7 * scale[:, None], axis=1)
    # A negative variance: the matrix is indefinite, so this is no maximum, and nothing bounds the entry.
    return np.where(lost | undetermined | negative, np.inf, variances)


def _null_space(rows: np.ndarray) -> np.ndarray:
    """Columns that span {v : rows v = 0}; unit vectors, where rows name single coordinates."""
    touched = np.any(rows != 0, axis=0)
    if np.all(np.count_nonzero(rows, axis=1) <= 1):
        return np.eye(rows.shape[1])[:, ~touched]
    _, sizes, vectors = np.linalg.svd(rows)
    rank = int(np.sum(sizes > 1e-12 * sizes.max(initial=1e-300)))
    return vectors[rank:].T

"""Variances of single parameters, also where some of them have none."""

import numpy as np

from ..operators import Information


def error_squares(information: Information, basis: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """The variance of every entry of the parameters: ∞ where the information leaves it undetermined.

    Args:
        information: That of all observations.
        basis: The tangent space's basis, (size, p).
        lost: Entries, in the order of the parameters, that ran to a boundary: they have ∞, and the others are
            treated as if those were known.
    """
    matrix = np.asarray(information.coordinates_matrix())
    if not lost.any() and not np.all(np.isfinite(matrix)):
        return np.full(basis.shape[0], np.inf)
    if lost.any():
        free = _null_space(basis[lost])  # directions that move no lost entry
        basis, matrix = basis @ free, free.T @ np.where(np.isfinite(matrix), matrix, 0.0) @ free
    d = np.sqrt(np.abs(np.diagonal(matrix)))
    d = np.where(d > 0, d, 1.0)
    values, vectors = np.linalg.eigh(matrix / d[:, None] / d[None, :])
    null = np.abs(values) <= 10 * max(len(values), 1) * np.finfo(matrix.dtype).eps
    directions = basis @ (vectors / d[:, None])
    inverse = np.where(null, 0.0, 1.0 / np.where(null, 1.0, values))
    variances = (directions**2) @ inverse
    scale = np.sqrt((directions**2) @ np.ones_like(values))
    undetermined = np.any(np.abs(directions[:, null]) > 1e-7 * scale[:, None], axis=1)
    # A negative variance: the matrix is indefinite, so this is no maximum, and nothing bounds the entry.
    return np.where(lost | undetermined | (variances < 0), np.inf, variances)


def _null_space(rows: np.ndarray) -> np.ndarray:
    """Columns that span {v : rows v = 0}; unit vectors, where rows name single coordinates."""
    touched = np.any(rows != 0, axis=0)
    if np.all(np.count_nonzero(rows, axis=1) <= 1):
        return np.eye(rows.shape[1])[:, ~touched]
    _, sizes, vectors = np.linalg.svd(rows)
    rank = int(np.sum(sizes > 1e-12 * sizes.max(initial=1e-300)))
    return vectors[rank:].T

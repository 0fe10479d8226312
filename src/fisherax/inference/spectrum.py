"""The curvature of a log-likelihood, scaled so that units do not enter, in its eigenvectors."""

import dataclasses
import math

import numpy as np

_FLAT = 1e-13
"""Eigenvalues of the scaled curvature below this are directions that the data do not determine."""


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """The scaled curvature in its eigenvectors, with the score; on the tangent plane where entries are held.

    Attributes:
        values: Eigenvalues of D^{-1/2} H D^{-1/2}, ascending.
        scores: Vᵀ D^{-1/2} g.
        directions: D^{-1/2} V, columns in z.
    """

    values: np.ndarray
    scores: np.ndarray
    directions: np.ndarray

    @staticmethod
    def of(score: np.ndarray, information: np.ndarray, basis: np.ndarray | None = None) -> "Spectrum":
        if basis is not None:
            score, information = basis.T @ score, basis.T @ information @ basis
        d = _scaling(information)
        values, vectors = np.linalg.eigh(information / d[:, None] / d[None, :])
        directions = vectors / d[:, None]
        return Spectrum(values, directions.T @ score, directions if basis is None else basis @ directions)

    @property
    def moves(self) -> np.ndarray:
        """The directions that the data determine."""
        return np.abs(self.values) > _FLAT

    @property
    def smallest(self) -> float:
        """The smallest eigenvalue; ∞ where nothing is free."""
        return float(np.min(self.values, initial=math.inf))

    @property
    def condition_number(self) -> float:
        sizes = np.abs(self.values)
        if not sizes.size:
            return 1.0
        return float(sizes.max() / sizes.min()) if sizes.min() > 0 else math.inf

    @property
    def is_still(self) -> bool:
        """Whether the score vanishes in the directions that have no curvature."""
        return not np.any(np.abs(self.scores[~self.moves]) > 1e-6)

    @property
    def decrement(self) -> float:
        """gᵀ H⁻¹ g; ∞ where the score points in a direction that has no curvature."""
        if not self.is_still:
            return math.inf
        moves = self.moves
        return float(np.sum(self.scores[moves] ** 2 / np.abs(self.values[moves])))

    def step(self, damping: float = 0.0) -> np.ndarray:
        """H_λ⁻¹ g."""
        moves = self.moves
        return self.directions[:, moves] @ (self.scores[moves] / (np.abs(self.values[moves]) + damping))


def _scaling(matrix: np.ndarray) -> np.ndarray:
    """D^{1/2}, such that no entry of D^{-1/2} H D^{-1/2} is above one.

    For a definite H that is the root of its diagonal; where H is indefinite and an entry of its diagonal happens
    to be small, rows are divided by the root of their largest entry (Ruiz 2001) until none is above one.
    """
    diagonal = np.abs(np.diagonal(matrix))
    largest = np.max(np.abs(matrix), axis=1, initial=0.0)
    d = np.sqrt(np.where(diagonal > 0, diagonal, np.where(largest > 0, largest, 1.0)))
    for _ in range(20):
        rows = np.max(np.abs(matrix) / d[:, None] / d[None, :], axis=1, initial=0.0)
        if np.all(rows <= 1 + 1e-6):
            break
        d = d * np.sqrt(np.maximum(rows, 1.0))
    return d

"""Which combination of parameters the data cannot tell apart: a singular information, in words.

A direction v with Gv = 0 leaves the distribution unchanged to first order, so no amount of data determines
the parameters along it. These functions look at numbers, so they need a concrete matrix and run on NumPy.
"""

import math

import jax.core
import numpy as np

from .._types import Any
from ..models.tangent import Free, Symmetric, Tangent
from .factorization import tolerance


def is_traced(*values: Any) -> bool:
    return any(isinstance(value, jax.core.Tracer) for value in values)


def null_space(matrix: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Columns spanning the directions u with Au = 0 to working precision, each with few entries.

    Au = 0 is read off the scaled matrix S = A/(d dᵀ), as S w = 0 with w = d u (`factorization.scaling`).
    Of the many bases of a null space this is the one in reduced echelon form, in which every vector has an
    entry that no other has, so that separate findings are not mixed.
    """
    size = matrix.shape[0]
    values, vectors = np.linalg.eigh(matrix / d[:, None] / d[None, :])
    w = vectors[:, np.abs(values) <= tolerance(size, matrix.dtype)]
    # Gauss–Jordan with complete pivoting on wᵀ, whose rows span the null space.
    rows = w.T.copy()
    left = list(range(rows.shape[0]))
    for _ in range(rows.shape[0]):
        i, j = np.unravel_index(np.argmax(np.abs(rows[left])), (len(left), size))
        row = left.pop(int(i))
        rows[row] /= rows[row, j]
        for other in range(rows.shape[0]):
            if other != row:
                rows[other] -= rows[other, j] * rows[row]
    rows[np.abs(rows) < math.sqrt(np.finfo(matrix.dtype).eps)] = 0.0
    u = rows.T / d[:, None]
    return u / np.max(np.abs(u), axis=0, initial=0.0, keepdims=True) if u.size else u


def combination(tangent: Tangent, direction: np.ndarray, limit: int = 8) -> str:
    """A direction, given by its coordinates, in words: ``1.00·a − 1.00·b``; its largest coefficient is 1."""
    labels, entries = _entries(tangent, direction)
    largest = entries[np.argmax(np.abs(entries))] if entries.size else 1.0
    entries = entries / largest
    kept = [k for k in range(entries.size) if abs(entries[k]) >= 0.005]
    if kept and entries[kept[0]] < 0:
        entries = -entries
    if len(kept) > limit:
        strongest = sorted(kept, key=lambda k: -abs(entries[k]))[:limit]
        more = f" and {len(kept) - limit} smaller terms"
        kept = sorted(strongest)
    else:
        more = ""
    terms = [f"{'−' if entries[k] < 0 else '+'} {abs(entries[k]):.2f}·{labels[k]}" for k in kept]
    text = " ".join(terms)
    return (text.removeprefix("+ ") if text.startswith("+") else text.replace("− ", "−", 1)) + more


def _entries(tangent: Tangent, direction: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of the parameters' entries, and the direction's components along them.

    Of a symmetric matrix the entries below the diagonal are the same again above, and left out there.
    """
    labels: list[str] = []
    entries: list[np.ndarray] = []
    for place, (leaf, name, s) in enumerate(
        zip(tangent.leaves, tangent.names, tangent.slices(), strict=True)
    ):
        values = np.asarray(leaf.unravel(jax.numpy.asarray(direction[s]))).reshape(-1)
        # A free leaf's entries may have names of their own (coefficients have).
        names = tangent.leaf_labels(place) if isinstance(leaf, Free) else Free(leaf.shape).labels(name)
        if isinstance(leaf, Symmetric):
            index = list(np.ndindex(leaf.shape))
            kept = [k for k, i in enumerate(index) if i[-2] >= i[-1]]
        else:
            kept = list(range(values.size))
        labels += [names[k] for k in kept]
        entries.append(values[kept])
    return labels, np.concatenate(entries) if entries else np.zeros(0)


def diagnosis(tangent: Tangent, matrix: np.ndarray, d: np.ndarray, *, needs_definite: bool) -> str:
    """Why a verb does not apply to this matrix: one clause for an error message."""
    if not np.all(np.isfinite(matrix)):
        where = [
            label for label, row in zip(tangent.labels, matrix, strict=True) if not np.all(np.isfinite(row))
        ]
        return (
            f"the information is not finite in {', '.join(where[:8])}: check the parameters and the data "
            "(a boundary of the parameter space, an overflow, or a missing value)"
        )
    directions = null_space(matrix, d)
    if directions.shape[1]:
        combinations = ", and of ".join(combination(tangent, column) for column in directions.T)
        return (
            f"the information is singular: the data do not determine the combination {combinations}; fix or "
            "drop a parameter of it, collect data that tell them apart, or damp the operator with `damped`"
        )
    values, vectors = np.linalg.eigh(matrix / d[:, None] / d[None, :])
    if needs_definite and values.size and values[0] < 0:
        return (
            "the information is not positive semidefinite: it is negative along "
            f"{combination(tangent, vectors[:, 0] / d)}, so the parameters are not at a maximum of the "
            "likelihood there; use the expected information, or evaluate at a maximum"
        )
    extremes = np.abs(np.linalg.eigvalsh(matrix))
    condition = extremes.max() / extremes.min()
    return (
        f"the information is too badly scaled for this (its condition number is {condition:.1e}): choose "
        "units in which the parameters' sizes are closer, or work in the precision of float64"
    )

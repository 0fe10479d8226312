"""Which directions a Kronecker product takes to zero, each with few entries."""

import numpy as np

from .blocks import placed, stacked
from .factors import Factor


def null_products(left: Factor, right: Factor, definite: bool, limit: int | None = None) -> np.ndarray:
    """n ⊗ e_l for An = 0, and e_k ⊗ m for Bm = 0 with k no pivot of the former: a basis, (k, s, i, o)."""
    (s, i), o = left.array.shape[:2], right.size
    shape, found = (s, i, o), []
    for part in range(s):
        zeros, others = left.null_space(part, definite), right.null_space(part, definite)
        for n in zeros.T:
            for l in range(o):
                found.append(placed(shape, part, np.outer(n, np.eye(o, dtype=n.dtype)[l])))
                if len(found) == limit:
                    return stacked(found, shape)
        for k in sorted(set(range(i)) - _pivots(zeros)):
            for m in others.T:
                found.append(placed(shape, part, np.outer(np.eye(i, dtype=m.dtype)[k], m)))
                if len(found) == limit:
                    return stacked(found, shape)
    return stacked(found, shape)


def _pivots(columns: np.ndarray) -> set[int]:
    """For columns in reduced echelon form: a row of each column in which it alone has an entry."""
    alone = np.sum(columns != 0, axis=1) == 1
    return {int(np.argmax(np.abs(column) * alone)) for column in columns.T}

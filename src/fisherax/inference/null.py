"""A null hypothesis as it is given: names and values, or a whole pytree of parameters."""

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays
from .._types import Vector
from .likelihood.chart import flat

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Null:
    """A hypothesis on entries of the parameters.

    Attributes:
        indices: Independent entries that it fixes: the others follow from these.
        targets: Their values.
        z: A point near the hypothesis to maximise from; on it, if `complete`.
        complete: Whether it leaves nothing free.
        text: In words.
    """

    indices: tuple[int, ...]
    targets: np.ndarray
    z: Vector
    complete: bool
    text: str


def null_of(fit: "Fit", null: Any) -> Null:
    """A hypothesis given by names and values, or as a whole pytree of parameters."""
    given = _given(fit, null)
    names = fit.names
    text = ", ".join(f"{names[i]} = {value:g}" for i, value in given.items())
    entries = np.asarray(fit.values).copy()
    for i, value in given.items():
        entries[i] = value
    z = np.asarray(fit.coordinates.to_vector(fit.unflatten(entries)))
    held = np.array(sorted(given))
    # Entries of a probability vector or a symmetric matrix are tied: keep those that move independently.
    kept = held[_independent(fit.chart.jacobian[held])]
    rank = len(kept)
    if rank == 0:
        raise ValueError(f"The hypothesis {text} restricts nothing: give a value for at least one parameter.")
    complete = rank == fit.z.size
    if complete or len(kept) < len(held) or not np.all(np.isfinite(z)):
        back = np.asarray(flat(fit.coordinates.to_params(jnp.asarray(z))))
        wrong = [i for i in held if not abs(back[i] - given[i]) <= 1e-9 * (1 + abs(given[i]))]
        if (wrong and (complete or len(kept) < len(held))) or not np.all(np.isfinite(z[_own(fit, held)])):
            at = names[wrong[0]] if wrong else text
            raise ValueError(
                f"The hypothesis {text} is not inside the parameter space ({at} cannot have this value there): "
                "χ² tests need an interior point."
            )
    z = np.where(np.isfinite(z), z, np.asarray(fit.z))
    targets = np.array([given[i] for i in kept])
    return Null(tuple(int(i) for i in kept), targets, jnp.asarray(z), complete, text)


def _independent(rows: np.ndarray) -> list[int]:
    """The rows that are no combination of rows before them (Gram–Schmidt, twice for its rounding)."""
    kept: list[int] = []
    basis = np.zeros((0, rows.shape[1]))
    for i, row in enumerate(rows):
        size = np.linalg.norm(row)
        rest = row / size if size > 0 else row
        for _ in range(2):
            rest = rest - basis.T @ (basis @ rest)
        if np.linalg.norm(rest) > 1e-8:
            kept.append(i)
            basis = np.vstack([basis, rest / np.linalg.norm(rest)])
    return kept


def _own(fit: "Fit", held: np.ndarray) -> np.ndarray:
    """The coordinates that the held entries depend on."""
    return np.any(fit.chart.jacobian[held] != 0, axis=0)


def _given(fit: "Fit", null: Any) -> dict[int, float]:
    """Entry → value."""
    names, coordinates = fit.names, fit.coordinates
    if jtu.tree_structure(null) == coordinates.treedef and _shapes(null) == list(coordinates.shapes):
        return dict(enumerate(_finite(flat(as_arrays(null)), "null")))
    if not isinstance(null, Mapping) or not null:
        raise ValueError(
            f"A hypothesis is a dict of names and values, such as {{{names[0]!r}: 0.0}}, or a whole pytree of "
            f"parameters, not {null!r}."
        )
    given: dict[int, float] = {}
    starts = np.cumsum([0, *(math.prod(shape) for shape in coordinates.shapes)])
    for name, value in null.items():
        if name in names:
            if np.ndim(value) != 0:
                raise ValueError(f"The hypothesis on {name!r} must be one number, not {value!r}.")
            given[names.index(name)] = _finite(value, name)[0]
        elif name in coordinates.names:
            leaf = coordinates.names.index(name)
            if np.shape(value) != coordinates.shapes[leaf]:
                raise ValueError(
                    f"The hypothesis on {name!r} must have its shape {coordinates.shapes[leaf]}, not {np.shape(value)}."
                )
            given.update(enumerate(_finite(value, name), start=int(starts[leaf])))
        else:
            raise ValueError(f"There is no parameter {name!r}; the fit has {', '.join(names)}.")
    return given


def _shapes(tree: Any) -> list[tuple[int, ...]]:
    return [tuple(np.shape(leaf)) for leaf in jtu.tree_leaves(tree)]


def _finite(value: Any, name: str) -> list[float]:
    array = np.ravel(np.asarray(value, float))
    if not np.all(np.isfinite(array)):
        raise ValueError(f"The hypothesis on {name!r} must be finite, not {value!r}.")
    return array.tolist()

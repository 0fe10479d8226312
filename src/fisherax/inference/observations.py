"""Data on their way in: shapes, numbers, supports. What makes no sense is refused here, with index and value."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import leaf_name
from .._types import Array, Bool
from ..models.base import Model
from ..models.conditional import Conditional
from ..models.unconditional import Unconditional
from .likelihood import Rows

LARGEST_WEIGHT = 1e100
"""Beyond this, products of weights and observations may overflow."""


def as_rows(model: Model, data: Any, weights: Any, start: int | None = None) -> Rows:
    """Data, or one batch of them, as `Rows`: floating-point arrays on the device, all finite, of one length.

    Args:
        model: Says what the data are: observations, or (inputs, targets).
        data: The batch.
        weights: Case weights, or None.
        start: The number of rows before this batch, for messages; None where the data are whole.
    """
    if isinstance(model, Unconditional):
        inputs, targets = None, _as_array(data, "the data")
    else:
        if not isinstance(data, tuple | list) or len(data) != 2:
            raise ValueError(
                f"fit: a Conditional is fitted to a pair (inputs, targets), but the data are a {type(data).__name__}; "
                "a list or an iterator is read as a stream of such pairs, so write the pair as a tuple."
            )
        inputs = jtu.tree_map_with_path(lambda path, a: _as_array(a, _input_name(path)), data[0])
        targets = _as_array(data[1], "the targets")
    named = [("the targets", targets)] + [
        (_input_name(path), leaf) for path, leaf in jtu.tree_leaves_with_path(inputs)
    ]
    for name, leaf in named:
        if np.ndim(leaf) == 0:
            raise ValueError(
                f"fit: {name} are a single number; observations run along a leading axis, so write [x]."
            )
    size = named[0][1].shape[0]
    if size == 0:
        raise ValueError("fit: the data are empty: there is nothing to estimate parameters from.")
    for name, leaf in named[1:]:
        if leaf.shape[0] != size:
            raise ValueError(f"fit: {name} have {leaf.shape[0]} rows, but the targets have {size}.")
    weights = None if weights is None else _as_weights(weights, size, start)
    return Rows(
        jtu.tree_map(_device, inputs), _device(targets), None if weights is None else _device(weights)
    )


def _input_name(path: tuple[Any, ...]) -> str:
    return f"the inputs {leaf_name(path)!r}" if path else "the inputs"


def _as_array(values: Any, name: str) -> np.ndarray | Array:
    if isinstance(values, jax.Array):
        return values if jnp.issubdtype(values.dtype, jnp.floating) else values.astype(_exact(values.dtype))
    _refuse_masked(values, name)
    array = _made(values, name)
    if array.dtype == bool:
        return array.astype(float)
    if np.issubdtype(array.dtype, np.integer):
        return array.astype(_exact(array.dtype))
    if not np.issubdtype(array.dtype, np.number) or np.issubdtype(array.dtype, np.complexfloating):
        raise ValueError(f"fit: {name} must be real numbers, but have dtype {array.dtype}.")
    return array


def _refuse_masked(values: Any, name: str) -> None:
    if isinstance(values, np.ma.MaskedArray) and np.any(values.mask):
        row = int(np.argwhere(np.ma.getmaskarray(values))[0][0])
        raise ValueError(f"fit: row {row} of {name} is missing (masked): remove the row or fill it in.")


def _made(values: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"fit: {name} are no array: their rows differ in length.") from None


def _exact(dtype: Any) -> Any:
    """Whole numbers of a small type are computed with in a small type, where a logarithm keeps three digits."""
    return (
        jnp.result_type(int)
        if jnp.dtype(dtype).itemsize < jnp.dtype(jnp.result_type(int)).itemsize
        else dtype
    )


def _device(array: np.ndarray | Array) -> Array:
    """On the device, with floating-point numbers in the precision that statistics are computed in."""
    if jnp.issubdtype(array.dtype, jnp.floating) and array.dtype != jnp.result_type(float):
        array = array.astype(jnp.result_type(float))
    return array if isinstance(array, jax.Array) else jax.device_put(array)


def _as_weights(weights: Any, size: int, start: int | None) -> np.ndarray:
    _refuse_masked(weights, "the weights")
    try:
        array = np.asarray(weights, float)
    except (TypeError, ValueError):
        raise ValueError("fit: weights must be numbers, one for each row.") from None
    if array.shape != (size,):
        raise ValueError(
            f"fit: weights must hold one number for each of the {size} rows, but have shape {array.shape}."
        )
    bad = np.flatnonzero(~((array >= 0) & (array <= LARGEST_WEIGHT)))
    if bad.size:
        raise ValueError(
            f"fit: weights count repetitions and must not be negative, NaN or beyond {LARGEST_WEIGHT:g}, but "
            f"weights[{(start or 0) + bad[0]}] = {array[bad[0]]}."
        )
    if start is None and not array.sum() > 0:
        raise ValueError("fit: all weights are zero, so there are no observations.")
    return array


def check_inputs(rows: Rows, start: int = 0) -> None:
    """Raise ValueError at the first row of the inputs that is not finite."""
    for path, leaf in jtu.tree_leaves_with_path(rows.inputs):
        if not _all_finite(leaf):
            _refuse_nonfinite(_input_name(path), leaf, int(jnp.argmin(_finite(leaf))), start)


def check_targets(
    model: Model, support: Any, event_shape: tuple[int, ...], rows: Rows, start: int = 0
) -> None:
    """Raise ValueError at the first observation that is not finite or lies outside the support."""
    if tuple(rows.targets.shape[1:]) != event_shape:
        raise ValueError(
            f"fit: one observation of {_name(model)} has shape {event_shape}, so the data must have shape "
            f"{('n', *event_shape)}, but they have {rows.targets.shape}."
        )
    if _all_inside(support, rows.targets):
        return
    index = int(jnp.argmin(inside(support, rows.targets)))
    row = np.asarray(rows.targets[index])
    if not np.all(np.isfinite(row)):
        _refuse_nonfinite("the observations", rows.targets, index, start)
    raise ValueError(
        f"fit: observation {start + index} is {_shown(row)}, which is outside the support of {_name(model)} "
        f"({describe_support(support)}): correct or remove it, or choose another family."
    )


def _name(model: Model) -> str:
    if isinstance(model, Conditional):
        return f"the {getattr(model.head, 'name', '') or type(model.head).__name__} head"
    return str(getattr(model, "name", type(model).__name__))


def describe_support(support: Any) -> str:
    """A support in words."""
    words = {
        "Real": "real numbers",
        "Positive": "positive numbers",
        "Boolean": "0 and 1",
        "IntegerNonnegative": "whole numbers from 0",
        "UnitInterval": "numbers between 0 and 1",
        "Circular": "angles between −π and π",
        "Simplex": "probability vectors",
    }
    while hasattr(support, "base_constraint"):
        support = support.base_constraint
    kind = type(support).__name__.lstrip("_")
    return words.get(kind, str(support))


def _shown(row: np.ndarray) -> str:
    return str(row.item()) if row.ndim == 0 else np.array2string(row, threshold=8)


def _refuse_nonfinite(name: str, leaf: Array, index: int, start: int) -> None:
    row = np.asarray(leaf[index]).reshape(-1)
    value = row[~np.isfinite(row)][0]
    what = "missing (NaN)" if np.isnan(value) else "infinite"
    raise ValueError(f"fit: row {start + index} of {name} is {what}: remove the row or fill it in.")


def _finite(leaf: Array) -> Bool[Array, " n"]:
    return jnp.all(jnp.isfinite(leaf), axis=tuple(range(1, leaf.ndim)))


def inside(support: Any, x: Array) -> Bool[Array, " n"]:
    """Whether each row is finite and in the support."""
    good = _finite(x)
    legal = support(x)
    return good & jnp.all(legal, axis=tuple(range(1, jnp.ndim(legal))))


# Whether all rows are good is one reduction, over data that need be read once; which is the first bad one is
# asked only where one is.


@eqx.filter_jit
def _all_finite(leaf: Array) -> Bool[Array, ""]:
    return jnp.all(jnp.isfinite(leaf))


@eqx.filter_jit
def _all_inside(support: Any, x: Array) -> Bool[Array, ""]:
    return jnp.all(inside(support, x))


def check_enough(num_observations: float, dim: int) -> None:
    """Raise ValueError where there are fewer observations than parameters."""
    if num_observations < dim:
        raise ValueError(
            f"fit: {dim} parameters cannot be estimated from {num_observations:g} "
            f"observation{'s' if num_observations != 1 else ''}: give more data, or fix parameters."
        )

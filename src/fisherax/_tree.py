"""Pytree algebra: names of leaves, batches, inner products, records."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, dataclass_transform

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from ._types import Array, PyTree, Scalar

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen dataclass that is a pytree of its fields.

    Making one, or reading a field, costs what it costs for any Python object; a transformation that puts something
    else than arrays into the fields (`None`, an axis number) does not run the constructor.
    """
    made: Any = dataclasses.dataclass(frozen=True)(cls)
    names = tuple(field.name for field in dataclasses.fields(made))

    def flatten_with_keys(node: Any) -> tuple[Any, None]:
        return tuple((jtu.GetAttrKey(name), getattr(node, name)) for name in names), None

    def flatten(node: Any) -> tuple[tuple[Any, ...], None]:
        return tuple(getattr(node, name) for name in names), None

    def unflatten(_: None, children: Iterable[Any]) -> Any:
        node = object.__new__(made)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(node, name, child)
        return node

    jtu.register_pytree_with_keys(made, flatten_with_keys, unflatten, flatten)
    return made


def leaf_name(path: tuple[Any, ...]) -> str:
    """The path of a leaf as a reader would write it: ``layers.0.weight``; ``value`` for a bare array."""
    return jtu.keystr(path, simple=True, separator=".") or "value"


def leaf_names(tree: PyTree) -> tuple[str, ...]:
    return tuple(leaf_name(path) for path, _ in jtu.tree_leaves_with_path(tree))


def inner(a: PyTree, b: PyTree) -> Scalar:
    """⟨a, b⟩, summed over all leaves."""
    return sum(
        (jnp.vdot(x, y) for x, y in zip(jtu.tree_leaves(a), jtu.tree_leaves(b), strict=True)),
        start=jnp.zeros(()),
    )


def as_arrays(tree: PyTree) -> PyTree:
    """Every leaf as a JAX array; whole numbers become floating point, since parameters are differentiated."""
    return jtu.tree_map(_as_floating, tree)


def _as_floating(leaf: Any) -> Array:
    if isinstance(leaf, jax.Array) and leaf.dtype.kind == "f":  # asking JAX takes longer than much arithmetic
        return leaf
    array = jnp.asarray(leaf)
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


def leading_size(data: PyTree) -> int:
    """The number of observations: the length of the leading axis, which all leaves share."""
    leaves = jtu.tree_leaves(data)
    if not leaves:
        raise ValueError("The data hold no array: pass an array whose leading axis runs over observations.")
    sizes = set()
    for path, leaf in jtu.tree_leaves_with_path(data):
        if jnp.ndim(leaf) == 0:
            raise ValueError(
                f"Data need a leading axis of observations, but leaf {leaf_name(path)!r} is a scalar: "
                "wrap a single observation as x[None]."
            )
        sizes.add(jnp.shape(leaf)[0])
    if len(sizes) > 1:
        raise ValueError(
            f"The arrays of the data disagree on the number of observations (leading axes {sorted(sizes)})."
        )
    size = sizes.pop()
    if size == 0:
        raise ValueError("The data are empty: an average over no observation is undefined.")
    return size


def is_stream(data: Any) -> bool:
    """Whether `data` is an iterable of batches rather than arrays (or a tuple or dict of arrays)."""
    if isinstance(data, jax.Array | tuple | dict) or hasattr(data, "shape") or hasattr(data, "__array__"):
        return False
    if isinstance(data, range):
        return False
    if isinstance(data, list):
        return bool(data) and not all(_is_numbers(item) for item in data)
    return isinstance(data, Iterable)


def _is_numbers(item: Any) -> bool:
    """Whether an item of a list is one observation: a number, or a list of numbers."""
    if isinstance(item, list):
        return all(_is_numbers(part) for part in item)
    return isinstance(item, int | float | str | np.generic) or (hasattr(item, "ndim") and item.ndim == 0)


def batches(data: Any) -> Iterator[PyTree]:
    """The batches of a stream, or the arrays themselves as the only batch."""
    if is_stream(data):
        yield from data
    else:
        yield data

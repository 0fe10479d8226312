"""Compiled functions of a module and arrays, where the module is taken apart once and not at every call.

`eqx.filter_jit` looks at every leaf of all arguments each time, which for a distance in closed form takes ten times as
long as the arithmetic.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import equinox as eqx
import jax
import jax.tree_util as jtu
import numpy as np

M = TypeVar("M", bound=eqx.Module)
P = ParamSpec("P")
R = TypeVar("R")


class compiled(Generic[M, P, R]):
    """`jit` of a function whose first argument is a module; all others, and what it returns, are pytrees of arrays.

    Modules that differ in arrays alone share a program, as under `eqx.filter_jit`.
    """

    def __init__(self, function: Callable[Concatenate[M, P], R]):
        functools.update_wrapper(self, function)
        self._function = function
        self._bound: dict[int, tuple[weakref.ref[M], Callable[P, R]]] = {}

    def __call__(self, module: M, *arguments: P.args, **keywords: P.kwargs) -> R:
        known = self._bound.get(id(module))
        if known is None or known[0]() is not module:
            known = self._bind(module)
        return known[1](*arguments, **keywords)

    def _bind(self, module: M) -> tuple[weakref.ref[M], Callable[P, R]]:
        leaves, treedef = jtu.tree_flatten(module)
        arrays = tuple(leaf for leaf in leaves if _is_array(leaf))
        static = tuple(_ARRAY if _is_array(leaf) else leaf for leaf in leaves)
        kinds = tuple(map(type, static))  # 1 and 1.0 are equal
        call = functools.partial(_program(self._function, treedef, static, kinds), arrays)
        name = id(module)
        self._bound[name] = weakref.ref(module, lambda gone: self._forget(name, gone)), call
        return self._bound[name]

    def _forget(self, name: int, gone: Any) -> None:
        known = self._bound.get(name)
        if known is not None and known[0] is gone:  # another module may live there by now
            del self._bound[name]


_ARRAY = object()
"""Where an array goes."""


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


@functools.lru_cache(maxsize=1024)
def _program(
    function: Callable[..., Any], treedef: Any, static: tuple[Any, ...], kinds: tuple[type, ...]
) -> Callable[..., Any]:
    def program(arrays: tuple[Any, ...], *arguments: Any, **keywords: Any) -> Any:
        given = iter(arrays)
        leaves = [next(given) if leaf is _ARRAY else leaf for leaf in static]
        return function(jtu.tree_unflatten(treedef, leaves), *arguments, **keywords)

    program.__name__ = program.__qualname__ = function.__name__
    return jax.jit(program)

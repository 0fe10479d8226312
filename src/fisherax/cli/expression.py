"""Functions of parameters as a person writes them: `concentration / rate`, `scale * log(2)`, `probs[0]`."""

import ast
import keyword
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jax.scipy.special import gamma

from .errors import InputError

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_CALLS: dict[str, Callable[[Any], Any]] = {
    "log": jnp.log,
    "exp": jnp.exp,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tanh": jnp.tanh,
    "gamma": gamma,
}
_CONSTANTS = {"pi": jnp.pi, "e": jnp.e}


def function_of(text: str, names: tuple[str, ...], where: str = "--of") -> Callable[[Mapping[str, Any]], Any]:
    """The function that `text` writes, of parameters called `names`.

    Only arithmetic, the functions above and single entries are let through: an expression runs no code.

    Raises:
        InputError: It is no such expression.
    """
    # A name such as lambda is a word of Python's own: it gets another one while it is read.
    reserved = {f"{name}_": name for name in names if keyword.iskeyword(name)}
    renamed = text.strip()
    for other, name in reserved.items():
        renamed = re.sub(rf"\b{name}\b", other, renamed)
    try:
        tree = ast.parse(renamed, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(
            f"{where}: {text!r} does not parse", "write such as 'concentration / rate'"
        ) from None
    _check(tree, (*names, *reserved), where)
    return lambda params: _evaluate(
        tree, {**params, **{other: params[name] for other, name in reserved.items()}}
    )


def _check(node: ast.AST, names: tuple[str, ...], where: str) -> None:
    match node:
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            _check(left, names, where)
            _check(right, names, where)
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            _check(operand, names, where)
        case ast.Constant(int() | float()):
            return
        case ast.Name(name):
            if name not in names and name not in _CONSTANTS:
                raise InputError(f"{where}: there is no parameter {name!r}", f"there are {', '.join(names)}")
        case ast.Call(ast.Name(name), [argument], []):
            if name not in _CALLS:
                raise InputError(f"{where}: there is no function {name!r}", f"there are {', '.join(_CALLS)}")
            _check(argument, names, where)
        case ast.Subscript(ast.Name(name), ast.Constant(int())) if name in names:
            return
        case _:
            raise InputError(
                f"{where}: {ast.unparse(node)!r} is no arithmetic", "write such as 'concentration / rate'"
            )


def _evaluate(node: ast.AST, params: Mapping[str, Any]) -> Any:
    match node:
        case ast.BinOp(left, op, right):
            return _BINARY[type(op)](_evaluate(left, params), _evaluate(right, params))
        case ast.UnaryOp(op, operand):
            value = _evaluate(operand, params)
            return -value if isinstance(op, ast.USub) else value
        case ast.Constant(value):
            return float(value)  # pyright: ignore[reportArgumentType]  (_check lets numbers through only)
        case ast.Name(name):
            return params[name] if name in params else _CONSTANTS[name]
        case ast.Call(ast.Name(name), [argument], _):
            return _CALLS[name](_evaluate(argument, params))
        case ast.Subscript(ast.Name(name), ast.Constant(index)):
            return params[name][index]
    raise AssertionError(ast.dump(node))

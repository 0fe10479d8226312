"""An operator in one line."""

import jax.core
import numpy as np

from .._types import Any
from ..models.tangent import Tangent
from .provenance import Provenance


def describe(tangent: Tangent, provenance: Provenance, count: Any, error: Any, extra: str = "") -> str:
    """``Information(exact, dense, 2 parameters, per observation; expectation: closed form)``."""
    size = f"{tangent.size} parameter{'' if tangent.size == 1 else 's'}"
    if tangent.dim != tangent.size:
        size += f" with {tangent.dim} free direction{'' if tangent.dim == 1 else 's'}"
    parts = [
        provenance.estimator,
        provenance.structure,
        size,
        *([extra] if extra else []),
        _observations(count),
    ]
    tail = provenance.origin
    if error is not None:
        tail += f" (error {number(error)})"
    return f"Information({', '.join(parts)}; {tail})"


def _observations(count: Any) -> str:
    if _readable(count):
        value = float(np.asarray(count))
        return "per observation" if value == 1 else f"of {number(count)} observations"
    return f"of {number(count)} observations"


def _readable(value: Any) -> bool:
    return not isinstance(value, jax.core.Tracer) and hasattr(value, "__array__") and np.ndim(value) == 0


def number(value: Any) -> str:
    """A number for a reader; a word where there is no single number, while tracing or in a batch."""
    if isinstance(value, float | int):
        value = np.asarray(value)
    if _readable(value):
        number = float(np.asarray(value))
        return f"{number:,.0f}" if number.is_integer() and 1 <= abs(number) < 1e15 else f"{number:.3g}"
    if isinstance(value, jax.core.Tracer):
        return "<traced>"
    shape = getattr(value, "shape", None)
    return "<unknown>" if shape is None else f"<batch {tuple(shape)}>"

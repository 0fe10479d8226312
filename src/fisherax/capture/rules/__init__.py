"""How each primitive uses a parameter: one file a primitive, and one row here."""

from collections.abc import Callable, Sequence

from jax.extend.core import JaxprEqn

from ..uses import Use
from ..views import View
from . import add, conv_general_dilated, dot_general, dynamic_slice, gather, mul

Rule = Callable[[JaxprEqn, Sequence[View | None]], Use | None]
"""The use that an equation makes of its only parameter (one of its operands is a view of it); None if it is another."""

RULES: dict[str, Rule] = {
    "add": add.use,
    "add_any": add.use,
    "sub": add.use,
    "mul": mul.use,
    "dot_general": dot_general.use,
    "conv_general_dilated": conv_general_dilated.use,
    "gather": gather.use,
    "dynamic_slice": dynamic_slice.use,
}

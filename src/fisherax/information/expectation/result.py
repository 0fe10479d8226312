"""An expectation, how it was computed, and how far it may be off."""

import equinox as eqx

from ..._types import Array, PyTree


class Expectation(eqx.Module):
    """A value with its error and the rung of the ladder that it comes from.

    Attributes:
        value: The expectation: an array, or a pytree of them from `expect`.
        error: An estimate of the absolute error, shaped like the value: the difference of two rules and
            the neglected tails for a sum or a quadrature, one standard error for sampling; None where the
            value comes from a closed form, which rounds but does not approximate.
        method: "closed form", "KL Hessian", "sum", "truncated sum", "quadrature" or "sampling".
    """

    value: PyTree[Array]
    error: PyTree[Array] | None
    method: str = eqx.field(static=True)

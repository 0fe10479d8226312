"""An expectation, how it was computed, and how far it may be off."""

import equinox as eqx
import jax.numpy as jnp
from jax.core import Tracer

from ..._types import Array, PyTree


class Expectation(eqx.Module):
    """A value with its error and the rung of the ladder that it comes from.

    Attributes:
        value: The expectation: an array, or a pytree of them from `expect`.
        error: An estimate of the absolute error, shaped like the value: the difference of two rules and
            the neglected tails for a sum or a quadrature, one standard error for sampling; None where the
            value comes from a closed form, which rounds but does not approximate.
        method: "closed form", "KL Hessian", "sum", "truncated sum", "quadrature" or "sampling".

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> p, q = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 1.0}
        >>> fx.kl(fx.Family(dist.Normal), p, q, return_error=True)
        Expectation(0.5 by closed form)
    """

    value: PyTree[Array]
    error: PyTree[Array] | None
    method: str = eqx.field(static=True)

    def __repr__(self) -> str:
        """A number in full, `0.5 ± 1e-16 by quadrature`; anything else as a tree of shapes."""
        if isinstance(self.value, Tracer) or jnp.ndim(self.value) > 0:
            return eqx.tree_pformat(self)
        error = "" if self.error is None else f" ± {float(self.error):.1g}"
        return f"Expectation({float(self.value):.6g}{error} by {self.method})"

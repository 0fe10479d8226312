"""p(x | θ) without inputs: a model that is its own head, with θ as the head's parameter."""

from typing import Any

import jax.numpy as jnp

from .._types import Array, Data, Params, PyTree
from .base import Head, Model


class Unconditional(Model, Head):
    """A distribution of x with parameters θ; both a `Model` and a `Head` (f = θ)."""

    @property
    def head(self) -> Head:
        return self

    def output(self, params: Params, inputs: Any) -> PyTree:
        return params

    def split(self, data: Data, *, targets: bool) -> tuple[PyTree, Array | None]:
        return None, jnp.asarray(data)

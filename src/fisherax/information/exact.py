"""The exact information of a model without inputs, with parameters that may have a batch shape."""

import jax
import jax.numpy as jnp

from .._types import Array, Params
from ..models.family import Family
from ..models.unconditional import Unconditional
from .entries import over_entries
from .expectation import Expectation, Form, head_information


def family_information(model: Unconditional, params: Params, form: Form | None) -> Expectation:
    """I(θ) in the coordinates of `model.tangent(params)`.

    Where parameters have a batch shape, one observation is a batch of independent entries, and the
    information of independent parts adds up: I = Σ_b J_bᵀ I(θ_b) J_b, J_b the Jacobian of entry b's
    parameters, which are slices of θ.
    """
    if not isinstance(model, Family) or not model.batch_shape(params):
        return head_information(model, params, form)
    tangent = model.tangent(params)
    elements = model.elements(params)
    element_tangent = model.tangent(jax.tree.map(lambda a: a[0], elements))
    parts = over_entries(lambda family, element: head_information(family, element, form), model, params)

    def coordinates(u: Array) -> Array:
        moved = jax.tree.map(jnp.add, params, tangent.unravel(u))
        return jax.vmap(element_tangent.ravel)(model.elements(moved))

    origin = jnp.zeros(tangent.dim, parts.value.dtype)
    jacobian = jax.jacobian(coordinates)(origin)
    value = jnp.einsum("bip,bij,bjq->pq", jacobian, parts.value, jacobian)
    error = None if parts.error is None else jnp.sum(parts.error, axis=0).max() * jnp.ones(())
    return Expectation(value, error, parts.method)

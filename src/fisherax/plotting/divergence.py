"""The divergences of many neighbours of a point at once, to the precision of a picture."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Params, PyTree
from ..models.base import Model
from ..models.tangent import Tangent
from ..models.unconditional import Unconditional
from .mesh import is_complete, masses, mesh_of

MOST_INPUTS = 100
"""Inputs that a divergence is averaged over; of more, so many are taken at equal distances."""
_AT_ONCE = 32


def thinned(inputs: PyTree) -> PyTree:
    """At most `MOST_INPUTS` of the inputs, at equal distances in their order."""
    size = jtu.tree_leaves(inputs)[0].shape[0]
    if size <= MOST_INPUTS:
        return inputs
    kept = np.unique(np.linspace(0, size - 1, MOST_INPUTS).round().astype(int))
    return jtu.tree_map(lambda a: a[kept], inputs)


def divergences(
    model: Model, params: Params, tangent: Tangent, indices: np.ndarray, steps: np.ndarray, inputs: Any
) -> np.ndarray:
    """(m,): KL(p_θ ‖ p_{θ+δ}) for each step δ (m, c) in the chosen tangent coordinates.

    Averaged over inputs, if there are any. In closed form where the head has one, else on a fixed mesh.

    Raises:
        ValueError: If the observation is no single number and its divergence has no closed form.
    """
    head = model.head
    if isinstance(model, Unconditional):
        outputs = jtu.tree_map(lambda a: a[None], params)
    else:
        outputs = jax.vmap(lambda x: model.output(params, x))(inputs)
    first = jtu.tree_map(lambda a: a[0], outputs)
    points, mass = jnp.zeros((1, 1)), jnp.zeros((1, 1))
    closed = head.kl(first, first) is not None
    if not closed:
        mesh = mesh_of(head, outputs)
        if mesh is None:
            raise ValueError(
                "The divergence has no closed form and the observation is no single number, so its level "
                "sets are not drawn."
            )
        probabilities = masses(head, outputs, mesh)
        if not is_complete(probabilities):
            raise ValueError(
                "The density could not be integrated to 1 on a fixed mesh, so no level set is drawn."
            )
        points, mass = jnp.asarray(mesh.points), jnp.asarray(probabilities)
    found = _all(
        model, params, tangent, jnp.asarray(indices), jnp.asarray(steps), inputs, points, mass, closed
    )
    return np.array(found)


@eqx.filter_jit
def _all(
    model: Model,
    params: Params,
    tangent: Tangent,
    indices: Array,
    steps: Float[Array, "m c"],
    inputs: Any,
    points: Float[Array, "k n"],
    mass: Float[Array, "k n"],
    closed: bool,
) -> Float[Array, " m"]:
    head = model.head

    def one(f: PyTree, g: PyTree, y: Float[Array, " n"], mass: Float[Array, " n"]) -> Array:
        if closed:
            return jnp.asarray(head.kl(f, g))
        gap = jax.vmap(lambda y: head.log_prob(f, y) - head.log_prob(g, y))(y)
        return jnp.sum(jnp.where(mass > 0, mass * gap, 0.0))

    def at(step: Array) -> Array:
        u = jnp.zeros(tangent.dim, step.dtype).at[indices].set(step)
        other = jtu.tree_map(jnp.add, params, tangent.unravel(u))
        if isinstance(model, Unconditional):
            return one(params, other, points[0], mass[0])
        return jnp.mean(
            jax.vmap(
                lambda x, y, m: one(model.output(params, x), model.output(other, x), y, m),
                in_axes=(0, None, None) if closed else (0, 0, 0),
            )(inputs, points, mass)
        )

    return jax.lax.map(at, steps, batch_size=_AT_ONCE)

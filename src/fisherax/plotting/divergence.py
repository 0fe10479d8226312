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
AT_ONCE = 32
"""Members whose divergence is taken in one stroke."""


def thinned(inputs: PyTree) -> PyTree:
    """At most `MOST_INPUTS` of the inputs, at equal distances in their order."""
    size = jtu.tree_leaves(inputs)[0].shape[0]
    if size <= MOST_INPUTS:
        return inputs
    kept = np.unique(np.linspace(0, size - 1, MOST_INPUTS).round().astype(int))
    return jtu.tree_map(lambda a: a[kept], inputs)


class DivergenceFrom(eqx.Module):
    """θ′ ↦ KL(p_θ ‖ p_θ′), averaged over inputs, if there are any; made by `divergence_from`."""

    model: Model
    params: Params
    inputs: Any
    points: Float[Array, "k n"]
    mass: Float[Array, "k n"]
    closed: bool = eqx.field(static=True)

    def __call__(self, other: Params) -> Float[Array, ""]:
        """KL(p_θ ‖ p_θ′), for one θ′."""
        if isinstance(self.model, Unconditional):
            return self._one(self.params, other, self.points[0], self.mass[0])

        def at(x: Any, y: Array, mass: Array) -> Array:
            return self._one(self.model.output(self.params, x), self.model.output(other, x), y, mass)

        axes = (0, None, None) if self.closed else (0, 0, 0)
        return jnp.mean(jax.vmap(at, in_axes=axes)(self.inputs, self.points, self.mass))

    def _one(self, f: PyTree, g: PyTree, y: Array, mass: Array) -> Array:
        head = self.model.head
        if self.closed:
            return jnp.asarray(head.kl(f, g))
        gap = jax.vmap(lambda y: head.log_prob(f, y) - head.log_prob(g, y))(y)
        return jnp.sum(jnp.where(mass > 0, mass * gap, 0.0))


def divergence_from(model: Model, params: Params, inputs: Any) -> DivergenceFrom:
    """The divergence from θ as a function of the other member: in closed form where the head has one, else on a mesh.

    Raises:
        ValueError: If the observation is no single number and its divergence has no closed form.
    """
    head = model.head
    if isinstance(model, Unconditional):
        outputs = jtu.tree_map(lambda a: a[None], params)
    else:
        outputs = jax.vmap(lambda x: model.output(params, x))(inputs)
    first = jtu.tree_map(lambda a: a[0], outputs)
    if head.kl(first, first) is not None:
        nothing = jnp.zeros((1, 1))
        return DivergenceFrom(model, params, inputs, nothing, nothing, closed=True)
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
    # Up to a multiple of 128, with points of no mass: members with about as many counts share one compiled program.
    extra = ((0, 0), (0, -probabilities.shape[1] % 128))
    points = jnp.asarray(np.pad(mesh.points, extra, mode="edge"), float)
    mass = jnp.asarray(np.pad(probabilities, extra))
    return DivergenceFrom(model, params, inputs, points, mass, closed=False)


def divergences(
    model: Model, params: Params, tangent: Tangent, indices: np.ndarray, steps: np.ndarray, inputs: Any
) -> np.ndarray:
    """(m,): KL(p_θ ‖ p_{θ+δ}) for each step δ (m, c) in the chosen tangent coordinates.

    Raises:
        ValueError: As `divergence_from`.
    """
    found = _all(divergence_from(model, params, inputs), tangent, jnp.asarray(indices), jnp.asarray(steps))
    return np.array(found)


@eqx.filter_jit
def _all(
    divergence: DivergenceFrom, tangent: Tangent, indices: Array, steps: Float[Array, "m c"]
) -> Float[Array, " m"]:
    def at(step: Array) -> Array:
        u = jnp.zeros(tangent.dim, step.dtype).at[indices].set(step)
        return divergence(jtu.tree_map(jnp.add, divergence.params, tangent.unravel(u)))

    return jax.lax.map(at, steps, batch_size=AT_ONCE)

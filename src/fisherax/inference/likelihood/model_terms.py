"""The terms of any model, by automatic differentiation."""

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Float, Matrix, Params, Scalar, Vector
from ...information import Exact
from ...information.accumulate import observation_rows
from ...models.base import Model
from ...models.coordinates import Coordinates
from ...models.tangent import Tangent
from ...models.unconditional import Unconditional
from .evaluation import Evaluation
from .terms import Block, Terms

MOST_HESSIAN = 48
"""Up to so many coordinates a Hessian (one product for each) is what to step with; beyond, JᵀL LᵀJ is."""


class ModelTerms(Terms):
    """ln p(x | θ) of any `Model`; derivatives by automatic differentiation.

    The curvature to step with is minus the Hessian for few parameters, and the expected information for a
    conditional model with many, which is positive semidefinite and needs no second derivatives.
    """

    model: Model
    coordinates: Coordinates = eqx.field(static=True)

    def log_probs(self, params: Params, block: Block) -> Float[Array, " b"]:
        """ln p of each row."""
        if isinstance(self.model, Unconditional):
            return jax.vmap(lambda y: self.model.head.log_prob(params, y))(block.targets)
        return jax.vmap(lambda x, y: self.model.head.log_prob(self.model.output(params, x), y))(
            block.inputs, block.targets
        )

    def value(self, z: Vector, block: Block) -> Scalar:
        return jnp.dot(block.weights, self.log_probs(self.coordinates.to_params(z), block))

    def evaluate(self, z: Vector, block: Block) -> Evaluation:
        if not self.steps_with_observed(z.size):
            value, score = jax.value_and_grad(self.value)(z, block)
            return Evaluation(value, score, self.expected(z, block))

        def along(direction: Vector) -> tuple[tuple[Scalar, Vector], tuple[Scalar, Vector]]:
            return jax.jvp(lambda z: jax.value_and_grad(self.value)(z, block), (z,), (direction,))

        # Forward over reverse: the value and the score do not depend on the direction and come out once.
        (value, score), (_, hessian) = jax.vmap(along, out_axes=((None, None), (0, 0)))(
            jnp.eye(z.size, dtype=z.dtype)
        )
        return Evaluation(value, score, -0.5 * (hessian + hessian.T))

    def steps_with_observed(self, dim: int) -> bool:
        return dim <= MOST_HESSIAN or isinstance(self.model, Unconditional)

    def observed(self, z: Vector, block: Block) -> Matrix:
        hessian = jax.hessian(self.value)(z, block)
        return -0.5 * (hessian + hessian.T)

    def expected(self, z: Vector, block: Block) -> Matrix:
        params = self.coordinates.to_params(z)
        tangent = self.model.tangent(params)

        def rows(x: Array) -> Float[Array, "r p"]:
            return observation_rows(self.model, Exact(), tangent, params, x, None, None)

        roots = jax.vmap(rows)(block.inputs) * jnp.sqrt(block.weights)[:, None, None]
        jacobian = tangent_jacobian(self.coordinates, tangent, z)
        roots = jnp.reshape(roots, (-1, tangent.dim)) @ jacobian
        return roots.T @ roots

    def scores(self, z: Vector, block: Block) -> Float[Array, "b k"]:
        def one(z: Vector, x: Array | None, y: Array) -> Scalar:
            return self.model.head.log_prob(self.model.output(self.coordinates.to_params(z), x), y)

        axes = (None, None if block.inputs is None else 0, 0)
        return jax.vmap(jax.grad(one), in_axes=axes)(z, block.inputs, block.targets)


def tangent_jacobian(coordinates: Coordinates, tangent: Tangent, z: Vector) -> Matrix:
    """∂u/∂z, with u the orthonormal coordinates of the tangent space at θ(z)."""
    return jax.jacobian(lambda z: tangent.ravel(coordinates.to_params(z)))(z)

"""The terms of a generalised linear model: a few dense products with a block of the design matrix."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Float, Matrix, PyTree, Scalar, Vector
from ...information import Exact
from ...information.expectation import head_information
from ...models.base import Head, Model
from ...models.conditional import Conditional
from ...models.coordinates import Coordinates
from ...models.family import Family
from ...models.heads import NegativeBinomial
from ...models.linear import LinearPredictor
from .evaluation import Evaluation
from .terms import Block, Terms


class Slopes(eqx.Module):
    """ln p(yᵢ | ηᵢ, ζ) of each row with its first and second derivatives, ζ the dispersion's coordinate."""

    value: Float[Array, " b"]
    eta: Float[Array, " b"]
    eta_eta: Float[Array, " b"]
    zeta: Float[Array, " b"] | None = None
    eta_zeta: Float[Array, " b"] | None = None
    zeta_zeta: Float[Array, " b"] | None = None


class LinearTerms(Terms):
    """Blocks of rows (x, y) of a model with η = xᵀβ + offset, in z = (β[, ζ]).

    With s = ∂ln p/∂η, w = −∂²ln p/∂η² of each row, the score is Xᵀs and the curvature XᵀWX: everything
    about the head is a function of two numbers, differentiated row by row, and X is read once.
    """

    model: Model
    coordinates: Coordinates = eqx.field(static=True)

    @property
    def predictor(self) -> LinearPredictor:
        assert isinstance(self.model, Conditional)
        assert isinstance(self.model.apply, LinearPredictor)
        return self.model.apply

    @property
    def size(self) -> int:
        """The number of coefficients."""
        return len(self.predictor.names)

    def eta(self, z: Vector, block: Block) -> Float[Array, " b"]:
        """η of each row."""
        return self.predictor.predictor({"coefficients": z[: self.size]}, block.inputs)

    def dispersion(self, zeta: Scalar) -> Scalar:
        """The head's learned parameter at its coordinate ζ."""
        return self.coordinates.constraints[1].bijector(zeta)

    def head_parameter(self, eta: Scalar, zeta: Scalar | None, trials: Scalar | None) -> PyTree:
        """f, as the head takes it."""
        if trials is not None:
            return eta, trials
        return eta if zeta is None else (eta, self.dispersion(zeta))

    def log_prob(self, eta: Scalar, zeta: Scalar | None, y: Scalar, trials: Scalar | None) -> Scalar:
        """ln p of one row."""
        return self.model.head.log_prob(self.head_parameter(eta, zeta, trials), y)

    def zeta(self, z: Vector) -> Scalar | None:
        return None if self.predictor.dispersion is None else z[self.size]

    def values(self, z: Vector, block: Block) -> Float[Array, " b"]:
        """ln p of each row."""
        return jax.vmap(self.log_prob, in_axes=(0, None, 0, 0))(
            self.eta(z, block), self.zeta(z), block.targets, trials_of(block)
        )

    def value(self, z: Vector, block: Block) -> Scalar:
        return jnp.dot(block.weights, self.values(z, block))

    def slopes(self, eta: Float[Array, " b"], zeta: Scalar | None, block: Block) -> Slopes:
        """Derivatives of each row in (η, ζ), forward over forward: entry by entry, nothing is transposed."""
        trials = trials_of(block)
        one = jnp.ones_like(eta)

        def values(eta: Array, zeta: Array | None) -> Array:
            return jax.vmap(self.log_prob)(eta, zeta, block.targets, trials)

        if zeta is None:

            def along(eta: Array) -> tuple[Array, Array]:
                return jax.jvp(lambda eta: values(eta, None), (eta,), (one,))

            (value, first), (_, second) = jax.jvp(along, (eta,), (one,))
            return Slopes(value, first, second)

        none = jnp.zeros_like(eta)
        rows = jnp.broadcast_to(zeta, eta.shape)

        def both(eta: Array, rows: Array) -> tuple[Array, Array, Array]:
            value, first = jax.jvp(values, (eta, rows), (one, none))
            return value, first, jax.jvp(values, (eta, rows), (none, one))[1]

        (value, first, zeta_first), (_, second, _) = jax.jvp(both, (eta, rows), (one, none))
        _, (_, mixed, zeta_second) = jax.jvp(both, (eta, rows), (none, one))
        return Slopes(value, first, second, zeta_first, mixed, zeta_second)

    def evaluate(self, z: Vector, block: Block) -> Evaluation:
        x = design(block)
        s = self.slopes(self.eta(z, block), self.zeta(z), block)
        w = block.weights
        value = jnp.dot(w, s.value)
        score = (w * s.eta) @ x
        information = -(x.T @ ((w * s.eta_eta)[:, None] * x))
        if s.zeta is None or s.eta_zeta is None or s.zeta_zeta is None:
            return Evaluation(value, score, 0.5 * (information + information.T))
        score = jnp.append(score, jnp.dot(w, s.zeta))
        return Evaluation(
            value, score, _bordered(information, -((w * s.eta_zeta) @ x), -jnp.dot(w, s.zeta_zeta))
        )

    def steps_with_observed(self, dim: int) -> bool:
        return True

    def observed(self, z: Vector, block: Block) -> Matrix:
        return jnp.asarray(self.evaluate(z, block).information)

    def weights_of(
        self, eta: Float[Array, " b"], zeta: Scalar | None, block: Block
    ) -> tuple[Array, Array, Array]:
        """The head's expected information of each row: E of −∂²/∂η², −∂²/∂η∂φ and −∂²/∂φ²."""

        head = self.model.head
        if zeta is not None and isinstance(head, NegativeBinomial):
            # The mean and the concentration r are orthogonal; only r's own entry needs a sum over the counts.
            r = self.dispersion(zeta)
            last = jax.vmap(lambda eta: head_information(head, (eta, r)).value[1, 1])(eta)
            return self.mean_weights(eta, zeta, block), jnp.zeros_like(eta), last

        def one(eta: Scalar, trials: Scalar | None) -> Array:
            f = self.head_parameter(eta, zeta, trials)
            root = Exact().cotangents(head, f, None, None)
            return root.T @ root

        information = jax.vmap(one)(eta, trials_of(block))
        if zeta is None:
            return information[:, 0, 0], eta, eta
        return information[:, 0, 0], information[:, 0, 1], information[:, 1, 1]

    def mean_weights(self, eta: Float[Array, " b"], zeta: Scalar | None, block: Block) -> Float[Array, " b"]:
        """The first of `weights_of`, W: for any head it costs no more than a few functions of η."""
        if zeta is not None and isinstance(self.model.head, NegativeBinomial):
            head = NegativeBinomial(self.dispersion(zeta), self.model.head.link)
            root = jax.vmap(head.information_root)(eta)
            assert root is not None
            return root[:, 0, 0] ** 2
        return self.weights_of(eta, zeta, block)[0]

    def expected(self, z: Vector, block: Block) -> Matrix:
        x = design(block)
        zeta = self.zeta(z)
        eta_eta, eta_phi, phi_phi = self.weights_of(self.eta(z, block), zeta, block)
        w = block.weights
        information = x.T @ ((w * eta_eta)[:, None] * x)
        if zeta is None:
            return 0.5 * (information + information.T)
        rise = jax.grad(self.dispersion)(zeta)
        return _bordered(information, rise * ((w * eta_phi) @ x), rise**2 * jnp.dot(w, phi_phi))

    def scores(self, z: Vector, block: Block) -> Float[Array, "b k"]:
        s = self.slopes(self.eta(z, block), self.zeta(z), block)
        scores = s.eta[:, None] * design(block)
        return scores if s.zeta is None else jnp.concatenate([scores, s.zeta[:, None]], axis=1)

    def working(self, eta: Float[Array, " b"], zeta: Scalar | None, block: Block) -> tuple[Matrix, Vector]:
        """XᵀWX and Xᵀ(W (η − offset) + s): the normal equations of one scoring step from any η."""
        x = design(block)
        weight = self.mean_weights(eta, zeta, block)
        s = self.slopes(eta, zeta, block).eta
        right = weight * (eta - offset_of(block)) + s
        return x.T @ ((block.weights * weight)[:, None] * x), (block.weights * right) @ x


def _bordered(corner: Matrix, edge: Vector, last: Scalar) -> Float[Array, "k k"]:
    """[[A, b], [bᵀ, c]], symmetrised."""
    corner = 0.5 * (corner + corner.T)
    top = jnp.concatenate([corner, edge[:, None]], axis=1)
    return jnp.concatenate([top, jnp.append(edge, last)[None]], axis=0)


def design(block: Block) -> Float[Array, "b p"]:
    """X."""
    return block.inputs["x"] if isinstance(block.inputs, dict) else block.inputs


def offset_of(block: Block) -> Any:
    return block.inputs.get("offset", 0.0) if isinstance(block.inputs, dict) else 0.0


def trials_of(block: Block) -> Float[Array, " b"] | None:
    return block.inputs.get("trials") if isinstance(block.inputs, dict) else None


def is_linear(model: Any) -> bool:
    """Whether a model is served by `LinearTerms`: a linear predictor before a head with a scalar η."""
    return (
        isinstance(model, Conditional)
        and isinstance(model.apply, LinearPredictor)
        and isinstance(model.head, Head)
        and not isinstance(model.head, Family)
        and set(model.constraints) <= {model.apply.dispersion}
    )

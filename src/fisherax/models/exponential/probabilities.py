"""Probabilities of 0 and 1: the edge of a family's parameter space, where its natural parameters are infinite."""

from abc import abstractmethod

import jax.numpy as jnp
from jax.scipy.special import rel_entr

from ..._types import Array, Scalar
from .base import ExponentialFamily, Parameters
from .renyi import outcomes


class Probabilities(ExponentialFamily):
    """A family with a parameter `probs`: trials, each of whose outcomes has one of these probabilities.

    It has members at probabilities of 0 and 1 too, whose divergence, like that of all the others, is

        KL(p ‖ p′) = E_p[number of trials] Σₖ pₖ ln (pₖ/p′ₖ),   0 ln 0 = 0,   p ln (p/0) = ∞.

    Only at the edge is it computed so: inside, Bregman's divergence keeps its digits near equality, and has
    derivatives. At the edge they are NaN, since there is no information there.
    """

    @abstractmethod
    def expected_trials(self, params: Parameters) -> Array | float:
        """E[number of trials]."""

    def kl(self, params: Parameters, other: Parameters) -> Scalar:
        p, q = _outcomes(params["probs"]), _outcomes(other["probs"])
        edge = jnp.any(p == 0.0) | jnp.any(q == 0.0)
        direct = self.expected_trials(params) * jnp.sum(rel_entr(p, q))
        return jnp.where(edge, direct, super().kl(params, other))

    def log_affinity(self, terms: Array) -> Scalar:
        """ln ∫ pᵅ p′¹⁻ᵅ from the terms pₖᵅ p′ₖ¹⁻ᵅ of one trial's outcomes; here for a known number of trials."""
        return self.expected_trials({}) * jnp.log(jnp.sum(terms))

    def renyi(self, params: Parameters, other: Parameters, alpha: float) -> Scalar:
        p, q = _outcomes(params["probs"]), _outcomes(other["probs"])
        edge = jnp.any(p == 0.0) | jnp.any(q == 0.0)
        lawful = jnp.isfinite(self.expected_trials(params) + self.expected_trials(other))
        direct = jnp.where(lawful, self.log_affinity(outcomes(p, q, alpha)) / (alpha - 1.0), jnp.nan)
        return jnp.where(edge, direct, super().renyi(params, other, alpha))


def trials_before(probability: Array) -> Array:
    """Expected number of trials until an outcome of this probability; NaN, and no law at all, where it is 0."""
    return jnp.where(probability == 0.0, jnp.nan, 1.0 / probability)


def log_affinity_before(success: Array, failure: Array, successes: Array | float) -> Scalar:
    """Of failures before success r: Σₓ C(x + r − 1, x) sʳ fˣ = (s/(1 − f))ʳ, s and f a trial's terms; ∞ for f ≥ 1."""
    ratio = jnp.where(failure < 1.0, success / (1.0 - jnp.where(failure < 1.0, failure, 0.0)), jnp.inf)
    return successes * jnp.log(ratio)


def _outcomes(probs: Array) -> Array:
    """The probabilities of all outcomes of a trial: `probs`, or, where that is a number, it and the rest."""
    return probs if jnp.ndim(probs) else jnp.stack([probs, 1.0 - probs])

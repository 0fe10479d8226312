"""What an exponential family is, and what follows from its log-partition function alone."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Bool, Scalar
from .bregman import bregman, pairing
from .renyi import renyi

Parameters = dict[str, Any]
"""All parameters θ of a distribution by NumPyro's names, the fixed ones too: numbers or arrays."""

Natural = dict[str, Any]
"""Natural parameters η, or statistics T(x), or their mean: one entry for each statistic, named after it."""


class ExponentialFamily(eqx.Module):
    """p(x | θ) = exp(⟨η(θ), T(x)⟩ − A(η(θ))) h(x), for ONE observation x.

    To add a family, copy a small file of this folder: six formulas, and one row in the registry.

    - η and T(x) are dicts with the same keys, named after the statistics. η is minimal: no entry is
      redundant, so ∇²A is regular and every η in its domain is another distribution.
    - Parameters are interior (a probability is not 0 or 1) and x is in the support; neither is checked.
    - Formulas hold under `jit`, `vmap` and any nesting of derivatives.

    All else follows: E T = ∇A, Cov T = ∇²A, and the KL divergence is A's Bregman divergence.

    Attributes:
        fixed: Values of the parameters that are known.
        requires: Names of those without whose value the family is not exponential: T or h need it.
    """

    fixed: dict[str, Any]
    requires: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def natural(self, params: Parameters) -> Natural:
        """η(θ)."""

    @abstractmethod
    def from_natural(self, natural: Natural) -> Parameters:
        """θ(η), the inverse of `natural`: all parameters, the fixed ones too."""

    @abstractmethod
    def log_partition(self, natural: Natural) -> Scalar:
        """A(η) = ln ∫ exp⟨η, T(x)⟩ h(x) dx."""

    @abstractmethod
    def statistics(self, x: Array) -> Natural:
        """T(x)."""

    @abstractmethod
    def log_base(self, x: Array) -> Scalar:
        """ln h(x)."""

    @abstractmethod
    def estimate(self, mean_statistics: Natural) -> Parameters:
        """θ with E T = `mean_statistics`: the maximum of the likelihood, if nothing else is fixed.

        In closed form, or by Newton's method to rounding; a method that is less than that says so.
        """

    def adapted(self, params: Parameters) -> "ExponentialFamily":
        """The same family, with T measured from where `params` puts the observations, and in its units.

        At μ = 10⁶, σ = 1 the mean of x² has lost all but four digits of the variance, and so has any
        sum over η. T(x) = (x − c, (x − c)²) with c near μ has not. A family with a location overrides this.
        """
        del params
        return self

    def is_natural(self, natural: Natural) -> Bool[Array, ""]:
        """Whether η is in the natural parameter space. A family whose A is a number outside overrides this."""
        return jnp.isfinite(self.log_partition(natural))

    # ---- what follows ----------------------------------------------------------------------------------

    def start(self, mean_statistics: Natural) -> Parameters:
        """`estimate`, with the fixed parameters at their values."""
        return {**self.estimate(mean_statistics), **self.fixed}

    def mean_statistics(self, natural: Natural) -> Natural:
        """E T(x) = ∇A(η)."""
        return jax.grad(self.log_partition)(natural)

    def log_prob(self, params: Parameters, x: Array) -> Scalar:
        """ln p(x | θ) = ⟨η, T(x)⟩ − A(η) + ln h(x)."""
        form = self.adapted(jax.lax.stop_gradient(params))
        natural = form.natural(params)
        return pairing(natural, form.statistics(x)) - form.log_partition(natural) + form.log_base(x)

    def kl(self, params: Parameters, other: Parameters) -> Scalar:
        """KL(p_θ ‖ p_θ′) = A(η′) − A(η) − ⟨η′ − η, ∇A(η)⟩.

        The value keeps its digits near equality, and its second derivative in `other` at
        `other = params` is the Fisher information to rounding (see `bregman`).

        References:
            Barndorff-Nielsen (1978), Information and Exponential Families, chapter 9.
        """
        form = self.adapted(jax.lax.stop_gradient(params))
        return bregman(form, form.natural(params), form.natural(other))

    def renyi(self, params: Parameters, other: Parameters, alpha: float) -> Scalar:
        """R_α(p_θ ‖ p_θ′) = ln ∫ p_θᵅ p_θ′¹⁻ᵅ / (α − 1), for α > 0, α ≠ 1 (see `renyi`)."""
        form = self.adapted(jax.lax.stop_gradient(params))
        return renyi(jax.lax.stop_gradient(form), form.natural(params), form.natural(other), alpha)

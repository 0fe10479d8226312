"""One of K categories, or counts over them."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp

from ..._types import Array, Scalar
from ..special import gammaln
from .base import ExponentialFamily, Natural, Parameters
from .counts import as_float
from .probabilities import Probabilities


class Categories(ExponentialFamily):
    """Counts x over K categories in N draws: N!/Πxₖ! Π pₖ^xₖ. Since Σx = N, one count is redundant:

    T = (x₁, …, x_{K−1}), ηₖ = ln pₖ/p_K and A = N ln(1 + Σ exp ηₖ).

    η is unchanged when all p are scaled, so a derivative along the simplex needs no care.
    """

    @abstractmethod
    def draws(self) -> Array | float:
        """N."""

    @abstractmethod
    def log_ratios(self, params: Parameters) -> Array:
        """η(θ)."""

    @abstractmethod
    def from_logits(self, logits: Array) -> Parameters:
        """θ from the K numbers (η, 0), all parameters."""

    def natural(self, params: Parameters) -> Natural:
        return {"x": self.log_ratios(params)}

    def from_natural(self, natural: Natural) -> Parameters:
        return self.from_logits(_with_last(natural["x"], 0.0))

    def log_partition(self, natural: Natural) -> Scalar:
        return self.draws() * jax.nn.logsumexp(_with_last(natural["x"], 0.0))

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """pₖ = E xₖ / N: the maximum of the likelihood."""
        counts = mean_statistics["x"]
        return self.from_logits(jnp.log(_with_last(counts, self.draws() - jnp.sum(counts))))


class Draw(Categories):
    """One draw, x the index of its category. How many there are is known from `adapted` on."""

    size: int | None = eqx.field(static=True, default=None)

    def draws(self) -> float:
        return 1.0

    def statistics(self, x: Array) -> Natural:
        if self.size is None:
            raise ValueError(
                f"The statistics of {type(self).__name__} have one entry for each category, and an "
                "observation does not tell how many there are: take them from form.adapted(params)."
            )
        return {"x": jax.nn.one_hot(x, self.size)[..., :-1]}

    def log_base(self, x: Array) -> Scalar:
        return jnp.zeros_like(as_float(x))


class CategoricalProbs(Probabilities, Draw):
    """NumPyro's CategoricalProbs(probs)."""

    def expected_trials(self, params: Parameters) -> float:
        return 1.0

    def adapted(self, params: Parameters) -> "CategoricalProbs":
        return CategoricalProbs(self.fixed, jnp.shape(params["probs"])[-1])

    def log_ratios(self, params: Parameters) -> Array:
        return _log_ratios(params["probs"])

    def from_logits(self, logits: Array) -> Parameters:
        return {"probs": jax.nn.softmax(logits)}


class CategoricalLogits(Draw):
    """NumPyro's CategoricalLogits(logits): only differences matter; `from_natural` makes the last 0."""

    def adapted(self, params: Parameters) -> "CategoricalLogits":
        return CategoricalLogits(self.fixed, jnp.shape(params["logits"])[-1])

    def log_ratios(self, params: Parameters) -> Array:
        return params["logits"][:-1] - params["logits"][-1]

    def from_logits(self, logits: Array) -> Parameters:
        return {"logits": logits - logits[-1]}


class Draws(Categories):
    """N draws, x the vector of all K counts."""

    requires = frozenset({"total_count"})

    def draws(self) -> Array:
        return self.fixed["total_count"]

    def statistics(self, x: Array) -> Natural:
        return {"x": as_float(x)[..., :-1]}

    def log_base(self, x: Array) -> Scalar:
        return gammaln(self.draws() + 1.0) - jnp.sum(gammaln(as_float(x) + 1.0))


class MultinomialProbs(Probabilities, Draws):
    """NumPyro's MultinomialProbs(probs, total_count), total_count known."""

    def expected_trials(self, params: Parameters) -> Array:
        return self.draws()

    def log_ratios(self, params: Parameters) -> Array:
        return _log_ratios(params["probs"])

    def from_logits(self, logits: Array) -> Parameters:
        return {**self.fixed, "probs": jax.nn.softmax(logits)}


class MultinomialLogits(Draws):
    """NumPyro's MultinomialLogits(logits, total_count): as `CategoricalLogits`."""

    def log_ratios(self, params: Parameters) -> Array:
        return params["logits"][:-1] - params["logits"][-1]

    def from_logits(self, logits: Array) -> Parameters:
        return {**self.fixed, "logits": logits - logits[-1]}


def _log_ratios(probs: Array) -> Array:
    return jnp.log(probs[:-1]) - jnp.log(probs[-1])


def _with_last(x: Array, last: Array | float) -> Array:
    return jnp.concatenate([x, jnp.reshape(jnp.asarray(last, x.dtype), (1,))])

"""How well a generalised linear model fits: deviance, Pearson's chi-squared, fitted means, residuals."""

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import xlogy

from .._types import Array, Float, Scalar, Vector
from ..models import heads
from ..models.base import Head
from ..models.conditional import Conditional
from ..models.links import Identity, Log
from .likelihood import Block
from .likelihood.linear_terms import LinearTerms, offset_of, trials_of
from .regression import link_of

if TYPE_CHECKING:
    from .fit import Fit


def unit_deviance(
    head: Head, dispersion: Scalar | None, y: Array, mean: Array, trials: Array | None
) -> Array:
    r"""Twice what one observation's log-likelihood loses against a mean of its own, times the dispersion.

    The scale σ² of a normal head and 1/shape of a gamma head are left out, as is usual; `mean` is that of one
    trial for a binomial head.

    References:
        McCullagh and Nelder (1989), Generalized Linear Models, §2.3.1.
    """
    if isinstance(head, heads.Normal):
        return jnp.square(y - mean)
    if isinstance(head, heads.Poisson):
        return 2 * (xlogy(y, y / mean) - (y - mean))
    if isinstance(head, heads.Gamma):
        return 2 * (y / mean - 1 - jnp.log(y / mean))
    if isinstance(head, heads.NegativeBinomial):
        r = head.concentration if dispersion is None else dispersion
        assert r is not None
        return 2 * (xlogy(y, y / mean) - (y + r) * jnp.log((y + r) / (mean + r)))
    m = jnp.ones_like(mean) if trials is None else trials
    return 2 * (xlogy(y, y / (m * mean)) + xlogy(m - y, (m - y) / (m * (1 - mean))))


def variance(head: Head, dispersion: Scalar | None, mean: Array, trials: Array | None) -> Array:
    """The variance function V(μ) of one observation, without the dispersion."""
    if isinstance(head, heads.Normal):
        return jnp.ones_like(mean)
    if isinstance(head, heads.Poisson):
        return mean
    if isinstance(head, heads.Gamma):
        return jnp.square(mean)
    if isinstance(head, heads.NegativeBinomial):
        r = head.concentration if dispersion is None else dispersion
        assert r is not None
        return mean + jnp.square(mean) / r
    return mean * (1 - mean) * (1.0 if trials is None else trials)


class Goodness(eqx.Module):
    """Sums over rows: Σw, Σwy (successes), Σw (trials), deviance, Pearson's chi-squared."""

    terms: LinearTerms
    z: Vector
    constant: Scalar | None

    def __call__(self, block: Block) -> Float[Array, "4"]:
        head, trials, w = self.terms.model.head, trials_of(block), block.weights
        eta = self.terms.eta(self.z, block) if self.constant is None else self._flat(block)
        mean = link_of(self.terms).mean(eta)
        zeta = self.terms.zeta(self.z)
        dispersion = None if zeta is None else self.terms.dispersion(zeta)
        y = jnp.asarray(block.targets, mean.dtype)
        residual = y - (mean if trials is None else trials * mean)
        counts = w if trials is None else w * trials
        return jnp.stack(
            [
                jnp.sum(counts),
                jnp.dot(w, y),
                jnp.dot(w, unit_deviance(head, dispersion, y, mean, trials)),
                jnp.dot(w, residual**2 / variance(head, dispersion, mean, trials)),
            ]
        )

    def _flat(self, block: Block) -> Array:
        assert self.constant is not None
        return self.constant + jnp.broadcast_to(offset_of(block), block.weights.shape)


class _NullSums(eqx.Module):
    """Σw, Σwy and the deviance from one level c, of observations that have one mean under the null model."""

    terms: LinearTerms
    z: Vector
    level: Scalar

    def __call__(self, block: Block) -> Float[Array, "3"]:
        y, w = alike(self.terms.model.head, block)
        unit = self.unit(y, self.level)
        return jnp.stack([jnp.sum(w), jnp.dot(w, y), jnp.sum(jnp.where(w > 0, w * unit, 0.0))])

    def unit(self, y: Array, mean: Array) -> Array:
        """d(y, μ) of one trial."""
        zeta = self.terms.zeta(self.z)
        dispersion = None if zeta is None else self.terms.dispersion(zeta)
        return unit_deviance(self.terms.model.head, dispersion, y, mean, None)


def _about_mean(fit: "Fit", terms: LinearTerms, sample: Block) -> float:
    """The deviance of observations about their own mean m, from one pass.

    A unit deviance is a Bregman divergence, so for any c inside the range of means

        Σ wᵢ d(yᵢ, m) = Σ wᵢ d(yᵢ, c) − (Σ wᵢ) d(m, c),      m = Σ wᵢyᵢ / Σ wᵢ.

    With c an average of fitted means the two terms do not cancel.

    References:
        Banerjee, Merugu, Dhillon and Ghosh (2005), Journal of Machine Learning Research 6, proposition 1.
    """
    level = jnp.mean(link_of(terms).mean(terms.eta(fit.z, sample) - offset_of(sample)))
    part = _NullSums(terms, fit.z, level)
    weight, total, deviance = fit.likelihood.sum(part)
    return float(deviance - weight * part.unit(total / weight, level))


def alike(head: Head, block: Block) -> tuple[Array, Array]:
    """Observations that have one mean under the null model, and their weights: proportions, rates, differences.

    Successes y of m trials count as y/m with weight mw; counts over exposures t = e^offset as y/t with weight tw;
    under a log link a gamma variable over its exposure keeps its weight, and under an identity link an offset is
    taken off.
    """
    trials, w = trials_of(block), block.weights
    y = jnp.asarray(block.targets, w.dtype)
    if trials is not None:
        return y / jnp.where(trials > 0, trials, 1.0), w * trials
    offset = jnp.broadcast_to(offset_of(block), w.shape)
    if isinstance(head, heads.Normal):
        return y - offset, w
    exposure = jnp.exp(offset)
    return y / exposure, w * exposure if isinstance(head, heads.Poisson) else w


def _has_common_mean(terms: LinearTerms, block: Block) -> bool:
    """Whether `alike` serves: no offset, or one that the link makes a factor or a difference."""
    if not isinstance(block.inputs, dict) or "offset" not in block.inputs:
        return True
    head, link = terms.model.head, link_of(terms)
    factor = isinstance(head, heads.Poisson | heads.Gamma) and isinstance(link, Log)
    return factor or (isinstance(head, heads.Normal) and isinstance(link, Identity))


class _Level(eqx.Module):
    """Score and information of a common level added to the offset: what the null model needs."""

    terms: LinearTerms
    z: Vector
    level: Scalar

    def __call__(self, block: Block) -> Float[Array, "2"]:
        eta = self.level + jnp.broadcast_to(offset_of(block), block.weights.shape)
        slopes = self.terms.slopes(eta, self.terms.zeta(self.z), block)
        weight = self.terms.mean_weights(eta, self.terms.zeta(self.z), block)
        return jnp.stack([jnp.dot(block.weights, slopes.eta), jnp.dot(block.weights, weight)])


def _terms(fit: "Fit", what: str) -> LinearTerms:
    terms = getattr(fit.likelihood, "terms", None)
    if not isinstance(terms, LinearTerms):
        raise ValueError(f"{what} belongs to a generalised linear model, but this fit is of {fit.model!r}.")
    return terms


def deviance(fit: "Fit") -> float:
    """Σ w d(y, μ̂), the unscaled deviance."""
    return float(fit.likelihood.sum(Goodness(_terms(fit, "deviance"), fit.z, None))[2])


def pearson_chi2(fit: "Fit") -> float:
    """Σ w (y − μ̂)²/V(μ̂)."""
    return float(fit.likelihood.sum(Goodness(_terms(fit, "pearson_chi2"), fit.z, None))[3])


def null_deviance(fit: "Fit") -> float:
    """The deviance of the model with an intercept (and the offset) alone, the dispersion being this fit's.

    One pass, unless an offset stands before a link that has no closed form for the level.
    """
    terms = _terms(fit, "null_deviance")
    sample = fit.likelihood.sample()
    if _has_common_mean(terms, sample):
        return _about_mean(fit, terms, sample)
    link = link_of(terms)
    first = fit.likelihood.sum(Goodness(terms, fit.z, None))
    level = float(link.predictor(first[1] / first[0]))
    for _ in range(50):
        score, information = (float(a) for a in fit.likelihood.sum(_Level(terms, fit.z, jnp.asarray(level))))
        level += score / information
        if score**2 / information < 1e-20 * fit.num_observations:
            break
    return float(fit.likelihood.sum(Goodness(terms, fit.z, jnp.asarray(level)))[2])


@eqx.filter_jit
def _means(model: Conditional, params: Any, inputs: Any) -> Array:
    return jax.vmap(lambda x: model.head.distribution(model.output(params, x)).mean)(inputs)


def fitted(fit: "Fit", inputs: Any) -> Array:
    """E[y | x] at each of these inputs (successes, for a binomial head)."""
    if not isinstance(fit.model, Conditional):
        raise ValueError("fitted: this model has no inputs; its mean is model.distribution(fit.params).mean.")
    return _means(fit.model, fit.params, jax.tree.map(jnp.asarray, inputs))


def residuals(fit: "Fit", inputs: Any, targets: Any, kind: str = "pearson") -> Array:
    """Residuals of rows under the fit: "response" y − μ̂, "pearson" (y − μ̂)/√V(μ̂), or "deviance" ±√d(y, μ̂)."""
    if kind not in ("response", "pearson", "deviance"):
        raise ValueError(f'residuals: the kind is "response", "pearson" or "deviance", not {kind!r}.')
    means, y = fitted(fit, inputs), jnp.asarray(targets, float)
    if kind == "response":
        return y - means
    terms = _terms(fit, f"the {kind} residual")
    zeta = terms.zeta(fit.z)
    dispersion = None if zeta is None else terms.dispersion(zeta)
    trials = jnp.asarray(inputs["trials"], float) if terms.predictor.trials else None
    mean = means if trials is None else means / trials
    if kind == "pearson":
        return (y - means) / jnp.sqrt(variance(terms.model.head, dispersion, mean, trials))
    unit = unit_deviance(terms.model.head, dispersion, y, mean, trials)
    return jnp.sign(y - means) * jnp.sqrt(jnp.maximum(unit, 0.0))

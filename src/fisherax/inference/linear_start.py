"""Starting values of generalised linear models."""

import dataclasses
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Matrix, Params, Scalar, Vector
from ..models import heads
from ..models.links import Identity, Inverse, Log, Logit, Probit
from .families import Problem
from .likelihood import Block, Likelihood
from .likelihood.linear_terms import LinearTerms, design, offset_of, trials_of
from .regression import has_natural_unit, link_of


class Moments(eqx.Module):
    """What the first look at the observations yields."""

    count: Scalar
    mean: Scalar
    square: Scalar
    largest: Vector
    """The largest |x| of each column."""

    @staticmethod
    def of(block: Block) -> "Moments":
        w, y = block.weights, block.targets
        largest = jnp.max(jnp.abs(design(block)) * (w > 0)[:, None], axis=0)
        return Moments(jnp.sum(w), jnp.dot(w, y), jnp.dot(w, y**2), largest)

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.count + other.count,
            self.mean + other.mean,
            self.square + other.square,
            jnp.maximum(self.largest, other.largest),
        )


class Normal(eqx.Module):
    """Normal equations of one scoring step, XᵀWX and Xᵀ(W(η − offset) + s)."""

    matrix: Matrix
    right: Vector

    def __add__(self, other: "Normal") -> "Normal":
        return Normal(self.matrix + other.matrix, self.right + other.right)


class Spread(eqx.Module):
    """Sums of residuals about the fitted means, for the dispersion's starting value."""

    count: Scalar
    squared: Scalar
    relative: Scalar
    means: Scalar
    means_squared: Scalar

    def __add__(self, other: "Spread") -> "Spread":
        return jtu.tree_map(jnp.add, self, other)


def first_means(terms: LinearTerms, block: Block, mean: Scalar) -> Float[Array, " b"]:
    """Means near the observations and inside their range (McCullagh and Nelder 1989, §2.5.3)."""
    y = jnp.asarray(block.targets, mean.dtype)
    trials = trials_of(block)
    if trials is not None:
        return (y + 0.5) / (trials + 1.0)
    if isinstance(terms.model.head, heads.Bernoulli):
        return (y + 0.5) / 2.0
    if isinstance(terms.model.head, heads.Normal) and not isinstance(link_of(terms), Log | Inverse):
        return y
    means = jnp.maximum(0.5 * (y + mean), 1e-3 * jnp.abs(mean) + 1e-12)
    # A probability for a positive response: the link decides what a mean may be.
    return jnp.clip(means, 0.05, 0.95) if isinstance(link_of(terms), Logit | Probit) else means


def first_equations(
    terms: LinearTerms, block: Block, mean: Scalar, zeta: Scalar | None, flat: bool
) -> Normal:
    """The scoring step from means near the observations, or (`flat`) from the overall mean."""
    means = first_means(terms, block, mean)
    if flat:
        means = jnp.full_like(means, mean)
        eta = link_of(terms).predictor(means)
        x = design(block)
        return Normal(x.T @ (block.weights[:, None] * x), (block.weights * (eta - offset_of(block))) @ x)
    return Normal(*terms.working(link_of(terms).predictor(means), zeta, block))


def spread(terms: LinearTerms, block: Block, coefficients: Vector) -> Spread:
    """Residual sums at these coefficients."""
    eta = terms.predictor.predictor({"coefficients": coefficients}, block.inputs)
    mean, w = link_of(terms).mean(eta), block.weights
    legal = jnp.isfinite(mean)
    if not isinstance(terms.model.head, heads.Normal):
        legal = legal & (mean != 0)
    mean = jnp.where(legal, mean, 1.0)
    w = jnp.where(legal, w, 0.0)
    residual = block.targets - mean
    return Spread(
        jnp.sum(w),
        jnp.dot(w, residual**2),
        jnp.dot(w, (residual / jnp.where(mean == 0, 1.0, mean)) ** 2),
        jnp.dot(w, mean),
        jnp.dot(w, mean**2),
    )


def dispersion_start(terms: LinearTerms, sums: Spread) -> float:
    """The head's dispersion by the method of moments."""
    count, squared = float(sums.count), float(sums.squared)
    if count == 0:
        return 1.0  # no mean is legal at the coefficients to start from
    if isinstance(terms.model.head, heads.Normal):
        return max(np.sqrt(squared / count), 1e-150)
    if isinstance(terms.model.head, heads.Gamma):
        return float(np.clip(count / max(float(sums.relative), 1e-12 * count), 1e-3, 1e9))
    # Variance μ + μ²/r, summed: Σ(y − μ)² = Σμ + Σμ²/r.
    excess = squared - float(sums.means)
    return float(np.clip(float(sums.means_squared) / max(excess, 1e-12), 1e-2, 1e3))


Sum = Callable[[Callable[[Block], Any]], Any]
"""Adds up a function of blocks over all data: one pass."""


@dataclasses.dataclass(frozen=True)
class Beginning:
    """Where to start.

    Attributes:
        starts: Points z, the best first.
        unit: The natural unit of each coordinate.
        degenerate: Why the likelihood grows without bound, where the start shows that it does.
        verdict: The same at a point where an ascent got stuck: there nothing but rounding may be left.
    """

    starts: list[Vector]
    unit: np.ndarray
    degenerate: str | None = None
    verdict: Callable[[np.ndarray], str | None] | None = None

    def problem(self, likelihood: Likelihood) -> Problem:
        """What to maximise from here: the second start serves only where the first fails."""
        return Problem(likelihood, self.starts, self.unit, False, self.degenerate, self.verdict)


EXACT = "The model passes through all observations, so the likelihood grows without bound"


def linear_start(terms: LinearTerms, add_up: Sum, init: Params | None) -> Beginning:
    """Starting points from means near the observations.

    Args:
        terms: The model.
        add_up: Adds up a function over all blocks.
        init: Parameters to start from, or None.
    """
    moments: Moments = add_up(_moments)
    if not np.isfinite(float(moments.square)):
        raise ValueError(
            "fit: the targets are so large that their squares overflow: divide them by a power of ten of their size."
        )
    scale = np.where(np.asarray(moments.largest) > 0, np.asarray(moments.largest), 1.0)
    units = 1.0 / scale if has_natural_unit(terms) else np.full(len(scale), np.inf)
    dispersed = terms.predictor.dispersion is not None
    unit = np.append(units, 1.0) if dispersed else units
    if init is not None:
        return Beginning([terms.coordinates.to_vector(init)], unit)
    mean = moments.mean / moments.count
    if terms.predictor.trials:
        mean = jnp.full((), 0.5)
    zeta = None
    if dispersed:
        # Only a negative binomial's weights depend on it beyond a factor.
        variance = float(moments.square / moments.count - mean**2)
        size = float(mean) ** 2 / max(variance - float(mean), 1e-2 * abs(float(mean)) + 1e-12)
        negative_binomial = isinstance(terms.model.head, heads.NegativeBinomial)
        zeta = terms.coordinates.constraints[1].bijector.inv(
            jnp.asarray(float(np.clip(size, 1e-2, 1e3)) if negative_binomial else 1.0)
        )
    starts, degenerate = [], None
    for flat in (False, True):
        if flat and not _may_leave(terms):
            break
        equations: Normal = add_up(_Equations(terms, mean, zeta, flat))
        coefficients = solve_normal(np.asarray(equations.matrix), np.asarray(equations.right))
        start = jnp.asarray(coefficients)
        if dispersed:
            sums: Spread = add_up(_Spread(terms, start))
            if _is_close(terms, sums, moments):
                # Normal equations lose twice the digits that the columns do; their residuals bring them back.
                for _ in range(2):
                    right = np.asarray(add_up(_Residuals(terms, start)))
                    start = start + solve_normal(np.asarray(equations.matrix), right)
                sums = add_up(_Spread(terms, start))
            if is_exact(terms, sums, moments):
                degenerate = EXACT
            phi = dispersion_start(terms, sums)
            if degenerate is not None and isinstance(terms.model.head, heads.Normal):
                phi = max(
                    phi, 1e-13 * float(moments.square / moments.count) ** 0.5, 1e-100
                )  # ℓ is finite there
            phi = jnp.asarray(phi)
            start = jnp.append(start, terms.coordinates.constraints[1].bijector.inv(phi))
        starts.append(start)
    if not dispersed:
        return Beginning(starts, unit, degenerate)

    def verdict(z: np.ndarray) -> str | None:
        # A gamma's ln p is a difference of numbers of the size of its shape, the inverse of the squared residual.
        slack = 1e13 if isinstance(terms.model.head, heads.Gamma) else 1e2
        sums = add_up(_Spread(terms, jnp.asarray(z[:-1])))
        return EXACT if is_exact(terms, sums, moments, slack) else None

    return Beginning(starts, unit, degenerate, verdict)


def is_exact(terms: LinearTerms, sums: Spread, moments: Moments, slack: float = 1.0) -> bool:
    """Whether nothing but rounding is left between observations and means, so that no dispersion can be estimated."""
    if not float(sums.count) > 0:
        return False
    if isinstance(terms.model.head, heads.Normal):
        return float(sums.squared) <= slack * 1e-24 * float(moments.square)
    relative = slack * 1e-24 * float(sums.count)
    return isinstance(terms.model.head, heads.Gamma) and float(sums.relative) <= relative


def _is_close(terms: LinearTerms, sums: Spread, moments: Moments) -> bool:
    """Whether a linear least-squares fit leaves so little that digits of its coefficients matter."""
    linear = isinstance(terms.model.head, heads.Normal) and isinstance(link_of(terms), Identity)
    return linear and float(sums.squared) <= 1e-8 * float(moments.square)


def _may_leave(terms: LinearTerms) -> bool:
    """Whether a linear predictor may give an illegal mean: an identity link before a positive mean."""
    return not has_natural_unit(terms) and not isinstance(terms.model.head, heads.Normal)


def _moments(block: Block) -> Moments:
    return Moments.of(block)


class _Equations(eqx.Module):
    terms: LinearTerms
    mean: Scalar
    zeta: Scalar | None
    flat: bool = eqx.field(static=True)

    def __call__(self, block: Block) -> Normal:
        return first_equations(self.terms, block, self.mean, self.zeta, self.flat)


class _Residuals(eqx.Module):
    """Xᵀ W (y − Xβ)."""

    terms: LinearTerms
    start: Vector

    def __call__(self, block: Block) -> Vector:
        eta = self.terms.predictor.predictor({"coefficients": self.start}, block.inputs)
        return (block.weights * (block.targets - eta)) @ design(block)


class _Spread(eqx.Module):
    terms: LinearTerms
    start: Vector

    def __call__(self, block: Block) -> Spread:
        return spread(self.terms, block, self.start)


def solve_normal(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The shortest solution, in units of each column, of normal equations that may be singular."""
    d = np.sqrt(np.abs(np.diagonal(matrix)))
    d = np.where(d > 0, d, 1.0)
    values, vectors = np.linalg.eigh(matrix / d[:, None] / d[None, :])
    kept = values > 1e-12
    inverse = np.where(kept, 1.0 / np.where(kept, values, 1.0), 0.0)
    return (vectors @ (inverse * (vectors.T @ (right / d)))) / d

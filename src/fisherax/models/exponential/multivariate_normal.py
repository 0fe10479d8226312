"""The multivariate normal law, by its covariance, its precision or a Cholesky factor."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from ..._types import Array, Scalar
from ..cholesky import cholesky, inverse, inverse_lower
from .base import ExponentialFamily, Natural, Parameters


class MultivariateNormal(ExponentialFamily):
    """NumPyro's MultivariateNormal. With precision Λ = Σ⁻¹, about a centre c and with m = μ − c,

        −½ (x − μ)ᵀΛ(x − μ) + ½ ln det Λ = (Λm)ᵀ(x − c) − ½ (x − c)ᵀΛ(x − c) − ½ mᵀΛm + ½ ln det Λ.

    The quadratic form has a term −½Λᵢᵢ for yᵢ² and, since Λ is symmetric, −Λᵢⱼ for yᵢyⱼ, i > j. With the
    lower triangle as a vector nothing is redundant: T = (y, (yᵢyⱼ)ᵢ≥ⱼ), η = (Λm, (−Λᵢⱼ/(1 + δᵢⱼ))ᵢ≥ⱼ), and
    A = ½ hᵀΛ⁻¹h − ½ ln det Λ, where h = Λm.

    Attributes:
        centre: c.
        by: The parameter that `from_natural` and `estimate` return beside `loc`.
    """

    centre: Any = 0.0
    by: str = eqx.field(static=True, default="covariance_matrix")

    def adapted(self, params: Parameters) -> "MultivariateNormal":
        return MultivariateNormal(self.fixed, params["loc"], _spread(params))

    def natural(self, params: Parameters) -> Natural:
        precision = _precision(params)
        i, j = np.tril_indices(precision.shape[-1])
        return {
            "x": precision @ (params["loc"] - self.centre),
            "x x": -precision[i, j] / np.where(i == j, 2.0, 1.0).astype(precision.dtype),
        }

    def from_natural(self, natural: Natural) -> Parameters:
        precision = _from_triangle(natural)
        covariance = inverse(precision)
        return self._params(covariance @ natural["x"], covariance, precision)

    def log_partition(self, natural: Natural) -> Scalar:
        # Λ = R Rᵀ, so hᵀΛ⁻¹h = |R⁻¹h|² and ln det Λ = 2 Σ ln Rᵢᵢ.
        root = cholesky(_from_triangle(natural))
        whitened = inverse_lower(root) @ natural["x"]
        return 0.5 * jnp.sum(jnp.square(whitened)) - jnp.sum(jnp.log(jnp.diagonal(root)))

    def statistics(self, x: Array) -> Natural:
        y = x - self.centre
        i, j = np.tril_indices(y.shape[-1])
        return {"x": y, "x x": y[..., i] * y[..., j]}

    def log_base(self, x: Array) -> Scalar:
        return jnp.full(x.shape[:-1], -0.5 * x.shape[-1] * math.log(2.0 * math.pi), x.dtype)

    def estimate(self, mean_statistics: Natural) -> Parameters:
        """The mean and the covariance (divisor n): the maximum of the likelihood."""
        mean = mean_statistics["x"]
        second = _symmetric(mean_statistics["x x"], mean.shape[-1])
        covariance = second - jnp.outer(mean, mean)
        return self._params(mean, covariance, None)

    def _params(self, mean: Array, covariance: Array, precision: Array | None) -> Parameters:
        if self.by == "scale_tril":
            spread = cholesky(covariance)
        elif self.by == "precision_matrix":
            spread = inverse(covariance) if precision is None else precision
        else:
            spread = covariance
        return {"loc": self.centre + mean, self.by: spread}


def _spread(params: Parameters) -> str:
    """Which of the three parameters is there."""
    return next(key for key in ("covariance_matrix", "precision_matrix", "scale_tril") if key in params)


def _precision(params: Parameters) -> Array:
    by = _spread(params)
    if by == "precision_matrix":
        return 0.5 * (params[by] + params[by].T)
    if by == "covariance_matrix":
        return inverse(0.5 * (params[by] + params[by].T))
    inverse_root = inverse_lower(params[by])
    return inverse_root.T @ inverse_root


def _from_triangle(natural: Natural) -> Array:
    """Λ from the natural parameters."""
    size = natural["x"].shape[-1]
    i, j = np.tril_indices(size)
    scale = np.where(i == j, 2.0, 1.0).astype(natural["x x"].dtype)
    return _symmetric(-natural["x x"] * scale, size)


def _symmetric(triangle: Array, size: int) -> Array:
    """The symmetric matrix with this lower triangle, row by row."""
    i, j = np.tril_indices(size)
    matrix = jnp.zeros((size, size), triangle.dtype)
    return matrix.at[i, j].set(triangle).at[j, i].set(triangle)

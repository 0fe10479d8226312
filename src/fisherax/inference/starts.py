"""Starting values for families: what moments and quantiles of the data suggest."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

from .._types import Params
from ..models.family import Family
from .kinked_starts import asymmetric_laplace
from .moments import Summary

_ASYMMETRIC = (dist.AsymmetricLaplace, dist.AsymmetricLaplaceQuantile)
_EULER = 0.5772156649015329


def _normal(s: Summary) -> dict[str, float]:
    return {"loc": s.mean, "scale": s.sd}


def _log_normal(s: Summary) -> dict[str, float]:
    return _normal(Summary(np.log(s.x), s.weights))


def _student(s: Summary) -> dict[str, float]:
    return {"df": 5.0, "loc": s.median, "scale": s.half_range / 0.7267}


def _cauchy(s: Summary) -> dict[str, float]:
    return {"loc": s.median, "scale": s.half_range}


def _laplace(s: Summary) -> dict[str, float]:
    # The maximum of the likelihood itself: Σ|x − m| is least at the median.
    median = s.median
    return {"loc": median, "scale": s.mean_of(np.abs(s.x - median))}


def _logistic(s: Summary) -> dict[str, float]:
    return {"loc": s.mean, "scale": s.sd * math.sqrt(3.0) / math.pi}


def _gumbel(s: Summary) -> dict[str, float]:
    scale = s.sd * math.sqrt(6.0) / math.pi
    return {"loc": s.mean - _EULER * scale, "scale": scale}


def _weibull(s: Summary) -> dict[str, float]:
    # −k ln(x/λ) is a standard Gumbel variable.
    logs = Summary(np.log(s.x), s.weights)
    shape = math.pi / math.sqrt(6.0) / max(logs.sd, 1e-6)
    return {"scale": math.exp(logs.mean + _EULER / shape), "concentration": shape}


def _gamma(s: Summary) -> dict[str, float]:
    shape = s.mean**2 / max(s.sd**2, 1e-12 * s.mean**2)
    return {"concentration": shape, "rate": shape / s.mean}


def _inverse_gamma(s: Summary) -> dict[str, float]:
    return _gamma(Summary(1.0 / s.x, s.weights))


def _negative_binomial(s: Summary) -> dict[str, float]:
    # Variance μ + μ²/r.
    excess = s.sd**2 - s.mean
    size = s.mean**2 / excess if excess > 0.01 * s.mean else 100.0 * max(s.mean, 1e-3)
    rate = size / max(s.mean, 1e-12)
    return {
        "mean": s.mean,
        "concentration": size,
        "rate": rate,
        "total_count": size,
        "probs": 1.0 / (1.0 + rate),
        "logits": -math.log(rate) if rate > 0 else 0.0,
    }


def _beta(s: Summary) -> dict[str, float]:
    spread = max(s.sd**2, 1e-12)
    size = max(s.mean * (1 - s.mean) / spread - 1.0, 0.1)
    return {
        "concentration1": s.mean * size,
        "concentration0": (1 - s.mean) * size,
        "mean": s.mean,
        "concentration": size,
    }


def _kumaraswamy(s: Summary) -> dict[str, float]:
    return {"concentration1": 1.0, "concentration0": 1.0 / max(-s.mean_of(np.log1p(-s.x)), 1e-3)}


def _von_mises(s: Summary) -> dict[str, float]:
    c, v = s.mean_of(np.cos(s.x)), s.mean_of(np.sin(s.x))
    length = min(math.hypot(c, v), 1 - 1e-9)
    # Best and Fisher (1981).
    return {"loc": math.atan2(v, c), "concentration": length * (2 - length**2) / (1 - length**2)}


def _half(s: Summary) -> dict[str, float]:
    return {"scale": s.median, "low": 0.0}


_STARTS: dict[Any, Callable[[Summary], Mapping[str, float]]] = {
    dist.Normal: _normal,
    dist.LogNormal: _log_normal,
    dist.StudentT: _student,
    dist.Cauchy: _cauchy,
    dist.Laplace: _laplace,
    dist.Logistic: _logistic,
    dist.Gumbel: _gumbel,
    dist.Weibull: _weibull,
    dist.Gamma: _gamma,
    dist.InverseGamma: _inverse_gamma,
    dist.NegativeBinomial2: _negative_binomial,
    dist.NegativeBinomialProbs: _negative_binomial,
    dist.NegativeBinomialLogits: _negative_binomial,
    dist.GammaPoisson: _negative_binomial,
    dist.Beta: _beta,
    dist.BetaProportion: _beta,
    dist.Kumaraswamy: _kumaraswamy,
    dist.VonMises: _von_mises,
    dist.HalfCauchy: _half,
    dist.HalfNormal: _half,
}


def family_start(family: Family, x: np.ndarray, weights: np.ndarray | None) -> Params:
    """Parameters to start from: the method of moments or quantiles where one is known for the distribution.

    Elsewhere by the constraint and the name of each parameter. It is exact for Laplace's laws.
    """
    x = np.asarray(x)
    # A parameter that is fixed moves the best value of the others.
    known = {key: float(value) for key, value in family.fixed.items() if jnp.ndim(value) == 0}
    suggested: dict[str, float] = {}
    summary = Summary(x, weights) if x.ndim == 1 else None
    rule = _STARTS.get(family.distribution_type)
    if summary is not None and rule is not None:
        suggested = dict(rule(summary))
        if rule is _weibull and "concentration" in known:
            k = known["concentration"]
            suggested["scale"] = max(summary.mean_of(summary.x**k), 1e-300) ** (1 / k)
        if rule is _laplace and "loc" in known:
            suggested["scale"] = summary.mean_of(np.abs(summary.x - known["loc"]))
    if summary is not None and family.distribution_type in _ASYMMETRIC:
        suggested = asymmetric_laplace(summary, known, family.distribution_type is _ASYMMETRIC[1])
    start: dict[str, Any] = {}
    for key, constraint in family.constraints.items():
        value = suggested.get(key)
        if value is None:
            value = _by_constraint(key, constraint, x, weights, summary)
        start[key] = np.asarray(_inside(value, constraint, float(len(x))), jnp.result_type(float))
    return start


def _by_constraint(
    key: str, constraint: Any, x: np.ndarray, weights: np.ndarray | None, summary: Summary | None
) -> Any:
    """A value of the right shape, from what a parameter of this name and constraint usually means."""
    size = x.shape[-1] if x.ndim > 1 else 1
    if constraint.event_dim == 2:
        spread = np.cov(x, rowvar=False, aweights=weights) if x.ndim < 3 else np.average(x, 0, weights)
        covariance = np.atleast_2d(spread) + 1e-12 * np.eye(size)
        if key == "precision_matrix":
            return np.linalg.inv(covariance)
        return np.linalg.cholesky(covariance) if "tril" in key else covariance
    if constraint.event_dim == 1:
        if summary is not None:  # categories: the indices themselves
            size = int(x.max()) + 1
        if constraint is C.simplex:
            return np.full(size, 1.0 / size)
        if key in ("loc", "mean"):
            return np.average(x, axis=0, weights=weights)
        return np.full(size, 0.0 if constraint in (C.real, C.real_vector) else 1.0)
    if summary is None:
        return 1.0
    if key in ("loc", "mean"):
        return summary.mean
    if key in ("scale", "rate"):
        size_ = summary.sd or 1.0
        return size_ if key == "scale" else 1.0 / size_
    if constraint is C.unit_interval:
        return 0.5
    return 0.0 if constraint in (C.real, C.circular) else 1.0


def _inside(value: Any, constraint: Any, count: float) -> Any:
    """The value, moved off the boundary of its space by what half an observation would move it."""
    value = np.asarray(value, float)
    if constraint.event_dim == 2:
        return _definite(value)
    little = 0.5 / count
    if constraint is C.unit_interval:
        value = np.where(np.isfinite(value), value, 0.5)
        return np.clip(value, little, 1 - little)
    if constraint is C.simplex:
        value = np.where(np.isfinite(value) & (value > 0), value, 0.0)
        return (value + little) / np.sum(value + little) if np.any(value < little * 1e-3) else value
    if constraint in (C.real, C.real_vector, C.circular):
        value = np.where(np.isnan(value), 0.0, value)
        return np.where(np.isfinite(value), value, np.sign(value) * -math.log(little))
    value = np.where(np.isnan(value) | (value < 0), 1.0, value)
    return np.clip(value, 1e-300 if np.all(value > 0) else little, 1e12)


def _definite(matrix: np.ndarray) -> np.ndarray:
    """The matrix, with a little added to its diagonal where it is not positive definite (or has no root)."""
    size = matrix.shape[-1]
    if not np.all(np.isfinite(matrix)):
        return np.eye(size)
    symmetric = np.allclose(matrix, matrix.T)
    d = np.sqrt(np.where(np.diagonal(matrix) > 0, np.diagonal(matrix), 1.0))
    if not symmetric or np.linalg.eigvalsh(matrix / d[:, None] / d[None, :])[0] > 1e-12:
        return matrix
    return matrix + 1e-8 * np.diag(d**2)


def _is_inside(value: Any, constraint: Any) -> bool:
    """Whether a number is clearly inside: a quick look, which may say no to what is."""
    if np.ndim(value) != 0:
        number = np.asarray(value)
        if constraint is C.simplex:
            return bool(np.all(number > 1e-6))
        return constraint is C.real_vector and bool(np.all(np.isfinite(number)))
    number = float(value)
    if constraint is C.positive:
        return 0.0 < number < 1e12
    if constraint is C.unit_interval:
        return 1e-6 < number < 1 - 1e-6
    return constraint in (C.real, C.circular) and math.isfinite(number)


def interior(family: Family, params: Params, count: float) -> Params:
    """Estimates of an exponential form moved off the boundary, where data put them on it (a zero count)."""
    if all(_is_inside(params[key], constraint) for key, constraint in family.constraints.items()):
        return params
    return {
        key: jnp.asarray(_inside(params[key], constraint, max(count, 1.0)), jnp.result_type(float))
        for key, constraint in family.constraints.items()
    }


def family_starts(family: Family, x: np.ndarray, weights: np.ndarray | None) -> list[Params]:
    """Several starts for a surface that may have several maxima: Student's with free degrees, Cauchy's."""
    first = family_start(family, x, weights)
    if np.ndim(x) != 1:
        return [first]
    summary = Summary(x, weights)
    if family.distribution_type is dist.StudentT and "df" in first:
        normal = {"df": jnp.asarray(50.0), "loc": jnp.asarray(summary.mean)}
        return [
            first,
            {**first, "df": jnp.asarray(1.5)},
            {**first, **{key: value for key, value in normal.items() if key in first}},
        ]
    if family.distribution_type is dist.Cauchy and "loc" in first and len(x) <= 50:
        # With few observations every one of them can carry a maximum of its own (Reeds 1985).
        picks = np.unique(np.quantile(summary.x, np.linspace(0, 1, min(len(x), 9))))
        return [first, *({**first, "loc": jnp.asarray(float(p))} for p in picks)]
    return [first]

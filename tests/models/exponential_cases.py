"""Every exponential family with parameters to test it at, and its information from the literature.

Each case has six sets of parameters along a leading axis: three ordinary ones, drawn once, and
three near the boundary of the parameter space, or far from the unit of its scale.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpyro.distributions as dist

from .exponential_information import (
    beta_information,
    beta_proportion_information,
    diagonal,
    dirichlet_information,
    failures_information,
    gamma_information,
    normal_information,
    trigamma,
    von_mises_information,
)
from .random_values import _RANDOM, covariance, positive, probability, real, simplex

REAL, POSITIVE, UNIT, CIRCLE, COUNT, OTHER = "real", "positive", "unit", "circle", "count", "other"


@dataclass(frozen=True, eq=False)
class Case:
    kind: type[dist.Distribution]
    params: dict[str, np.ndarray]
    support: str
    information: Callable[..., np.ndarray] | None = None
    """The information matrix of the free parameters, in the order of `free`; of one set of parameters."""
    fixed: tuple[str, ...] = ()
    observations: np.ndarray | None = None
    """Where `support` is not enough to say what to sum or integrate over."""

    @property
    def free(self) -> list[str]:
        return sorted(set(self.params) - set(self.fixed))

    @property
    def name(self) -> str:
        return self.kind.__name__


_LOC, _SCALE = real(1e6, 0.0, -3e4), positive(0.7, 1e-6, 1e7)

CASES = [
    Case(dist.Normal, {"loc": _LOC, "scale": _SCALE}, REAL, normal_information),
    Case(
        dist.LogNormal,
        {"loc": real(20.0, 0.0, -3.0), "scale": positive(0.7, 1e-3, 9.0, high=2.0)},
        POSITIVE,
        normal_information,
    ),
    Case(
        dist.HalfNormal, {"scale": positive(1e-6, 1.0, 1e7)}, POSITIVE, lambda scale: diagonal(2 / scale**2)
    ),
    Case(
        dist.Gamma,
        {"concentration": positive(1e-3, 40.0, 1e6), "rate": positive(1e-4, 1e6, 3.0)},
        POSITIVE,
        gamma_information,
    ),
    Case(
        dist.InverseGamma,
        {"concentration": positive(1e-3, 40.0, 1e6, low=2.0), "rate": positive(1e-4, 1e6, 3.0)},
        POSITIVE,
        gamma_information,
    ),
    Case(dist.Chi2, {"df": positive(1e-3, 1.0, 1e6)}, POSITIVE, lambda df: diagonal(trigamma(df / 2) / 4)),
    Case(dist.Exponential, {"rate": positive(1e-6, 1.0, 1e7)}, POSITIVE, lambda rate: diagonal(rate**-2)),
    Case(
        dist.Weibull,
        {"scale": positive(1e-6, 1e7, 1e3), "concentration": positive(0.2, 5.0, 200.0)},
        POSITIVE,
        lambda scale, concentration: diagonal(concentration**2 / scale**2),
        ("concentration",),
    ),
    Case(
        dist.Gumbel,
        {"loc": real(1e6, 0.0, -30.0), "scale": positive(2.0, 1e-3, 3.0)},
        REAL,
        lambda loc, scale: diagonal(scale**-2),
        ("scale",),
    ),
    Case(
        dist.Laplace,
        {"loc": real(0.0, 1e6, -5.0), "scale": positive(1e-6, 1.0, 1e7)},
        OTHER,
        lambda loc, scale: diagonal(scale**-2),
        ("loc",),
        observations=np.array([-7.0, -1.0, 0.2, 3.0]),
    ),
    Case(
        dist.Pareto,
        {"scale": positive(1e-3, 1.0, 1e5), "alpha": positive(1e-3, 1.0, 1e4)},
        OTHER,
        lambda scale, alpha: diagonal(alpha**-2),
        ("scale",),
        observations=np.array([1.1e5, 2e5, 1e7]),
    ),
    Case(
        dist.Kumaraswamy,
        {"concentration1": positive(0.1, 1.0, 30.0), "concentration0": positive(1e-3, 1.0, 1e4, low=1.5)},
        UNIT,
        lambda concentration0, concentration1: diagonal(concentration0**-2),
        ("concentration1",),
    ),
    Case(
        dist.Gompertz,
        {"concentration": positive(1e-3, 1.0, 1e4), "rate": positive(0.1, 1.0, 3.0)},
        POSITIVE,
        lambda concentration, rate: diagonal(concentration**-2),
        ("rate",),
    ),
    Case(
        dist.Beta,
        {
            "concentration1": positive(1e-3, 1.0, 1e6, low=1.5),
            "concentration0": positive(1e-3, 1.0, 10.0, low=1.5),
        },
        UNIT,
        beta_information,
    ),
    Case(
        dist.BetaProportion,
        {
            "mean": np.array([0.3, 0.5, 0.6, 0.01, 0.5, 0.999]),
            "concentration": positive(1.0, 2.0, 1e4, low=6.0, high=20),
        },
        UNIT,
        beta_proportion_information,
    ),
    Case(
        dist.VonMises,
        {"loc": real(0.0, 3.0, -3.0), "concentration": positive(1e-6, 1e6, 24.99)},
        CIRCLE,
        von_mises_information,
    ),
    Case(
        dist.Dirichlet,
        {
            "concentration": np.array(
                [
                    [0.8, 2.0, 3.0],
                    [1.0, 1.0, 1.0],
                    [5.0, 0.7, 2.0],
                    [1e-3, 1.0, 1e4],
                    [1e5, 1e5, 1e5],
                    [0.01, 0.02, 0.03],
                ]
            )
        },
        OTHER,
        dirichlet_information,
        observations=np.array([[0.2, 0.3, 0.5], [1e-6, 0.5, 0.499999]]),
    ),
    Case(
        dist.MultivariateNormal,
        {"loc": 1e3 * np.ones((6, 3)), "covariance_matrix": covariance([1, 1, 1, 1e-6, 1e6, 3])},
        OTHER,
        observations=1e3 + np.array([[0.1, 0.2, -0.3], [1.0, -2.0, 0.5]]),
    ),
    Case(
        dist.MultivariateNormal,
        {"loc": np.ones((6, 3)), "precision_matrix": covariance([1, 1, 1, 1e-6, 1e6, 3])},
        OTHER,
        observations=np.array([[0.1, 0.2, -0.3], [1.0, -2.0, 0.5]]),
    ),
    Case(
        dist.MultivariateNormal,
        {"loc": np.ones((6, 3)), "scale_tril": np.linalg.cholesky(covariance([1, 1, 1, 1e-6, 1e6, 3]))},
        OTHER,
        observations=np.array([[0.1, 0.2, -0.3], [1.0, -2.0, 0.5]]),
    ),
    Case(
        dist.BernoulliProbs,
        {"probs": probability(1e-9, 0.5, 1 - 1e-9)},
        COUNT,
        lambda probs: diagonal(1 / (probs * (1 - probs))),
        observations=np.arange(2),
    ),
    Case(
        dist.BernoulliLogits,
        {"logits": real(-30.0, 0.0, 12.0)},
        COUNT,
        lambda logits: diagonal(0.25 / np.cosh(logits / 2) ** 2),
        observations=np.arange(2),
    ),
    Case(
        dist.BinomialProbs,
        {"probs": probability(1e-9, 0.5, 1 - 1e-9), "total_count": np.full(6, 7)},
        COUNT,
        lambda probs, total_count: diagonal(total_count / (probs * (1 - probs))),
        ("total_count",),
        observations=np.arange(8),
    ),
    Case(
        dist.BinomialLogits,
        {"logits": real(-30.0, 0.0, 12.0), "total_count": np.full(6, 7)},
        COUNT,
        lambda logits, total_count: diagonal(total_count * 0.25 / np.cosh(logits / 2) ** 2),
        ("total_count",),
        observations=np.arange(8),
    ),
    Case(
        dist.GeometricProbs,
        {"probs": probability(1e-6, 0.5, 1 - 1e-9)},
        COUNT,
        lambda probs: diagonal(1 / (probs**2 * (1 - probs))),
    ),
    Case(
        dist.GeometricLogits,
        {"logits": real(-10.0, 0.0, 20.0)},
        COUNT,
        lambda logits: diagonal(1 / (1 + np.exp(logits))),
    ),
    Case(dist.Poisson, {"rate": positive(1e-6, 1.0, 1e7)}, COUNT, lambda rate: diagonal(1 / rate)),
    Case(
        dist.NegativeBinomialProbs,
        {
            "probs": np.array([0.3, 0.5, 0.8, 1e-9, 1 - 1e-6, 0.5]),
            "total_count": np.array([0.7, 3.0, 9.0, 1.0, 2.0, 1e7]),
        },
        COUNT,
        lambda probs, total_count: diagonal(failures_information(total_count, probs) / probs**2),
        ("total_count",),
    ),
    Case(
        dist.NegativeBinomialLogits,
        {"logits": real(-20.0, 10.0, 0.0), "total_count": np.array([0.7, 3.0, 9.0, 1.0, 2.0, 1e7])},
        COUNT,
        lambda logits, total_count: diagonal(total_count / (1 + np.exp(-logits))),
        ("total_count",),
    ),
    Case(
        dist.NegativeBinomial2,
        {"mean": positive(1e-6, 1e4, 3.0), "concentration": positive(0.2, 3.0, 1e9)},
        COUNT,
        lambda mean, concentration: diagonal(1 / (mean + mean**2 / concentration)),
        ("concentration",),
    ),
    Case(
        dist.GammaPoisson,
        {"rate": positive(1e-4, 1e6, 3.0), "concentration": positive(0.2, 3.0, 20.0)},
        COUNT,
        lambda rate, concentration: diagonal(concentration / (rate**2 * (1 + rate))),
        ("concentration",),
    ),
    Case(
        dist.CategoricalProbs,
        {"probs": simplex([0.25] * 4, [1e-9, 0.5, 0.3, 0.2 - 1e-9], [0.5, 0.3, 0.2 - 1e-6, 1e-6])},
        COUNT,
        lambda probs: np.diag(1 / probs) - 1.0,
        observations=np.arange(4),
    ),
    Case(
        dist.MultinomialProbs,
        {
            "probs": simplex([0.25] * 4, [1e-9, 0.5, 0.3, 0.2 - 1e-9], [0.5, 0.3, 0.2 - 1e-6, 1e-6]),
            "total_count": np.array([5] * 6),
        },
        OTHER,
        lambda probs, total_count: total_count * (np.diag(1 / probs) - 1.0),
        ("total_count",),
        observations=np.array([[1.0, 2.0, 0.0, 2.0], [0.0, 0.0, 5.0, 0.0]]),
    ),
    Case(
        dist.CategoricalLogits,
        {"logits": np.concatenate([_RANDOM.normal(size=(5, 4)), [[10.0, -10.0, 3.0, 0.0]]])},
        COUNT,
        observations=np.arange(4),
    ),
    Case(
        dist.MultinomialLogits,
        {
            "logits": np.concatenate([_RANDOM.normal(size=(5, 4)), [[10.0, -10.0, 3.0, 0.0]]]),
            "total_count": np.array([5] * 6),
        },
        OTHER,
        fixed=("total_count",),
        observations=np.array([[1.0, 2.0, 0.0, 2.0], [0.0, 0.0, 5.0, 0.0]]),
    ),
]

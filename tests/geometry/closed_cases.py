"""Every row of the registry of isometries, with a family and where to draw its random parameters from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpyro.distributions as dist

import fisherax as fx

Draw = Callable[[np.random.Generator, int], Any]


def real(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.uniform(-3.0, 3.0, count)


def positive(generator: np.random.Generator, count: int) -> np.ndarray:
    return np.exp(generator.uniform(-2.0, 2.0, count))


def probability(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.uniform(0.02, 0.98, count)


def simplex(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.dirichlet(np.full(4, 2.0), count)


def vector(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.normal(size=(count, 3))


def spread(generator: np.random.Generator, count: int) -> np.ndarray:
    roots = factor(generator, count)
    return roots @ np.swapaxes(roots, -1, -2)


def factor(generator: np.random.Generator, count: int) -> np.ndarray:
    lower = np.tril(generator.normal(size=(count, 3, 3)), -1)
    return lower + np.eye(3) * np.exp(generator.normal(size=(count, 1, 3)))


LOC_SCALE = {"loc": real, "scale": positive}
COVARIANCE = spread(np.random.default_rng(7), 1)[0]


def location_scale(kind: Any, **known: float) -> list[tuple[fx.Family, dict[str, Draw]]]:
    return [
        (fx.Family(kind, fixed=known), LOC_SCALE),
        (fx.Family(kind, fixed={**known, "scale": 0.7}), {"loc": real}),
        (fx.Family(kind, fixed={**known, "loc": -0.4}), {"scale": positive}),
    ]


ROWS: list[tuple[fx.Family, dict[str, Draw]]] = [
    *location_scale(dist.Normal),
    *location_scale(dist.LogNormal),
    *location_scale(dist.Logistic),
    *location_scale(dist.SoftLaplace),
    *location_scale(dist.Cauchy),
    *location_scale(dist.Laplace),
    *location_scale(dist.AsymmetricLaplace, asymmetry=1.7),
    *location_scale(dist.StudentT, df=3.5),
    *location_scale(dist.Gumbel),
    (fx.Family(dist.Weibull), {"scale": positive, "concentration": positive}),
    (fx.Family(dist.Weibull, fixed={"concentration": 2.0}), {"scale": positive}),
    (fx.Family(dist.Weibull, fixed={"scale": 3.0}), {"concentration": positive}),
    (fx.Family(dist.HalfNormal), {"scale": positive}),
    (fx.Family(dist.HalfCauchy), {"scale": positive}),
    (fx.Family(dist.Levy, fixed={"loc": 1.0}), {"scale": positive}),
    (fx.Family(dist.Exponential), {"rate": positive}),
    (fx.Family(dist.Gamma, fixed={"concentration": 2.5}), {"rate": positive}),
    (fx.Family(dist.InverseGamma, fixed={"concentration": 2.5}), {"rate": positive}),
    (fx.Family(dist.Pareto, fixed={"scale": 2.0}), {"alpha": positive}),
    (fx.Family(dist.Kumaraswamy, fixed={"concentration1": 2.5}), {"concentration0": positive}),
    (fx.Family(dist.Gompertz, fixed={"rate": 1.5}), {"concentration": positive}),
    (fx.Family(dist.Poisson), {"rate": positive}),
    (fx.Family(dist.GeometricProbs), {"probs": probability}),
    (fx.Family(dist.GeometricLogits), {"logits": real}),
    (fx.Family(dist.NegativeBinomialProbs, fixed={"total_count": 2.5}), {"probs": probability}),
    (fx.Family(dist.NegativeBinomialLogits, fixed={"total_count": 2.5}), {"logits": real}),
    (fx.Family(dist.NegativeBinomial2, fixed={"concentration": 2.5}), {"mean": positive}),
    (fx.Family(dist.GammaPoisson, fixed={"concentration": 2.5}), {"rate": positive}),
    (fx.Family(dist.BernoulliProbs), {"probs": probability}),
    (fx.Family(dist.BernoulliLogits), {"logits": real}),
    (fx.Family(dist.BinomialProbs, fixed={"total_count": 9}), {"probs": probability}),
    (fx.Family(dist.BinomialLogits, fixed={"total_count": 9}), {"logits": real}),
    (fx.Family(dist.VonMises, fixed={"concentration": 2.5}), {"loc": real}),
    (fx.Family(dist.CategoricalProbs), {"probs": simplex}),
    (fx.Family(dist.MultinomialProbs, fixed={"total_count": 5}), {"probs": simplex}),
    (fx.Family(dist.MultivariateNormal, fixed={"covariance_matrix": COVARIANCE}), {"loc": vector}),
    (fx.Family(dist.MultivariateNormal, fixed={"precision_matrix": COVARIANCE}), {"loc": vector}),
    (
        fx.Family(dist.MultivariateNormal, fixed={"scale_tril": np.linalg.cholesky(COVARIANCE)}),
        {"loc": vector},
    ),
    (fx.Family(dist.MultivariateNormal, fixed={"loc": np.ones(3)}), {"covariance_matrix": spread}),
    (
        fx.Family(dist.MultivariateNormal, fixed={"loc": np.ones(3)}, parameters=("precision_matrix",)),
        {"precision_matrix": spread},
    ),
    (
        fx.Family(dist.MultivariateNormal, fixed={"loc": np.ones(3)}, parameters=("scale_tril",)),
        {"scale_tril": factor},
    ),
    (fx.Family(dist.MultivariateNormal), {"loc": vector, "covariance_matrix": spread}),
    (
        fx.Family(dist.MultivariateNormal, parameters=("loc", "precision_matrix")),
        {"loc": vector, "precision_matrix": spread},
    ),
    (
        fx.Family(dist.MultivariateNormal, parameters=("loc", "scale_tril")),
        {"loc": vector, "scale_tril": factor},
    ),
]


def name(row: tuple[fx.Family, dict[str, Draw]]) -> str:
    family, draws = row
    known = "".join(f", {key} known" for key in family.fixed)
    return f"{family.name}: {' '.join(draws)}{known}"


def random_params(row: tuple[fx.Family, dict[str, Draw]], count: int) -> dict[str, Any]:
    """Parameters at `count` points, along a leading axis, the same at every run."""
    generator = np.random.default_rng(len(name(row)))
    return {key: draw(generator, count) for key, draw in row[1].items()}

"""Every regular family of numbers, counts and categories, with where to draw random parameters from.

A new family is one more row. The ranges go out to where a density piles up at a boundary or degenerates.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

import fisherax as fx

# Compiling takes the time: one program for all forms, whose meshes XLA finds to be the same, without the fusions that
# take it longest.
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}

Draw = Callable[[np.random.Generator], Any]


def between(low: float, high: float, *shape: int) -> Draw:
    """Uniform."""
    return lambda generator: generator.uniform(low, high, shape)


def positive(low: float, high: float, *shape: int) -> Draw:
    """Uniform in the logarithm."""
    return lambda generator: np.exp(generator.uniform(np.log(low), np.log(high), shape))


def simplex(size: int, *shape: int) -> Draw:
    return lambda generator: generator.dirichlet(np.full(size, 2.0), shape)


LOC, SCALE = between(-5, 5), positive(1e-2, 1e2)
SHAPE, PROBS, LOGITS = positive(0.2, 50), between(0.01, 0.99), between(-5, 5)
RATE, COUNT = positive(1e-2, 1e2), positive(0.1, 50)


def truncated_normal(loc, scale):
    return dist.TruncatedNormal(loc, scale, low=-1.0)


REGULAR: dict[str, tuple[Any, dict[str, Draw]]] = {
    # the real line
    "Normal": (fx.Family(dist.Normal), {"loc": LOC, "scale": SCALE}),
    "StudentT": (fx.Family(dist.StudentT), {"df": positive(0.5, 100), "loc": LOC, "scale": SCALE}),
    "Cauchy": (fx.Family(dist.Cauchy), {"loc": LOC, "scale": positive(1e-3, 1e3)}),
    "Logistic": (fx.Family(dist.Logistic), {"loc": LOC, "scale": SCALE}),
    "Gumbel": (fx.Family(dist.Gumbel), {"loc": LOC, "scale": SCALE}),
    "SoftLaplace": (fx.Family(dist.SoftLaplace), {"loc": LOC, "scale": SCALE}),
    # positive numbers
    "LogNormal": (fx.Family(dist.LogNormal), {"loc": between(-3, 3), "scale": positive(0.05, 4)}),
    "HalfNormal": (fx.Family(dist.HalfNormal), {"scale": SCALE}),
    "HalfCauchy": (fx.Family(dist.HalfCauchy), {"scale": SCALE}),
    "Gamma": (fx.Family(dist.Gamma), {"concentration": SHAPE, "rate": RATE}),
    "InverseGamma": (fx.Family(dist.InverseGamma), {"concentration": SHAPE, "rate": RATE}),
    "Chi2": (fx.Family(dist.Chi2), {"df": SHAPE}),
    "Exponential": (fx.Family(dist.Exponential), {"rate": RATE}),
    "Weibull": (fx.Family(dist.Weibull), {"scale": SCALE, "concentration": SHAPE}),
    # NumPyro has no Rayleigh distribution: it is this one.
    "Rayleigh": (fx.Family(dist.Weibull, fixed={"concentration": 2.0}), {"scale": SCALE}),
    "Gompertz": (fx.Family(dist.Gompertz), {"concentration": positive(0.1, 10), "rate": positive(0.1, 10)}),
    "Dagum": (
        fx.Family(dist.Dagum),
        {"concentration": positive(0.5, 5), "sharpness": positive(0.5, 5), "scale": positive(0.5, 2)},
    ),
    "Pareto": (fx.Family(dist.Pareto, fixed={"scale": 2.0}), {"alpha": positive(0.3, 30)}),
    "Levy": (fx.Family(dist.Levy, fixed={"loc": 1.0}), {"scale": SCALE}),
    "TruncatedNormal": (
        fx.Family(truncated_normal, constraints={"loc": C.real, "scale": C.positive}),
        {"loc": between(-1, 2), "scale": positive(0.3, 3)},
    ),
    # an interval, the circle
    "Beta": (fx.Family(dist.Beta), {"concentration1": SHAPE, "concentration0": SHAPE}),
    "BetaProportion": (fx.Family(dist.BetaProportion), {"mean": PROBS, "concentration": SHAPE}),
    "Kumaraswamy": (fx.Family(dist.Kumaraswamy), {"concentration1": SHAPE, "concentration0": SHAPE}),
    "VonMises": (
        fx.Family(dist.VonMises),
        {"loc": between(-3, 3), "concentration": positive(1e-2, 1e3)},
    ),
    # counts
    "BernoulliProbs": (fx.Family(dist.BernoulliProbs), {"probs": PROBS}),
    "BernoulliLogits": (fx.Family(dist.BernoulliLogits), {"logits": LOGITS}),
    "BinomialProbs": (fx.Family(dist.BinomialProbs, fixed={"total_count": 9}), {"probs": PROBS}),
    "BinomialLogits": (fx.Family(dist.BinomialLogits, fixed={"total_count": 9}), {"logits": LOGITS}),
    "BetaBinomial": (
        fx.Family(dist.BetaBinomial, fixed={"total_count": 12}),
        {"concentration1": positive(0.05, 50), "concentration0": positive(0.05, 50)},
    ),
    "GeometricProbs": (fx.Family(dist.GeometricProbs), {"probs": positive(1e-4, 0.99)}),
    "GeometricLogits": (fx.Family(dist.GeometricLogits), {"logits": between(-8, 5)}),
    "Poisson": (fx.Family(dist.Poisson), {"rate": positive(1e-2, 1e4)}),
    "NegativeBinomialProbs": (
        fx.Family(dist.NegativeBinomialProbs),
        {"total_count": COUNT, "probs": between(1e-3, 0.999)},
    ),
    "NegativeBinomialLogits": (
        fx.Family(dist.NegativeBinomialLogits),
        {"total_count": COUNT, "logits": between(-6, 6)},
    ),
    "NegativeBinomial2": (
        fx.Family(dist.NegativeBinomial2),
        {"mean": positive(0.1, 1e3), "concentration": COUNT},
    ),
    "GammaPoisson": (fx.Family(dist.GammaPoisson), {"concentration": COUNT, "rate": RATE}),
    "BetaNegativeBinomial": (
        fx.Family(dist.BetaNegativeBinomial, fixed={"n": 4}),
        {"concentration1": positive(2.5, 20), "concentration0": positive(0.5, 20)},
    ),
    "ZeroInflatedPoisson": (
        fx.Family(dist.ZeroInflatedPoisson),
        {"gate": between(0.05, 0.95), "rate": positive(0.1, 100)},
    ),
    "HurdlePoisson": (
        fx.Family(dist.HurdlePoisson),
        {"gate": between(0.05, 0.95), "rate": positive(0.1, 100)},
    ),
    # categories
    "CategoricalProbs": (fx.Family(dist.CategoricalProbs), {"probs": simplex(4)}),
    "CategoricalLogits": (fx.Family(dist.CategoricalLogits), {"logits": between(-3, 3, 4)}),
    "MultinomialProbs": (fx.Family(dist.MultinomialProbs, fixed={"total_count": 4}), {"probs": simplex(3)}),
    "MultinomialLogits": (
        fx.Family(dist.MultinomialLogits, fixed={"total_count": 4}),
        {"logits": between(-3, 3, 3)},
    ),
    "DirichletMultinomial": (
        fx.Family(dist.DirichletMultinomial, fixed={"total_count": 4}),
        {"concentration": positive(0.3, 10, 3)},
    ),
    # mixtures
    "mixture of Normal": (
        fx.Mixture(fx.Family(dist.Normal), 2),
        {"weights": simplex(2), "loc": between(-3, 3, 2), "scale": positive(0.3, 3, 2)},
    ),
    "mixture of Gamma": (
        fx.Mixture(fx.Family(dist.Gamma), 2),
        {"weights": simplex(2), "concentration": positive(0.5, 10, 2), "rate": positive(0.3, 3, 2)},
    ),
    "mixture of Beta": (
        fx.Mixture(fx.Family(dist.Beta), 2),
        {
            "weights": simplex(2),
            "concentration1": positive(0.3, 10, 2),
            "concentration0": positive(0.3, 10, 2),
        },
    ),
    "mixture of Poisson": (
        fx.Mixture(fx.Family(dist.Poisson), 3),
        {"weights": simplex(3), "rate": positive(0.3, 30, 3)},
    ),
    "mixture of Binomial": (
        fx.Mixture(fx.Family(dist.Binomial, fixed={"total_count": 9}), 2),
        {"weights": simplex(2), "probs": between(0.01, 0.99, 2)},
    ),
    "mixture of Pareto": (
        fx.Mixture(fx.Family(dist.Pareto, fixed={"scale": 2.0}), 2),
        {"weights": simplex(2), "alpha": positive(0.3, 30, 2)},
    ),
    "mixture of Multinomial": (
        fx.Mixture(fx.Family(dist.Multinomial, fixed={"total_count": 4}), 2),
        {"weights": simplex(2), "probs": simplex(3, 2)},
    ),
}


def random_params(name: str, count: int) -> list[dict[str, Any]]:
    """Parameters of a family at `count` points, the same at every run."""
    generator = np.random.default_rng(sorted(REGULAR).index(name))
    ranges = REGULAR[name][1]
    return [{key: jnp.asarray(draw(generator)) for key, draw in ranges.items()} for _ in range(count)]

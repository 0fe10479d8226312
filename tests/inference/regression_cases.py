"""Regressions with statsmodels' counterparts."""

import functools

import numpy as np
import statsmodels.api as sm

import fisherax as fx

N, P = 250, 3
NAMES = ("Intercept", "x1", "x2")
RNG = np.random.default_rng(11)
X = np.column_stack([np.ones(N), RNG.normal(size=(N, P - 1))])
ETA = X @ np.array([0.4, 0.5, -0.3])
OFFSET = RNG.normal(size=N) * 0.3
TRIALS = RNG.integers(1, 9, N).astype(float)
POSITIVE = np.column_stack([np.ones(N), np.abs(X[:, 1:])])  # keeps an inverse link's mean positive
FAMILIES = sm.families
LINKS = sm.families.links


def uniform_below(p):
    return (RNG.uniform(size=N) < p).astype(float)


# name: head, dispersion, design, target, statsmodels' family
CASES = {
    "normal": (fx.heads.Normal(), "scale", X, ETA + RNG.normal(size=N), FAMILIES.Gaussian()),
    "logit": (fx.heads.Bernoulli(), None, X, uniform_below(1 / (1 + np.exp(-ETA))), FAMILIES.Binomial()),
    "probit": (
        fx.heads.Bernoulli("probit"),
        None,
        X,
        uniform_below(1 / (1 + np.exp(-1.6 * ETA))),
        FAMILIES.Binomial(LINKS.Probit()),
    ),
    "binomial": (
        fx.heads.Binomial(),
        None,
        X,
        RNG.binomial(TRIALS.astype(int), 1 / (1 + np.exp(-ETA))).astype(float),
        FAMILIES.Binomial(),
    ),
    "poisson": (fx.heads.Poisson(), None, X, RNG.poisson(np.exp(ETA)).astype(float), FAMILIES.Poisson()),
    "gamma-log": (
        fx.heads.Gamma(link="log"),
        "shape",
        X,
        RNG.gamma(2.0, np.exp(ETA) / 2),
        FAMILIES.Gamma(LINKS.Log()),
    ),
    "gamma-inverse": (
        fx.heads.Gamma(),
        "shape",
        POSITIVE,
        RNG.gamma(2.0, 0.5 / (1 + POSITIVE @ np.array([0.2, 0.5, 0.3]))),
        FAMILIES.Gamma(),
    ),
    "negative-binomial": (
        fx.heads.NegativeBinomial(2.0),
        None,
        X,
        RNG.negative_binomial(2.0, 2 / (2 + np.exp(ETA))).astype(float),
        FAMILIES.NegativeBinomial(alpha=0.5),
    ),
}


def model_of(head, dispersion, trials=False):
    return fx.Conditional(fx.LinearPredictor(NAMES, dispersion, trials), head)


@functools.cache
def fitted(name):
    head, dispersion, design, y, _ = CASES[name]
    inputs = {"x": design, "trials": TRIALS} if name == "binomial" else design
    return fx.fit(model_of(head, dispersion, name == "binomial"), (inputs, y))


@functools.cache
def theirs(name):
    _, _, design, y, family = CASES[name]
    target = np.column_stack([y, TRIALS - y]) if name == "binomial" else y
    return sm.GLM(target, design, family).fit(tol=1e-14, maxiter=200)


def dispersion_of(fit):
    """φ of the exponential dispersion model, in statsmodels' sense: σ², or 1/shape."""
    if "scale" in fit.params:
        return float(fit.params["scale"]) ** 2
    return 1 / float(fit.params["shape"]) if "shape" in fit.params else 1.0

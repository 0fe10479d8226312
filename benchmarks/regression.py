"""Poisson and logistic regression, n = 200,000 rows and p = 20 columns, against statsmodels.

The unit is one scoring pass in NumPy: `eta = X @ b`, the mean `mu`, the weight `w`, the score `X.T @ (y - mu)` and
the information `X.T @ (w[:, None] * X)`. A fit here reads X for its checks, for its start and for each step.
"""

from collections.abc import Iterator

import jax
import numpy as np
import statsmodels.api as sm

import fisherax as fx

from .timing import Contest

ROWS, COLUMNS = 200_000, 20


def run() -> Iterator[str]:
    """The tables."""
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, COLUMNS))
    x[:, 0] = 1.0
    b = 0.15 * rng.normal(size=COLUMNS)
    counts = rng.poisson(np.exp(x @ b)).astype(float)
    events = (rng.uniform(size=ROWS) < 1 / (1 + np.exp(-x @ b))).astype(float)
    yield from poisson(x, counts, b)
    yield from logistic(x, events, b)


def poisson(x: np.ndarray, y: np.ndarray, b: np.ndarray) -> Iterator[str]:
    """Counts."""

    def one_pass() -> object:
        mu = np.exp(x @ b)
        return x.T @ (y - mu), x.T @ (mu[:, None] * x)

    contest = Contest(f"Poisson, {ROWS:,} × {COLUMNS}", rounds=5)
    contest.add("one scoring pass in NumPy", one_pass)
    contest.add("statsmodels GLM", lambda: sm.GLM(y, x, family=sm.families.Poisson()).fit())
    contest.add("statsmodels Poisson", lambda: sm.Poisson(y, x).fit(disp=0))
    exact = sm.GLM(y, x, family=sm.families.Poisson()).fit(tol=1e-14)
    yield from compare(contest, fx.heads.Poisson(), x, y, exact.params, exact.bse)


def logistic(x: np.ndarray, y: np.ndarray, b: np.ndarray) -> Iterator[str]:
    """Events."""

    def one_pass() -> object:
        mu = 1 / (1 + np.exp(-(x @ b)))
        return x.T @ (y - mu), x.T @ ((mu * (1 - mu))[:, None] * x)

    contest = Contest(f"Logistic, {ROWS:,} × {COLUMNS}", rounds=5)
    contest.add("one scoring pass in NumPy", one_pass)
    contest.add("statsmodels GLM", lambda: sm.GLM(y, x, family=sm.families.Binomial()).fit())
    contest.add("statsmodels Logit", lambda: sm.Logit(y, x).fit(disp=0))
    exact = sm.GLM(y, x, family=sm.families.Binomial()).fit(tol=1e-14)
    yield from compare(contest, fx.heads.Bernoulli(), x, y, exact.params, exact.bse)


def compare(
    contest: Contest, head: object, x: np.ndarray, y: np.ndarray, params: np.ndarray, errors: np.ndarray
) -> Iterator[str]:
    """The contest with our fit, and how far the answers are apart."""
    model = fx.Conditional(fx.LinearPredictor(tuple(f"x{i}" for i in range(COLUMNS))), head)
    contest.add("fisherax fit", lambda: fx.fit(model, (x, y)))
    contest.add(
        "fisherax fit + standard errors", lambda: np.asarray(fx.fit(model, (x, y)).errors("expected"))
    )
    yield contest.run("one scoring pass in NumPy").markdown()
    fit = fx.fit(model, (x, y))
    gap = np.max(np.abs(np.asarray(fit.values) / params - 1))
    spread = np.max(np.abs(np.asarray(fit.errors("expected")) / errors - 1))
    yield (
        f"{fit.status.passes} passes of the likelihood. Coefficients agree with statsmodels' (iterated to rounding) to "
        f"{gap:.1e}, their standard errors to {spread:.1e} (relative).\n"
    )

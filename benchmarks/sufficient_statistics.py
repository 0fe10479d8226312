"""A family with sufficient statistics reads its data once, and what follows costs nothing that grows with n.

Maximum likelihood for n = 100,000 against `scipy.stats.<family>.fit` with the location fixed. The unit is one pass of
SciPy over the log-likelihood, `scipy.stats.<family>.logpdf(x, ...).sum()`; a leaner one, which only evaluates
the formula, stands in the table as well. Then fit, profile intervals, tests and criteria at n = 1e3, 1e5 and 1e7.
"""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import numpyro.distributions as dist
from scipy import stats

import fisherax as fx

from .timing import Contest, human, seconds

SIZE = 100_000


class Case(NamedTuple):
    """A family here and there.

    Attributes:
        kind: NumPyro's class.
        peer: SciPy's distribution.
        shapes: The parameters that the data are drawn from, as SciPy takes them.
        held: What SciPy's fit is to hold.
        names: Our estimates in the order of SciPy's free ones, as a function of θ.
        formula: The log-likelihood, but for a constant, in plain NumPy.
    """

    kind: Any
    peer: Any
    shapes: dict[str, float]
    held: dict[str, float]
    names: Callable[[dict[str, Any]], dict[str, float]]
    formula: Callable[[np.ndarray], float]


CASES = {
    "Gamma": Case(
        dist.Gamma,
        stats.gamma,
        {"a": 3.0, "scale": 2.0},
        {"floc": 0},
        lambda p: {"a": p["concentration"], "scale": 1 / p["rate"]},
        lambda x: float(np.sum(2.0 * np.log(x) - x / 2.0)),
    ),
    "LogNormal": Case(
        dist.LogNormal,
        stats.lognorm,
        {"s": 0.5, "scale": 2.0},
        {"floc": 0},
        lambda p: {"s": p["scale"], "scale": np.exp(p["loc"])},
        lambda x: (lambda z: float(np.sum(-z - 2.0 * (z - 0.7) ** 2)))(np.log(x)),
    ),
    "Beta": Case(
        dist.Beta,
        stats.beta,
        {"a": 2.0, "b": 5.0},
        {"floc": 0, "fscale": 1},
        lambda p: {"a": p["concentration1"], "b": p["concentration0"]},
        lambda x: float(np.sum(np.log(x) + 4.0 * np.log1p(-x))),
    ),
    "InverseGamma": Case(
        dist.InverseGamma,
        stats.invgamma,
        {"a": 4.0, "scale": 3.0},
        {"floc": 0},
        lambda p: {"a": p["concentration"], "scale": p["rate"]},
        lambda x: float(np.sum(-5.0 * np.log(x) - 3.0 / x)),
    ),
    "Weibull": Case(
        dist.Weibull,
        stats.weibull_min,
        {"c": 1.7, "scale": 3.0},
        {"floc": 0},
        lambda p: {"c": p["concentration"], "scale": p["scale"]},
        lambda x: (lambda z: float(np.sum(0.7 * z - np.exp(1.7 * z))))(np.log(x / 3.0)),
    ),
}


def run() -> Iterator[str]:
    """The tables."""
    jax.config.update("jax_enable_x64", True)
    for name, case in CASES.items():
        yield from compare(name, case)
    yield from growth()


def compare(name: str, case: Case) -> Iterator[str]:
    """One family against SciPy."""
    x = case.peer.rvs(**case.shapes, size=SIZE, random_state=np.random.default_rng(7))
    family = fx.Family(case.kind)
    ours, theirs, unit = "fisherax fit", f"scipy.stats.{case.peer.name}.fit", "one SciPy logpdf pass"
    contest = Contest(f"{name}, n = {SIZE:,}", rounds=15)
    contest.add(unit, lambda: case.peer.logpdf(x, **case.shapes).sum())
    contest.add("one lean NumPy pass", lambda: case.formula(x))
    contest.add(theirs, lambda: case.peer.fit(x, **case.held))
    contest.add(ours, lambda: fx.fit(family, x))
    outcome = contest.run(unit)
    yield outcome.markdown()
    there = dict(
        zip(
            [*filter(None, (case.peer.shapes or "").split(", ")), "loc", "scale"],
            case.peer.fit(x, **case.held),
            strict=True,
        )
    )
    fitted = fx.fit(family, x)
    here = case.names(fitted.params)
    gap = max(abs(float(here[key]) / there[key] - 1) for key in here)
    gain = fitted.log_likelihood - case.peer.logpdf(x, **there).sum()
    yield (
        f"SciPy takes {outcome.ratio(theirs, ours):.2g} times as long; estimates differ by at most {gap:.1e} "
        f"(relative), and the log-likelihood here is higher by {gain:.1e}.\n"
    )


def growth() -> Iterator[str]:
    """What each step costs as n grows: the fit reads the data, the rest does not."""
    family = fx.Family(dist.Gamma)
    null = {"concentration": 3.0}
    steps: dict[str, Callable[[fx.Fit], object]] = {
        "profile intervals": lambda fit: fit.confidence_interval(method="profile"),
        "score intervals": lambda fit: fit.confidence_interval(method="score"),
        "likelihood-ratio test": lambda fit: fit.likelihood_ratio_test(null),
        "score test": lambda fit: fit.score_test(null),
        "covariance (observed)": lambda fit: fit.covariance("observed"),
        "summary": lambda fit: fit.summary(),
    }
    sizes = (1_000, 100_000, 10_000_000)
    data = {n: np.random.default_rng(n).gamma(3.0, 2.0, n) for n in sizes}
    table = {"fit": [_median(partial(fx.fit, family, data[n])) for n in sizes]}
    for name, step in steps.items():
        # What a fit computes it keeps, so each time is that of a new one.
        table[name] = [
            _median(lambda fit, step=step: step(fit), partial(fx.fit, family, data[n])) for n in sizes
        ]
    yield "| Gamma | " + " | ".join(f"n = {n:,}" for n in sizes) + " | last / first |"
    yield "|---|" + "---:|" * 4
    for name, times in table.items():
        yield f"| {name} | " + " | ".join(map(human, times)) + f" | {times[-1] / times[0]:.2g} |"
    yield ""


def _median(work: Callable[..., object], prepare: Callable[[], object] | None = None) -> float:
    """The median time of later calls, each on what `prepare` has just made."""
    times = []
    for _ in range(8):
        call = work if prepare is None else partial(work, prepare())
        times.append(seconds(call))
    return statistics.median(times[1:])

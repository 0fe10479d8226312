"""Profile-likelihood intervals of all parameters, with the fit, against iminuit's migrad and minos.

n = 100,000 observations of a Gamma and of a Weibull. iminuit is given the lean NumPy log-likelihood, whose
passes it counts itself; that pass is the unit. Gamma's data are read once here, Weibull's twice.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np
import numpyro.distributions as dist
from iminuit import Minuit
from scipy.special import gammaln

import fisherax as fx

from .timing import Contest

SIZE = 100_000


class Case(NamedTuple):
    """A family, data, and the log-likelihood as iminuit maximises it, in the same parameters.

    Attributes:
        kind: NumPyro's class.
        draw: Observations.
        log_likelihood: ℓ of the data at parameters in the order of `start`.
        start: A reasonable start for iminuit, such as a user would give.
    """

    kind: Any
    draw: Callable[[np.random.Generator], np.ndarray]
    log_likelihood: Callable[..., float]
    start: dict[str, float]


def _gamma(x: np.ndarray, concentration: float, rate: float) -> float:
    constant = concentration * np.log(rate) - gammaln(concentration)
    return len(x) * constant + np.sum((concentration - 1) * np.log(x) - rate * x)


def _weibull(x: np.ndarray, scale: float, concentration: float) -> float:
    z = np.log(x / scale)
    constant = np.log(concentration / scale)
    return len(x) * constant + np.sum((concentration - 1) * z - np.exp(concentration * z))


CASES = {
    "Gamma": Case(
        dist.Gamma,
        lambda rng: rng.gamma(3.0, 2.0, SIZE),
        _gamma,
        {"concentration": 2.0, "rate": 1.0},
    ),
    "Weibull": Case(
        dist.Weibull,
        lambda rng: 3.0 * rng.weibull(1.7, SIZE),
        _weibull,
        {"scale": 2.0, "concentration": 1.0},
    ),
}


def run() -> Iterator[str]:
    """The tables."""
    jax.config.update("jax_enable_x64", True)
    for name, case in CASES.items():
        yield from compare(name, case)


def minos(case: Case, x: np.ndarray) -> Minuit:
    """iminuit's fit and intervals; errordef ½ makes the function a negative log-likelihood."""
    minuit = Minuit(
        lambda *theta: -case.log_likelihood(x, *theta), *case.start.values(), name=tuple(case.start)
    )
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.limits = (1e-6, None)
    minuit.migrad()
    minuit.minos(cl=0.95)
    return minuit


def compare(name: str, case: Case) -> Iterator[str]:
    """One family against iminuit."""
    x = case.draw(np.random.default_rng(3))
    family = fx.Family(case.kind)
    unit, theirs = "one NumPy pass", "iminuit migrad + minos"
    fitted, profiled = "fisherax fit", "fisherax fit + profile intervals"
    contest = Contest(f"{name}, n = {SIZE:,}")
    contest.add(unit, lambda: case.log_likelihood(x, *case.start.values()))
    contest.add(theirs, lambda: minos(case, x))
    contest.add(fitted, lambda: fx.fit(family, x))
    contest.add(profiled, lambda: fx.fit(family, x).confidence_interval(method="profile"))
    outcome = contest.run(unit)
    yield outcome.markdown()
    minuit = minos(case, x)
    fit = fx.fit(family, x)
    ours = {key: np.asarray(value) for key, value in fit.confidence_interval(method="profile").items()}
    gap = 0.0
    for key in case.start:
        value, errors = minuit.values[key], minuit.merrors[key]
        gap = max(gap, *np.abs(ours[key] / (value + np.array([errors.lower, errors.upper])) - 1))
    yield (
        f"iminuit takes {outcome.ratio(theirs, profiled):.1f} times as long ({minuit.nfcn} passes of its own; "
        f"{fit.likelihood.passes} passes over the data here). The ends of the intervals differ by at most {gap:.1e} "
        "(relative).\n"
    )

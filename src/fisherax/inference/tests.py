"""Tests of a hypothesis on some or all parameters: Wald's, Rao's score, and the likelihood ratio."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
import scipy.linalg
from scipy.stats import chi2

from .._types import Params, Vector
from .covariance import information_in_z
from .ends import controls_of
from .entry import entry_of
from .held import Held
from .likelihood.chart import flat
from .null import Null, null_of
from .scoring import State, ascend

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Test:
    """The result of a test.

    Attributes:
        name: Which test.
        null: The hypothesis, in words.
        statistic: Distributed as χ² with `df` degrees of freedom if the hypothesis is true, as n → ∞.
        df: The number of independent restrictions.
        p_value: P(χ² ≥ statistic), accurate far out in the tail.
        kind: The covariance or information behind it; None for the likelihood ratio.
        params: The maximum under the hypothesis, where it was needed.
    """

    __test__ = False  # no test of ours, for pytest

    name: str
    null: str
    statistic: float
    df: int
    p_value: float
    kind: str | None = None
    params: Params = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "test": self.name,
            "null": self.null,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "kind": self.kind,
        }

    def __str__(self) -> str:
        kind = f" ({self.kind})" if self.kind else ""
        result = f"χ² = {self.statistic:.6g} on {self.df} df, p = {self.p_value:.4g}"
        return f"{self.name} test{kind} of {self.null}: {result}"


def wald_test(
    fit: "Fit", null: Any, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
) -> Test:
    """Wald's test, W = (θ̂ − θ₀)ᵀ Σ⁻¹ (θ̂ − θ₀) over the entries of the hypothesis; see `Fit.wald_test`."""
    hypothesis = null_of(fit, null)
    where = np.asarray(hypothesis.indices)
    covariance = np.asarray(fit.covariance(kind, clusters))[np.ix_(where, where)]
    difference = np.asarray(fit.values)[where] - hypothesis.targets
    periods = np.array([entry_of(fit.coordinates, i).period for i in hypothesis.indices])
    turns = np.where(np.isfinite(periods), periods, 0.0)
    difference = difference - turns * np.round(difference / periods)  # the short way round a circle
    _check_rank(fit, hypothesis, covariance, kind, clusters)
    d = np.sqrt(np.diagonal(covariance))
    statistic = _quadratic(covariance / d[:, None] / d[None, :], difference / d)
    return _test("Wald", hypothesis, statistic, kind)


def score_test(fit: "Fit", null: Any, kind: str = "expected") -> Test:
    """Rao's score test, S = gᵀI⁻¹g at the maximum under the hypothesis; see `Fit.score_test`."""
    if kind not in ("expected", "observed", "opg"):
        raise ValueError(f"A score test takes the information expected, observed or opg, not {kind!r}.")
    hypothesis = null_of(fit, null)
    z, _ = restricted(fit, hypothesis)
    score = np.asarray(fit.likelihood.evaluate(z).score)
    information = np.asarray(information_in_z(fit.likelihood, z, kind))
    d = np.sqrt(np.abs(np.diagonal(information)))
    if not np.all(np.isfinite(information)) or not np.all(d > 0):
        raise ValueError(
            f"score_test: the {kind} information is singular or not finite under {hypothesis.text}: use "
            "likelihood_ratio_test."
        )
    statistic = _quadratic(information / d[:, None] / d[None, :], score / d)
    return _test("score (Rao)", hypothesis, statistic, kind, fit.coordinates.to_params(z))


def likelihood_ratio_test(fit: "Fit", null: Any) -> Test:
    """The likelihood-ratio test, 2(ℓ̂ − ℓ̃); see `Fit.likelihood_ratio_test`."""
    hypothesis = null_of(fit, null)
    z, value = restricted(fit, hypothesis)
    best = fit.peak.value
    if value > best + fit.peak.lead:
        raise ValueError(
            f"likelihood_ratio_test: ℓ is {value:.6f} under {hypothesis.text}, more than the {best:.6f} of the fit, "
            "which is therefore not the maximum: fit again with init= at that point, or with more starts=."
        )
    statistic = max(2 * (best - value), 0.0)
    return _test("likelihood-ratio", hypothesis, statistic, None, fit.coordinates.to_params(z))


def restricted(fit: "Fit", null: Null) -> tuple[Vector, float]:
    """The maximum under a hypothesis, and ℓ there."""
    if null.complete:
        return null.z, float(fit.likelihood.value(null.z))
    held = Held(fit.coordinates, null.indices, null.targets, np.asarray(null.z))
    starts = (null.z,) if bool(jnp.all(null.z == fit.z)) else (null.z, fit.z)
    for start in starts:
        ascent = ascend(fit.likelihood, start, controls_of(fit), held)
        if math.isfinite(ascent.value) and (ascent.state is not State.STUCK or ascent.decrement < 1e-9):
            z = jnp.asarray(ascent.last(held))
            entries = np.asarray(flat(fit.coordinates.to_params(z)))[list(null.indices)]
            if np.all(np.abs(entries - null.targets) <= 1e-8 * (1 + np.abs(null.targets))):
                # The last step needs no pass to be seen; it is worth half the decrement.
                gain = 0.5 * ascent.decrement if ascent.state is State.CONVERGED else 0.0
                return z, ascent.value + gain
    raise ValueError(
        f"The likelihood could not be maximised under {null.text}: is it inside the parameter space, and "
        "are the observations possible under it?"
    )


def _check_rank(fit: "Fit", null: Null, covariance: np.ndarray, kind: str, clusters: Any) -> None:
    """Raise ValueError where a covariance is singular because there are few clusters.

    Scores sum to zero at the maximum, so the rank is one less than the number of clusters, at most.
    """
    if kind != "clustered":
        return
    labels = fit.clusters if clusters is None else fit.likelihood.check_clusters(clusters)
    assert labels is not None
    rank = int(labels.max())
    if rank < len(null.indices) or not np.all(np.diagonal(covariance) > 0):
        raise ValueError(
            f"The covariance from {rank + 1} clusters has rank {rank} at most, so it cannot test the "
            f"{len(null.indices)} restrictions {null.text}: test fewer at a time, or use another kind=."
        )


def _quadratic(matrix: np.ndarray, vector: np.ndarray) -> float:
    """vᵀA⁻¹v for a positive definite A of unit diagonal."""
    try:
        factor = scipy.linalg.cho_factor(matrix, lower=True)
    except np.linalg.LinAlgError:
        raise ValueError(
            "The information is not positive definite here, so that this statistic is not defined: use another "
            "kind=, or likelihood_ratio_test."
        ) from None
    return float(vector @ scipy.linalg.cho_solve(factor, vector))


def _test(name: str, null: Null, statistic: float, kind: str | None, params: Params = None) -> Test:
    df = len(null.indices)
    return Test(name, null.text, statistic, df, float(chi2.sf(statistic, df)), kind, params)

"""The report's sentences. Each is made from the numbers it states, and states no more than they say."""

import math
from collections.abc import Sequence

import numpy as np

from .numbers import listing, percent, significant, whole

STRONG, MODERATE = 0.9, 0.5
"""Correlations from which two estimates are called hard to tell apart, and entangled."""
UNEQUAL = 1.25
"""The ratio of two standard errors from which they are said to differ."""

FEW = 30
"""Observations for each parameter below which a sandwich covariance says little."""


def halving(num_observations: float, what: str = "observations") -> str:
    """How many more observations, or clusters of them, would halve every interval: 4n in all, 3n more."""
    times = "four times as many" if what == "clusters" else "four times as much"
    return (
        f"Standard errors shrink with the square root of the number of {what}. To halve every interval, "
        f"observe {times}: {whole(4 * num_observations)} {what} in all, "
        f"{whole(3 * num_observations)} more of the same kind."
    )


def observations_for(num_observations: float, half_width: float, target: float) -> float:
    """Observations in all for a half-width of `target`, if n give `half_width`: n (w/t)², rounded up."""
    needed = num_observations * (half_width / target) ** 2
    return float(math.ceil(needed - 1e-9 * needed))


def target_width(half_width: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most half of a half-width."""
    goal = half_width / 2
    power = 10.0 ** math.floor(math.log10(goal))
    step = max(step for step in (1, 2, 5) if step * power <= goal * (1 + 1e-12))
    return step * power


def precision(name: str, estimate: float, error: float, positive: bool, unit: str = "") -> str:
    """How well one parameter is determined: relative to itself if it is positive, else in its own unit."""
    if not math.isfinite(error):
        return f"{name} is not determined by the data: it has no standard error."
    if error == 0:
        return f"{name} is known exactly under this model: its standard error is 0."
    if positive and estimate != 0:
        return (
            f"{name} is known to within {percent(error / abs(estimate))} of its value (one standard error)."
        )
    size = significant(error, 2) + (f" {unit}" if unit else "")
    return f"{name} is known to within ±{size} (one standard error)."


def clearest(names: Sequence[str], estimates: Sequence[float], errors: Sequence[float]) -> str | None:
    """Which coefficients of a regression stand out from 0 most and least."""
    known = [
        (abs(value) / error, name)
        for name, value, error in zip(names, estimates, errors, strict=True)
        if math.isfinite(error) and error > 0
    ]
    if not known:
        return None
    (least, last), (most, first) = min(known), max(known)
    sentence = f"The estimate of {first} is {significant(most, 2)} standard errors away from 0"
    if len(known) == 1:
        return sentence + "."
    return (
        f"{sentence}, the most of all; that of {last} {significant(least, 2)}, the least. Below 2 a "
        "coefficient can hardly be told from 0."
    )


def best_and_worst(names: Sequence[str], relative_errors: Sequence[float]) -> str | None:
    """Which positive parameter is relatively best determined, and which worst."""
    known = [
        (error, name) for name, error in zip(names, relative_errors, strict=True) if math.isfinite(error)
    ]
    if len(known) < 2:
        return None
    (best, best_name), (worst, worst_name) = min(known), max(known)
    if worst < 1.1 * best:
        all_of = "Both" if len(known) == 2 else "All"
        return (
            f"{all_of} are known about equally well, to within {percent(worst)} of their values (one "
            "standard error)."
        )
    return (
        f"Best determined is {best_name}, to within {percent(best)} of its value (one standard error); "
        f"least, {worst_name}, to within {percent(worst)}."
    )


def entangled(first: str, second: str, correlation: float, covariance_kind: str) -> str:
    """What the correlation of two estimates means."""
    shrink = math.sqrt(max(0.0, 1 - correlation**2))
    size = abs(correlation)
    if size >= STRONG:
        how = "are strongly entangled"
    elif size >= MODERATE:
        how = "are entangled"
    else:
        how = "are nearly separate" if size < 0.1 else "are weakly related"
    together = (
        "errors in them go the same way" if correlation > 0 else "an error in one is made up by the other"
    )
    sentence = (
        f"The estimates of {first} and {second} {how}: their correlation is {signed(correlation)} "
        f"({covariance_kind} covariance)"
    )
    if size < 0.1:
        return sentence + "."
    return (
        sentence + f", so {together}. If {second} were known, the standard error of {first} would be "
        f"{percent(shrink)} of what it is."
    )


def signed(correlation: float) -> str:
    """A correlation to two places, or to as many as show how close to one it is."""
    places = 2
    while places < 6 and abs(correlation) < 1 and abs(round(correlation, places)) == 1:
        places += 1
    text = f"{abs(correlation):.{places}f}"
    return f"−{text}" if correlation < 0 and float(text) != 0 else text


def inflation(name: str, factor: float) -> str:
    """How much wider an interval is because the other parameters had to be estimated too."""
    if factor < 1.05:
        return f"Not knowing the other parameters costs {name} nothing."
    return (
        f"The standard error of {name} is {significant(factor, 2)} times what it would be if all other "
        "parameters were known."
    )


def lopsided(
    name: str, estimate: float, profile: tuple[float, float], wald: tuple[float, float]
) -> str | None:
    """Where the profile interval differs from the symmetric one enough to matter: by a tenth of its arm."""
    lower, upper = profile
    if not all(math.isfinite(number) for number in (estimate, lower, upper)):
        return None
    arm = (wald[1] - wald[0]) / 2
    if not math.isfinite(arm) or arm <= 0:
        return None
    below, above = (estimate - lower) / arm, (upper - estimate) / arm
    if max(abs(below - 1), abs(above - 1)) < 0.1:
        return None
    return (
        f"The profile interval of {name} reaches {significant(below, 2)} times as far down and "
        f"{significant(above, 2)} times as far up as the symmetric Wald interval: trust the profile."
    )


ROBUST = ("sandwich", "clustered")
"""Covariances that do not take the model at its word."""


def robust_remark(kind: str) -> str:
    """Why Wald intervals from a robust covariance differ from the others, which are as good as the model."""
    doubt = "the rows of a cluster to be independent" if kind == "clustered" else "the model to be right"
    return (
        f"Score and profile intervals take {doubt}; the Wald intervals, from the {kind} covariance, do not. Where "
        "they differ in width, trust the Wald intervals."
    )


def misfit(
    names: Sequence[str],
    expected: np.ndarray,
    robust: np.ndarray,
    num_observations: float,
    kind: str = "sandwich",
) -> str:
    """Whether model-based and robust standard errors agree, and what it would mean if not.

    Args:
        names: The parameters.
        expected: Standard errors from the expected information.
        robust: Those of the sandwich, or of the clustered one.
        num_observations: How many observations vary by themselves: clusters, where they are clustered.
        kind: "sandwich" or "clustered".
    """
    clustered = kind == "clustered"
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.asarray(robust) / np.asarray(expected)
    known = np.isfinite(ratios)
    if not np.any(known):
        return f"The {kind} covariance could not be compared with the expected one."
    off = [
        (names[k], float(ratios[k]))
        for k in np.flatnonzero(known).tolist()
        if not 1 / UNEQUAL < ratios[k] < UNEQUAL
    ]
    if not off:
        return (
            f"{kind.capitalize()} and expected standard errors agree to within a factor of {UNEQUAL:g}, as they should "
            f"if the model is right{' and rows are independent' if clustered else ''}."
        )
    parts = listing([f"{significant(ratio, 2)} times as large for {name}" for name, ratio in off[:4]])
    more = f", and they differ for {len(off) - 4} more" if len(off) > 4 else ""
    sentence = f"The {kind} standard error is {parts}{more}. "
    if num_observations < FEW * len(names):
        units = "clusters" if clustered else "observations"
        return sentence + (
            f"With {whole(num_observations)} {units} for {len(names)} parameter{'s' if len(names) > 1 else ''} the "
            f"{'covariance' if clustered else 'sandwich'} is itself uncertain: this may be chance."
        )
    return sentence + (
        f"In large samples the two agree if the model is right{' and rows are independent' if clustered else ''}; "
        "a lasting difference means that the data vary in a way that the model does not describe."
    )


def verdict(status: object) -> str:
    """Whether the fit may be believed, in one sentence."""
    if getattr(status, "valid", False):
        return (
            "The fit is valid: the search found a maximum of the likelihood inside the parameter space, and "
            "the data determine every parameter."
        )
    reasons = []
    if not getattr(status, "converged", True):
        reasons.append("the search did not converge")
    boundary = tuple(getattr(status, "at_boundary", ()) or ())
    if boundary:
        reasons.append(f"{listing(boundary)} ran to the boundary of the parameter space")
    if getattr(status, "unidentified", None):
        reasons.append("the data do not determine every parameter")
    elif not getattr(status, "positive_definite", True):
        reasons.append("the information is not positive definite")
    because = listing(reasons) or "its standard errors cannot be computed"
    return f"The fit is not valid: {because}. Do not rely on the intervals below."


def conditioning(condition_number: float) -> str:
    """What a scaled condition number means."""
    if not math.isfinite(condition_number):
        return "infinite: some combination of parameters is not determined at all"
    if condition_number < 10:
        return "parameters are told apart easily"
    if condition_number < 1e4:
        return "some parameters are entangled, which costs precision and nothing else"
    if condition_number < 1e10:
        return "nearly singular: some combination of parameters is poorly determined"
    return "singular to working precision: some combination of parameters is not determined"

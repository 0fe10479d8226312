"""Confidence intervals for the entries of the parameters: Wald's, Rao's score, and profile likelihood."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from .._numbers import Real, level_of
from .._types import Array, Float, Params
from .._warnings import warn
from .crossing import Higher
from .ends import check_profile, profile_ends, root_of
from .entry import Entry, entry_of
from .parts import another_part, sentence
from .profile import better_fit
from .score_ends import ScoreRoot, information_of, score_ends
from .unimodal import is_unimodal

if TYPE_CHECKING:
    from .fit import Fit

METHODS = ("wald", "score", "profile")
SCALES = ("natural", "unconstrained")
SCORE_KINDS = ("expected", "observed", "opg")


def confidence_interval(
    fit: "Fit",
    level: Real = 0.95,
    method: str = "wald",
    kind: str = "expected",
    clusters: Sequence[Any] | np.ndarray | None = None,
    scale: str = "natural",
) -> Params:
    """An interval for each entry of the parameters; see `Fit.confidence_interval`, which is this."""
    level = level_of(level)
    if method not in METHODS:
        raise ValueError(f"There is no interval {method!r}; the methods are {', '.join(METHODS)}.")
    if scale not in SCALES:
        raise ValueError(f"There is no scale {scale!r}; the scales are {', '.join(SCALES)}.")
    if method != "wald" and scale != "natural":
        raise ValueError(
            f"scale= is a choice for Wald intervals; {method} intervals are the same on every scale."
        )
    if method == "wald":
        return fit.unflatten(wald_intervals(fit, level, kind, clusters, scale))
    if method == "profile" and (kind != "expected" or clusters is not None):
        raise ValueError(
            "A profile-likelihood interval uses the likelihood alone: leave out kind= and clusters=."
        )
    check_profile(fit)
    for _ in range(10):
        try:
            return fit.unflatten(_set_ends(fit, level, method, kind))
        except Higher as higher:
            fit = better_fit(fit, higher.z)
    raise ValueError(
        "The likelihood keeps rising along the way; it may be unbounded. Give the fit more starts."
    )


def wald_intervals(
    fit: "Fit", level: float, kind: str, clusters: Sequence[Any] | np.ndarray | None, scale: str
) -> Float[Array, "size 2"]:
    """θ̂ᵢ ± z se(θ̂ᵢ), or the same in w(θᵢ), with se(w) = |dw/dθᵢ| se(θ̂ᵢ), and carried back."""
    values = np.asarray(fit.values)
    entries = [entry_of(fit.coordinates, i) for i in range(len(values))]
    # Half a turn to either side is the whole circle.
    half = np.minimum(
        root_of(level) * np.asarray(fit.errors(kind, clusters)), [0.5 * entry.period for entry in entries]
    )
    if scale == "natural":
        return jnp.asarray(np.stack([values - half, values + half], axis=1))
    return jnp.asarray(
        [_on_line(entry, value, h) for entry, value, h in zip(entries, values, half, strict=True)]
    )


def _on_line(entry: Entry, value: float, half: float) -> list[float]:
    if not math.isfinite(half):
        return [entry.lower, entry.upper]
    w = entry.to_line(value)
    # dw/dθ = 1/(θ − a) + 1/(b − θ), of the terms that there are.
    rate = 1.0 / (value - entry.lower) + 1.0 / (entry.upper - value) if entry.is_bounded else 1.0
    return [entry.from_line(w - rate * half), entry.from_line(w + rate * half)]


def _set_ends(fit: "Fit", level: float, method: str, kind: str) -> Float[Array, "size 2"]:
    """{v : 2(ℓ̂ − pl(v)) ≤ χ²₁}, or {v : S(v) ≤ χ²₁} with S the score statistic of θᵢ = v."""
    if method == "score" and kind not in SCORE_KINDS:
        raise ValueError(
            f"A score interval takes the information {', '.join(SCORE_KINDS)}, not {kind!r}: the robust kinds "
            "are not informations."
        )
    target = root_of(level)
    start = None if method == "profile" else information_of(fit, fit.peak.z, kind)
    rows, names, others = [], [], []
    for index, name in enumerate(fit.names):
        entry = entry_of(fit.coordinates, index)
        profiled = start is None
        ends = profile_ends(fit, index, target) if profiled else score_ends(fit, entry, target, kind, start)
        rows.append([end.value for end in ends])
        if is_unimodal(fit.likelihood):
            continue
        for sign, end in zip((-1.0, 1.0), ends, strict=True):
            root = None if start is None else ScoreRoot(fit, entry, sign, kind)
            other = another_part(fit, entry, sign, end, target, root)
            if other is not None:
                names.append(name)
                others.append(other)
    if names:
        warn(sentence(level, method, names, others))
    return jnp.array(rows)

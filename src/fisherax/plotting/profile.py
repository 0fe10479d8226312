"""The profile likelihood of one parameter, with the parabola that the information alone would give."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy import stats
from scipy.interpolate import PchipInterpolator

from .._numbers import Real, level_of
from .region import index_of
from .style import INK, MUTED, QUADRATIC, TRUTH, axes_of, styled, with_unit


def profile(
    fit: Any,
    name: str,
    level: Real = 0.95,
    kind: str = "expected",
    unit: str | None = None,
    ax: Axes | None = None,
    found: Any = None,
) -> Axes:
    """Draw the profile likelihood of one parameter, all others re-maximised, as a deviance.

        D(v) = 2(ℓ̂ − max over θᵢ = v of ℓ)

    Where the curve lies below χ²₁(level) is the profile-likelihood interval. The dashed parabola is
    (θ − θ̂)²/se², whose crossings are the Wald interval; the two agree where the log-likelihood is quadratic.

    Args:
        fit: A `Fit`.
        name: The name of a parameter, one of `fit.names`.
        level: The level of confidence of the line, between 0 and 1.
        kind: Which covariance the parabola's standard error is from.
        unit: The parameter's unit, for the label.
        ax: Where to draw; a new figure if None.
        found: The profile, if it is known already: `fit.profile(name)`.

    Returns:
        The axes drawn on: the parameter in its unit, and D in nats times two.

    Raises:
        ValueError: If the name is none of the fit's, or the fit did not converge.

    Examples:
        >>> import fisherax as fx, numpy as np, numpyro.distributions as dist
        >>> fit = fx.fit(fx.Family(dist.Exponential), np.array([0.5, 1.0, 1.5, 2.0]))
        >>> ax = fx.plot.profile(fit, "rate", unit="1/min")
        >>> ax.get_xlabel()
        'rate (1/min)'

    References:
        Pawitan (2001), In All Likelihood, §3.4.
    """
    level = level_of(level)
    index = index_of(fit, name)
    estimate = float(np.asarray(fit.values)[index])
    found = fit.profile(name) if found is None else found
    values, deviance = curve_of(found)
    height = float(stats.chi2.ppf(level, 1))
    top = 2.0 * height
    lower, upper = (float(end) for end in found.interval(level))
    error = float(np.asarray(fit.errors(kind))[index])
    error = error if np.isfinite(error) and error > 0 else float("nan")

    left, right = window(values, deviance, estimate, error, top)
    with styled():
        ax = axes_of(ax)
        ax.plot(values, deviance, color=TRUTH, label="profile likelihood")
        if np.isfinite(error):
            grid = np.linspace(left, right, 201)
            parabola = ((grid - estimate) / error) ** 2
            ax.plot(grid, parabola, color=QUADRATIC, dashes=(5, 2), label=f"quadratic ({kind})")
        ax.axhline(height, color=MUTED, linewidth=0.9, dashes=(1.5, 1.5))
        ax.axvline(estimate, color=MUTED, linewidth=0.7)
        for end in (lower, upper):
            if np.isfinite(end):
                ax.plot([end, end], [0, height], color=TRUTH, linewidth=0.9, alpha=0.6)
        ax.annotate(
            f"{100 * level:.12g}%: {height:.2f}",
            (estimate, height),
            xytext=(4, 2),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=7.5,
            color=INK,
        )
        ax.set_xlim(left, right)
        ax.set_ylim(0, top)
        ax.set_xlabel(with_unit(name, unit))
        ax.set_ylabel("2 (max ℓ − ℓ)")
        ax.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.5, 1.16), columnspacing=1.2)
    return ax


def curve_of(found: Any, num: int = 161) -> tuple[np.ndarray, np.ndarray]:
    """A profile as a smooth line: its points joined in the root of the deviance, which is nearly straight."""
    values, deviance = np.asarray(found.values, float), np.asarray(found.deviance, float)
    kept = np.isfinite(values) & np.isfinite(deviance)
    values, deviance = values[kept], np.maximum(deviance[kept], 0.0)
    values, first = np.unique(values, return_index=True)
    roots = np.sqrt(deviance[first])
    lowest = int(np.argmin(roots))
    roots[:lowest] *= -1
    if values.size < 3:
        return values, roots**2
    grid = np.union1d(np.linspace(values[0], values[-1], num), values)
    return grid, PchipInterpolator(values, roots)(grid) ** 2


def window(
    values: np.ndarray, deviance: np.ndarray, estimate: float, error: float, top: float
) -> tuple[float, float]:
    """The part of the axis in which either curve is below `top`, and a little more."""
    inside = values[deviance <= top]
    ends = [estimate, *inside]
    if np.isfinite(error):
        # The parabola is not let run far past the true curve: of an open-ended side it says nothing.
        ends += [estimate - 1.1 * np.sqrt(top / 2) * error, estimate + 1.1 * np.sqrt(top / 2) * error]
    left, right = float(min(ends)), float(max(ends))
    if left == right:
        left, right = left - 0.5, right + 0.5
    return left - 0.03 * (right - left), right + 0.03 * (right - left)

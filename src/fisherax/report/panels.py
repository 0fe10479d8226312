"""The figures of a report, each with a title, a caption, and a description for readers who cannot see it."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from ..plotting import style
from ..plotting.ball import balls
from ..plotting.divergence import MOST_INPUTS
from ..plotting.profile import profile
from ..plotting.region import Region, likelihood_region
from ..plotting.triangle import most_entangled, pair
from .estimates import sentence_of
from .numbers import listing, percent, significant, whole
from .svg import to_svg
from .words import STRONG, signed

MOST_PROFILES = 12
MOST_PAIRS = 6


@dataclasses.dataclass(frozen=True)
class Panel:
    """One figure.

    Attributes:
        ident: A name that no other figure of the page has.
        title: What it shows.
        caption: How to read it, with its numbers.
        svg: The picture.
    """

    ident: str
    title: str
    caption: str
    svg: str


def panel(ax: Axes, ident: str, title: str, caption: str) -> Panel:
    """The figure of some axes as a panel; the caption serves those who cannot see it."""
    svg = to_svg(style.figure_of(ax), ident=ident, title=title, description=caption)
    return Panel(ident, title, caption, svg)


def profile_panels(
    fit: Any, profiles: Mapping[str, Any], level: float, kind: str, units: Mapping[str, str]
) -> tuple[list[Panel], list[str]]:
    """A profile likelihood for each parameter that has one; and what was left out."""
    panels, notes = [], []
    names = list(profiles)
    for k, name in enumerate(names[:MOST_PROFILES]):
        found = profiles[name]
        lower, upper = (float(end) for end in found.interval(level))
        ax = profile(fit, name, level, kind, units.get(name), found=found)
        reach = (
            f"from {significant(lower, 4)} to {significant(upper, 4)}"
            if math.isfinite(lower) and math.isfinite(upper)
            else f"from {_end(lower)} to {_end(upper)}"
        )
        caption = (
            "Twice the drop of the log-likelihood below its maximum, with all other parameters fitted again "
            f"at each value. Below the dotted line lies the {percent(level)} profile interval, {reach}."
        )
        if len(fit.names) == 1:
            caption = caption.replace(", with all other parameters fitted again at each value", "")
        caption += "".join(f" {sentence_of(warning)}" for warning in getattr(found, "warnings", ()))
        panels.append(panel(ax, f"profile-{k}", name, caption))
    if len(names) > MOST_PROFILES:
        notes.append(f"Profile curves are drawn for the first {MOST_PROFILES} of {len(names)} parameters.")
    return panels, notes


def pair_panels(
    fit: Any, level: float, kind: str, units: Mapping[str, str]
) -> tuple[list[Panel], list[Region], list[str]]:
    """Ellipse and likelihood region for each pair, the most entangled first; and what was left out."""
    names = list(fit.names)
    count = len(names) * (len(names) - 1) // 2
    if not count:
        return [], [], []
    try:
        covariance = np.asarray(fit.covariance(kind), float)
    except ValueError:
        return [], [], ["No regions of pairs are drawn: the estimate has no covariance (see the status box)."]
    notes = []
    if count > MOST_PAIRS:
        notes.append(
            f"Of {count} pairs of parameters the {MOST_PAIRS} with the strongest correlations are drawn; "
            "`fisherax.plot.pair(fit, a, b)` draws any other."
        )
    panels, regions = [], []
    for k, (first, second) in enumerate(most_entangled(names, covariance, MOST_PAIRS)):
        region = likelihood_region(fit, first, second, (0.5, level), kind)
        regions.append(region)
        if region.skipped and not region.ellipses:
            notes.append(f"No region for {first} and {second}: {region.skipped}.")
            continue
        caption = _pair_caption(region, level, kind)
        ax = pair(fit, first, second, level, kind, dict(units), region=region)
        panels.append(panel(ax, f"pair-{k}", f"{first} and {second}", caption))
        if abs(region.correlation) >= STRONG:
            ax = pair(fit, first, second, level, kind, dict(units), region=region, upright=True)
            caption = (
                f"The same region with the slope taken out: for {second} is drawn what is left of it after "
                f"{significant(region.slope, 3)} times the change of {first} from its estimate. Across a "
                "long thin region this shows its width and its bend."
            )
            panels.append(panel(ax, f"pair-{k}-upright", f"{first} and {second}, set upright", caption))
    return panels, regions, notes


def _pair_caption(region: Region, level: float, kind: str) -> str:
    if region.skipped:
        return (
            f"The {percent(level)} and the 50% ellipse of the {kind} covariance, correlation "
            f"{signed(region.correlation)}. The true likelihood region is not drawn: {region.skipped}."
        )
    height = stats.chi2.ppf(level, 2)
    caption = (
        f"Joint regions at {percent(level)} (outer) and 50% (inner). Solid: the likelihood's own, where "
        f"twice its drop is at most {significant(float(height), 3)} with all other parameters fitted again. "
        f"Dashed: the ellipse of the {kind} covariance, correlation {signed(region.correlation)}."
    )
    if region.is_open:
        caption += " The solid line is open where the likelihood was not seen to fall that far."
    return caption


def ball_panels(
    fit: Any, inputs: Any, level: float, units: Mapping[str, str]
) -> tuple[list[Panel], list[str]]:
    """The Fisher ball at the estimate, in the most entangled pair of coordinates; and what was left out."""
    if not fit.status.valid:
        return [], ["No Fisher ball is drawn: the fit is not valid (see the status box)."]
    tangent = fit.likelihood.tangent
    information = fit.information("expected") / fit.num_observations
    matrix = np.asarray(information.coordinates_matrix())
    sample_radius = math.sqrt(float(stats.chi2.ppf(level, min(2, tangent.dim))) / fit.num_observations)
    radii = (
        (sample_radius / 2, sample_radius, 2 * sample_radius)
        if 0.1 <= sample_radius <= 0.6
        else (0.25, 0.5, 1.0)
    )
    constraints = {
        name: c.value for name, c in zip(fit.coordinates.names, fit.coordinates.constraints, strict=True)
    }
    common = {
        "radii": radii,
        "inputs": inputs,
        "information": information,
        "constraints": constraints,
        "units": units,
    }
    chosen = None
    slope, strength = 0.0, 0.0
    try:
        if tangent.dim > 1:
            inverse = np.linalg.inv(matrix)
            chosen = most_entangled(list(tangent.labels), inverse, 1)[0]
            i, j = (tangent.labels.index(name) for name in chosen)
            strength = -matrix[i, j] / math.sqrt(matrix[i, i] * matrix[j, j])
            slope = float(-matrix[i, j] / matrix[j, j])
        ax = balls(fit.model, fit.params, chosen, **common)
    except (ValueError, np.linalg.LinAlgError) as error:
        return [], [f"No Fisher ball is drawn. {error}"]
    caption = _ball_caption(radii, sample_radius, fit.num_observations, level, chosen, tangent.dim, inputs)
    title = " and ".join(chosen) if chosen else str(tangent.labels[0])
    panels = [panel(ax, "ball", f"Fisher balls: {title}", caption)]
    if chosen is not None and abs(strength) >= STRONG:
        ax = balls(fit.model, fit.params, chosen, upright=True, **common)
        caption = (
            f"The same balls with the slope taken out: for {chosen[1]} is drawn what is left of it after "
            f"{significant(slope, 3)} times the change of {chosen[0]}."
        )
        panels.append(panel(ax, "ball-upright", f"Fisher balls, set upright: {title}", caption))
    return panels, []


def _ball_caption(
    radii: tuple[float, ...],
    sample_radius: float,
    num_observations: float,
    level: float,
    chosen: tuple[str, str] | None,
    dim: int,
    inputs: Any,
) -> str:
    largest = max(radii)
    caption = (
        "Dashed: distributions within a radius r of the fitted one by the information of one observation "
        "alone. Solid: those whose divergence from it (Kullback–Leibler) is exactly r²/2. Drawn for r = "
        f"{listing([significant(r, 3) for r in radii])}, the last of which is "
        f"{significant(largest**2 / 2, 3)} nats. Where the lines agree, the quadratic approximation holds. "
    )
    if sample_radius in radii:
        caption += (
            f"r = {significant(sample_radius, 3)} is the size of the {percent(level)} region with these "
            f"{whole(num_observations)} observations."
        )
    else:
        caption += (
            f"The {percent(level)} region with {whole(num_observations)} observations has r = "
            f"{significant(sample_radius, 3)}."
        )
    if chosen is not None and dim > 2:
        caption += " All other parameters are held at their estimates."
    if inputs is not None:
        caption += f" Divergences are averages over {_inputs(inputs)}."
    return caption


def _inputs(inputs: Any) -> str:
    import jax

    size = jax.tree.leaves(inputs)[0].shape[0]
    if size > MOST_INPUTS:
        return f"{MOST_INPUTS} of the {whole(size)} inputs, at equal distances"
    return f"the {whole(size)} inputs"


def _end(value: float) -> str:
    if math.isfinite(value):
        return significant(value, 4)
    return "no upper end" if value > 0 else "no lower end"

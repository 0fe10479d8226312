"""The profile likelihood of one entry of the parameters."""

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from .._numbers import Real, number, whole
from .._types import Float, Params
from .._warnings import warn
from .crossing import Higher
from .ends import (
    End,
    check_profile,
    is_inside,
    profile_ends,
    root_of,
    slope_of,
    walked_end,
)
from .entry import Entry, entry_of
from .path import Path, is_smooth, place
from .walk import Point, Slope

if TYPE_CHECKING:
    from .fit import Fit


@dataclasses.dataclass(frozen=True)
class Profile:
    r"""The profile log-likelihood of one entry θᵢ, as a deviance.

    $$ D(v) = 2\,\bigl(\hat\ell - \max_{\theta:\,\theta_i = v} \ell(\theta)\bigr) $$

    Attributes:
        name: The entry's name.
        estimate: Its maximum-likelihood estimate.
        values: Values v in ascending order, the estimate among them.
        deviance: D(v), in nats times two; 0 at the estimate.
        params: The parameters that maximise ℓ at each v: a pytree with a leading axis over `values`.
        fit: The fit whose profile it is: the one that was asked, or a better one found on the way.
        restarted: Whether it is a better one.
        warnings: Sentences on what is not as it should be: an open side, a profile that is not monotone, a
            restart.

    References:
        Cox and Hinkley (1974), Theoretical Statistics, §9.3; Pawitan (2001), In All Likelihood, §3.4.
    """

    name: str
    estimate: float
    values: Float[Any, " m"]
    deviance: Float[Any, " m"]
    params: Params
    fit: "Fit" = dataclasses.field(repr=False)
    restarted: bool
    warnings: tuple[str, ...]
    _ends: dict[float, tuple[End, End]] = dataclasses.field(default_factory=dict, repr=False, compare=False)

    @property
    def signed_root(self) -> Float[Any, " m"]:
        """sign(v − θ̂ᵢ) √D(v): a straight line where the log-likelihood is quadratic."""
        return np.sign(self.values - self.estimate) * np.sqrt(self.deviance)

    def interval(self, level: Real = 0.95) -> tuple[float, float]:
        """{v : D(v) ≤ χ²₁(level)}, each end solved for, to |D − χ²₁| ≤ 1e-8; not interpolated.

        An open side ends at the edge of the parameter's range, perhaps at ±∞; `open_ended` says why.

        Raises:
            ValueError: If the level is not between 0 and 1.
        """
        lower, upper = self._solved(level)
        return lower.value, upper.value

    def open_ended(self, level: Real = 0.95) -> dict[str, str]:
        """For each side without an end, "lower" or "upper", the reason."""
        sides = zip(("lower", "upper"), self._solved(level), strict=True)
        return {side: end.reason for side, end in sides if end.reason is not None}

    def _solved(self, level: Real) -> tuple[End, End]:
        root = root_of(level)
        if root not in self._ends:
            index = self.fit.names.index(self.name)
            self._ends[root] = profile_ends(self.fit, index, root)
        return self._ends[root]

    def __str__(self) -> str:
        lower, upper = self.interval()
        lines = [
            f"Profile of {self.name}: {self.estimate:.6g}, 95% from {lower:.6g} to {upper:.6g}",
            *self.warnings,
        ]
        return "\n".join(lines)


def profile(fit: "Fit", name: str, reach: Real = 3.7, points: Real = 10) -> Profile:
    """The profile likelihood of one entry of the parameters; see `Fit.profile`, which is this."""
    index = index_of(fit, name)
    reach = number("profile: reach", reach, "positive", 0.0)
    points = whole("profile: points", points, 1)
    check_profile(fit)
    best, notes = fit, []
    for _ in range(10):
        try:
            return _trace(best, index, name, reach, points, best is not fit, tuple(notes))
        except Higher as higher:
            better = refit(best, higher.z)
            notes = [
                f"On the way a better maximum was found: ℓ = {better.log_likelihood:.6f} instead of "
                f"{fit.log_likelihood:.6f}. This is its profile; its fit is the attribute `fit`."
            ]
            best = better
    raise ValueError(
        f"profile: the likelihood keeps rising along {name!r}; it may be unbounded. Give the fit more starts."
    )


def index_of(fit: "Fit", name: str) -> int:
    """The position of an entry."""
    if name not in fit.names:
        raise ValueError(f"There is no parameter {name!r}; the fit has {', '.join(fit.names)}.")
    return fit.names.index(name)


def refit(fit: "Fit", z: Any) -> "Fit":
    """The maximum above a point that is higher than the fit's."""
    from .families import Problem
    from .layout import units
    from .maximum import maximise

    return maximise(Problem(fit.likelihood, [jnp.asarray(z)], units(fit.coordinates)), None, 200)


def better_fit(fit: "Fit", z: Any) -> "Fit":
    """The maximum above a point, with a warning to whoever asked for the intervals of the lower one."""
    better = refit(fit, z)
    warn(
        f"A better maximum was found on the way: log-likelihood {better.log_likelihood:.6f} instead of "
        f"{fit.log_likelihood:.6f}. The intervals are those of the better one; fit again with more starts=, or "
        "use profile(name).fit."
    )
    return better


def _trace(
    fit: "Fit", index: int, name: str, reach: float, points: int, restarted: bool, notes: tuple[str, ...]
) -> Profile:
    entry = entry_of(fit.coordinates, index)
    path = Path(fit.likelihood, entry, fit.peak)
    lower, below = _side(fit, path, -1.0, reach, points)
    upper, above = _side(fit, path, 1.0, reach, points)
    estimate = entry.value(fit.peak.z)
    rows = [*reversed(lower), (estimate, 0.0, fit.peak.z), *upper]
    values = np.array([row[0] for row in rows])
    deviance = np.array([row[1] for row in rows])
    notes = (*notes, *(f"{name}: {note}" for note in (*below, *above)))
    params = jax.vmap(fit.coordinates.to_params)(jnp.asarray(np.stack([row[2] for row in rows])))
    return Profile(name, estimate, values, deviance, params, fit, restarted, notes)


Row = tuple[float, float, np.ndarray]


def _side(fit: "Fit", path: Path, sign: float, reach: float, points: int) -> tuple[list[Row], list[str]]:
    """Points of one side, outwards, and what is to be said about it."""
    roots = [reach * (j + 1) / points for j in range(points)]
    if is_inside(fit):
        rows: list[Row] = []
        last = path.start
        for root in roots:
            found = path.to(sign, root)
            if found is None or not is_smooth(last, place(found, root)) or sign * (found.w - last[0]) <= 0:
                break
            rows.append((path.entry.value(found.z), root**2, found.z))
            last = place(found, root)
        if len(rows) == points:
            return rows, []
    return _walked_side(fit, path.entry, sign, reach, points)


def _walked_side(
    fit: "Fit", entry: Entry, sign: float, reach: float, points: int
) -> tuple[list[Row], list[str]]:
    """The same by walking, with points put in where the steps were long."""
    end = walked_end(fit, entry, sign, reach)
    slope = slope_of(fit, entry, sign, reach)
    walked = list(end.points)
    gap = 1.5 * reach / points
    while len(walked) < 4 * points:
        j = max(range(1, len(walked)), key=lambda j: _roughness(walked[j - 1], walked[j], sign, gap))
        if _roughness(walked[j - 1], walked[j], sign, gap) <= 1:
            break
        middle = slope.at(0.5 * (walked[j].w + walked[j - 1].w), walked[j - 1])
        if middle is None:
            break
        walked.insert(j, middle)
    notes = []
    side = "lower" if sign < 0 else "upper"
    most = max(point.root for point in walked) ** 2
    if entry.is_periodic:
        walked = _half_turn(slope, walked)
        if end.reason is not None:
            notes.append(f"the {side} side is open: {end.reason} (the deviance reaches {most:.4g}).")
    elif end.reason is not None:
        edge = {-math.inf: "−∞", math.inf: "∞"}.get(end.value, f"{end.value:g}")
        notes.append(
            f"the {side} side is open: {end.reason} (the deviance reaches {most:.4g} towards {edge})."
        )
    if _has_another_maximum([point.root**2 for point in walked], entry.is_periodic):
        notes.append(
            f"the profile is not monotone on the {side} side: the likelihood has another maximum there, and the "
            "interval ends at the crossing nearest to the estimate."
        )
    rows = [(p.value, p.root**2, p.z) for p in walked[1:] if p.root <= 1.3 * reach]
    return rows, notes


def _half_turn(slope: Slope, walked: list[Point]) -> list[Point]:
    """Half of a circle: what is beyond belongs to the other side."""
    half = walked[0].w + slope.sign * slope.entry.period / 2
    within = [point for point in walked if slope.sign * (half - point.w) > 0]
    last = slope.at(half, within[-1]) if len(within) < len(walked) else None
    return within if last is None else [*within, last]


def _has_another_maximum(deviances: list[float], periodic: bool) -> bool:
    """Whether the deviance falls on its way outwards; on a circle, whether it then rises again.

    Past the least likely angle it falls, towards the estimate from its other side.
    """
    changes = [b - a for a, b in itertools.pairwise(deviances)]
    falls = [i for i, change in enumerate(changes) if change < -1e-6]
    if not falls or not periodic:
        return bool(falls)
    return any(change > 1e-6 for change in changes[falls[0] :])


def _roughness(inner: Point, outer: Point, sign: float, gap: float) -> float:
    """More than 1 where a point between two is needed: the root grows by more than a gap, or not as it should."""
    steps = abs(outer.root - inner.root) / gap
    if steps <= 0.05:
        return 0.0
    rates = [-sign * point.slope / point.root for point in (inner, outer) if point.root > 0]
    ends = (inner.w, inner.root, rates[0]), (outer.w, outer.root, rates[-1])
    return steps if is_smooth(*ends) else 1.0 + steps

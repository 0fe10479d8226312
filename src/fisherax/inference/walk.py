"""Walking outwards along a profile, one maximisation over the other parameters at each step.

This is what an interval's end is found by where Newton's method on all parameters at once has no good
start: few observations, a profile that levels off, an estimate at a boundary. And by it an end is found not
to exist: the statistic stays below its quantile all the way to the end of the parameter's range.
"""

import dataclasses
import math
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from scipy.optimize import toms748

from .crossing import Expansion, Higher, Ridge
from .entry import Entry
from .likelihood import Likelihood
from .scoring import Ascent, Controls, State, ascend, rest

FAR = 45.0
"""So far, on the scale of a logarithm or a logit, the end of the range is as good as reached."""


LEVELS_OFF = "the statistic levels off below its quantile"
BELOW = "the statistic stays below its quantile"


@dataclasses.dataclass(frozen=True)
class Point:
    """The maximum over the other parameters, with one entry held.

    Attributes:
        w: Where on the line the entry is held.
        value: The entry's value.
        z: The maximum.
        log_likelihood: The profile log-likelihood there.
        slope: Its derivative by w.
        direction: dz/dw along the ridge.
        root: The root of the statistic that is walked along, growing outwards.
    """

    w: float
    value: float
    z: np.ndarray
    log_likelihood: float
    slope: float
    direction: np.ndarray
    root: float


Root = Callable[[Point], float]
"""The root of a statistic at a point: of the deviance, or of a score test."""


@dataclasses.dataclass(frozen=True)
class Slope:
    """A profile seen from its maximum towards one side.

    Attributes:
        likelihood: ℓ.
        controls: How to maximise over the other parameters.
        entry: Whose profile.
        peak: Where it starts.
        sign: −1 or 1, the side.
        step: The first step in w.
        furthest: Where to stop.
        longest: The longest step.
        inside: Whether the peak is inside the parameter space.
        root: The statistic.
        home: Where the peak is at a boundary, a point inside to maximise from as well: on its plateau at the boundary
            ℓ is so flat that nothing leads away from there.
    """

    likelihood: Likelihood
    controls: Controls
    entry: Entry
    peak: Expansion
    sign: float
    step: float
    furthest: float
    longest: float
    inside: bool
    root: Root
    home: np.ndarray | None = None

    @property
    def start(self) -> Point:
        """The peak as the first point of the walk."""
        z = self.peak.z
        return Point(self.entry(z), self.entry.value(z), z, self.peak.value, 0.0, np.zeros_like(z), 0.0)

    def at(self, w: float, near: Point) -> Point | None:
        """The maximum with the entry held at w, sought from a point nearby; None if there is none."""
        ascent = self._ascent(w, near)
        if ascent is None:
            return None
        if ascent.value > self.peak.value + self.peak.lead:
            raise Higher(ascent.z)
        at = Expansion(ascent.z, ascent.value, ascent.score, ascent.information)
        ridge = Ridge.bent(self.entry, at)
        z, log_likelihood = at.z, at.value
        if ascent.state is State.CONVERGED:
            # The last step needs no pass to be seen; it is worth half the decrement.
            z, log_likelihood = at.z + ridge.centre, ridge.level
        value = self.entry.value(z)
        point = Point(w, value, z, log_likelihood, ridge.slope, ridge.direction, math.nan)
        return dataclasses.replace(point, root=self.root(point))

    def _ascent(self, w: float, near: Point) -> Ascent | None:
        """The ascent to the maximum with the entry held at w: the first that is solved, or the better of two."""
        if self.likelihood.kinks:
            resting = rest(self.likelihood, near.z, self.entry.at(w))
            if resting is not None and self._is_peaked(resting):
                return resting  # on a kink, which the other parameters do not leave
        ahead = near.z + (w - near.w) * near.direction
        solved: list[Ascent] = []
        for start in (ahead, near.z) if near.slope else (near.z,):
            ascent = ascend(self.likelihood, start, self.controls, self.entry.at(w))
            if self._is_solved(ascent):
                solved.append(ascent)
                break
        if self.home is not None and not (solved and solved[0].is_maximum):
            ascent = ascend(self.likelihood, self.home, self.controls, self.entry.at(w))
            if self._is_solved(ascent):
                solved.append(ascent)
        return max(solved, key=lambda ascent: ascent.value, default=None)

    def _is_solved(self, ascent: Ascent) -> bool:
        """Whether the other parameters are at their maximum, or so far towards a boundary that nothing is gained."""
        if not math.isfinite(ascent.value):
            return False
        if ascent.state is not State.STUCK or ascent.decrement < 1e-9:
            return True
        return self._is_peaked(ascent) if self.likelihood.kinks else self._is_flat(ascent)

    def _is_flat(self, ascent: Ascent) -> bool:
        """Whether ℓ stays the same a natural unit away: curvature and score are then nothing but rounding."""
        free = np.flatnonzero(np.any(ascent.spectrum.directions != 0, axis=1))
        units = self.controls.unit[free]
        if not np.all(np.isfinite(units)):
            return False
        steps = (
            sign * unit * np.eye(ascent.z.size)[j]
            for j, unit in zip(free, units, strict=True)
            for sign in (-1, 1)
        )
        values = (float(self.likelihood.value(jnp.asarray(ascent.z + step))) for step in steps)
        return all(abs(value - ascent.value) <= 1e-9 for value in values)

    def _is_peaked(self, ascent: Ascent) -> bool:
        """Whether ℓ falls to both sides: at a kink a maximum has a score, which changes sign there."""
        least = ascent.value + 1e-12 * abs(ascent.value)
        for step in 1e-5 * ascent.spectrum.directions.T:
            for beside in (ascent.z - step, ascent.z + step):
                if float(self.likelihood.value(jnp.asarray(beside))) > least:
                    return False
        return True

    def walk(self, target: float) -> tuple[list[Point], str | None]:
        """Points outwards until the root of the statistic reaches `target`.

        Returns:
            The points in order, and None; or a sentence why the target is never reached.
        """
        points = [self.start]
        step = self.step
        growth = 4.0
        failures, undefined = 0, None
        while True:
            last = points[-1]
            gone = self.sign * (last.w - points[0].w)
            if gone >= self.furthest:
                way = (
                    "all round the circle"
                    if self.entry.is_periodic
                    else "all the way to the end of the range"
                )
                return points, f"{BELOW} {way}"
            step = min(step, self.longest, (self.furthest - gone) * (1 + 1e-12) + 1e-9 * self.step)
            w = last.w + self.sign * step
            point = self.at(w, last) if w != last.w else None  # steps too short to move lead nowhere
            if point is None or not math.isfinite(point.root):
                failures += 1
                undefined = point or undefined
                step, growth = step / 4, 1.5
                if failures <= 8 and len(points) < 100:
                    continue
                if _level(points, target):
                    return points, LEVELS_OFF
                far = self.entry.is_bounded and gone > 0.5 * FAR
                if (far or not self.inside) and points[-1].root < 1e-3 * target:
                    return points, BELOW + " as far as the likelihood could be followed"
                raise ValueError(
                    f"The other parameters could not be maximised over with this one near {last.value:.6g}: "
                    "give a better starting value, or fix one of them."
                    if undefined is None
                    else self._undefined(undefined)
                )
            failures, undefined = 0, None
            points.append(point)
            if point.root >= target:
                return points, None
            if self.inside and not self.entry.is_periodic and _level(points, target):
                return points, LEVELS_OFF
            step = _next_step(points, target, growth)

    def _undefined(self, point: Point) -> str:
        reason = getattr(self.root, "problem", None) or "The information is singular there."
        return (
            f"The score statistic is not defined with this one near {point.value:.6g}; use "
            f'method="profile", which needs no information. {reason}'
        )

    def between(self, inner: Point, outer: Point, target: float) -> Point:
        """The point between two at which the root is `target`, by a bracketing method."""
        seen = {inner.w: inner, outer.w: outer}

        def miss(w: float) -> float:
            if w not in seen:
                nearest = min(seen.values(), key=lambda p: abs(p.w - w))
                point = self.at(w, nearest)
                if point is None:
                    raise ValueError(
                        f"The other parameters could not be maximised over with this one near {nearest.value:.6g}."
                    )
                if math.isnan(point.root):
                    raise ValueError(self._undefined(point))
                seen[w] = point
            return seen[w].root - target

        ends = sorted((inner.w, outer.w))
        toms748(miss, ends[0], ends[1], xtol=1e-11 * (ends[1] - ends[0]), rtol=np.float64(1e-15), maxiter=100)
        return min(seen.values(), key=lambda p: abs(p.root - target))


def _level(points: list[Point], target: float) -> bool:
    """Whether the root approaches a limit below the target: its gains shrink faster than the steps grow."""
    if len(points) < 4 or points[-1].root < 1e-3 * target:
        return False
    a, b, c = (p.root for p in points[-3:])
    before, after = points[-2].w - points[-3].w, points[-1].w - points[-2].w
    if abs(after) < abs(before):
        return False
    first, second = b - a, c - b
    return 0 <= second <= 0.5 * first and 2 * second < 0.01 * (target - c)


def _next_step(points: list[Point], target: float, growth: float) -> float:
    """As far as the last two roots say the target is, and a little more; at most `growth` times the last step."""
    step = abs(points[-1].w - points[-2].w)
    gain = points[-1].root - points[-2].root
    if gain <= 0:
        return growth * step
    return min(growth * step, max(1.1 * (target - points[-1].root) * step / gain, 0.1 * step))

"""Exact draws of a few numbers from a density: rejection under an envelope that is constant on boxes."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Bool, PRNGKeyArray, Scalar, Vector
from ..geometry.cubature import Boxes
from ..geometry.tails import Density

LogDensity = Callable[[Vector], Scalar]
_ACCEPTED, _MOST = 0.8, {2: 20_000, 3: 40_000}


class Envelope(eqx.Module):
    """A function that is constant on boxes and nowhere less than h(t).

    Attributes:
        lower, width: The boxes.
        logs: ln of the envelope on each.
        cumulative: The envelope's distribution function, box by box.
    """

    lower: Array
    width: Array
    logs: Vector
    cumulative: Vector

    def sample(self, log_density: LogDensity, key: PRNGKeyArray, count: int) -> tuple[Array, Bool[Array, ""]]:
        """Independent draws of t (count, k), and whether the density was above the envelope anywhere."""
        draws, above = jax.vmap(lambda key: self._one(log_density, key))(jax.random.split(key, count))
        return draws, jnp.any(above)

    def _one(self, log_density: LogDensity, key: PRNGKeyArray) -> tuple[Vector, Bool[Array, ""]]:
        def step(
            state: tuple[PRNGKeyArray, Vector, Array, Array],
        ) -> tuple[PRNGKeyArray, Vector, Array, Array]:
            key, _, _, above = state
            key, pick, place, toss = jax.random.split(key, 4)
            box = jnp.searchsorted(self.cumulative, jax.random.uniform(pick, (), self.logs.dtype))
            box = jnp.clip(box, 0, len(self.logs) - 1)
            t = self.lower[box] + self.width[box] * jax.random.uniform(
                place, self.lower.shape[1:], self.logs.dtype
            )
            ratio = log_density(t) - self.logs[box]
            accepted = jnp.log(jax.random.uniform(toss, (), self.logs.dtype)) < ratio
            return key, t, accepted, above | (ratio > 0.0) | jnp.isnan(ratio)

        start = (key, jnp.zeros_like(self.lower[0]), jnp.zeros((), bool), jnp.zeros((), bool))
        _, t, _, above = jax.lax.while_loop(lambda state: ~(state[2] | state[3]), step, start)
        return t, above


def envelope(density: Density, boxes: Boxes, margin: float) -> Envelope:
    """An envelope under which four proposals of five are accepted, or as many as boxes allow.

    The largest of 3ᵏ values in a box is raised by what a parabola through them could be higher in between, and by
    `margin` times the spread of their logarithms; boxes that waste the most are halved.
    """
    lower, upper = boxes.lower, boxes.upper
    tops, waste, axes = _bounds(density, lower, upper, margin)
    size = lower.shape[1]
    while len(tops) < _MOST[size]:
        mass = np.exp(tops) * np.prod(upper - lower, axis=1)
        if np.sum(mass * waste) <= (1.0 - _ACCEPTED) * np.sum(mass):
            break
        lost = mass * waste
        chosen = np.flatnonzero(lost >= max(0.1 * lost.max(), 0.1 * lost.sum() / len(lost)))
        middle = 0.5 * (lower[chosen] + upper[chosen])
        rows, axis = np.arange(len(chosen)), axes[chosen]
        left, right = upper[chosen].copy(), lower[chosen].copy()
        left[rows, axis] = right[rows, axis] = middle[rows, axis]
        new = np.concatenate([lower[chosen], right]), np.concatenate([left, upper[chosen]])
        parts = _bounds(density, *new, margin)
        rest = np.setdiff1d(np.arange(len(tops)), chosen)
        lower, upper = (
            np.concatenate([old[rest], more]) for old, more in zip((lower, upper), new, strict=True)
        )
        tops, waste, axes = (
            np.concatenate([old[rest], more]) for old, more in zip((tops, waste, axes), parts, strict=True)
        )
    mass = np.exp(tops) * np.prod(upper - lower, axis=1)
    cumulative = np.cumsum(mass) / mass.sum()
    return Envelope(*(jnp.asarray(x) for x in (lower, upper - lower, tops + density.shift, cumulative)))


def _bounds(
    density: Density, lower: np.ndarray, upper: np.ndarray, margin: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each box ln of the envelope, the part of it that is wasted, and the axis along which h varies most."""
    count, size = lower.shape
    grid = np.stack(np.meshgrid(*[np.array([0.0, 0.5, 1.0])] * size, indexing="ij"), axis=-1).reshape(
        -1, size
    )
    points = lower[:, None] + (upper - lower)[:, None] * grid
    with np.errstate(divide="ignore"):
        logs = np.log(density(points.reshape(-1, size))).reshape(count, *[3] * size)
    logs = np.maximum(logs, -745.0)
    axes = tuple(range(1, size + 1))
    top, bottom = logs.max(axis=axes), logs.min(axis=axes)
    bends = [np.abs(np.diff(logs, 2, axis=axis)).max(axis=axes) for axis in axes]
    spreads = np.stack([np.abs(np.diff(logs, axis=axis)).max(axis=axes) for axis in axes])
    raised = top + 0.25 * sum(bends) + margin * (top - bottom) + 1e-9
    mean = np.exp(logs - top.reshape(-1, *[1] * size)).mean(axis=axes)
    return raised, 1.0 - mean * np.exp(top - raised), np.argmax(spreads, axis=0)

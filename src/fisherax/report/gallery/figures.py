"""The figures of the gallery, drawn by the same functions that anyone can call."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from matplotlib.axes import Axes
from scipy import stats

from ...data import load_dataset
from ...geometry import Manifold
from ...inference import fit
from ...models import Family
from ...plotting.ball_field import ball_field
from ...plotting.ball_grid import ball_grid
from ...plotting.chart import Chart
from ...plotting.geodesic import circle, geodesics
from ...plotting.style import BLUE, GRID, INK, MUTED, axes_of, figure_of, styled
from ..numbers import significant
from ..svg import to_svg

RADIUS = 0.25
NORMAL = Family(dist.Normal)
CATEGORICAL = Family(dist.Categorical)
GAMMA = Family(dist.Gamma)
LEVEL = 0.95

MOMENTS = Chart(
    ("mean μ", "standard deviation σ"),
    lambda m, s: {"loc": m, "scale": s},
    lambda params: (params["loc"], params["scale"]),
)
INFORMATION = Chart(
    ("h = μ/σ²", "λ = 1/σ²"),
    lambda h, precision: {"loc": h / precision, "scale": precision**-0.5},
    lambda params: (params["loc"] / params["scale"] ** 2, params["scale"] ** -2),
)
_FAN = ([-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5], [0.5, 1.2, 2.2, 3.5])

_ROOT3 = 3**0.5
TRIANGLE = Chart(
    ("", ""),
    lambda x, y: {"probs": jnp.stack([1 - x - y / _ROOT3, x - y / _ROOT3, 2 * y / _ROOT3])},
    lambda params: (
        params["probs"][..., 1] + params["probs"][..., 2] / 2,
        params["probs"][..., 2] * _ROOT3 / 2,
    ),
)
"""Probabilities as a point of an equilateral triangle with sides of length 1."""
_SEEN = np.array([[-(2**-0.5), 2**-0.5, 0.0], [-(6**-0.5), -(6**-0.5), 2 * 6**-0.5]])
"""The sphere as it is seen from the middle of its octant: the two directions of the page."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Attributes:
        svg: The picture.
        caption: How to read it.
    """

    svg: str
    caption: str


def picture(ax: Axes, ident: str, title: str, caption: str) -> Picture:
    """The figure of some axes; the caption serves those who cannot see it."""
    return Picture(to_svg(figure_of(ax), ident=ident, title=title, description=caption), caption)


def half_plane() -> Picture:
    """Balls of the univariate normal in (mean, standard deviation)."""
    with styled():
        ax = axes_of(None, 4.2, 2.3)
        grid = ([-2.4, -1.6, -0.8, 0.0, 0.8, 1.6, 2.4], [0.4, 0.75, 1.2, 1.8])
        ball_field(NORMAL, MOMENTS, grid, (RADIUS,), ax=ax)
        ax.set_aspect("equal")
        ax.set_ylim(0, None)
    return picture(
        ax,
        "half-plane",
        "Fisher balls of normal distributions",
        f"Balls of radius {RADIUS} around 28 normal distributions. Every one is √2 times as wide as high, and as large "
        "as its σ: the same step in μ matters less where the spread is larger.",
    )


def information_form() -> Picture:
    """The fan of balls in (h, λ)."""
    with styled():
        ax = axes_of(None, 4.2, 3.5)
        ball_field(NORMAL, INFORMATION, _FAN, (RADIUS,), ax=ax)
        ax.set_ylim(0, None)
    return picture(
        ax,
        "information-form",
        "Fisher balls in information form",
        "The same family in other coordinates. The ovals fan out from the origin: along a ray from it h/λ = μ is the "
        "same, and across rays it is the mean that moves, to which a sharp distribution is sensitive.",
    )


def whitened() -> Picture:
    """The balls of the fan, each in its own local coordinates."""
    with styled():
        ax = axes_of(None, 4.2, 3.0)
        ball_field(NORMAL, INFORMATION, _FAN, (RADIUS,), whitened=True, ax=ax)
    return picture(
        ax,
        "whitened",
        "The same balls after whitening",
        f"Each ball of the fan in its own coordinates w: all are circles of radius {RADIUS} (dashed). What is left of "
        "the parameterisation is how the exact set (solid) departs from its circle: by lengths of second order in r.",
    )


def shortest_lines() -> Picture:
    """Geodesics of the half-plane, with circles of equal distance."""
    manifold = Manifold(NORMAL)
    with styled():
        ax = axes_of(None, 4.2, 2.5)
        p, q = {"loc": -1.6, "scale": 0.5}, {"loc": 1.6, "scale": 0.8}
        geodesics(manifold, p, q, MOMENTS, radii=(0.5, 1.0, 1.5), ax=ax)
        ax.set_aspect("equal")
        ax.set_ylim(0, None)
    return picture(
        ax,
        "geodesics",
        "Geodesics of the half-plane",
        "The shortest way from p to q goes over larger σ, where a change of the mean costs less: a half-ellipse. The "
        "mixture's way (m) goes higher still, the way of mixed logarithms (e) stays low. Circles of equal distance "
        "around p are ellipses whose centres lie above p.",
    )


def triangle() -> Picture:
    """Balls of three categories, on the flat triangle."""
    lattice = _lattice(7)
    with styled():
        ax = axes_of(None, 4.2, 3.8)
        ball_field(CATEGORICAL, TRIANGLE, lattice, (0.15,), ax=ax)
        corners = np.array([[0, 0], [1, 0], [0.5, _ROOT3 / 2], [0, 0]])
        ax.plot(*corners.T, color=MUTED, linewidth=0.9)
        _bare(ax, corners[:3], (-0.07, 1.07, -0.1, 0.97))
    return picture(
        ax,
        "triangle",
        "Fisher balls of three categories on a triangle",
        "Three probabilities as a point of a triangle. Balls of radius 0.15 are flattened towards its sides: near "
        "p = 0 a small change of p is easy to see.",
    )


def sphere() -> Picture:
    """The same balls on the octant of the sphere."""
    lattice = _lattice(7)
    found = ball_grid(CATEGORICAL, TRIANGLE, lattice, (0.15,), None, exact=False)
    manifold = Manifold(CATEGORICAL)
    with styled():
        ax = axes_of(None, 4.2, 3.8)
        for k in range(1, 8):
            for line in _lines_of(k / 8):
                ax.plot(*_on_sphere(line).T, color=GRID, linewidth=0.7, zorder=0)
        outline = np.concatenate([_side(0, 1), _side(1, 2), _side(2, 0)])
        ax.plot(*_on_sphere(outline).T, color=MUTED, linewidth=0.9)
        for centre in found.centres:
            around = circle(manifold, TRIANGLE.to_params(*jnp.asarray(centre)), 0.15)
            ring = _on_sphere(np.asarray(around["probs"]))
            ax.fill(*ring.T, color=BLUE, alpha=0.1, linewidth=0)
            ax.plot(*ring.T, color=BLUE, linewidth=1.3)
        _bare(ax, _on_sphere(np.eye(3)), (-1.75, 1.75, -1.3, 1.9))
    return picture(
        ax,
        "sphere",
        "The same members on a sphere of radius 2",
        "The same members at x = 2√p, on an eighth of a sphere of radius 2 that is seen from its middle (grey: lines "
        "of equal probabilities). Circles of distance 0.15 are circles of the sphere, all of one size; only the view "
        "narrows them towards the rim.",
    )


def gamma_fit() -> tuple[Any, dict[str, float]]:
    """The fit of the Nile's flows, and the radius of its region."""
    flows = np.asarray(load_dataset("nile")["flow"], float)
    found = fit(GAMMA, flows)
    radius = float(np.sqrt(stats.chi2.ppf(LEVEL, 2) / flows.size))
    return found, {
        "concentration": float(found.params["concentration"]),
        "rate": float(found.params["rate"]),
        "radius": radius,
    }


def gamma_pictures(fit_: Any, values: dict[str, float]) -> tuple[Picture, Picture]:
    """Balls around a Gamma fit, entangled in (shape, rate) and not in (mean, shape)."""
    shape_rate = Chart(
        ("shape α", "rate β"),
        lambda a, b: {"concentration": a, "rate": b},
        lambda params: (params["concentration"], params["rate"]),
        (None, "1/(10⁸ m³)"),
    )
    mean_shape = Chart(
        ("mean α/β", "shape α"),
        lambda m, a: {"concentration": a, "rate": a / m},
        lambda params: (params["concentration"] / params["rate"], params["concentration"]),
        ("10⁸ m³", None),
    )
    shape, rate, radius = values["concentration"], values["rate"], values["radius"]
    means, shapes = np.meshgrid([750.0, shape / rate, 1120.0], [9.0, 16.5, 52.0])
    near = np.stack([means.ravel(), shapes.ravel()], axis=-1)
    near = np.concatenate([near, [[shape / rate, shape]]])
    pictures = []
    for chart, points, ident in (
        (shape_rate, np.stack([near[:, 1], near[:, 1] / near[:, 0]], axis=-1), "gamma-shape-rate"),
        (mean_shape, near, "gamma-mean-shape"),
    ):
        with styled():
            ax = axes_of(None, 4.2, 3.5)
            offset = (7, -9) if ident == "gamma-shape-rate" else (5, 4)
            ball_field(GAMMA, chart, points, (radius,), ax=ax)
            ax.plot(*points[-1], marker="o", color=INK, markersize=4, linestyle="none")
            ax.annotate("fit", tuple(points[-1]), xytext=offset, textcoords="offset points")
            if ident == "gamma-shape-rate":
                ax.set_xlim(0, None)
                ax.set_ylim(0, None)
        captions = {
            "gamma-shape-rate": f"The Gamma distributions near the fit of a hundred yearly flows of the Nile "
            f"(α = {significant(shape, 3)}, β = {significant(rate, 3)} per 10⁸ m³). Balls of radius "
            f"{significant(radius, 3)}, the size of the 95% region of a hundred observations, are thin: shape and rate "
            "are entangled.",
            "gamma-mean-shape": "The same members by their mean and shape: the balls stand upright, since the "
            "information on these two is diagonal. The solid line around the fit is the 95% region of the likelihood "
            "itself.",
        }
        pictures.append(picture(ax, ident, "Fisher balls around a Gamma fit", captions[ident]))
    return pictures[0], pictures[1]


def curvature_at(values: dict[str, float]) -> float:
    """The scalar curvature of the Gamma manifold at the fit."""
    at = {key: values[key] for key in ("concentration", "rate")}
    return float(Manifold(GAMMA).scalar_curvature(at))


def _lattice(size: int) -> np.ndarray:
    """Points of the triangle whose probabilities are whole multiples of 1/(size + 1)."""
    step = 1 / (size + 1)
    probs = [(a * step, b * step) for a in range(1, size + 1) for b in range(1, size + 1 - a)]
    first, second = np.array(probs).T
    third = 1 - first - second
    return np.stack([second + third / 2, third * _ROOT3 / 2], axis=-1)


def _side(i: int, j: int, num: int = 61) -> np.ndarray:
    t = np.linspace(0, 1, num)[:, None]
    return (1 - t) * np.eye(3)[i] + t * np.eye(3)[j]


def _lines_of(value: float) -> list[np.ndarray]:
    """The lines on which one of the three probabilities has this value."""
    t = np.linspace(0, 1 - value, 61)
    rest = np.stack([np.full_like(t, value), t, 1 - value - t], axis=-1)
    return [np.roll(rest, k, axis=1) for k in range(3)]


def _on_sphere(probs: np.ndarray) -> np.ndarray:
    """x = 2√p as it is seen from the middle of the octant."""
    return 2 * np.sqrt(np.maximum(probs, 0)) @ _SEEN.T


def _bare(ax: Axes, corners: np.ndarray, window: tuple[float, float, float, float]) -> None:
    """Corners with names instead of axes."""
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(window[0], window[1])
    ax.set_ylim(window[2], window[3])
    middle = corners.mean(axis=0)
    for name, corner in zip(("p₁ = 1", "p₂ = 1", "p₃ = 1"), corners, strict=True):
        side = corner - middle
        ax.annotate(
            name,
            (float(corner[0]), float(corner[1])),
            xytext=(16 * side[0] / np.ptp(corners[:, 0]), 7 * np.sign(side[1])),
            textcoords="offset points",
            ha="center",
            va="bottom" if side[1] > 0 else "top",
        )

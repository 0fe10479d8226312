"""Geodesics as drawn: half-ellipses of the half-plane, straight in coordinates of their own; circles at a distance."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.plotting.style import figure_of

P, Q = {"loc": -1.5, "scale": 0.6}, {"loc": 1.5, "scale": 0.9}
SIMPLEX = fx.plot.Chart(
    ("p₁", "p₂"),
    lambda a, b: {"probs": jnp.stack([a, b, 1 - a - b])},
    lambda params: (params["probs"][..., 0], params["probs"][..., 1]),
)


@pytest.fixture(scope="module")
def half_plane():
    return fx.Manifold(fx.Family(dist.Normal))


def lines(ax, gid):
    figure_of(ax).canvas.draw()
    return [line.get_xydata() for line in ax.lines if line.get_gid().split("-")[0] == gid.split("-")[0]]


def are_collinear(points):
    first, last = points[0], points[-1]
    across = np.array([first[1] - last[1], last[0] - first[0]])
    return np.allclose((points - first) @ across, 0, atol=1e-9)


@pytest.fixture(scope="module")
def drawn(half_plane):
    return fx.plot.geodesics(half_plane, P, Q, radii=[0.5, 1.5])


def test_the_shortest_is_a_half_ellipse(drawn):
    """(μ/√2, σ) is Poincaré's half-plane: (μ − c)²/2 + σ² is the same all along."""
    (line,) = lines(drawn, "levi-civita")
    m, s = line.T
    centre = (m[-1] ** 2 - m[0] ** 2 + 2 * (s[-1] ** 2 - s[0] ** 2)) / (2 * (m[-1] - m[0]))
    np.testing.assert_allclose((m - centre) ** 2 / 2 + s**2, (m[0] - centre) ** 2 / 2 + s[0] ** 2, rtol=1e-10)
    np.testing.assert_allclose(line[[0, -1]], [[-1.5, 0.6], [1.5, 0.9]], rtol=1e-10)


def test_the_others_are_straight_in_their_own_coordinates(drawn):
    (line,) = lines(drawn, "e")
    m, s = line.T
    assert are_collinear(np.stack([m / s**2, -0.5 / s**2], axis=-1))
    (line,) = lines(drawn, "m")
    m, s = line.T
    assert are_collinear(np.stack([m, m**2 + s**2], axis=-1))


def test_circles_are_at_their_distance(drawn):
    """cosh(d/√2) = 1 + ((μ − μ′)²/2 + (σ − σ′)²)/2σσ′ (Atkinson and Mitchell 1981)."""
    for radius, line in zip((0.5, 1.5), lines(drawn, "circle"), strict=True):
        m, s = line.T
        cosh = 1 + ((m + 1.5) ** 2 / 2 + (s - 0.6) ** 2) / (2 * s * 0.6)
        np.testing.assert_allclose(np.sqrt(2) * np.arccosh(cosh), radius, rtol=1e-8)
        np.testing.assert_allclose(line[0], line[-1], rtol=1e-12)


def test_a_parameterisation_shows_the_same_lines(half_plane, drawn):
    chart = fx.plot.Chart(
        ("h", "λ"),
        lambda h, precision: {"loc": h / precision, "scale": precision**-0.5},
        lambda params: (params["loc"] / params["scale"] ** 2, params["scale"] ** -2),
    )
    ax = fx.plot.geodesics(half_plane, P, Q, chart=chart, kinds=["e", "levi-civita"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("h", "λ")
    assert are_collinear(lines(ax, "e")[0])
    m, s = lines(drawn, "levi-civita")[0].T
    np.testing.assert_allclose(lines(ax, "levi-civita")[0], np.stack([m / s**2, s**-2], axis=-1), rtol=1e-10)
    assert lines(ax, "m") == []


def test_the_simplex_is_a_piece_of_a_sphere():
    """d = 2 arccos Σ√(pᵢqᵢ), great circles in √p, and straight lines of mixtures."""
    M = fx.Manifold(fx.Family(dist.Categorical))
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])
    ax = fx.plot.geodesics(M, {"probs": p}, {"probs": q}, SIMPLEX, radii=[0.3, 1.2])
    inner, outer = lines(ax, "circle")
    for radius, line in ((0.3, inner), (1.2, outer[np.isfinite(outer).all(axis=1)])):
        other = np.column_stack([line, 1 - line.sum(axis=1)])
        np.testing.assert_allclose(2 * np.arccos(np.sqrt(other) @ np.sqrt(p)), radius, rtol=1e-8)
    assert np.isnan(outer).any()  # it leaves the simplex
    (line,) = lines(ax, "levi-civita")
    roots = np.sqrt(np.column_stack([line, 1 - line.sum(axis=1)]))
    normal = np.cross(np.sqrt(p), np.sqrt(q))
    np.testing.assert_allclose(roots @ normal, 0, atol=1e-12)
    assert are_collinear(lines(ax, "m")[0])


def test_a_family_without_a_closed_form():
    """Gamma: all of a circle is as far as it says, by the boundary-value solver."""
    M = fx.Manifold(fx.Family(dist.Gamma))
    p = {"concentration": 1.0, "rate": 1.0}
    ax = fx.plot.geodesics(M, p, radii=[0.5])
    for point in lines(ax, "circle")[0][[0, 40, 80]]:
        distance = M.distance(p, {"concentration": point[0], "rate": point[1]})
        assert float(distance) == pytest.approx(0.5, rel=1e-8)


def test_kinds_are_those_that_there_are(half_plane):
    M = fx.Manifold(fx.Family(dist.Cauchy))
    ax = fx.plot.geodesics(M, P, Q)
    assert [line.get_gid() for line in ax.lines] == ["levi-civita", "point-p", "point-q"]
    with pytest.raises(ValueError, match="exponential"):
        fx.plot.geodesics(M, P, Q, kinds=["e"])
    with pytest.raises(ValueError, match="kinds are"):
        fx.plot.geodesics(half_plane, P, Q, kinds=["mixture"])
    with pytest.raises(ValueError, match="second point"):
        fx.plot.geodesics(half_plane, P)
    with pytest.raises(ValueError, match="must be positive"):
        fx.plot.geodesics(half_plane, P, radii=[0.0])


def test_what_cannot_be_drawn_is_refused(half_plane):
    one_way = fx.plot.Chart(("a", "b"), lambda a, b: {"loc": a, "scale": b})
    with pytest.raises(ValueError, match="from_params"):
        fx.plot.geodesics(half_plane, P, Q, one_way)
    M = fx.Manifold(fx.Family(dist.StudentT))
    with pytest.raises(ValueError, match="this one has 3"):
        fx.plot.geodesics(M, {"df": 5.0, "loc": 0.0, "scale": 1.0}, radii=[0.2])

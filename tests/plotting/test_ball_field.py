"""Balls on a grid: every line is what it says, in any parameterisation."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.models import Conditional, LinearPredictor, heads
from fisherax.plotting.ball_grid import ball_grid
from fisherax.plotting.chart import chart_of
from fisherax.plotting.style import figure_of

NORMAL = fx.Family(dist.Normal)
MOMENTS = fx.plot.Chart(("μ", "σ"), lambda m, s: {"loc": m, "scale": s})
INFORMATION = fx.plot.Chart(
    ("h", "λ"),
    lambda h, precision: {"loc": h / precision, "scale": precision**-0.5},
    lambda params: (params["loc"] / params["scale"] ** 2, params["scale"] ** -2),
)
GRID = ([-3.0, 0.0, 2.0], [0.5, 2.0])


def normal_divergence(m, s, m2, s2):
    return np.log(s2 / s) + (s**2 + (m - m2) ** 2) / (2 * s2**2) - 0.5


@pytest.fixture(scope="module")
def information_form():
    return ball_grid(NORMAL, INFORMATION, GRID, (0.1, 0.8), None)


def test_the_metric_of_the_information_form(information_form):
    """G is the covariance of (x, −x²/2), whose natural coordinates h and λ are: ∂²A, A = h²/2λ − ½ ln λ."""
    h, precision = information_form.centres.T
    expected = np.array([
        [1 / precision, -h / precision**2],
        [-h / precision**2, h**2 / precision**3 + 0.5 / precision**2],
    ])  # fmt: skip
    np.testing.assert_allclose(information_form.metrics, np.moveaxis(expected, -1, 0), rtol=1e-10)


def test_ellipses_are_where_the_quadratic_form_is_the_square_of_the_radius(information_form):
    steps = information_form.ellipses - information_form.centres[:, None, None]
    forms = np.einsum("nkmi,nij,nkmj->nkm", steps, information_form.metrics, steps)
    np.testing.assert_allclose(forms, np.broadcast_to([[[0.01], [0.64]]], forms.shape), rtol=1e-10)


def test_level_sets_have_the_divergence_they_say(information_form):
    h, precision = np.moveaxis(information_form.level_sets, -1, 0)
    h0, precision0 = information_form.centres.T[:, :, None, None]
    found = normal_divergence(h0 / precision0, precision0**-0.5, h / precision, precision**-0.5)
    np.testing.assert_allclose(found, np.broadcast_to([[[0.005], [0.32]]], found.shape), rtol=1e-9)


def test_the_two_lines_part_with_the_cube_of_the_radius():
    """√(2 KL)/r − 1 on the ellipse is of first order in r: ten times smaller at a tenth of the radius."""
    found = ball_grid(NORMAL, MOMENTS, GRID, (0.01, 0.001), None, exact=False)
    m, s = np.moveaxis(found.ellipses, -1, 0)
    m0, s0 = found.centres.T[:, :, None, None]
    excess = np.abs(np.sqrt(2 * normal_divergence(m0, s0, m, s)) / np.array([[[0.01], [0.001]]]) - 1)
    ratio = excess.max(axis=2)[:, 0] / excess.max(axis=2)[:, 1]
    np.testing.assert_allclose(ratio, 10, rtol=0.05)


def test_whitened_balls_are_circles_in_every_parameterisation(information_form):
    centres = information_form.centres
    same = np.stack([centres[:, 0] / centres[:, 1], centres[:, 1] ** -0.5], axis=-1)
    moments = ball_grid(NORMAL, MOMENTS, same, (0.1,), None)
    for found, radius in ((information_form, 0.8), (moments, 0.1)):
        white = found.whitened(found.ellipses)[:, -1]
        np.testing.assert_allclose(np.linalg.norm(white, axis=-1), radius, rtol=1e-10)
    # G_θ^{½} J G_φ^{-½} is a rotation (or a reflection), with J = ∂(μ, σ)/∂(h, λ).
    h, precision = centres.T
    zero = np.zeros_like(h)
    jacobian = np.array([[1 / precision, -h / precision**2], [zero, -0.5 * precision**-1.5]])
    jacobian = np.moveaxis(jacobian, -1, 0)
    eye = np.broadcast_to(np.eye(2), (len(h), 2, 2))
    basis = centres[:, None, None] + eye[:, None]
    left = np.swapaxes(information_form.whitened(basis)[:, 0], 1, 2)
    right = np.swapaxes(moments.whitened(same[:, None, None] + eye[:, None])[:, 0], 1, 2)
    turn = right @ jacobian @ np.linalg.inv(left)
    np.testing.assert_allclose(turn @ np.swapaxes(turn, 1, 2), eye, atol=1e-10)


def test_a_mesh_serves_where_nothing_is_closed():
    """Cauchy: KL = ln(((s + s')² + (m − m')²) / 4 s s') (Chyzak and Nielsen 2019), G = 1/2s² in both."""
    found = ball_grid(fx.Family(dist.Cauchy), MOMENTS, ([1.0], [0.5, 2.0]), (0.5,), None)
    np.testing.assert_allclose(found.metrics, [np.eye(2) / (2 * s**2) for s in (0.5, 2.0)], atol=1e-8)
    m, s = np.moveaxis(found.level_sets, -1, 0)
    m0, s0 = found.centres.T[:, :, None, None]
    divergence = np.log(((s0 + s) ** 2 + (m - m0) ** 2) / (4 * s0 * s))
    np.testing.assert_allclose(divergence, 0.125, rtol=1e-5)


def test_a_regression_by_the_names_of_its_coefficients():
    """Poisson: KL = μ' − μ − μ ln(μ'/μ), averaged over the inputs, which are three here."""
    x = np.column_stack([np.ones(3), [-1.0, 0.0, 1.0], [0.5, 2.0, -1.0]])
    model = Conditional(LinearPredictor(("Intercept", "a", "b")), heads.Poisson())
    params = {"coefficients": jnp.asarray([0.7, 0.4, -0.2])}
    chart = chart_of(model, params, ("a", "b"))
    found = ball_grid(model, chart, np.array([[0.4, 0.1]]), (0.4,), jnp.asarray(x))
    mean = np.exp(x @ [0.7, 0.4, 0.1])
    lines = found.level_sets[0, 0]
    others = np.exp(np.column_stack([np.full(len(lines), 0.7), lines]) @ x.T)
    divergence = np.mean(others - mean - mean * np.log(others / mean), axis=1)
    np.testing.assert_allclose(divergence, 0.08, rtol=1e-5)


def test_a_set_that_is_nowhere_reached_is_left_open():
    """N(tanh a, 1) is never further than ½ nat from N(0, 1)."""
    bounded = fx.plot.Chart(("a", "σ"), lambda a, s: {"loc": jnp.tanh(a), "scale": s})
    found = ball_grid(NORMAL, bounded, np.array([[0.0, 1.0]]), (1.2,), None)
    level = found.level_sets[0, 0]
    assert np.isnan(level[0]).all()
    assert np.isfinite(level[18]).all()  # straight up, along σ


def test_centres_outside_of_the_space_are_left_out():
    simplex = fx.plot.Chart(("p₁", "p₂"), lambda a, b: {"probs": jnp.stack([a, b, 1 - a - b])})
    model = fx.Family(dist.Categorical)
    grid = ([0.2, 0.5, 0.8], [0.1, 0.4])
    found = ball_grid(model, simplex, grid, (0.2,), None)
    np.testing.assert_allclose(found.centres, [[0.2, 0.1], [0.5, 0.1], [0.8, 0.1], [0.2, 0.4], [0.5, 0.4]])
    p, q = found.level_sets[..., 0], found.level_sets[..., 1]
    p0, q0 = found.centres.T[:, :, None, None]
    divergence = p0 * np.log(p0 / p) + q0 * np.log(q0 / q)
    divergence += (1 - p0 - q0) * np.log((1 - p0 - q0) / (1 - p - q))
    np.testing.assert_allclose(divergence, 0.02, rtol=1e-8)
    with pytest.raises(ValueError, match="None of the 1 centres is inside"):
        ball_grid(model, simplex, np.array([[0.8, 0.4]]), (0.2,), None)


def test_what_makes_no_sense_is_refused():
    sums = fx.plot.Chart(("a", "b"), lambda a, b: {"loc": a + b, "scale": 1.0 + 0 * a})
    with pytest.raises(ValueError, match="no ball at a = 1, b = 2"):
        ball_grid(NORMAL, sums, np.array([[1.0, 2.0]]), (0.2,), None)
    with pytest.raises(ValueError, match="must be positive"):
        ball_grid(NORMAL, MOMENTS, GRID, (0.0,), None)
    with pytest.raises(ValueError, match=r"array \(n, 2\)"):
        fx.plot.ball_field(NORMAL, MOMENTS, np.zeros(3))
    with pytest.raises(ValueError, match="loc, scale"):
        fx.plot.ball_field(NORMAL, ("loc", "sigma"), GRID, params={"loc": 0.0, "scale": 1.0})
    with pytest.raises(ValueError, match="need params"):
        fx.plot.ball_field(NORMAL, ("loc", "scale"), GRID)
    with pytest.raises(ValueError, match="no point of its own"):
        fx.plot.balls(NORMAL, {"loc": 0.0, "scale": 1.0}, MOMENTS)


def test_balls_take_a_grid(information_form):
    ax = fx.plot.balls(NORMAL, None, INFORMATION, radii=[0.1, 0.8], grid=GRID)
    figure_of(ax).canvas.draw()
    lines = [line.get_xydata() for line in ax.lines if line.get_gid().startswith("ball")]
    np.testing.assert_allclose(lines, information_form.ellipses.reshape(12, -1, 2), rtol=1e-12)
    sets = [line for line in ax.lines if line.get_gid().startswith("level-set")]
    assert len(sets) == 12
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("h", "λ")


def test_whitened_balls_stand_in_rows_and_columns():
    ax = fx.plot.ball_field(NORMAL, MOMENTS, GRID, (0.3,), whitened=True, exact=False)
    figure_of(ax).canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["−3", "0", "2"]
    for line in ax.lines:
        if line.get_gid().startswith("ball"):
            points = line.get_xydata()[:-1]
            np.testing.assert_allclose(np.linalg.norm(points - points.mean(axis=0), axis=1), 0.3, rtol=1e-9)


def test_pictures_are_drawn_in_float32_too():
    """√(2 KL) keeps half the digits of float32, and no part of a line is lost for it."""
    with jax.enable_x64(False):
        found = ball_grid(NORMAL, MOMENTS, np.array([[0.0, 1.0]]), (0.1, 0.8), None)
    m, s = np.moveaxis(found.level_sets, -1, 0)
    divergence = normal_divergence(0.0, 1.0, m, s)
    np.testing.assert_allclose(divergence, np.broadcast_to([[[0.005], [0.32]]], divergence.shape), rtol=1e-3)

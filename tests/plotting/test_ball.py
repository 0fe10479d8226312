"""Fisher balls: the ellipse is the metric's, and the level set has exactly the divergence r²/2."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import report_fits
from fisherax.models import Conditional, Family, LinearPredictor, heads
from fisherax.operators import DenseOperator, Provenance
from fisherax.plotting import balls, fisher_balls


def test_the_ball_of_a_normal_by_hand():
    """G = diag(1/σ², 2/σ²), and KL(N(0, σ) ‖ N(m, s)) = ln(s/σ) + (σ² + m²)/2s² − ½ is r²/2 all along the set."""
    found = fisher_balls(Family(dist.Normal), {"loc": 0.0, "scale": 2.0}, radii=[0.1, 0.8])
    np.testing.assert_allclose(found.metric, np.diag([0.25, 0.5]), rtol=1e-10)
    for radius, line in zip(found.radii, found.level_sets, strict=True):
        m, s = line.T
        divergence = np.log(s / 2) + (4 + m**2) / (2 * s**2) - 0.5
        np.testing.assert_allclose(divergence, radius**2 / 2, rtol=2e-3)


def test_ball_and_level_set_agree_to_first_order_in_the_radius():
    found = fisher_balls(Family(dist.Gamma), {"concentration": 4.0, "rate": 2.0}, radii=[0.001])
    steps = found.level_sets[0] - found.centre
    size = np.sqrt(np.einsum("ni,ij,nj->n", steps, found.metric, steps))
    np.testing.assert_allclose(size, 0.001, rtol=5e-3)


def test_a_head_without_a_closed_form_is_summed_over_its_counts():
    """Poisson regression at one input: KL = μ' − μ − μ ln(μ'/μ), averaged over the inputs."""
    x = np.column_stack([np.ones(5), np.linspace(-1, 1, 5)])
    model = Conditional(LinearPredictor(("Intercept", "x")), heads.Poisson())
    beta = np.array([0.7, 0.4])
    found = fisher_balls(model, {"coefficients": jnp.asarray(beta)}, radii=[0.4], inputs=jnp.asarray(x))
    mean = np.exp(x @ beta)
    others = np.exp(found.level_sets[0] @ x.T)
    divergence = np.mean(others - mean - mean * np.log(others / mean), axis=1)
    np.testing.assert_allclose(divergence, 0.4**2 / 2, rtol=2e-3)


def test_a_mesh_serves_where_nothing_is_closed():
    """Cauchy: KL = ln(((s + s')² + (m − m')²) / 4 s s') (Chyzak and Nielsen 2019)."""
    family, params = Family(dist.Cauchy), {"loc": jnp.array(0.0), "scale": jnp.array(1.0)}
    known = DenseOperator(jnp.eye(2) / 2, family.tangent(params), Provenance("exact", "dense", "closed form"))
    found = fisher_balls(family, params, radii=[0.5], information=known)
    m, s = found.level_sets[0].T
    divergence = np.log(((1 + s) ** 2 + m**2) / (4 * s))
    np.testing.assert_allclose(divergence, 0.5**2 / 2, rtol=2e-3)


def test_one_coordinate_is_a_curve():
    ax = balls(Family(dist.Poisson), {"rate": 2.0}, radii=[0.5])
    x, divergence = ax.lines[0].get_data()
    np.testing.assert_allclose(divergence, x - 2 - 2 * np.log(x / 2), atol=1e-9)


def test_names_that_are_none_are_refused():
    with pytest.raises(ValueError, match="loc, scale"):
        fisher_balls(Family(dist.Normal), {"loc": 0.0, "scale": 1.0}, ("loc", "sigma"))


def test_two_coordinates_that_do_the_same_have_no_ball():
    fit = report_fits.collinear()
    with pytest.raises(ValueError, match="singular"):
        fisher_balls(fit.model, fit.params, ("x1", "x2"), inputs=fit.likelihood.rows.inputs)


def test_it_is_public():
    assert fx.plot.balls is balls

"""Level sets along rays: exact where the function is quadratic, on the level where it is not."""

import numpy as np
import pytest
from numpyro.distributions import constraints as C

from fisherax.plotting.rays import IDENTITY, LOG, LOGIT, Rays, ellipse, is_definite, scale_of

COVARIANCE = np.array([[4.0, 1.5], [1.5, 1.0]])


def quadratic(points, centre, covariance):
    steps = points - centre
    return np.einsum("...i,ij,...j->...", steps, np.linalg.inv(covariance), steps)


def test_the_level_set_of_a_quadratic_is_its_ellipse():
    rays = Rays.around([3.0, -2.0], COVARIANCE, 4.0)
    found = rays.level_set(quadratic(rays.points(), rays.centre, COVARIANCE), 2.5**2)
    np.testing.assert_allclose(quadratic(found, rays.centre, COVARIANCE), 2.5**2, rtol=1e-10)
    np.testing.assert_array_equal(found[0], found[-1])


def test_the_ellipse_is_where_the_quadratic_form_is_one():
    line = ellipse([1.0, 2.0], COVARIANCE, 1.7)
    np.testing.assert_allclose(quadratic(line, [1.0, 2.0], COVARIANCE), 1.7**2, rtol=1e-12)


@pytest.mark.parametrize("scales", [(LOG, LOG), (IDENTITY, LOG), (LOGIT, IDENTITY)])
def test_rays_start_along_the_ellipse_and_stay_in_the_space(scales):
    rays = Rays.around([0.4, 0.5], 0.01 * COVARIANCE, 30.0, scales)
    points = rays.points()
    for i, scale in enumerate(scales):
        if scale == LOG:
            assert np.all(points[..., i] > 0)
        if scale == LOGIT:
            assert np.all((points[..., i] >= 0) & (points[..., i] <= 1))
    near = Rays.around([0.4, 0.5], 0.01 * COVARIANCE, 1e-4, scales).points()[:, -1]
    np.testing.assert_allclose(quadratic(near, rays.centre, 0.01 * COVARIANCE), 1e-8, rtol=1e-3)


def test_the_level_is_met_by_a_function_that_is_not_quadratic():
    """f(a, b) = KL between exponentials of rates 1 and a, and 1 and b: a − 1 − ln a + b − 1 − ln b."""

    def f(points):
        return np.sum(points - 1 - np.log(points), axis=-1)

    rays = Rays.around([1.0, 1.0], np.eye(2), 6.0, (LOG, LOG), 40, 12)
    # Levels from the second point of a ray on, as `level_set` asks.
    for level in (0.3, 1.5):
        found = rays.level_set(f(rays.points()), level)
        np.testing.assert_allclose(f(found), level, rtol=2e-3)


def test_a_ray_that_does_not_reach_the_level_is_left_open():
    rays = Rays.around([0.0, 0.0], np.eye(2), 3.0, num_angles=4)
    values = np.broadcast_to(rays.radii**2, (4, rays.radii.size)).copy()
    values[1] = 0.5 * (1 - np.exp(-rays.radii))  # levels off
    values[2, 5:] = np.nan  # lost before it is there
    values[3, 6:] = np.inf  # beyond the parameter space
    found = rays.level_set(values, 4.0)
    assert np.all(np.isfinite(found[0]))
    assert np.all(np.isnan(found[1:4]))


def test_a_singular_covariance_has_no_ellipse():
    tied = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert not is_definite(tied)
    assert not is_definite(np.array([[np.inf, 0.0], [0.0, 1.0]]))
    with pytest.raises(ValueError, match="no ellipse"):
        Rays.around([0.0, 0.0], tied, 1.0)


def test_scales_follow_the_constraint():
    assert scale_of(C.positive) == LOG
    assert scale_of(C.unit_interval) == LOGIT
    assert scale_of(C.simplex) == LOGIT
    assert scale_of(C.real) == IDENTITY
    assert scale_of(None) == IDENTITY

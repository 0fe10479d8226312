"""Mixtures whose components have vectors, matrices and probabilities for parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.stats

import fisherax as fx

NORMALS = fx.Mixture(fx.Family(dist.MultivariateNormal), 2)
TRUTH = {
    "weights": jnp.array([0.4, 0.6]),
    "loc": jnp.array([[-2.0, 0.0], [2.0, 1.0]]),
    "covariance_matrix": jnp.array([[[1.0, 0.5], [0.5, 0.9]], [[0.4, -0.2], [-0.2, 0.3]]]),
}


def log_likelihood(free, x):
    """By SciPy, of w₁, the two means and the lower triangles of the two covariances."""
    w, locs, triangles = free[0], free[1:5].reshape(2, 2), free[5:].reshape(2, 3)
    parts = [
        share * scipy.stats.multivariate_normal(loc, [[a, b], [b, c]]).pdf(x)
        for share, loc, (a, b, c) in zip((w, 1 - w), locs, triangles, strict=True)
    ]
    return np.sum(np.log(parts[0] + parts[1]))


def second_differences(function, at, h=1e-4):
    """The Hessian by central differences, to h² and to rounding over h²."""
    steps = h * np.eye(len(at))

    def entry(i, j):
        ways = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        return sum(a * b * function(at + a * steps[i] + b * steps[j]) for a, b in ways) / (4 * h * h)

    rows = [[entry(i, j) if j <= i else 0.0 for j in range(len(at))] for i in range(len(at))]
    lower = np.array(rows)
    return lower + np.tril(lower, -1).T


def test_standard_errors_of_a_mixture_of_bivariate_normals():
    x = np.asarray(NORMALS.sample(TRUTH, jax.random.key(0), (300,)))
    fit = fx.fit(NORMALS, x, init=TRUTH)
    assert fit.status.valid
    covariances = np.asarray(fit.params["covariance_matrix"])
    free = np.concatenate(
        [
            fit.params["weights"][:1],
            np.ravel(fit.params["loc"]),
            np.ravel(covariances[:, [0, 1, 1], [0, 0, 1]]),
        ]
    )
    hessian = second_differences(lambda free: log_likelihood(free, x), free)
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    errors = fit.standard_errors("observed")
    np.testing.assert_allclose(errors["weights"], np.repeat(expected[0], 2), rtol=1e-5)
    np.testing.assert_allclose(np.ravel(errors["loc"]), expected[1:5], rtol=1e-5)
    found = np.asarray(errors["covariance_matrix"])[:, [0, 1, 1], [0, 0, 1]]
    np.testing.assert_allclose(np.ravel(found), expected[5:], rtol=1e-5)
    np.testing.assert_array_equal(errors["covariance_matrix"], np.swapaxes(errors["covariance_matrix"], 1, 2))


def test_components_far_apart_have_their_own_informations():
    """Told apart for sure, each observation informs about its own component alone, and about ln w_k."""
    far = {**TRUTH, "loc": jnp.array([[-200.0, 0.0], [200.0, 1.0]])}
    parts = [{name: far[name][k] for name in NORMALS.component.parameters} for k in (0, 1)]
    x = [NORMALS.component.sample(part, jax.random.key(1), (200,)) for part in parts]
    observed = fx.fisher(NORMALS, far, jnp.concatenate(x), fx.Observed())
    assert observed.tangent.dim == 1 + 4 + 6
    expected = np.zeros((11, 11))
    for k in (0, 1):  # half of the observations are of either
        own = fx.fisher(NORMALS.component, parts[k], x[k], fx.Observed())
        place = [3 * k, 3 * k + 1, 3 * k + 2, 6 + 2 * k, 7 + 2 * k]
        expected[np.ix_(place, place)] = np.asarray(own.coordinates_matrix()) / 2
    expected[10, 10] = (0.5 / 0.4**2 + 0.5 / 0.6**2) / 2
    np.testing.assert_allclose(observed.coordinates_matrix(), expected, atol=1e-10)


def test_many_rows_of_vectors_do_not_wait_for_each_other():
    """Batches of triangular systems, two at a time, stood still for ever on two cores."""
    x = NORMALS.sample(TRUTH, jax.random.key(0), (50_000,))
    G = fx.fisher(NORMALS, TRUTH, x, fx.Empirical())
    assert np.all(np.isfinite(G.coordinates_matrix()))


@pytest.mark.parametrize("parameter", ["probs", "weights"])
def test_probabilities_in_components_stay_on_their_simplex(parameter):
    mixture = fx.Mixture(fx.Family(dist.Multinomial, fixed={"total_count": 4}), 2)
    params = {
        "weights": jnp.array([0.3, 0.7]),
        "probs": jnp.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]),
    }
    tangent = mixture.tangent(params)
    assert tangent.dim == 1 + 2 * 2
    moved = tangent.unravel(jnp.arange(1.0, 6.0))
    np.testing.assert_allclose(jnp.sum(moved[parameter], axis=-1), 0.0, atol=1e-15)


@pytest.mark.parametrize("form", [None, fx.HessianForm()])
def test_equal_components_are_singular_and_not_infinite(form):
    """The weights' score is p₁/p − p₂/p = 0: they cannot be told, and all else has its information."""
    mixture = fx.Mixture(fx.Family(dist.Normal), 2)
    params = {"weights": jnp.array([0.3, 0.7]), "loc": jnp.ones(2), "scale": jnp.ones(2)}
    information = fx.fisher(mixture, params, estimator=fx.Exact(form))
    w = np.array([0.3, 0.7])  # the score of component k is wₖ times that of the normal law itself
    np.testing.assert_allclose(information.as_matrix()[:2, :2], np.outer(w, w), atol=1e-13)  # loc: 1/σ² = 1
    np.testing.assert_allclose(information.as_matrix()[2:4, 2:4], 2.0 * np.outer(w, w), atol=1e-13)
    assert information.rank() == 2
    assert "1.00·weights[0] − 1.00·weights[1]" in information.unidentified()

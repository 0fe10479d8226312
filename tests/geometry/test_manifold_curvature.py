"""Curvature of families against the closed forms of the literature."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.special

import fisherax as fx
from fisherax.geometry import connection, curvature

from .manifold_cases import (
    BETA,
    CATEGORICAL,
    DIRICHLET,
    GAMMA,
    MANIFOLDS,
    NORMAL,
    at,
    points,
    powers,
    vectors,
)


def test_the_connection_of_normal_laws():
    # In (μ, σ): Γ^σ_μμ = 1/2σ, Γ^μ_μσ = −1/σ, Γ^σ_σσ = −1/σ and no other (Amari and Nagaoka, 2000, §2.2).
    sigma = 0.7
    expected = np.zeros((2, 2, 2))
    expected[1, 0, 0], expected[0, 0, 1], expected[0, 1, 0], expected[1, 1, 1] = (
        1 / (2 * sigma),
        -1 / sigma,
        -1 / sigma,
        -1 / sigma,
    )
    p = {"loc": 2.0, "scale": sigma}
    np.testing.assert_allclose(NORMAL.christoffel(p), expected, atol=1e-13)
    lowered = np.diag([1 / sigma**2, 2 / sigma**2]) @ expected.reshape(2, 4)
    np.testing.assert_allclose(NORMAL.christoffel(p, "first").reshape(2, 4), lowered, atol=1e-12)


def test_normal_laws_are_half_planes_of_curvature_minus_a_half():
    p = {"loc": 3.0, "scale": 0.2}
    metric = NORMAL.metric(p).as_matrix()
    assert NORMAL.scalar_curvature(p) == pytest.approx(-1.0, rel=1e-12)
    np.testing.assert_allclose(NORMAL.ricci(p), -0.5 * metric, atol=1e-10)
    assert NORMAL.riemann(p, lowered=True)[0, 1, 0, 1] == pytest.approx(
        -0.5 * np.linalg.det(metric), rel=1e-12
    )


def test_gamma_laws():
    """K = (ψ′(κ) + κ ψ″(κ)) / 4 (κ ψ′(κ) − 1)², of κ alone (Arwini and Dodson, 2008, §3.4)."""
    kappa = powers(0, 30, 1e-2, 1e2)
    found = jax.vmap(GAMMA.scalar_curvature)({"concentration": kappa, "rate": powers(1, 30, 1e-3, 1e3)})
    with mpmath.workdps(30):
        expected = []
        for x in np.asarray(kappa):
            first, second = mpmath.psi(1, x), mpmath.psi(2, x)
            expected.append(float((first + x * second) / (2 * (x * first - 1) ** 2)))
    # The symbols hold differences that cancel to 1/κ of their terms, twice.
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_beta_laws():
    """Le Brigant and Puechmorel (2021), The Fisher–Rao geometry of beta distributions, proposition 2: a closed form,

    which is negative everywhere.
    """
    p = points("Beta", 30)
    found = np.asarray(jax.vmap(BETA.scalar_curvature)(p)) / 2
    x, y = (np.asarray(p[key]) for key in ("concentration1", "concentration0"))
    first, second = (lambda t, n=n: scipy.special.polygamma(n, t) for n in (1, 2))
    determinant = first(x) * first(y) - first(x + y) * (first(x) + first(y))
    ratios = first(x) / second(x) + first(y) / second(y) - first(x + y) / second(x + y)
    expected = second(x) * second(y) * second(x + y) * ratios / (4 * determinant**2)
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert np.all(found < 0)


def test_dirichlet_laws():
    """In natural coordinates the metric is a Hessian, and R_lkij = ¼ gᵃᵇ (T_ajl T_bik − T_ail T_bjk) with T = ∇³A

    (Duistermaat, 2001, On Hessian Riemannian structures). All sectional curvatures are negative (Le Brigant, Preston
    and Puechmorel, 2021, Fisher–Rao geometry of Dirichlet distributions).
    """
    p = points("Dirichlet", 20)
    found = jax.vmap(lambda p: DIRICHLET.riemann(p, lowered=True))(p)
    for row, tensor in zip(np.asarray(p["concentration"]), np.asarray(found), strict=True):
        first, second = (lambda t, n=n: scipy.special.polygamma(n, t) for n in (1, 2))
        metric = np.diag(first(row)) - first(row.sum())
        cubic = np.einsum("ij,jk->ijk", np.diag(second(row)), np.eye(3)) - second(row.sum())
        raised = np.einsum("ab,bij->aij", np.linalg.inv(metric), cubic)
        half = np.einsum("ajl,aik->lkij", cubic, raised)
        expected = 0.25 * (half - np.swapaxes(half, 2, 3))
        np.testing.assert_allclose(tensor, expected, atol=1e-9 * np.max(np.abs(expected)))
    u, v = vectors("Dirichlet", p, 1), vectors("Dirichlet", p, 2)
    assert np.all(jax.vmap(DIRICHLET.sectional_curvature)(p, u, v) < 0)


@pytest.mark.parametrize("count", [1, 5])
def test_categories_are_a_piece_of_a_sphere(count):
    # Of radius 2√n in three dimensions (four categories): K = 1/4n, Ric = 2K g, R = 6K.
    p = at(points("Categorical", 1), 0)
    if count == 1:
        manifold = CATEGORICAL
    else:
        manifold = fx.Manifold(fx.Family(dist.MultinomialProbs, fixed={"total_count": count}))
    curvature = 1 / (4 * count)
    assert manifold.scalar_curvature(p) == pytest.approx(6 * curvature, rel=1e-9)
    metric = manifold.metric(p).coordinates_matrix()
    np.testing.assert_allclose(manifold.ricci(p), 2 * curvature * metric, rtol=1e-9, atol=1e-9)
    u, v = ({"probs": jnp.asarray(x)} for x in ([1.0, -1.0, 0.0, 0.0], [0.3, 0.3, -0.8, 0.2]))
    assert manifold.sectional_curvature(p, u, v) == pytest.approx(curvature, rel=1e-9)


def test_independent_entries_are_a_product():
    """Planes across two factors are flat, planes within one are as curved as it is, and R is the sum."""
    manifold = fx.Manifold(fx.Family(dist.Normal))
    p = {"loc": jnp.asarray([0.0, 2.0]), "scale": jnp.asarray([1.0, 0.3])}
    assert manifold.scalar_curvature(p) == pytest.approx(-2.0, rel=1e-10)

    def only(key, index):
        zero = jax.tree.map(jnp.zeros_like, p)
        return {**zero, key: zero[key].at[index].set(1.0)}

    within = manifold.sectional_curvature(p, only("loc", 1), only("scale", 1))
    across = manifold.sectional_curvature(p, only("loc", 0), only("scale", 1))
    assert within == pytest.approx(-0.5, rel=1e-10)
    assert across == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", ["Normal", "Weibull", "Categorical"])
def test_model_spaces_are_as_curved_as_their_spaces(name):
    """R(u, v)w of the symbols, differentiated automatically, and of the model space in its own coordinates."""
    manifold, p = MANIFOLDS[name], points(name, 8)
    place = manifold._place("test", at(p, 0))[1]
    assert place.isometry is not None
    u, v, w = (vectors(name, p, seed) for seed in (1, 2, 3))

    def both(p, u, v, w):
        ravel = place.field.tangent.ravel
        automatic = curvature.of_metric(place.field, p)
        found = [
            jnp.einsum("lkij,k,i,j->l", r, ravel(w), ravel(u), ravel(v))
            for r in (automatic, manifold.riemann(p))
        ]
        x, a = place.isometry.push(p, u)
        b, c = place.isometry.push(p, v)[1], place.isometry.push(p, w)[1]
        expected = ravel(place.isometry.pull(x, place.isometry.space.curvature(x, a, b, c))[1])
        root = jnp.linalg.cholesky(connection.metric_at(place.field, p, connection.origin(place.field))).T
        return root @ found[0], root @ found[1], root @ expected

    found, formula, expected = jax.jit(jax.vmap(both))(p, u, v, w)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(formula, expected, atol=1e-10)
    assert np.max(np.abs(expected)) > 0.01

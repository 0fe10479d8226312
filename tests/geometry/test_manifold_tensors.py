"""Laws of a metric's connection and curvature, whatever the metric; and what becomes of them in other parameters."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints

import fisherax as fx

from .manifold_cases import GAMMA, LOGISTIC, MANIFOLDS, at, points, vectors

GENERAL = ["Bumpy", "Logistic"]
"""Three dimensions each; one is any function, one the mean information of a regression."""


def close(found, expected, scale=None):
    expected = np.asarray(expected)
    size = np.max(np.abs(expected if scale is None else np.asarray(scale)))
    np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=1e-10 * max(size, 1e-300))


@pytest.mark.parametrize("name", GENERAL)
def test_the_connection(name):
    """It has no torsion, and the metric does not change along it: ∂_k g_ij = Γ_j,ki + Γ_i,kj, so ∇g = 0."""
    manifold, p = MANIFOLDS[name], at(points(name, 3), 2)
    metric = manifold.metric(p).as_matrix()
    first, second = manifold.christoffel(p, "first"), manifold.christoffel(p)
    close(first, jnp.swapaxes(first, 1, 2))
    close(jnp.einsum("kl,lij->kij", metric, second), first)
    (slopes,) = jax.tree.leaves(jax.jacfwd(lambda p: manifold.metric(p).as_matrix())(p))
    close(slopes, jnp.einsum("jki->ijk", first) + jnp.einsum("ikj->ijk", first))
    assert np.max(np.abs(first)) > 1e-3


@pytest.mark.parametrize("name", GENERAL)
def test_curvature(name):
    """Riemann's symmetries, both of Bianchi's identities, and that Ricci's tensor and R are its traces."""
    manifold, p = MANIFOLDS[name], at(points(name, 3), 2)
    (key,) = p
    mixed, lowered = manifold.riemann(p), manifold.riemann(p, lowered=True)
    metric = manifold.metric(p).as_matrix()
    close(jnp.einsum("lm,mkij->lkij", metric, mixed), lowered)
    close(lowered, -jnp.einsum("lkij->lkji", lowered))
    close(lowered, -jnp.einsum("lkij->klij", lowered))
    close(lowered, jnp.einsum("lkij->ijlk", lowered))
    cycle = lowered + jnp.einsum("lkij->lijk", lowered) + jnp.einsum("lkij->ljki", lowered)
    close(cycle, np.zeros_like(cycle), lowered)
    # ∇_m R_lkij + ∇_i R_lkjm + ∇_j R_lkmi = 0, with ∇_m T = ∂_m T − Γ on each index.
    slopes = jax.jacfwd(lambda x: manifold.riemann({key: x}, lowered=True))(p[key])
    symbols = manifold.christoffel(p)
    turning = [
        jnp.einsum(f"am{index},{'lkij'.replace(index, 'a')}->lkijm", symbols, lowered) for index in "lkij"
    ]
    gradient = slopes - sum(turning)
    cycle = gradient + jnp.einsum("lkijm->lkmij", gradient) + jnp.einsum("lkijm->lkjmi", gradient)
    close(cycle, np.zeros_like(cycle), slopes)
    ricci = manifold.ricci(p)
    close(ricci, ricci.T)
    inverse = jnp.linalg.inv(metric)
    close(ricci, jnp.einsum("li,lkij->kj", inverse, lowered))
    assert manifold.scalar_curvature(p) == pytest.approx(float(jnp.sum(inverse * ricci)), rel=1e-10)
    assert np.max(np.abs(lowered)) > 1e-5


@pytest.mark.parametrize("name", GENERAL)
def test_sectional_curvature_is_that_of_a_plane(name):
    manifold, p = MANIFOLDS[name], at(points(name, 3), 2)
    u, v = (at(vectors(name, points(name, 3), seed), 2) for seed in (1, 2))
    expected = manifold.sectional_curvature(p, u, v)
    mix = lambda a, b: jax.tree.map(lambda x, y: a * x + b * y, u, v)  # noqa: E731
    turned = manifold.sectional_curvature(p, mix(2.0, 1.0), mix(-0.3, 5.0))
    assert turned == pytest.approx(float(expected), rel=1e-9)
    # Nearly parallel, the plane is known as well as the difference of the two vectors is.
    thin = manifold.sectional_curvature(p, u, mix(1.0, 1e-7))
    assert thin == pytest.approx(float(expected), rel=1e-6)
    with pytest.raises(ValueError, match="span no plane"):
        manifold.sectional_curvature(p, u, mix(3.0, 0.0))


def by_mean(mean, variation):
    """Gamma's law by its mean and the square of its coefficient of variation."""
    return dist.Gamma(1 / variation, 1 / (variation * mean))


def test_other_parameters():
    """y ↦ x(y): g′ = JᵀgJ, J Γ′ = Γ(J, J) + ∂²x, R′ is pulled back, and the curvature is the same number."""
    positive = constraints.positive
    other = fx.Manifold(fx.Family(by_mean, constraints={"mean": positive, "variation": positive}))
    y = jnp.asarray([2.0, 0.4])

    def to_gamma(y):
        return jnp.stack([1 / y[1], 1 / (y[0] * y[1])])

    x, jacobian, bend = to_gamma(y), jax.jacfwd(to_gamma)(y), jax.jacfwd(jax.jacfwd(to_gamma))(y)
    p, q = {"concentration": x[0], "rate": x[1]}, {"mean": y[0], "variation": y[1]}
    # The information of a law that is given as a function comes from quadrature, with its own error.
    near = {"rtol": 1e-8, "atol": 1e-8}
    np.testing.assert_allclose(
        other.metric(q).as_matrix(), jacobian.T @ GAMMA.metric(p).as_matrix() @ jacobian, **near
    )
    pushed = jnp.einsum("kij,ia,jb->kab", GAMMA.christoffel(p), jacobian, jacobian) + bend
    np.testing.assert_allclose(jnp.einsum("ka,abc->kbc", jacobian, other.christoffel(q)), pushed, **near)
    tensor = GAMMA.riemann(p, lowered=True)
    for _ in range(4):  # each turn moves the next index to the front
        tensor = jnp.einsum("lkij,la->kija", tensor, jacobian)
    np.testing.assert_allclose(other.riemann(q, lowered=True), tensor, **near)
    assert other.scalar_curvature(q) == pytest.approx(float(GAMMA.scalar_curvature(p)), rel=1e-7)


def test_under_jit_and_vmap():
    p = points("Gamma", 4)
    expected = [GAMMA.ricci(at(p, i)) for i in range(4)]
    np.testing.assert_allclose(jax.jit(jax.vmap(GAMMA.ricci))(p), expected, rtol=1e-9)
    slope = jax.grad(lambda kappa: GAMMA.scalar_curvature({"concentration": kappa, "rate": 1.0}))(2.0)
    h = 1e-4
    values = [GAMMA.scalar_curvature({"concentration": 2.0 + s * h, "rate": 1.0}) for s in (1, -1)]
    assert slope == pytest.approx(float(values[0] - values[1]) / (2 * h), rel=1e-6)


def test_what_cannot_be():

    with pytest.raises(ValueError, match="concentration"):
        GAMMA.scalar_curvature({"concentration": -1.0, "rate": 1.0})
    with pytest.raises(ValueError, match="same leaves and shapes"):
        LOGISTIC.sectional_curvature({"w": jnp.zeros(3)}, {"w": jnp.ones(2)}, {"w": jnp.ones(3)})
    singular = fx.Manifold(lambda p: jnp.outer(p["x"], p["x"]))
    with pytest.raises(ValueError, match="singular"):
        singular.christoffel({"x": jnp.asarray([1.0, 2.0])})

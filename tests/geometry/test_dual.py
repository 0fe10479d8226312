"""The laws of a dually flat space, in natural and expectation coordinates."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from jax.flatten_util import ravel_pytree

import fisherax as fx


def normals(loc, matrix):
    return {"loc": jnp.array(loc), "covariance_matrix": jnp.array(matrix)}


# Three members of each family: p, q, r.
CASES = {
    "Normal": (
        fx.Family(dist.Normal),
        [{"loc": 0.3, "scale": 1.4}, {"loc": 0.9, "scale": 0.8}, {"loc": -0.5, "scale": 1.1}],
    ),
    "Gamma": (
        fx.Family(dist.Gamma),
        [
            {"concentration": 2.3, "rate": 1.7},
            {"concentration": 1.1, "rate": 0.9},
            {"concentration": 2.0, "rate": 0.8},
        ],
    ),
    "Beta": (
        fx.Family(dist.Beta),
        [
            {"concentration1": 1.6, "concentration0": 2.7},
            {"concentration1": 0.7, "concentration0": 1.2},
            {"concentration1": 2.2, "concentration0": 2.1},
        ],
    ),
    "Poisson": (fx.Family(dist.Poisson), [{"rate": 2.4}, {"rate": 0.3}, {"rate": 7.0}]),
    "Categorical": (
        fx.Family(dist.CategoricalProbs),
        [{"probs": jnp.array(probs)} for probs in ([0.2, 0.5, 0.3], [0.4, 0.1, 0.5], [0.3, 0.3, 0.4])],
    ),
    "MultivariateNormal": (
        fx.Family(dist.MultivariateNormal),
        [
            normals([0.3, -0.2], [[1.4, 0.3], [0.3, 0.8]]),
            normals([0.1, 0.4], [[0.9, -0.2], [-0.2, 1.1]]),
            normals([-0.2, 0.1], [[1.2, 0.1], [0.1, 1.0]]),
        ],
    ),
    "Dirichlet": (
        fx.Family(dist.Dirichlet),
        [{"concentration": jnp.array(c)} for c in ([1.2, 2.3, 0.8], [0.6, 1.1, 1.9], [1.5, 1.6, 1.4])],
    ),
}


@functools.cache
def case(name):
    family, points = CASES[name]
    return fx.DuallyFlat(family), [jax.tree.map(jnp.asarray, point) for point in points]


def flat(tree):
    return np.asarray(ravel_pytree(tree)[0])


def close(found, wanted, rtol=1e-10):
    np.testing.assert_allclose(flat(found), flat(wanted), rtol=rtol, atol=1e-12)


def inner(a, b):
    return float(flat(a) @ flat(b))


def minus(a, b):
    return jax.tree.map(jnp.subtract, a, b)


@pytest.mark.parametrize("name", CASES)
def test_coordinates_are_inverse_to_each_other(name):
    space, points = case(name)
    for p in points:
        close(space.from_natural(space.natural(p)), p)
        close(space.from_expectation(space.expectation(p)), p)
        close(space.natural(space.from_natural(space.natural(p))), space.natural(p))
        close(space.expectation(space.from_expectation(space.expectation(p))), space.expectation(p))


@pytest.mark.parametrize("name", CASES)
def test_potentials_are_a_legendre_pair(name):
    """∇A = m, ∇A* = η; A(η′) + A*(m) − ⟨η′, m⟩ is the KL divergence, and 0 at equality (Fenchel and Young)."""
    space, (p, q, _) = case(name)
    slope = jax.jit(jax.grad(lambda eta: space.potential(space.from_natural(eta))))(space.natural(p))
    close(slope, space.expectation(p))
    dual = jax.jit(jax.grad(lambda m: space.dual_potential(space.from_expectation(m))))(space.expectation(p))
    close(dual, space.natural(p), 1e-9)
    young = space.potential(q) + space.dual_potential(p) - inner(space.natural(q), space.expectation(p))
    np.testing.assert_allclose(young, fx.kl(space.model, p, q), rtol=1e-10)
    np.testing.assert_allclose(space.divergence(p, q), fx.kl(space.model, p, q), rtol=1e-14)
    equal = space.potential(p) + space.dual_potential(p) - inner(space.natural(p), space.expectation(p))
    np.testing.assert_allclose(equal, 0.0, atol=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_the_metric_is_the_hessian_of_either_potential(name):
    space, (p, _, _) = case(name)
    eta, m = space.natural(p), space.expectation(p)
    information = fx.fisher(space.model, p)
    from_eta, unravel_eta = ravel_pytree(eta)
    from_m, unravel_m = ravel_pytree(m)

    @jax.jit
    def hessians(eta, m):
        potential = jax.hessian(lambda e: space.potential(space.from_natural(unravel_eta(e))))(eta)
        dual = jax.jacfwd(jax.jacfwd(lambda m: space.dual_potential(space.from_expectation(unravel_m(m)))))(m)
        return potential, dual

    potential, dual = hessians(from_eta, from_m)
    pulled = fx.pullback(information, space.from_natural, eta).as_matrix()
    np.testing.assert_allclose(potential, pulled, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(
        potential @ dual, np.eye(len(from_m)), atol=1e-9 * np.linalg.cond(potential) ** 0.5
    )
    pulled = fx.pullback(information, space.from_expectation, m).as_matrix()
    np.testing.assert_allclose(dual, pulled, rtol=1e-8, atol=1e-9)


def projection(space, p, r, fixed):
    """The q with m = m(p) in the first `fixed` coordinates and η = η(r) in the others, by Newton's method."""
    target, (eta, unravel) = flat(space.expectation(p)), ravel_pytree(space.natural(r))

    def mean(first):
        whole = jnp.concatenate([first, eta[fixed:]])
        return ravel_pytree(space.expectation(space.from_natural(unravel(whole))))[0][:fixed]

    residual = jax.jit(lambda first: (mean(first) - target[:fixed], jax.jacfwd(mean)(first)))
    first = eta[:fixed]
    for _ in range(40):
        gap, slope = residual(first)
        if np.max(np.abs(gap)) < 1e-14:
            break
        step = np.linalg.solve(slope, gap)
        first = first - step / max(1.0, 4.0 * float(np.sqrt(step @ slope @ step)))
    return space.from_natural(unravel(jnp.concatenate([first, eta[fixed:]])))


@pytest.mark.parametrize("name", [name for name in CASES if name != "Poisson"])
def test_generalised_pythagoras(name):
    """Where the m-geodesic p–q and the e-geodesic q–r are orthogonal. Amari (2016), theorem 1.2."""
    space, (p, _, r) = case(name)
    q = projection(space, p, r, len(flat(space.natural(p))) // 2)
    along_m, along_e = (
        minus(space.expectation(p), space.expectation(q)),
        minus(space.natural(r), space.natural(q)),
    )
    assert np.linalg.norm(flat(along_m)) > 0.05
    assert np.linalg.norm(flat(along_e)) > 0.05
    np.testing.assert_allclose(inner(along_m, along_e), 0.0, atol=1e-11)
    legs = space.divergence(p, q) + space.divergence(q, r)
    np.testing.assert_allclose(legs, space.divergence(p, r), rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_three_points(name):
    """D(p ‖ r) = D(p ‖ q) + D(q ‖ r) + ⟨m(p) − m(q), η(q) − η(r)⟩."""
    space, (p, q, r) = case(name)
    cross = inner(
        minus(space.expectation(p), space.expectation(q)), minus(space.natural(q), space.natural(r))
    )
    expected = space.divergence(p, q) + space.divergence(q, r) + cross
    np.testing.assert_allclose(space.divergence(p, r), expected, rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_geodesics_are_straight_and_end_where_they_should(name):
    space, (p, q, _) = case(name)
    times = jnp.array([0.0, 0.25, 1.0])
    for line, coordinates in (
        (space.e_geodesic(p, q), space.natural),
        (space.m_geodesic(p, q), space.expectation),
    ):
        points = jax.jit(lambda line: jax.vmap(line)(times))(line)
        start, between, end = (jax.tree.map(lambda leaf, i=i: leaf[i], points) for i in range(3))
        close(start, p)
        close(end, q)
        mixed = jax.tree.map(lambda a, b: 0.75 * a + 0.25 * b, coordinates(p), coordinates(q))
        close(coordinates(between), mixed)
        close(line(0.25), between, 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_along_geodesics(name):
    """Along either geodesic from p, D(p ‖ ·) starts as ½t² times the squared length of its velocity."""
    space, (p, q, _) = case(name)
    information = fx.fisher(space.model, p)
    for line in (space.e_geodesic(p, q), space.m_geodesic(p, q)):
        velocity = jax.jvp(line, (0.0,), (1.0,))[1]
        bend = jax.jacfwd(jax.jacfwd(lambda t, line=line: space.divergence(p, line(t))))(0.0)
        np.testing.assert_allclose(bend, information.quadratic(velocity), rtol=1e-8)


def test_a_mixture_of_two_normals_has_the_moments_of_the_m_geodesic():
    """And the e-geodesic those of the normalised product of powers: precisions add up."""
    space, (p, q, _) = case("Normal")
    t, locs, scales = 0.3, np.array([0.3, 0.9]), np.array([1.4, 0.8])
    weights = np.array([1 - t, t])
    found = space.m_geodesic(p, q)(t)
    mean = weights @ locs
    np.testing.assert_allclose(found["loc"], mean, rtol=1e-13)
    np.testing.assert_allclose(found["scale"], np.sqrt(weights @ (scales**2 + locs**2) - mean**2), rtol=1e-13)
    found = space.e_geodesic(p, q)(t)
    precision = weights @ scales**-2.0
    np.testing.assert_allclose(found["scale"], precision**-0.5, rtol=1e-13)
    np.testing.assert_allclose(found["loc"], weights @ (locs / scales**2) / precision, rtol=1e-13)


def test_geodesics_far_from_the_origin_keep_their_digits():
    space = case("Normal")[0]
    p, q = {"loc": 1e8, "scale": 1.0}, {"loc": 1e8 + 1.0, "scale": 2.0}
    near, beside = {"loc": 0.0, "scale": 1.0}, {"loc": 1.0, "scale": 2.0}
    for kind in ("e_geodesic", "m_geodesic"):
        far, close_by = getattr(space, kind)(p, q)(0.5), getattr(space, kind)(near, beside)(0.5)
        np.testing.assert_allclose(far["loc"] - 1e8, close_by["loc"], atol=3e-8)
        np.testing.assert_allclose(far["scale"], close_by["scale"], rtol=1e-13)


@pytest.mark.parametrize("parameter", ["scale_tril", "precision_matrix"])
def test_multivariate_normals_by_another_matrix(parameter):
    space = fx.DuallyFlat(fx.Family(dist.MultivariateNormal, parameters=("loc", parameter)))
    matrix = jnp.array([[1.2, 0.0], [0.4, 0.7]])
    p = {"loc": jnp.array([1.0, 2.0]), parameter: matrix if parameter == "scale_tril" else matrix @ matrix.T}
    close(space.from_natural(space.natural(p)), p)
    close(space.from_expectation(space.expectation(p)), p)
    close(space.m_geodesic(p, p)(0.4), p)


def test_vmap_over_members():
    space, points = case("Gamma")
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)
    together = jax.jit(jax.vmap(space.expectation))(stacked)
    for i, p in enumerate(points):
        close(jax.tree.map(lambda leaf, i=i: leaf[i], together), space.expectation(p), 1e-13)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (fx.Family(dist.Cauchy), "Cauchy .* is no exponential family"),
        (fx.Family(dist.Weibull), "Weibull .* is no exponential family"),
        (fx.Mixture(fx.Family(dist.Normal), 2), "takes a Family"),
        (fx.Family(dist.VonMises, fixed={"concentration": 1.0}), "a curved exponential family"),
        (dist.Normal, "takes a Family"),
    ],
)
def test_models_that_are_refused(model, message):
    with pytest.raises(ValueError, match=message):
        fx.DuallyFlat(model)


def test_points_that_are_refused():
    space, (p, q, _) = case("Normal")
    with pytest.raises(ValueError, match="natural: parameter 'scale' is -1"):
        space.natural({"loc": 0.0, "scale": -1.0})
    with pytest.raises(ValueError, match="batch shape"):
        space.natural({"loc": jnp.zeros(2), "scale": jnp.ones(2)})
    with pytest.raises(ValueError, match="from_natural: no member of Normal is at"):
        space.from_natural({"y": 0.0, "y^2": 0.5})
    with pytest.raises(ValueError, match="from_expectation: no member of Normal is at"):
        space.from_expectation({"y": 2.0, "y^2": 3.0})
    with pytest.raises(ValueError, match="e_geodesic: no member of Normal is at"):
        space.e_geodesic(q, p)(3.0)
    with pytest.raises(ValueError, match="no member of Dirichlet is at"):
        case("Dirichlet")[0].from_expectation({"log x": jnp.log(jnp.array([0.5, 0.4, 0.3]))})
    with pytest.raises(ValueError, match="3 directions, but 2 natural"):
        fx.DuallyFlat(fx.Family(dist.CategoricalLogits)).natural({"logits": jnp.zeros(3)})
    assert np.isnan(jax.jit(lambda m: space.from_expectation(m))({"y": 2.0, "y^2": 3.0})["scale"])

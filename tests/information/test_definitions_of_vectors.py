"""The three definitions of the Fisher information for families of vectors, at random parameters.

The score and the Hessian form come from quadrature rules written here, of which the library knows nothing. The KL form
is the library's where it has the divergence in closed form, and differences of the divergence itself elsewhere.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx

from .regular_families import QUICK


def gauss_hermite(mean, root, degree=8):
    """Nodes and probabilities that integrate polynomials of degree 15 against a normal density exactly."""
    t, w = np.polynomial.hermite_e.hermegauss(degree)
    nodes = np.stack(np.meshgrid(t, t, indexing="ij"), -1).reshape(-1, 2)
    return mean + nodes @ root.T, np.outer(w, w).ravel() / (2 * np.pi)


def grid(size, width):
    """Nodes and weights of the trapezoidal rule on a square."""
    t = np.linspace(-width, width, size)
    return np.stack(np.meshgrid(t, t, indexing="ij"), -1).reshape(-1, 2), (t[1] - t[0]) ** 2


def log_ratios(concentration):
    """x = softmax(t₁, t₂, 0): the density decays exponentially in t, where trapezoids converge like it."""
    t, cell = grid(281, 48.0)
    log_x = np.asarray(jax.nn.log_softmax(np.pad(t, ((0, 0), (0, 1))), axis=-1))
    x = np.exp(log_x)
    log_density = np.asarray(dist.Dirichlet(concentration).log_prob(x))
    return x, np.exp(log_density + log_x.sum(-1)) * cell  # the Jacobian is x₁x₂x₃


def random_root(generator, low=0.7, high=1.0):
    """A lower triangle with a positive diagonal."""
    return np.array([[generator.uniform(low, high), 0], generator.uniform((-0.5, low), (0.5, high))])


def normal(parameter, of_root):
    def draw(generator):
        mean, root = generator.uniform(-3, 3, 2), random_root(generator, 0.2, 3.0)
        return {"loc": mean, parameter: of_root(root)}, *gauss_hermite(mean, root)

    return fx.Family(dist.MultivariateNormal, parameters=("loc", parameter)), draw


def dirichlet(generator):
    concentration = np.exp(generator.uniform(np.log(0.7), np.log(8.0), 3))
    return {"concentration": concentration}, *log_ratios(concentration)


CLOSED = {
    "covariance matrix": normal("covariance_matrix", lambda root: root @ root.T),
    "precision matrix": normal("precision_matrix", lambda root: np.linalg.inv(root @ root.T)),
    "Cholesky factor": normal("scale_tril", lambda root: root),
    "Dirichlet": (fx.Family(dist.Dirichlet), dirichlet),
}


def two_forms(family, params, nodes, weights):
    """Σ w s sᵀ and −Σ w ∇² ln p, in the coordinates of the tangent space."""
    tangent = family.tangent(params)

    def log_prob(u, x):
        return family.log_prob(jax.tree.map(jnp.add, params, tangent.unravel(u)), x)

    origin = jnp.zeros(tangent.dim)
    scores = jax.vmap(jax.grad(log_prob), in_axes=(None, 0))(origin, nodes)
    hessian = jax.hessian(lambda u: weights @ jax.vmap(log_prob, (None, 0))(u, nodes))(origin)
    return jnp.einsum("n,ni,nj->ij", weights, scores, scores), -hessian


def assert_same(found, wanted):
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    assert np.all(np.abs(np.asarray(found) - wanted) <= 1e-8 * scale)


@pytest.mark.parametrize("name", CLOSED)
def test_three_definitions_agree_where_the_divergence_is_closed(name):
    family, draw = CLOSED[name]
    generator = np.random.default_rng(0)

    @functools.partial(jax.jit, compiler_options=QUICK)
    def three_forms(params, nodes, weights):
        by_kl = fx.fisher(family, params, estimator=fx.Exact(fx.KLForm()))
        assert by_kl.provenance.expectation == "KL Hessian"
        return *two_forms(family, params, nodes, weights), by_kl.coordinates_matrix()

    for _ in range(5):
        params, nodes, weights = draw(generator)
        assert abs(weights.sum() - 1) < 1e-9
        by_score, by_hessian, by_kl = map(np.asarray, three_forms(params, nodes, weights))
        assert_same(by_hessian, by_score)
        assert_same(by_kl, by_score)


def test_three_definitions_agree_for_a_mixture_of_bivariate_normals():
    """Here the KL form is (KL(θ ‖ θ + hv) + KL(θ ‖ θ − hv))/h² = vᵀGv, to h⁶ by Richardson."""
    family = fx.Mixture(fx.Family(dist.MultivariateNormal), 2)
    generator = np.random.default_rng(0)
    nodes, cell = grid(201, 10.0)

    @functools.partial(jax.jit, compiler_options=QUICK)
    def all_forms(params, directions):
        log_p = family.log_prob(params, nodes)
        weights = jnp.exp(log_p) * cell
        tangent = family.tangent(params)

        def kl(u):
            moved = jax.tree.map(jnp.add, params, tangent.unravel(u))
            return weights @ (log_p - family.log_prob(moved, nodes))

        steps = jnp.array([0.01, -0.01, 0.02, -0.02, 0.03, -0.03])
        table = jax.lax.map(kl, jnp.reshape(steps[:, None, None] * directions, (-1, tangent.dim)))
        pairs = jnp.sum(jnp.reshape(table, (3, 2, -1)), axis=1) / (steps[::2, None] ** 2)
        quadratic = jnp.array([1.5, -0.6, 0.1]) @ pairs
        return weights.sum(), *two_forms(family, params, nodes, weights), quadratic

    for _ in range(3):
        roots = np.stack([random_root(generator) for _ in range(2)])
        params = {
            "weights": generator.dirichlet([4.0, 4.0]),
            "loc": generator.uniform(-1.2, 1.2, (2, 2)),
            "covariance_matrix": roots @ np.swapaxes(roots, 1, 2),
        }
        directions = generator.normal(size=(3, 11)) / 4
        total, by_score, by_hessian, by_kl = map(np.asarray, all_forms(params, directions))
        assert abs(total - 1) < 1e-10
        assert_same(by_hessian, by_score)
        np.testing.assert_allclose(
            by_kl, np.einsum("kp,pq,kq->k", directions, by_score, directions), rtol=1e-8
        )

"""Three definitions of one matrix, for families of vectors: E[s sᵀ], −E[∇² ln p] and the KL form.

(For observations that are numbers, the expectation ladder's own tests do the same.) The score and the Hessian
form come from quadrature rules written here; the KL form is the library's closed one.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
import oracles


def gauss_hermite(mean, covariance, degree=8):
    """Nodes and probabilities that integrate polynomials of degree 15 against a normal density exactly."""
    t, w = np.polynomial.hermite_e.hermegauss(degree)
    nodes = np.stack(np.meshgrid(t, t, indexing="ij"), -1).reshape(-1, 2)
    weights = np.outer(w, w).ravel() / (2 * np.pi)
    return mean + nodes @ np.linalg.cholesky(covariance).T, weights


def log_ratios(concentration, size=301, width=45.0):
    """x = softmax(t₁, t₂, 0) with trapezoidal weights: the density decays exponentially in t."""
    t = np.linspace(-width, width, size)
    grid = np.stack([*np.meshgrid(t, t, indexing="ij"), np.zeros((size, size))], -1).reshape(-1, 3)
    log_x = np.asarray(jax.nn.log_softmax(grid, axis=-1))
    x = np.exp(log_x)
    log_density = np.asarray(dist.Dirichlet(concentration).log_prob(x))
    weights = np.exp(log_density + log_x.sum(-1)) * (t[1] - t[0]) ** 2  # Jacobian x₁x₂x₃
    kept = (weights > 1e-25) & (x.min(-1) > 1e-290)
    return x[kept], weights[kept]


SIGMA = np.array([[2.0, 0.6], [0.6, 0.7]])
MEAN = np.array([0.3, -1.0])
CONCENTRATION = np.array([1.2, 2.0, 4.5])
CASES = {
    "multivariate normal": (
        fx.Family(dist.MultivariateNormal),
        {"loc": MEAN, "covariance_matrix": SIGMA},
        lambda: gauss_hermite(MEAN, SIGMA),
    ),
    "multivariate normal by precision": (
        fx.Family(dist.MultivariateNormal, parameters=("loc", "precision_matrix")),
        {"loc": MEAN, "precision_matrix": np.linalg.inv(SIGMA)},
        lambda: gauss_hermite(MEAN, SIGMA),
    ),
    "multivariate normal by Cholesky factor": (
        fx.Family(dist.MultivariateNormal, parameters=("loc", "scale_tril")),
        {"loc": MEAN, "scale_tril": np.linalg.cholesky(SIGMA)},
        lambda: gauss_hermite(MEAN, SIGMA),
    ),
    "Dirichlet": (
        fx.Family(dist.Dirichlet),
        {"concentration": CONCENTRATION},
        lambda: log_ratios(CONCENTRATION),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_three_definitions_agree_for_vectors(name):
    family, params, rule = CASES[name]
    params = jax.tree.map(jnp.asarray, params)
    nodes, weights = rule()
    assert abs(weights.sum() - 1) < 1e-9
    tangent = family.tangent(params)

    def log_prob(u, x):
        return family.log_prob(jax.tree.map(jnp.add, params, tangent.unravel(u)), x)

    origin = jnp.zeros(tangent.dim)
    scores = jax.jit(jax.vmap(jax.grad(log_prob), in_axes=(None, 0)))(origin, nodes)
    score_form = jnp.einsum("n,ni,nj->ij", weights, scores, scores)
    hessian_form = -jax.jit(jax.hessian(lambda u: weights @ jax.vmap(log_prob, (None, 0))(u, nodes)))(origin)
    kl_form = fx.fisher(family, params).coordinates_matrix()
    oracles.allclose(score_form, kl_form, 1e-8)
    oracles.allclose(hessian_form, kl_form, 1e-8)


@pytest.mark.parametrize(
    ("family", "params"),
    [
        (fx.Family(dist.Categorical), {"probs": jnp.array([0.2, 0.3, 0.5])}),
        (fx.Family(dist.Multinomial, fixed={"total_count": 4}), {"probs": jnp.array([0.1, 0.3, 0.6])}),
    ],
    ids=["Categorical", "Multinomial"],
)
def test_three_definitions_agree_on_the_simplex(family, params):
    kl_form = fx.fisher(family, params, estimator=fx.Exact(fx.KLForm())).coordinates_matrix()
    for form in (fx.ScoreForm(), fx.HessianForm()):
        G = fx.fisher(family, params, estimator=fx.Exact(form))
        assert "sum" in G.provenance.expectation
        oracles.allclose(G.coordinates_matrix(), kl_form, 1e-10)
    trials = float(family.fixed.get("total_count", 1))
    basis = family.tangent(params).basis()
    oracles.allclose(kl_form, trials * basis.T @ jnp.diag(1 / params["probs"]) @ basis, 1e-10)


def test_kl_is_half_the_quadratic_form_with_a_cubic_remainder():
    family, p = fx.Family(dist.Gamma), {"concentration": 2.0, "rate": 3.0}
    G = fx.fisher(family, p)
    delta = {"concentration": jnp.array(0.4), "rate": jnp.array(-0.3)}
    remainders = []
    for scale in (1e-2, 1e-3):
        step = jax.tree.map(lambda d, s=scale: s * d, delta)
        q = jax.tree.map(jnp.add, p, step)
        remainders.append([float(fx.kl(family, a, b) - 0.5 * G.quadratic(step)) for a, b in ((p, q), (q, p))])
    ratio = np.array(remainders[0]) / np.array(remainders[1])
    np.testing.assert_allclose(ratio, 1000.0, rtol=0.05)

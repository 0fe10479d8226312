"""The cubic tensor against closed forms, against the connections that a divergence defines, and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import scipy.integrate

import fisherax as fx

from .divergence_cases import UNKNOWN_GAMMA

MODELS = {
    "Normal": (fx.Family(dist.Normal), {"loc": 0.3, "scale": 1.4}),
    "Gamma": (fx.Family(dist.Gamma), {"concentration": 2.3, "rate": 1.7}),
    "Beta": (fx.Family(dist.Beta), {"concentration1": 1.6, "concentration0": 2.7}),
    "Poisson": (fx.Family(dist.Poisson), {"rate": 2.4}),
    "Categorical": (fx.Family(dist.Categorical), {"probs": jnp.array([0.2, 0.5, 0.3])}),
    "Dirichlet": (fx.Family(dist.Dirichlet), {"concentration": jnp.array([0.7, 1.9, 1.2])}),
    "Von Mises, known direction": (fx.Family(dist.VonMises, fixed={"loc": 1.0}), {"concentration": 1.3}),
    "Logistic": (fx.Family(dist.Logistic), {"loc": 0.3, "scale": 1.4}),
    "Weibull": (fx.Family(dist.Weibull), {"scale": 1.2, "concentration": 1.7}),
    "Negative binomial": (fx.Family(dist.NegativeBinomial2), {"mean": 3.0, "concentration": 2.0}),
    "Mixture": (
        fx.Mixture(fx.Family(dist.Exponential), 2),
        {"weights": jnp.array([0.4, 0.6]), "rate": jnp.array([3.0, 0.8])},
    ),
}


def arrays(params):
    return jax.tree.map(jnp.asarray, params)


def moves(model, params):
    tangent = model.tangent(params)
    return lambda u: jax.tree.map(jnp.add, params, tangent.unravel(u)), jnp.zeros(tangent.dim)


@pytest.mark.parametrize("name", MODELS)
def test_the_connections_of_the_divergence(name):
    """Eguchi (1983): Γ⁽⁻¹⁾_ij,k = −∂ᵢ∂ⱼ∂′ₖ KL and Γ⁽¹⁾_ij,k = −∂′ᵢ∂′ⱼ∂ₖ KL at equality, so that T is their difference,

    and their mean is the Levi-Civita connection, made of derivatives of the exact metric.
    """
    model, params = MODELS[name]
    params = arrays(params)
    move, origin = moves(model, params)
    tensor = np.asarray(fx.cubic_tensor(model, params))

    def kl(u, v):
        return fx.kl(model, move(u), move(v))

    def metric(u):
        return fx.fisher(model, move(u)).coordinates_matrix()

    @jax.jit
    def derivatives(u):
        m = -jax.jacfwd(jax.jacfwd(jax.jacfwd(kl, 1), 0), 0)(u, u)  # k, i, j
        e = -jax.jacfwd(jax.jacfwd(jax.jacfwd(kl, 0), 1), 1)(u, u)
        return m, e, jax.jacfwd(metric)(u)

    m, e, slope = (np.asarray(part) for part in derivatives(origin))
    m, e = np.moveaxis(m, 0, 2), np.moveaxis(e, 0, 2)  # i, j, k
    # Γ⁽⁰⁾_ij,k = ½ (∂ᵢ gⱼₖ + ∂ⱼ gᵢₖ − ∂ₖ gᵢⱼ), and the last index of `slope` is that of the derivative.
    christoffel = 0.5 * (np.einsum("jki->ijk", slope) + np.einsum("ikj->ijk", slope) - slope)
    scale = np.max(np.abs(tensor)) + np.max(np.abs(christoffel))
    np.testing.assert_allclose(m - e, tensor, rtol=0, atol=1e-8 * scale)
    for order in ((1, 0, 2), (0, 2, 1), (2, 1, 0)):
        np.testing.assert_allclose(tensor, tensor.transpose(order), rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(christoffel - 0.5 * tensor, e, rtol=0, atol=1e-8 * scale)
    np.testing.assert_allclose(christoffel + 0.5 * tensor, m, rtol=0, atol=1e-8 * scale)
    for alpha in (0.3, 1.0):  # duality: ∂ₖ gᵢⱼ = Γ⁽ᵅ⁾_ki,j + Γ⁽⁻ᵅ⁾_kj,i
        one, other = christoffel - 0.5 * alpha * tensor, christoffel + 0.5 * alpha * tensor
        both = np.einsum("kij->ijk", one) + np.einsum("kji->ijk", other)
        np.testing.assert_allclose(slope, both, rtol=0, atol=1e-10 * scale)


def test_normal_and_poisson():
    """Amari and Nagaoka (2000), example 2.1 for the normal: E z⁴ − E z² = 2 and E (z² − 1)³ = 8, over σ³."""
    expected = np.zeros((2, 2, 2))
    expected[0, 0, 1] = expected[0, 1, 0] = expected[1, 0, 0] = 2.0
    expected[1, 1, 1] = 8.0
    for loc, scale in [(0.0, 1.0), (1e6, 0.3)]:
        found = fx.cubic_tensor(fx.Family(dist.Normal), {"loc": loc, "scale": scale})
        np.testing.assert_allclose(found, expected / scale**3, rtol=1e-12, atol=1e-12 / scale**3)
    found = fx.cubic_tensor(fx.Family(dist.Poisson), {"rate": 3.0})
    np.testing.assert_allclose(found, 1.0 / 9.0, rtol=1e-13)


def test_probabilities():
    """Σₓ vₓ wₓ zₓ / pₓ² for tangent vectors v, w, z."""
    family, params = fx.Family(dist.Categorical), {"probs": jnp.array([0.1, 0.2, 0.3, 0.4])}
    basis = np.asarray(family.tangent(params).basis())
    expected = np.einsum("xi,xj,xk,x->ijk", basis, basis, basis, np.asarray(params["probs"]) ** -2.0)
    np.testing.assert_allclose(fx.cubic_tensor(family, params), expected, rtol=1e-12, atol=1e-12)


def test_multivariate_normal():
    """Along (u, S): 3 uᵀΣ⁻¹SΣ⁻¹u + tr (Σ⁻¹S)³, the third cumulant of a linear and a quadratic form in normals."""
    family = fx.Family(dist.MultivariateNormal)
    matrix = np.array([[1.4, 0.3], [0.3, 0.8]])
    params = {"loc": jnp.array([3.0, -2.0]), "covariance_matrix": jnp.asarray(matrix)}
    tensor, tangent = fx.cubic_tensor(family, params), family.tangent(params)
    for direction in np.random.default_rng(3).normal(size=(4, tangent.dim)):
        vector = tangent.unravel(jnp.asarray(direction))
        u, ratio = np.asarray(vector["loc"]), np.linalg.solve(matrix, vector["covariance_matrix"])
        expected = 3.0 * u @ ratio @ np.linalg.solve(matrix, u) + np.trace(ratio @ ratio @ ratio)
        found = np.einsum("ijk,i,j,k", tensor, direction, direction, direction)
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_cauchy_laws_have_none():
    """Their score is (sin φ, −cos φ)/σ with φ uniform on the circle, so that all α-connections are one."""
    found = fx.cubic_tensor(fx.Family(dist.Cauchy), {"loc": 1.0, "scale": 2.0})
    np.testing.assert_allclose(found, 0.0, atol=1e-13)


def test_scipy_integrates_the_same():
    """A logistic law: s = (tanh z/2, z tanh z/2 − 1)/σ."""
    scale = 1.4

    def moment(power):
        def integrand(z):
            t = np.tanh(0.5 * z)
            return t ** (3 - power) * (z * t - 1.0) ** power * 0.25 * (1.0 - t * t)

        return (
            scipy.integrate.quad(integrand, -60.0, 60.0, epsabs=1e-14, epsrel=1e-13, limit=300)[0] / scale**3
        )

    found = fx.cubic_tensor(fx.Family(dist.Logistic), {"loc": 0.3, "scale": scale})
    for power in range(4):
        index = (0,) * (3 - power) + (1,) * power
        np.testing.assert_allclose(found[index], moment(power), rtol=1e-10, atol=1e-12)


def test_closed_form_and_quadrature_agree():
    params = {"concentration": 2.3, "rate": 1.7}
    expected = fx.cubic_tensor(fx.Family(dist.Gamma), params)
    found = fx.cubic_tensor(UNKNOWN_GAMMA, params, return_error=True)
    assert found.method == "quadrature"
    np.testing.assert_allclose(found.value, expected, rtol=1e-11, atol=1e-13)
    assert np.all(np.abs(found.value - expected) <= found.error)


def test_the_e_connection_vanishes_in_natural_coordinates():
    """Γ⁽¹⁾ = Γ⁽⁰⁾ − ½T = 0 where the parameters are affine in η: there T is the derivative of the metric."""
    for name in ("Gamma", "Beta", "Dirichlet"):
        family, params = MODELS[name]
        move, origin = moves(family, arrays(params))
        slope = jax.jit(jax.jacfwd(lambda u, f=family, m=move: fx.fisher(f, m(u)).coordinates_matrix()))(
            origin
        )
        np.testing.assert_allclose(fx.cubic_tensor(family, params), slope, rtol=1e-9, atol=1e-11)


def test_batches_and_inputs():
    """Third moments of independent entries add up; those at inputs are averaged, with the Jacobian of the output."""
    rates = jnp.array([1.0, 2.0, 4.0])
    found = fx.cubic_tensor(fx.Family(dist.Poisson), {"rate": rates})
    expected = np.zeros((3, 3, 3))
    for i, rate in enumerate(rates):
        expected[i, i, i] = rate**-2.0
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    model = fx.Conditional(lambda params, x: x @ params, fx.heads.Poisson())
    params, inputs = jnp.array([0.4, -0.6]), jnp.array([[1.0, 0.3], [1.0, -0.7], [1.0, 1.4]])
    means = np.exp(inputs @ params)  # E (y − μ)³ = μ
    expected = np.einsum("n,ni,nj,nk->ijk", means, inputs, inputs, inputs) / 3.0
    np.testing.assert_allclose(fx.cubic_tensor(model, params, inputs), expected, rtol=1e-10)
    with pytest.raises(ValueError, match="average over inputs"):
        fx.cubic_tensor(model, params)


def test_transformations_and_refusals():
    family = fx.Family(dist.Gamma)
    stacked = {"concentration": jnp.array([2.3, 0.7]), "rate": jnp.array([1.7, 0.4])}
    together = jax.jit(jax.vmap(lambda p: fx.cubic_tensor(family, p)))(stacked)
    for i in range(2):
        alone = fx.cubic_tensor(family, jax.tree.map(lambda leaf, i=i: leaf[i], stacked))
        np.testing.assert_allclose(together[i], alone, rtol=1e-12)
    slope = jax.grad(lambda rate: fx.cubic_tensor(fx.Family(dist.Poisson), {"rate": rate})[0, 0, 0])(2.0)
    np.testing.assert_allclose(slope, -2.0 / 2.0**3, rtol=1e-12)
    with pytest.raises(ValueError, match="the support moves with"):
        fx.cubic_tensor(fx.Family(dist.Uniform), {"low": 0.0, "high": 1.0})
    with pytest.raises(ValueError, match="outside its space"):
        fx.cubic_tensor(family, {"concentration": -1.0, "rate": 1.0})
    with pytest.raises(ValueError, match="undefined"):
        fx.cubic_tensor(fx.Family(dist.BernoulliProbs), {"probs": 0.0})

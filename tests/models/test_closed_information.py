"""Informations in closed form: digits and derivatives against mpmath at parameters that hurt, batches, what is refused.

At everyday parameters tests/information/test_definitions.py holds them against three definitions by quadrature.
"""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.models.degrees_information import degrees_information
from fisherax.models.size_information import size_information
from fisherax.models.traits import traits

mp = mpmath.mp
psi = mpmath.psi


def of_degrees(v):
    """Lange, Little and Taylor (1989), appendix B."""
    return (psi(1, v / 2) - psi(1, (v + 1) / 2)) / 4 - (v + 5) / (2 * v * (v + 1) * (v + 3))


def of_size(r, mean):
    """E[ψ′(r) − ψ′(r + x)] − q/r by ∫ t e^{-rt}/(1 − e^{-t}) (1 − E[e^{-tx}]) dt, E[e^{-tx}] = (p/(1 − qe^{-t}))ʳ."""
    q, p = mean / (mean + r), r / (mean + r)

    def integrand(t):
        none = -mpmath.expm1(-t)  # ln E[e^{-tx}] = −r ln(1 + q (1 − e^{-t})/p)
        return -t * mpmath.exp(-r * t) / none * mpmath.expm1(-r * mpmath.log1p(q * none / p))

    breaks = [0] + [mpmath.mpf(10) ** k for k in np.arange(-4, 3)]
    scaled = [x / r if x else mpmath.mpf(10) ** -60 for x in breaks]
    knots = sorted({*scaled, *(x for x in breaks if 0 < x < scaled[-1]), -mpmath.log(p)})
    return mpmath.quad(integrand, [x for x in knots if x <= scaled[-1]]) - q / r


def of_shape(b):
    """a² I_aa and a I_ab of a Kumaraswamy law: Jones (2009), equations 5.1 to 5.3, beside their poles at 1 and 2."""
    b = b + mpmath.mpf(10) ** -25 if b in (1, 2) else b
    gap, slope = psi(0, b) - psi(0, 2), psi(1, b) - psi(1, 2)
    return 1 + b / (b - 2) * (gap**2 - slope), (psi(0, 2) - psi(0, b + 1)) / (b - 1)


def derivatives(function, orders):
    """jit of the derivatives of a scalar function of one number, of several orders."""
    nested = [function]
    for _ in range(max(orders)):
        nested.append(jax.jacfwd(nested[-1]))
    return jax.jit(lambda x: jnp.stack([nested[order](x) for order in orders]))


@functools.cache
def degrees():
    return derivatives(degrees_information, (0, 1, 2, 4))


@pytest.mark.parametrize("df", [1e-3, 0.3, 1.0, 7.0, 60.0, 1e4, 1e8, 1e20])
def test_degrees_of_freedom_keep_their_digits(df):
    """Where the two terms agree to forty digits too; derivatives up to the fourth."""
    with mpmath.workdps(60 + 3 * int(max(0, np.log10(df)))):
        v = mpmath.mpf(df)
        expected = [float(mpmath.diff(of_degrees, v, n, h=v * mpmath.mpf(10) ** -10)) for n in (0, 1, 2, 4)]
    np.testing.assert_allclose(degrees()(df), expected, rtol=1e-13)


SIZES = [(r, mean) for r in (1e-3, 0.3, 30.0, 1e6) for mean in (1e-3, 20.0, 1e6)]


def test_sizes_keep_their_digits():
    """Over eighteen orders of magnitude of μ/r."""
    r, mean = np.array(SIZES).T
    found = by_mean(r, mean)
    with mpmath.workdps(40):
        expected = [float(of_size(mpmath.mpf(r), mpmath.mpf(mean))) for r, mean in SIZES]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def by_mean(r, mean):
    r, mean = jnp.asarray(r), jnp.asarray(mean)
    return size_information(r, mean / (mean + r), r / (mean + r))


@jax.jit
def size_curvatures(r, mean):
    """Second derivatives in ln r, in ln μ, and along both at once."""

    def hessian(direction):
        return jax.jacfwd(
            jax.jacfwd(lambda u: by_mean(r * (1 + u * direction[0]), mean * (1 + u * direction[1])))
        )(0.0)

    return jax.vmap(hessian)(jnp.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))


@pytest.mark.parametrize(("r", "mean"), [(0.1, 0.5), (1.0, 20.0), (30.0, 3.0), (1e5, 10.0)])
def test_sizes_have_second_derivatives(r, mean):
    """Against differences of the sum Σ qᵏ B(r, k)/k, which is a ₃F₂."""

    def exact(u, w):
        a, m = mpmath.mpf(r) * (1 + u), mpmath.mpf(mean) * (1 + w)
        q = m / (m + a)
        return q**2 / (2 * a * (a + 1)) * mpmath.hyp3f2(1, 2, 2, 3, a + 2, q)

    h = mpmath.mpf(10) ** -15
    with mpmath.workdps(60):
        expected = [
            float((exact(h * i, h * j) - 2 * exact(0, 0) + exact(-h * i, -h * j)) / h**2)
            for i, j in ((1, 0), (0, 1), (1, 1))
        ]
    np.testing.assert_allclose(size_curvatures(r, mean), expected, rtol=1e-11, atol=1e-11 * by_mean(r, mean))


@functools.cache
def kumaraswamy():
    def shapes(b):
        found = traits(dist.Kumaraswamy).information({"concentration1": jnp.ones(()), "concentration0": b})
        return jnp.stack(
            [found[("concentration1", "concentration1")], found[("concentration1", "concentration0")]]
        )

    return derivatives(shapes, (0, 1, 2))


@pytest.mark.parametrize("b", [1e-6, 0.1, 1.0, 1.0 + 1e-9, 2.0, 2.0 - 1e-7, 7.0, 1e3, 1e6])
def test_kumaraswamy_at_and_around_its_removable_poles(b):
    with mpmath.workdps(80):
        x = mpmath.mpf(b) + (mpmath.mpf(10) ** -25 if b in (1.0, 2.0) else 0)
        expected = np.array(
            [
                [
                    float(mpmath.diff(lambda t, k=k: of_shape(t)[k], x, n, h=x * mpmath.mpf(10) ** -12))
                    for k in (0, 1)
                ]
                for n in (0, 1, 2)
            ]
        )
    np.testing.assert_allclose(kumaraswamy()(b), expected, rtol=1e-11)


CLOSED = {
    "StudentT": (dist.StudentT, {"df": [3.0, 8.0], "loc": [0.0, 1.0], "scale": [1.0, 2.0]}),
    "Weibull": (dist.Weibull, {"scale": [1.0, 2.0], "concentration": [3.0, 0.7]}),
    "NegativeBinomialProbs": (dist.NegativeBinomialProbs, {"total_count": [3.0, 0.7], "probs": [0.3, 0.8]}),
    "GammaPoisson": (dist.GammaPoisson, {"concentration": [3.0, 0.7], "rate": [0.3, 8.0]}),
    "Kumaraswamy": (dist.Kumaraswamy, {"concentration1": [3.0, 0.7], "concentration0": [1.0, 8.0]}),
}


def at(values, index):
    return {key: jnp.asarray(value[index]) for key, value in values.items()}


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_fixed_leaves_the_other_rows_and_columns(name):
    kind, values = CLOSED[name]
    point = at(values, 0)
    whole = fx.fisher(fx.Family(kind), point)
    assert whole.provenance.expectation == "closed form"
    names = sorted(point)
    for index, key in enumerate(names):
        rest = [i for i in range(len(names)) if i != index]
        part = fx.fisher(fx.Family(kind, fixed={key: point[key]}), {names[i]: point[names[i]] for i in rest})
        assert part.provenance.expectation == "closed form"
        np.testing.assert_allclose(part.as_matrix(), whole.as_matrix()[np.ix_(rest, rest)], rtol=1e-14)


@pytest.mark.parametrize("name", CLOSED)
def test_batches_add_up(name):
    """Entries of their own, and one of the parameters shared, by its head and by `fisher`."""
    kind, values = CLOSED[name]
    family, names = fx.Family(kind), sorted(values)
    own = {key: jnp.asarray(value) for key, value in values.items()}
    parts = [np.asarray(family.information(at(values, index))) for index in (0, 1)]
    expected = np.zeros((len(names), 2, len(names), 2))
    for index, part in enumerate(parts):
        expected[:, index, :, index] = part
    size = 2 * len(names)
    np.testing.assert_allclose(family.information(own), expected.reshape(size, size), rtol=1e-14)
    np.testing.assert_allclose(
        fx.fisher(family, own).coordinates_matrix(), family.information(own), rtol=1e-13
    )
    shared = {**own, names[0]: own[names[0]][0]}
    matrix = np.asarray(family.information(shared))
    np.testing.assert_allclose(fx.fisher(family, shared).coordinates_matrix(), matrix, rtol=1e-13)
    rows = np.asarray(family.information({**own, names[0]: jnp.full(2, own[names[0]][0])}))
    np.testing.assert_allclose(matrix[0, 0], rows[0, 0] + rows[1, 1], rtol=1e-14)
    np.testing.assert_allclose(matrix[1:, 1:], rows[2:, 2:], rtol=1e-14)


@pytest.mark.parametrize("entries", [(), (3,)], ids=["a number", "three numbers"])
def test_a_head_with_a_learned_size_is_the_family(entries):
    """The log link: I(η) = μ² I(μ), and I(r) is the family's own."""
    mean, r = jnp.broadcast_to(jnp.array(2.5), entries), jnp.array(0.7)
    root = fx.heads.NegativeBinomial().information_root((jnp.log(mean), r))
    assert root is not None
    family = np.asarray(fx.Family(dist.NegativeBinomial2).information({"mean": mean, "concentration": r}))
    expected = np.zeros(root.shape)
    expected[-1, -1] = family[0, 0]
    expected[:-1, :-1] = 2.5**2 * family[1:, 1:]
    np.testing.assert_allclose(root @ root.T, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("key", "value"), [("scale", -1.0), ("df", -2.0), ("scale", jnp.nan)])
def test_outside_of_its_space_there_is_none(key, value):
    """σ² does not know the sign of σ."""
    family, params = fx.Family(dist.StudentT), {**at(CLOSED["StudentT"][1], 0), key: jnp.asarray(value)}
    assert np.all(np.isnan(family.information(params)))
    assert np.all(np.isnan(jax.jit(lambda params: fx.fisher(family, params).as_matrix())(params)))
    with pytest.raises(ValueError, match=f"parameter '{key}'"):
        fx.fisher(family, params)


def test_other_families_have_none():
    assert fx.Family(dist.SoftLaplace).information({"loc": 0.0, "scale": 1.0}) is None

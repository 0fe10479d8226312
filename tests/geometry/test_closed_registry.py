"""Every family in the registry is isometric to its model space: the metric pulled back is the information."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

import fisherax as fx
from fisherax.geometry.closed.registry import _ROWS, isometry_of

from .closed_cases import ROWS, name, random_params

each_row = pytest.mark.parametrize("row", ROWS, ids=name)


def pulled_back(family, isometry, params):
    """The matrix of the space's metric in the coordinates of the family's tangent space."""
    tangent = family.tangent(params)
    x, moved = jax.vmap(lambda u: isometry.push(params, tangent.unravel(u)))(jnp.eye(tangent.dim))
    by_row = jax.vmap(isometry.space.inner, (None, None, 0))
    return jax.vmap(by_row, (None, 0, None))(x[0], moved, moved)


def scaled(matrix, expected):
    """Entry by entry in units of the standard errors."""
    root = np.sqrt(np.diagonal(expected, axis1=-2, axis2=-1))
    return matrix / root[..., :, None] / root[..., None, :]


def information(family, params):
    """The matrix of the information in the same coordinates."""
    basis = family.tangent(params).basis()
    return basis.T @ fx.fisher(family, params).as_matrix() @ basis


def test_every_row_is_tested():
    tested = {(family.distribution_type, frozenset(family.parameters)) for family, _ in ROWS}
    assert tested == set(_ROWS)


@each_row
def test_the_space_has_the_information_as_its_metric(row):
    family, points = row[0], random_params(row, 3)

    @jax.jit
    @jax.vmap
    def both(params):
        isometry = isometry_of(family, params)
        assert isometry is not None
        return pulled_back(family, isometry, params), information(family, params)

    found, expected = map(np.asarray, both(jax.tree.map(jnp.asarray, points)))
    np.testing.assert_allclose(scaled(found, expected), scaled(expected, expected), atol=1e-10)


@each_row
def test_the_maps_are_inverse_and_geodesics_end_where_they_should(row):
    family, points = row[0], random_params(row, 2)

    @jax.jit
    def there_and_back(params, other):
        isometry = isometry_of(family, params)
        assert isometry is not None
        x, y = isometry.to_space(params), isometry.to_space(other)
        point, velocity = isometry.pull(x, isometry.space.log(x, y))
        end = isometry.from_space(isometry.space.exp(*isometry.push(point, velocity)))
        inside = isometry.space.contains(x) & isometry.space.contains(y)
        return point, end, inside, isometry.space.exit_time(x, isometry.space.log(x, y))

    params, other = (jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), points) for i in range(2))
    point, end, inside, exit_time = there_and_back(params, other)
    assert inside
    assert exit_time > 1.0
    for key in params:
        size = np.max(np.abs(other[key]))
        np.testing.assert_allclose(point[key], params[key], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(end[key], other[key], rtol=1e-12, atol=1e-12 * size)


# ---- entries of a batch --------------------------------------------------------------------------------

COVARIANCES = np.array([[[2.0, 0.3], [0.3, 1.0]], [[1.0, -0.5], [-0.5, 3.0]]])
BATCHES = {
    "two parameters": (fx.Family(dist.Gumbel), {"loc": np.array([0.3, -1.0]), "scale": np.array([1.0, 3.0])}),
    "a known parameter for each entry": (
        fx.Family(dist.StudentT, fixed={"df": np.array([2.0, 9.0])}),
        {"loc": np.array([0.3, -1.0]), "scale": np.array([1.0, 3.0])},
    ),
    "a known parameter for all": (
        fx.Family(dist.BinomialLogits, fixed={"total_count": 7}),
        {"logits": np.array([[0.1, -0.5, 2.0]])},
    ),
    "vectors": (
        fx.Family(dist.MultivariateNormal, fixed={"covariance_matrix": COVARIANCES}),
        {"loc": np.array([[0.0, 1.0], [2.0, 3.0]])},
    ),
    "matrices": (
        fx.Family(dist.MultivariateNormal, fixed={"loc": np.zeros((2, 2))}),
        {"covariance_matrix": COVARIANCES},
    ),
    "means and matrices": (
        fx.Family(dist.MultivariateNormal),
        {"loc": np.array([[0.0, 1.0], [2.0, 3.0]]), "covariance_matrix": COVARIANCES},
    ),
    "simplices": (fx.Family(dist.CategoricalProbs), {"probs": np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])}),
    "a line and its half": (fx.Family(dist.Poisson), {"rate": np.array([0.5, 2.0])}),
    "a scale": (fx.Family(dist.Exponential), {"rate": np.array([0.5, 2.0])}),
    "no constants": (fx.Family(dist.Weibull), {"scale": np.ones(2), "concentration": np.array([0.5, 2.0])}),
}


def entries_of(family, params):
    """Each entry as a family of its own, with its parameters."""
    batch = family.batch_shape(params)
    for index in np.ndindex(batch):

        def one(value, index=index):
            return value[index] if value.shape[: len(batch)] == batch else value

        fixed = {key: one(value) for key, value in family.fixed.items()}
        kind = family.distribution_type
        yield fx.Family(kind, fixed=fixed, parameters=family.parameters), jax.tree.map(one, params), one


@pytest.mark.parametrize("case", BATCHES)
def test_entries_of_a_batch_are_a_product(case):
    family, params = BATCHES[case]
    params = jax.tree.map(jnp.asarray, params)
    isometry = isometry_of(family, params)
    assert isometry is not None
    tangent = family.tangent(params)
    v = tangent.unravel(jnp.sin(1.0 + jnp.arange(tangent.dim)))
    x, moved = isometry.push(params, v)
    total = sum(
        fx.fisher(entry, own).quadratic(jax.tree.map(one, v))
        for entry, own, one in entries_of(family, params)
    )
    np.testing.assert_allclose(isometry.space.inner(x, moved, moved), total, rtol=1e-10)
    assert isometry.space.contains(x)
    end, velocity = isometry.pull(x, moved)
    for key in params:
        np.testing.assert_allclose(end[key], params[key], rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(velocity[key], v[key], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", [dist.Normal, dist.Gumbel, dist.Weibull])
def test_locations_that_share_a_scale_are_a_half_space(kind):
    own, shared = ("scale", "concentration") if kind is dist.Weibull else ("loc", "scale")
    family, params = fx.Family(kind), {own: jnp.asarray([0.3, 1.0, 2.0]), shared: jnp.asarray(1.5)}
    isometry = isometry_of(family, params)
    assert isometry is not None
    found, expected = map(np.asarray, (pulled_back(family, isometry, params), information(family, params)))
    np.testing.assert_allclose(scaled(found, expected), scaled(expected, expected), atol=1e-10)
    back = isometry.from_space(isometry.to_space(params))
    np.testing.assert_allclose(back[own], params[own], rtol=1e-13)
    np.testing.assert_allclose(back[shared], params[shared], rtol=1e-13)


NONE = {
    "a location that entries with scales of their own share": (
        fx.Family(dist.Normal),
        {"loc": 0.0, "scale": np.ones(2)},
    ),
    "a rate that entries with numbers of trials of their own share": (
        fx.Family(dist.Binomial, fixed={"total_count": np.array([3, 4])}),
        {"probs": 0.5},
    ),
    "a scale that some entries share": (
        fx.Family(dist.Normal),
        {"loc": np.zeros((2, 3)), "scale": np.ones(3)},
    ),
    "two parameters without a closed form": (fx.Family(dist.Gamma), {"concentration": 2.0, "rate": 1.0}),
    "one parameter without": (fx.Family(dist.Chi2), {"df": 2.0}),
    "redundant logits": (fx.Family(dist.CategoricalLogits), {"logits": np.zeros(3)}),
    "a function": (
        fx.Family(lambda m: dist.Normal(m, 1.0), constraints={"m": dist.constraints.real}),
        {"m": 0.0},
    ),
    "a mixture": (fx.Mixture(fx.Family(dist.Poisson), 2), {"weights": np.ones(2) / 2, "rate": np.ones(2)}),
}


@pytest.mark.parametrize("case", NONE)
def test_no_space_where_no_closed_form_is_known(case):
    assert isometry_of(*NONE[case]) is None


def test_a_parameter_that_is_not_named_has_numpyros_value():
    family = fx.Family(dist.Normal, parameters=("loc",))
    params = {"loc": jnp.asarray(0.3)}
    isometry = isometry_of(family, params)
    assert isometry is not None
    x, y = isometry.to_space(params), isometry.to_space({"loc": jnp.asarray(2.3)})
    np.testing.assert_allclose(isometry.space.distance(x, y), 2.0, rtol=1e-14)  # the scale is 1

"""What is fixed may have a batch shape too: then an observation's entries are independent, each with its own value."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints as C

import fisherax as fx

# Each family with fixed values of two or three entries, and free parameters of each entry.
CASES = [
    (dist.Normal, {"scale": [1.0, 2.0]}, {"loc": [0.0, 3.0]}, {"loc": [1.0, 2.5]}),
    (dist.StudentT, {"df": [3.0, 30.0], "loc": 1.0}, {"scale": [1.0, 2.0]}, {"scale": [1.5, 1.0]}),
    (dist.Gamma, {"concentration": [0.5, 4.0]}, {"rate": [1.0, 2.0]}, {"rate": [2.0, 1.5]}),
    (dist.Pareto, {"scale": [1.0, 2.0]}, {"alpha": [2.0, 3.0]}, {"alpha": [3.0, 2.5]}),
    (dist.Binomial, {"total_count": [5, 10, 5]}, {"probs": [0.2, 0.5, 0.7]}, {"probs": [0.3, 0.4, 0.6]}),
    (
        dist.BetaBinomial,
        {"total_count": [6, 3]},
        {"concentration1": [1.0, 2.0], "concentration0": [3.0, 0.5]},
        {"concentration1": [1.5, 2.0], "concentration0": [2.0, 0.7]},
    ),
]
IDS = [kind.__name__ for kind, *_ in CASES]


def arrays(values):
    return {key: jnp.asarray(value) for key, value in values.items()}


def entry(values, index):
    return {key: np.asarray(value)[index] if np.ndim(value) else value for key, value in values.items()}


def entries(kind, fixed, *points):
    """The family of each entry, with its points."""
    size = max(np.size(value) for value in fixed.values())
    for index in range(size):
        yield fx.Family(kind, fixed=entry(fixed, index)), *(entry(point, index) for point in points)


def whole(kind, fixed):
    return fx.Family(kind, fixed=arrays(fixed))


@pytest.mark.parametrize(("kind", "fixed", "here", "there"), CASES, ids=IDS)
@pytest.mark.parametrize("form", [None, fx.ScoreForm()], ids=["ladder", "score form"])
def test_the_information_is_each_entrys_own(kind, fixed, here, there, form):
    found = fx.fisher(whole(kind, fixed), arrays(here), estimator=fx.Exact(form)).as_matrix()
    parts = [
        fx.fisher(family, point, estimator=fx.Exact(form)).as_matrix()
        for family, point in entries(kind, fixed, here)
    ]
    size, each = len(parts), len(here)
    expected = np.zeros((each, size, each, size))
    for index, part in enumerate(parts):
        expected[:, index, :, index] = part
    np.testing.assert_allclose(found, expected.reshape(size * each, size * each), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("kind", "fixed", "here", "there"), CASES, ids=IDS)
@pytest.mark.parametrize(
    "divergence", [fx.kl, lambda model, p, q: fx.renyi_divergence(model, p, q, 0.5)], ids=["kl", "Rényi"]
)
def test_divergences_add_up_over_entries(kind, fixed, here, there, divergence):
    found = divergence(whole(kind, fixed), arrays(here), arrays(there))
    expected = sum(float(divergence(family, p, q)) for family, p, q in entries(kind, fixed, here, there))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize(("kind", "fixed", "here", "there"), CASES, ids=IDS)
def test_the_cubic_tensor_is_each_entrys_own(kind, fixed, here, there):
    found = np.asarray(fx.cubic_tensor(whole(kind, fixed), arrays(here)))
    parts = [np.asarray(fx.cubic_tensor(family, point)) for family, point in entries(kind, fixed, here)]
    size, each = len(parts), len(here)
    expected = np.zeros((each, size, each, size, each, size))
    for index, part in enumerate(parts):
        expected[:, index, :, index, :, index] = part
    expected = expected.reshape((size * each,) * 3)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9 * np.max(np.abs(expected)))


def test_a_shared_parameter_gathers_every_entrys_information():
    """Means of one location in units 1 and 2: 1/1² + 1/2²."""
    family = whole(dist.Normal, {"scale": [1.0, 2.0]})
    np.testing.assert_allclose(fx.fisher(family, {"loc": 3.0}).as_matrix(), [[1.25]], rtol=1e-14)
    np.testing.assert_allclose(fx.kl(family, {"loc": 0.0}, {"loc": 2.0}), 2.5, rtol=1e-14)
    np.testing.assert_allclose(fx.cubic_tensor(family, {"loc": 3.0}), [[[0.0]]], atol=1e-12)


@pytest.mark.parametrize(("kind", "fixed", "here", "there"), CASES, ids=IDS)
def test_log_probabilities_add_up_over_entries(kind, fixed, here, there):
    family = whole(kind, fixed)
    y = family.sample(arrays(here), jax.random.key(0), (3,))
    expected = sum(
        family.log_prob(point, y[:, index])
        for index, (family, point) in enumerate(entries(kind, fixed, here))
    )
    np.testing.assert_allclose(family.log_prob(arrays(here), y), expected, rtol=1e-12)


def test_estimators_of_data():
    """Scores of a normal location are (x − μ)/σ², and its observed information 1/σ²."""
    family, params = whole(dist.Normal, {"scale": [1.0, 2.0]}), {"loc": jnp.zeros(2)}
    x = jnp.array([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]])
    scores = np.asarray(x) / np.array([1.0, 4.0])
    empirical = fx.fisher(family, params, x, fx.Empirical()).as_matrix()
    np.testing.assert_allclose(empirical, scores.T @ scores / 3, rtol=1e-13)
    observed = fx.fisher(family, params, x, fx.Observed()).as_matrix()
    np.testing.assert_allclose(observed, np.diag([1.0, 0.25]), atol=1e-13)
    sampled = fx.fisher(family, params, estimator=fx.MonteCarlo(jax.random.key(1), 20_000))
    assert np.linalg.norm(sampled.as_matrix() - np.diag([1.0, 0.25])) < 5 * sampled.error


def test_a_conditional_with_such_a_head():
    """J = diag(x): the mean of x² over σ²."""
    head = whole(dist.Normal, {"scale": [1.0, 2.0]})
    model = fx.Conditional(lambda slope, x: {"loc": slope * x}, head)
    x = jnp.array([[1.0, 2.0], [3.0, -1.0]])
    found = fx.fisher(model, jnp.ones(2), x).as_matrix()
    np.testing.assert_allclose(found, np.diag([5.0, 2.5 / 4]), rtol=1e-13)


def test_traced_values_give_the_same_matrix():
    """A count that is not known cannot list its support, and is summed in windows."""
    family = whole(dist.BetaBinomial, {"total_count": [6, 3]})
    params = arrays({"concentration1": [1.0, 2.0], "concentration0": [3.0, 0.5]})
    known = fx.fisher(family, params)
    assert known.provenance.expectation == "sum"
    inside = jax.jit(lambda params: fx.fisher(family, params).as_matrix())(params)
    traced = eqx.filter_jit(lambda family, params: fx.fisher(family, params).as_matrix())(family, params)
    np.testing.assert_allclose(inside, known.as_matrix(), rtol=1e-12)
    np.testing.assert_allclose(traced, known.as_matrix(), rtol=1e-9)


def test_lists_of_vectors_stay_lists():
    """n (diag(1/p)) on the simplex, for two multinomials of three and four draws."""
    family = fx.Family(dist.Multinomial, fixed={"total_count": jnp.array([3, 4])})
    params = {"probs": jnp.array([[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]])}
    found = fx.fisher(family, params, estimator=fx.Exact(fx.ScoreForm()))
    assert found.provenance.expectation == "sum"
    np.testing.assert_allclose(found.as_matrix(), fx.fisher(family, params).as_matrix(), atol=1e-11)


def test_a_fixed_vector_of_a_function_is_no_batch():
    """x ~ N(μ·(1 + 2 + 3), 1): 36."""
    family = fx.Family(
        lambda loc, direction: dist.Normal(loc * jnp.sum(direction), 1.0),
        fixed={"direction": jnp.array([1.0, 2.0, 3.0])},
        constraints={"loc": C.real, "direction": C.real_vector},
    )
    assert family.batch_shape({"loc": 0.0}) == ()
    np.testing.assert_allclose(fx.fisher(family, {"loc": 0.0}).as_matrix(), [[36.0]], rtol=1e-12)


def test_fit_needs_to_know_what_is_shared():
    family, x = whole(dist.Normal, {"scale": [1.0, 2.0]}), jnp.array([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]])
    with pytest.raises(ValueError, match=r"fixed 'scale' has the shape \(2,\).* pass init="):
        fx.fit(family, x)
    own = fx.fit(family, x, {"loc": jnp.zeros(2)})
    np.testing.assert_allclose(own.params["loc"], np.mean(x, axis=0), rtol=1e-12)
    np.testing.assert_allclose(own.standard_errors()["loc"], np.array([1.0, 2.0]) / np.sqrt(3), rtol=1e-10)
    weights = np.array([1.0, 0.25])
    shared = fx.fit(family, x, {"loc": 0.0}).params["loc"]
    np.testing.assert_allclose(shared, np.sum(np.mean(x, axis=0) * weights) / np.sum(weights), rtol=1e-12)


def test_fit_of_counts_with_totals_of_their_own():
    """The proportion of all successes in all trials."""
    family = whole(dist.Binomial, {"total_count": [5, 10]})
    x = jnp.array([[1, 2], [3, 7], [0, 9]])
    with pytest.raises(ValueError, match="fixed 'total_count'"):
        fx.fit(family, x)
    own = fx.fit(family, x, {"probs": jnp.array([0.5, 0.5])}).params["probs"]
    np.testing.assert_allclose(own, [4 / 15, 18 / 30], rtol=1e-10)
    shared = fx.fit(family, x, {"probs": 0.5}).params["probs"]
    np.testing.assert_allclose(shared, 22 / 45, rtol=1e-10)


def test_a_batch_of_two_axes():
    """Entries in C order, whichever of the two has which shape."""
    scale = jnp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    family = fx.Family(dist.Normal, fixed={"scale": scale})
    found = fx.fisher(family, {"loc": jnp.zeros(3)}).as_matrix()
    np.testing.assert_allclose(found, np.diag(np.sum(1 / np.asarray(scale) ** 2, axis=0)), rtol=1e-13)
    point = jnp.zeros((2, 3)).at[0, 1].set(1.0)
    kl = fx.kl(family, {"loc": jnp.zeros((2, 3))}, {"loc": point})
    np.testing.assert_allclose(kl, 0.5 / scale[0, 1] ** 2, rtol=1e-12)

"""Whatever holds numbers may hold the data; what does not is refused in a sentence."""

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pandas as pd
import pytest

import fisherax as fx
from fisherax.data import DataError

VALUES = [100, 120, 90, 127]
KINDS = {
    "list": VALUES,
    "numpy scalars": [np.int64(value) for value in VALUES],
    "JAX scalars": [jnp.asarray(value) for value in VALUES],
    "int8": np.array(VALUES, np.int8),
    "uint16": np.array(VALUES, np.uint16),
    "JAX int8": jnp.array(VALUES, jnp.int8),
    "float32": np.array(VALUES, np.float32),
    "series": pd.Series(VALUES),
    "mask without effect": np.ma.masked_array(VALUES, mask=[0, 0, 0, 0]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_array_does_not_matter(kind):
    """An int8 has a logarithm of three digits in JAX."""
    wanted = fx.fit(fx.Family(dist.Gamma), np.array(VALUES, float)).params["concentration"]
    found = fx.fit(fx.Family(dist.Gamma), KINDS[kind]).params["concentration"]
    assert float(found) == float(wanted)


def test_a_range_and_a_list_of_lists_are_data_and_no_streams():
    assert fx.fit(fx.Family(dist.Poisson), range(5)).num_observations == 5
    rows = [[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [0.0, 1.0], [4.0, 2.0], [1.0, 1.0]]
    fit = fx.fit(fx.Family(dist.MultivariateNormal), rows)
    np.testing.assert_allclose(fit.params["loc"], np.mean(rows, axis=0), rtol=1e-12)


REGRESSION = fx.Conditional(lambda b, x: x @ b, fx.heads.Normal())
REFUSED = {
    "row 2 of the weights is missing .masked.": lambda: fx.fit(
        fx.Family(dist.Normal), VALUES, weights=np.ma.masked_array(np.ones(4), mask=[0, 0, 1, 0])
    ),
    "row 3 of the data is missing .masked.": lambda: fx.fit(
        fx.Family(dist.Normal), np.ma.masked_array([1.0, 2.0, 3.0, 9.0], mask=[0, 0, 0, 1])
    ),
    "must be real numbers": lambda: fx.fit(fx.Family(dist.Poisson), ["a", "b"]),
    "their rows differ in length": lambda: fx.fit(fx.Family(dist.Poisson), [[1.0], [1.0, 2.0]]),
    "weights must be numbers": lambda: fx.fit(fx.Family(dist.Poisson), [1, 2], weights=["a", "b"]),
    "write the pair as a tuple": lambda: fx.fit(REGRESSION, [np.ones((4, 2)), np.ones(4)], init=jnp.zeros(2)),
    "one observation of the Normal head has shape": lambda: fx.fit(
        fx.Conditional(lambda b, x: x @ b, fx.heads.Normal(1.0)),
        (np.ones((4, 2)), np.ones((4, 2))),
        jnp.zeros(2),
    ),
    "outside the support of the Poisson head .whole numbers from 0.": lambda: fx.fit(
        fx.Conditional(lambda b, x: (x @ b)[None], fx.heads.Poisson()),
        (np.ones((4, 2)), -np.ones((4, 1))),
        jnp.zeros(2),
    ),
    "write Family.Normal.": lambda: fx.Family(dist.Normal(0.0, 1.0)),
    "not 'gamma'": lambda: fx.Family("gamma"),
    "outside its space .positive numbers.": lambda: fx.fit(
        fx.Family(dist.Gamma), [1.0, 2.0, 3.0], init={"concentration": -1.0, "rate": 1.0}
    ),
    "'rate'. holds a value that is not finite": lambda: fx.fit(
        fx.Family(dist.Gamma), [1.0, 2.0, 3.0], init={"concentration": 1.0, "rate": np.nan}
    ),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_makes_no_sense_is_refused_in_a_sentence(sentence):
    with pytest.raises(ValueError, match=sentence):
        REFUSED[sentence]()


POLES = fx.Conditional(lambda b, x: jnp.where(x[1] + 0 * (x @ b) > 0, jnp.nan, x @ b), fx.heads.Normal(1.0))


def test_a_start_without_an_output_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="output for the first input is not finite"):
        fx.fit(POLES, (np.ones((4, 2)), np.arange(4.0)), init=jnp.zeros(2))


def test_a_fit_that_never_met_a_legal_point_claims_nothing_about_its_information():
    inputs = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [3.0, 0.0]])
    fit = fx.fit(POLES, (inputs, np.arange(4.0)), init=jnp.zeros(2))
    assert not fit.status.valid
    assert not fit.status.positive_definite
    assert fit.status.condition_number == np.inf


def test_masked_cells_of_a_table_are_missing():
    """The mask hides an outlier: with it the slope is 20, without it 1."""
    x, y = np.arange(5.0), np.array([0.1, 0.9, 2.1, 2.9, 99.0])
    columns = {"x": x, "y": np.ma.masked_array(y, mask=[0, 0, 0, 0, 1])}
    with pytest.raises(DataError, match=r"row 5, column 'y'.*missing"):
        fx.glm("y ~ x", columns)
    kept, whole = fx.glm("y ~ x", columns, drop_missing=True), fx.glm("y ~ x", {"x": x[:4], "y": y[:4]})
    np.testing.assert_array_equal(kept.values, whole.values)

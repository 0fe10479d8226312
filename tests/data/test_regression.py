"""Regression by formula: the front door `glm` against statsmodels, and which column separates a response."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

import fisherax as fx
from fisherax.data import DataError, make_design, open_table
from fisherax.data.regression import glm, regression
from fisherax.data.separation import Extremes, emptied_by, separated_by


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(11)
    x = rng.normal(size=64)
    return pd.DataFrame(
        {
            "x": x,
            "site": rng.choice(["a", "b", "c"], 64),
            "count": rng.poisson(np.exp(0.4 + 0.3 * x)),
            "size": rng.gamma(3.0, np.exp(0.2 * x) / 3),
            "time": rng.uniform(1, 2, 64),
            "n": rng.integers(1, 4, 64),
        }
    )


def test_counts_with_offset_and_weights_equal_statsmodels(table):
    ours = glm("count ~ x + site", table, head="poisson", offset="log(time)", weights="n")
    theirs = smf.glm(
        "count ~ x + site",
        table,
        family=sm.families.Poisson(),
        offset=np.log(table["time"]),
        freq_weights=table["n"],
    ).fit()
    order = [
        {"site[T.b]": 1, "site[T.c]": 2}.get(name, 0 if name == "Intercept" else 3) for name in ours.names
    ]
    estimates = np.array([theirs.params.iloc[i] for i in order])
    errors = np.array([theirs.bse.iloc[i] for i in order])
    np.testing.assert_allclose(ours.values, estimates, rtol=1e-7)
    np.testing.assert_allclose(ours.errors(), errors, rtol=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)
    assert ours.num_observations == table["n"].sum()


def test_a_dose_response_with_another_link_equals_statsmodels():
    ours = glm("cbind(dead, alive) ~ sex + log2(dose)", "budworm", head="binomial", link="probit")
    table = pd.DataFrame(fx.load_dataset("budworm"))
    design = np.column_stack([np.ones(12), table["sex"] == "male", np.log2(table["dose"])]).astype(float)
    family = sm.families.Binomial(link=sm.families.links.Probit())
    theirs = sm.GLM(table[["dead", "alive"]].to_numpy(), design, family=family).fit()
    np.testing.assert_allclose(ours.values, theirs.params, rtol=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)


def test_a_stream_reads_the_same_numbers(table):
    whole = glm("count ~ x", table, head="poisson")
    stream = glm("count ~ x", table, head="poisson", stream=True)
    np.testing.assert_allclose(whole.values, stream.values, rtol=1e-10)
    assert whole.log_likelihood == pytest.approx(stream.log_likelihood, rel=1e-12)


def test_a_head_may_be_given_with_its_own_parameter_known(table):
    design = make_design("size ~ x", open_table(table))
    assert regression(design, "gamma", "log").num_parameters == 3
    assert regression(design, fx.heads.Gamma(shape=3.0, link="log")).num_parameters == 2
    assert regression(design, fx.heads.Normal()).num_parameters == 3
    assert regression(design, fx.heads.Poisson()).num_parameters == 2


def test_what_does_not_go_together_is_refused(table):
    with pytest.raises(ValueError, match="no regression for 'weibull'"):
        glm("size ~ x", table, head="weibull")
    with pytest.raises(ValueError, match="a link of its own"):
        glm("size ~ x", table, head=fx.heads.Gamma(), link="log")
    with pytest.raises(DataError, match="goes with a binomial family"):
        glm("cbind(count, n) ~ x", table, head="poisson")
    with pytest.raises(ValueError, match="needs its trials"):
        glm("count ~ x", table, head=fx.heads.Binomial())
    with pytest.raises(DataError, match=r"row 1, column 'x': -1.*outside the support of Gamma"):
        glm("x ~ y", {"x": [-1.0, 2.0, 3.0], "y": [1.0, 2.0, 4.0]}, head="gamma")
    with pytest.raises(DataError, match="column 'y': no row has a failure"):
        glm("y ~ x", {"y": [1.0, 1.0, 1.0], "x": [1.0, 2.0, 4.0]}, head="bernoulli")


def clause(response, explain=separated_by, **columns):
    table = open_table({"y": response, **columns})
    design = make_design("y ~ " + " + ".join(columns), table)
    return explain(design.column_names, Extremes.of(design.read()), design.column_names[1:])


def test_the_column_that_separates_is_named():
    """Complete separation has a gap, quasi-complete a tie at its edge (Albert and Anderson 1984)."""
    x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert clause([0, 0, 0, 1, 1, 1], x=x) == "the response is 1 wherever 'x' is above 3.5, and 0 below"
    assert clause([1, 1, 0, 0, 0, 0], x=x) == "the response is 0 wherever 'x' is above 2.5, and 1 below"
    tied = clause([0, 0, 0, 1, 1, 1], x=[1.0, 2.0, 3.0, 3.0, 5.0, 6.0])
    assert tied == "the response is 1 wherever 'x' is above 3, and 0 wherever it is below"
    assert clause([0, 1, 0, 1, 0, 1], x=x) is None
    group = clause([0, 0, 0, 1, 0, 1], k=["a", "a", "a", "b", "b", "b"])
    assert group == "the response is 0 in every row where 'k[T.b]' is 0"
    both = clause([0, 1, 0, 0, 1, 1], noise=[3.0, 1.0, 2.0, 1.0, 3.0, 2.0], x=[1.0, 7.0, 2.0, 3.0, 8.0, 9.0])
    assert both == "the response is 1 wherever 'x' is above 5, and 0 below"


def test_a_category_without_counts_is_named():
    found = clause([0, 0, 0, 1, 0, 3], emptied_by, k=["a", "a", "a", "b", "b", "b"])
    assert found == "the response is 0 in every row where 'k[T.b]' is 0"
    assert clause([1, 0, 0, 1, 0, 3], emptied_by, k=["a", "a", "a", "b", "b", "b"]) is None

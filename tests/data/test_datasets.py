"""The bundled numbers against what the literature prints about them, fitted by other packages."""

import csv

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm

from fisherax.data import DataError, datasets, make_design, open_table


@pytest.mark.parametrize("name", datasets.names())
def test_metadata_describes_the_file(name):
    described = datasets.describe(name)
    table = datasets.load(name)
    assert [column.name for column in described.columns] == list(table.columns)
    assert len(table.read()) == described.num_rows
    with described.path.open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == described.num_rows + 1
    for text in (described.title, described.description, described.source, described.licence):
        assert text in str(described)
    assert described.command.startswith(f"fisherax fit {name} ")
    assert table.name == open_table(name).name == name


def test_as_arrays():
    columns = datasets.load_dataset("budworm")
    assert columns["dead"].dtype == np.float64
    assert columns["sex"].tolist() == ["male"] * 6 + ["female"] * 6


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(DataError, match="did you mean 'budworm'"):
        datasets.describe("budwurm")


def test_nile_equals_the_copy_of_statsmodels():
    """Durbin and Koopman (2001) give a mean of 919.35."""
    nile = datasets.load("nile").read()
    theirs = sm.datasets.nile.load_pandas().data
    np.testing.assert_array_equal(nile["flow"], theirs["volume"])
    np.testing.assert_array_equal(nile["year"], theirs["year"])
    assert nile["flow"].mean() == pytest.approx(919.35, abs=1e-10)


def test_horsekicks_has_fishers_frequencies():
    """Fisher (1925): 109, 65, 22, 3, 1 corps-years with 0 to 4 deaths; mean 0.61."""
    table = datasets.load("horsekicks").read()
    np.testing.assert_array_equal(np.bincount(table["deaths"].astype(int)), [109, 65, 22, 3, 1])
    assert table["deaths"].mean() == pytest.approx(0.61, abs=1e-12)
    assert len(table["corps"].categories) == 10
    assert len(np.unique(table["year"])) == 20


def test_budworm_has_the_coefficients_of_venables_and_ripley():
    """Venables and Ripley (2002), p. 192: -3.4732 (0.4685), 1.1007 (0.3558), 1.0642 (0.1311); 6.7571 on 9."""
    rows = make_design("cbind(dead, alive) ~ sex + log2(dose)", open_table("budworm")).read()
    assert rows.trials is not None
    assert set(rows.trials) == {20}
    both = np.stack([rows.response, rows.trials - rows.response], axis=1)
    fit = sm.GLM(both, rows.matrix, family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(fit.params, [-3.4732, 1.1007, 1.0642], atol=5e-5)
    np.testing.assert_allclose(fit.bse, [0.4685, 0.3558, 0.1311], atol=5e-5)
    assert fit.deviance == pytest.approx(6.7571, abs=5e-5)
    assert fit.df_resid == 9


def test_ships_has_the_deviance_of_mccullagh_and_nelder():
    """McCullagh and Nelder (1989), section 6.3.2: deviance 38.7 on 25 degrees of freedom, X² = 42.3."""
    design = make_design("incidents ~ type + built + period + offset(log(service))", open_table("ships"))
    rows = design.read()
    fit = sm.GLM(rows.response, rows.matrix, family=sm.families.Poisson(), offset=rows.offset).fit()
    assert fit.deviance == pytest.approx(38.7, abs=0.05)
    assert fit.pearson_chi2 == pytest.approx(42.3, abs=0.05)
    assert fit.df_resid == 25


def test_bearings_has_the_weibull_fit_of_lawless():
    """Lawless (2003): shape 2.10, scale 81.9."""
    shape, _, scale = scipy.stats.weibull_min.fit(datasets.load("bearings")["revolutions"], floc=0)
    assert shape == pytest.approx(2.10, abs=0.005)
    assert scale == pytest.approx(81.9, abs=0.05)


def test_faithful_has_the_means_of_azzalini_and_bowman():
    """R's copy: 272 eruptions of 3.488 min, 70.90 min apart."""
    table = datasets.load("faithful").read()
    assert table["eruptions"].mean() == pytest.approx(3.487783, abs=5e-7)
    assert table["waiting"].mean() == pytest.approx(70.897059, abs=5e-7)

"""The table of a fit."""

import math

import numpy as np
import numpyro.distributions as dist

import fisherax as fx

from .small_designs import X, linear


def test_zero_is_tested_where_a_parameter_may_be_zero():
    """A Wald test of a scale at 0 is refused by `wald_test`, so the table does not print one."""
    fit = fx.fit(fx.Family(dist.Normal), np.array([1.0, 2.0, 3.0, 5.0]))
    summary = fit.summary()
    rows = {row.name: row for row in summary.table}
    z = float(fit.params["loc"]) / float(fit.standard_errors()["loc"])
    assert math.isclose(rows["loc"].z, z, rel_tol=1e-12)
    assert math.isclose(rows["loc"].p, fit.wald_test({"loc": 0.0}).p_value, rel_tol=1e-9)
    assert math.isnan(rows["scale"].z)
    assert math.isnan(rows["scale"].p)
    line = next(line for line in str(summary).splitlines() if line.startswith("scale"))
    assert "nan" not in line
    assert len(line.split()) == 5
    assert summary.to_dict()["parameters"][1]["p"] is None


def test_a_level_near_certainty_is_not_certainty():
    fit = fx.fit(fx.Family(dist.Poisson), np.array([1.0, 2.0, 3.0, 5.0]))
    for level, text in ((0.9999999, "99.99999% lower"), (0.95, " 95% lower"), (0.29, " 29% lower")):
        assert text in str(fit.summary(level))


def test_what_is_not_identified_is_not_tested():
    design = np.column_stack([np.ones(20), X, X])
    fit = fx.fit(linear(("c", "a", "b"), fx.heads.Poisson()), (design, np.arange(20) % 5 * 1.0))
    intercept, *redundant = fit.summary().table
    assert intercept.p < 0.05
    for row in redundant:
        assert math.isinf(row.standard_error)
        assert math.isnan(row.z)
        assert math.isnan(row.p)

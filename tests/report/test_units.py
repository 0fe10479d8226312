"""Units of parameters follow from the unit of what was observed."""

import numpyro.distributions as dist
import pytest

from fisherax.models import Family
from fisherax.report.units import parameter_units, pretty


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (dist.Normal, {"loc": "mm", "scale": "mm"}),
        (dist.Gamma, {"rate": "1/mm"}),
        (dist.LogNormal, {}),
        (dist.StudentT, {"loc": "mm", "scale": "mm"}),
        (dist.Weibull, {"scale": "mm"}),
    ],
)
def test_units_of_families(kind, expected):
    family = Family(kind)
    assert parameter_units(family, family.parameters, "mm") == expected
    assert parameter_units(family, family.parameters, None) == {}


def test_units_of_entries_and_of_products():
    family = Family(dist.MultivariateNormal)
    names = ("loc[0]", "covariance_matrix[0, 1]")
    assert parameter_units(family, names, "mm") == {"loc[0]": "mm", "covariance_matrix[0, 1]": "mm²"}
    assert parameter_units(Family(dist.Exponential), ("rate",), pretty("10^8 m^3")) == {"rate": "1/(10⁸ m³)"}

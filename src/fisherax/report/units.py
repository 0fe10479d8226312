"""The units of a family's parameters, from the unit of what was observed."""

import re
from collections.abc import Mapping
from typing import Any

from ..models.family import Family

# The power of the observation's unit that each parameter carries. A parameter that is not listed is a pure
# number (a shape), or lives on another scale (a log-normal's loc, a coefficient behind a link).
_POWERS: dict[str, dict[str, int]] = {
    "Normal": {"loc": 1, "scale": 1},
    "StudentT": {"loc": 1, "scale": 1},
    "Cauchy": {"loc": 1, "scale": 1},
    "Laplace": {"loc": 1, "scale": 1},
    "Logistic": {"loc": 1, "scale": 1},
    "Gumbel": {"loc": 1, "scale": 1},
    "AsymmetricLaplace": {"loc": 1, "scale": 1},
    "HalfNormal": {"scale": 1},
    "HalfCauchy": {"scale": 1},
    "Weibull": {"scale": 1},
    "Rayleigh": {"scale": 1},
    "Gamma": {"rate": -1},
    "Exponential": {"rate": -1},
    "InverseGamma": {"rate": 1},
    "Pareto": {"scale": 1},
    "Poisson": {"rate": 1},
    "MultivariateNormal": {"loc": 1, "covariance_matrix": 2, "scale_tril": 1, "precision_matrix": -2},
}


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def parameter_units(model: Any, names: tuple[str, ...], unit: str | None) -> dict[str, str]:
    """The unit of each named entry of the parameters, where it is known.

    Args:
        model: The model.
        names: Names of entries, such as "loc" or "covariance_matrix[0, 1]".
        unit: The unit of an observation.
    """
    if not unit or not isinstance(model, Family):
        return {}
    powers: Mapping[str, int] = _POWERS.get(getattr(model.distribution_type, "__name__", ""), {})
    found = {}
    for name in names:
        power = powers.get(name.split("[")[0])
        if power is not None:
            found[name] = _power(unit, power)
    return found


def pretty(unit: str) -> str:
    """A unit with its exponents raised: ``10^8 m^3`` as ``10⁸ m³``."""
    return re.sub(r"\^(-?\d+)", lambda match: match[1].translate(_RAISED), unit)


def _power(unit: str, power: int) -> str:
    compound = any(c in unit for c in " /*·⁰¹²³⁴⁵⁶⁷⁸⁹")
    base = f"({unit})" if compound else unit
    if power == 1:
        return unit
    return (
        f"1/{base}"
        if power == -1
        else f"{base}{'⁻' if power < 0 else ''}{'²' if abs(power) == 2 else abs(power)}"
    )

"""Data in units so small or large that squares of them overflow: fitted in units of their own size."""

import dataclasses
import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from .._types import Params
from ..models.family import Family
from ..models.unconditional import Unconditional
from .likelihood import Rows
from .likelihood.rescaled import Rescaled

PLAIN = 1e20
"""Data of a size up to this, or down to its inverse, are fitted as they are."""
FURTHEST = 1e151
"""Beyond, the square of a standard error is no number any more."""

_SAMPLE = 512
_LOCATION_SCALE = {"loc": 1, "scale": 1}

# The power of the data's unit that each parameter carries.
_POWERS: dict[Any, dict[str, int]] = {
    dist.Normal: _LOCATION_SCALE,
    dist.Cauchy: _LOCATION_SCALE,
    dist.Laplace: _LOCATION_SCALE,
    dist.Logistic: _LOCATION_SCALE,
    dist.Gumbel: _LOCATION_SCALE,
    dist.StudentT: _LOCATION_SCALE,
    dist.HalfNormal: {"scale": 1},
    dist.HalfCauchy: {"scale": 1},
    dist.Weibull: {"scale": 1},
    dist.Gamma: {"rate": -1},
    dist.Exponential: {"rate": -1},
    dist.InverseGamma: {"rate": 1},
}


@dataclasses.dataclass(frozen=True)
class Units:
    """Data and model in units c.

    Attributes:
        unit: c, a power of two.
        family: The family with what is fixed in these units.
        rows: The data in these units.
        init: The parameters to start from, in these units.
    """

    unit: float
    family: Family
    rows: Rows
    init: Params | None

    def restore(self, problem: Any, family: Family, rows: Rows) -> Any:
        """The problem in the units that were given."""
        powers = _POWERS[family.distribution_type]
        likelihood = Rescaled(problem.likelihood, family, rows, self.unit, powers)
        return dataclasses.replace(problem, likelihood=likelihood)


def other_units(model: Unconditional, rows: Rows, init: Params | None) -> Units | None:
    """Units of the data's own size, where they need such; a sample says whether they do.

    Raises:
        ValueError: Where not even these can help.
    """
    if not isinstance(model, Family) or rows.targets.ndim != 1:
        return None
    powers = _POWERS.get(model.distribution_type)
    if powers is None:
        return None
    sample = np.abs(np.asarray(rows.targets)[:: max(1, rows.size // _SAMPLE)])
    size = float(np.max(sample, initial=0.0))
    if not math.isfinite(size) or size == 0 or 1 / PLAIN <= size <= PLAIN:
        return None
    if not 1 / FURTHEST <= size <= FURTHEST:
        raise ValueError(
            f"fit: the observations are of the order of {size:.0e}, so that variances in their units cannot be "
            f"written as floating-point numbers: divide the data by {10.0 ** math.floor(math.log10(size)):.0e}."
        )
    unit = 2.0 ** round(math.log2(size))
    fixed = {key: value / unit ** powers.get(key, 0) for key, value in model.fixed.items()}
    family = Family(model.distribution_type, fixed=fixed, parameters=model.parameters, name=model.name)
    scaled = Rows(rows.inputs, rows.targets / unit, rows.weights)
    if init is not None:
        init = {key: jnp.asarray(value) / unit ** powers.get(key, 0) for key, value in init.items()}
    return Units(unit, family, scaled, init)

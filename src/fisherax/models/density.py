"""Which log-density a family uses: its exponential form, a better-conditioned one, or NumPyro's."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx

from .._types import Array
from .exponential import ExponentialFamily, exponential_form
from .traits import DensityTraits, traits


class Density(eqx.Module):
    """ln p(x | θ) of one unbatched observation, with derivatives that can be trusted."""

    exponential: ExponentialFamily | None
    own: DensityTraits | None

    def log_prob(self, params: dict[str, Array], x: Array) -> Array:
        """ln p(x | θ), from all the parameters by name."""
        if self.exponential is not None:
            return self.exponential.log_prob(params, x)
        assert self.own is not None
        return self.own.log_prob(params, x)


def density_of(distribution: Any, fixed: Mapping[str, Array]) -> Density | None:
    """The library's own density of a NumPyro distribution; None where NumPyro's is right."""
    if fixed:
        return _density_of(distribution, fixed)
    if distribution not in _FREE:
        _FREE[distribution] = _density_of(distribution, fixed)
    return _FREE[distribution]


def _density_of(distribution: Any, fixed: Mapping[str, Array]) -> Density | None:
    form, known = exponential_form(distribution, fixed), traits(distribution)
    own = known if isinstance(known, DensityTraits) else None
    return None if form is None and own is None else Density(form, own)


_FREE: dict[Any, Density | None] = {}
"""With nothing fixed a density holds no arrays, so that one serves all families of its kind."""

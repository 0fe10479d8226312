"""Which log-density a family uses: its exponential form, a better-conditioned one, or NumPyro's."""

from typing import Any

import equinox as eqx

from .._types import Array
from .exponential import ExponentialFamily, exponential_form


class Density(eqx.Module):
    """ln p(x | θ) of one unbatched observation, with derivatives that can be trusted."""

    exponential: ExponentialFamily | None
    own: Any = None

    def log_prob(self, params: dict[str, Array], x: Array) -> Array:
        if self.exponential is not None:
            return self.exponential.log_prob(params, x)
        return self.own.log_prob(params, x)


def density_of(distribution: Any, fixed: dict[str, Array]) -> Density | None:
    """The library's own density of a NumPyro distribution; None where NumPyro's is right."""
    form = exponential_form(distribution, fixed)
    return None if form is None else Density(form)

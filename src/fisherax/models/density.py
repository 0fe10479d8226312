"""Which log-density a family uses: its exponential form, a better-conditioned one, or NumPyro's."""

from collections.abc import Collection, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp

from .._types import Array
from .declared import signature
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


def log_probs(
    distribution: Any,
    fixed: Collection[str],
    params: Mapping[str, Array],
    event_dims: Mapping[str, int],
    x: Array,
    event_dim: int,
) -> Array:
    """ln p of each entry of a batch of parameters, free or fixed, that broadcast with those of x."""
    names = tuple(params)

    def one(x: Array, *values: Array) -> Array:
        entry = dict(zip(names, values, strict=True))
        return _own(distribution, fixed, entry).log_prob(entry, x)

    dims = (event_dim, *(event_dims[key] for key in names))
    return jnp.vectorize(one, signature=signature(dims))(x, *params.values())


def divergences(
    distribution: Any,
    fixed: Collection[str],
    params: Mapping[str, Array],
    other: Mapping[str, Array],
    event_dims: Mapping[str, int],
) -> Array:
    """KL(p_θ ‖ p_θ′) of each entry of a batch, for an exponential family."""
    names = tuple(params)

    def one(*values: Array) -> Array:
        entry = dict(zip(names, values[: len(names)], strict=True))
        form = _own(distribution, fixed, entry).exponential
        assert form is not None
        return form.kl(entry, dict(zip(names, values[len(names) :], strict=True)))

    dims = tuple(event_dims[key] for key in names) * 2
    return jnp.vectorize(one, signature=signature(dims))(*params.values(), *(other[key] for key in names))


def _own(distribution: Any, fixed: Collection[str], entry: dict[str, Array]) -> Density:
    """The density of one entry: what is fixed may be a number of its own there."""
    density = density_of(distribution, {key: entry[key] for key in fixed})
    assert density is not None
    return density


_FREE: dict[Any, Density | None] = {}
"""With nothing fixed a density holds no arrays, so that one serves all families of its kind."""

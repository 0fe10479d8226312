"""Between parameters, natural parameters and mean statistics of an exponential form; compiled once for each form."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.tree_util as jtu
from jax import lax

from .._types import Array, Bool, Scalar
from ..models.exponential import ExponentialFamily, Natural, Parameters
from ..models.exponential.bregman import pairing
from ..models.exponential.multivariate_normal import MultivariateNormal
from ..models.family import Family


def form_of(model: Any) -> ExponentialFamily:
    """The exponential form of a family, for its own parameters; ValueError if it has none."""
    if not isinstance(model, Family):
        raise ValueError(
            f"DuallyFlat takes a Family that is an exponential family, such as fx.Family(dist.Gamma), not {model!r}."
        )
    density = model.density
    if density is None or density.exponential is None:
        raise ValueError(
            f"DuallyFlat: {model.name} with the parameters {', '.join(model.parameters)} free is no exponential family "
            "that the library knows, so that it has no natural coordinates."
        )
    form = density.exponential
    if isinstance(form, MultivariateNormal):
        return dataclasses.replace(form, by=next(name for name in model.parameters if name != "loc"))
    return form


@eqx.filter_jit
def natural_of(form: ExponentialFamily, params: Parameters) -> Natural:
    """η(θ)."""
    return form.natural(params)


@eqx.filter_jit
def mean_of(form: ExponentialFamily, natural: Natural) -> Natural:
    """m = ∇A(η)."""
    return form.mean_statistics(natural)


@eqx.filter_jit
def from_natural(form: ExponentialFamily, natural: Natural) -> tuple[Parameters, Bool[Array, ""]]:
    """θ(η), and whether there is such a member."""
    return form.from_natural(natural), form.is_natural(lax.stop_gradient(natural))


@eqx.filter_jit
def from_mean(form: ExponentialFamily, mean: Natural) -> tuple[Parameters, Bool[Array, ""]]:
    """θ(m), and whether there is such a member: whether its mean statistics are these."""
    params = form.estimate(mean)
    found = form.mean_statistics(form.natural(lax.stop_gradient(params)))
    inside = jnp.ones((), bool)
    pairs = zip(jtu.tree_leaves(found), jtu.tree_leaves(lax.stop_gradient(mean)), strict=True)
    for value, wanted in pairs:
        slack = 1e-6 * jnp.abs(wanted) + 1e-9 * jnp.maximum(1.0, jnp.max(jnp.abs(wanted)))
        inside = inside & jnp.all(jnp.abs(value - wanted) <= slack)
    return params, inside


@eqx.filter_jit
def potential(form: ExponentialFamily, natural: Natural) -> Scalar:
    """A(η)."""
    return form.log_partition(natural)


@eqx.filter_jit
def dual_potential(form: ExponentialFamily, natural: Natural) -> Scalar:
    """A*(m) = ⟨η, m⟩ − A(η)."""
    return pairing(natural, form.mean_statistics(natural)) - form.log_partition(natural)


@eqx.filter_jit
def canonical_divergence(form: ExponentialFamily, params: Parameters, other: Parameters) -> Scalar:
    """A(η′) + A*(m) − ⟨η′, m⟩, as a Bregman divergence with all its digits."""
    return form.kl(params, other)

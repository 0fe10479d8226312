"""Jeffreys' prior √det G: the volume element of the Fisher metric as a density of parameters."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np
from jax.core import Tracer

from .._tree import as_arrays, leaf_name
from .._types import Array, Bool, Data, Params, PRNGKeyArray, Scalar
from ..geometry.expanse import MOST, Total
from ..geometry.field import field_of
from ..geometry.region import Region, region_of
from ..geometry.tails import log_root_determinant
from ..geometry.volume import closed_measure, total_volume
from ..information import Metric
from ..information.checks import check_arguments, check_params
from ..information.traced import unknown_inside
from ..models.base import Model
from ..models.family import Family
from ..models.mixture import Mixture
from ..models.tangent import Simplex, Symmetric, Tangent
from ..models.unconditional import Unconditional
from .draws import Sampler, sampler_of


@jtu.register_static
class JeffreysPrior:
    """Jeffreys' prior: the density that is the Fisher metric's volume element, the same in any parameters.

        π(θ) = √det G(θ) / ∫ √det G(θ) dθ,    π(φ) = π(θ) |det ∂θ/∂φ|

    Where the integral diverges the prior is improper: it has no normaliser and no samples, and its log-density is
    ln √det G itself. Whether it does is known in closed form for families that are model spaces; elsewhere √det G is
    followed to every end of the parameters' space, and a case that cannot be decided is said to be undecided.

    Densities are NumPyro's: of probabilities with respect to all but the last of them, of symmetric matrices with
    respect to their lower triangle.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        bounds: A pair (lower, upper) for each parameter that is restricted, by its name; outside the density is 0.
        data: The inputs of a `Conditional`, over which the information is averaged: arrays, or a list of batches.
        like: Parameters that give shapes; a number for each parameter by default, where that is possible.

    Raises:
        ValueError: If an argument is of the wrong kind, a `Conditional` has no inputs, or bounds are no interval inside
            the space of a parameter.

    Examples:
        >>> import fisherax as fx, jax, numpyro.distributions as dist
        >>> prior = fx.JeffreysPrior(fx.Family(dist.Bernoulli))
        >>> round(prior.normaliser, 12), round(float(prior.log_prob({"probs": 0.5})), 12)  # π, ln 2/π
        (3.14159265359, -0.451582705289)
        >>> draws = prior.sample(jax.random.key(0), (1000,))["probs"]  # from Beta(½, ½)
        >>> bool(abs(draws.mean() - 0.5) < 0.06)
        True
        >>> fx.JeffreysPrior(fx.Family(dist.Poisson)).is_proper
        False
        >>> fx.JeffreysPrior(fx.Family(dist.Poisson), bounds={"rate": (0.0, 9.0)}).normaliser  # 2 √9
        6.0

    References:
        Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proceedings of the Royal
        Society A 186, 453–461; Kass and Wasserman (1996), The selection of prior distributions by formal rules,
        Journal of the American Statistical Association 91, 1343–1370.
    """

    def __init__(
        self,
        model: Model,
        bounds: Mapping[str, Any] | None = None,
        data: Data | None = None,
        like: Params | None = None,
    ):
        check_arguments("JeffreysPrior", model=model)
        if bounds is not None and not isinstance(bounds, Mapping):
            raise ValueError(
                f"JeffreysPrior: bounds are a dict of pairs, such as {{'rate': (0.0, 9.0)}}, not {bounds!r}."
            )
        if data is None and not isinstance(model, Unconditional):
            raise ValueError(
                "JeffreysPrior: the information of a Conditional is an average over inputs: pass them as data."
            )
        self.model, self.data = model, data
        self.bounds: dict[str, Any] = dict(bounds or {})
        self._metric = Metric(model, data if not isinstance(model, Unconditional) else None)
        self._totals: dict[Any, Total | ValueError] = {}
        self._given = as_arrays(like) if like is not None else _scalars(model, self.bounds)
        if self._given is not None:
            _ = self._region(self._given)

    def log_prob(self, params: Params) -> Scalar:
        """ln π(θ), in nats, under `jit`, `vmap` and `grad` too.

            ln π = ½ ln det G(θ) − ln ∫ √det G

        Args:
            params: θ, a pytree.

        Returns:
            A scalar; −∞ outside the bounds. It is not normalised, ½ ln det G alone, where the prior is improper or its
            normaliser is not known: `is_normalised` says so.

        Raises:
            ValueError: If a parameter is outside its space, or the information is singular (under `jit` and `vmap` the
                log-density is −∞ there).
        """
        params = as_arrays(params)
        check_params("JeffreysPrior.log_prob", self.model, params)
        information = self._metric(params)
        value = log_root_determinant(information.coordinates_matrix())[0]
        if not isinstance(value, Tracer) and not np.isfinite(value):
            combination = ", ".join(information.unidentified())
            raise ValueError(
                "JeffreysPrior.log_prob: the information is singular at these parameters, so that the density is 0 "
                f"here, or everywhere: the data do not determine {combination or 'all of them'}."
            )
        total = self._total_if_small(params)
        if isinstance(total, Total) and not total.diverges:
            value = value - math.log(total.value)
        value = value + _units(information.tangent)
        inside = unknown_inside(self.model, params)
        allowed = self._inside(params) if inside is None else self._inside(params) & inside
        return jnp.where(allowed, value, -jnp.inf)

    @property
    def is_proper(self) -> bool:
        """Whether the integral of √det G is finite; a ValueError where that could not be decided."""
        return not self._known().diverges

    @property
    def is_normalised(self) -> bool:
        """Whether `log_prob` is that of a probability density: the prior is proper, and its normaliser known."""
        total = self._total_if_small(self._like("is_normalised"))
        return isinstance(total, Total) and not total.diverges

    @property
    def normaliser(self) -> float:
        """The integral of √det G; a ValueError, in words, where it diverges or is not known."""
        return self._finite().value

    @property
    def normaliser_error(self) -> float | None:
        """An estimate of the normaliser's error; None where it is a closed form."""
        return self._finite().error

    def sample(self, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Params:
        """Independent draws.

        By the inverse of the distribution function, or Dirichlet's law, where the volume is known in closed form; for
        one other number by that inverse from quadrature, to 1e-9; for two or three by rejection, which is exact.

        Args:
            key: A JAX random key.
            shape: Leading axes of the draws.

        Returns:
            A pytree like the parameters, with these leading axes.

        Raises:
            ValueError: If the prior is improper, or its normaliser is not known.

        Examples:
            >>> import fisherax as fx, jax, numpyro.distributions as dist
            >>> prior = fx.JeffreysPrior(fx.Family(dist.Normal), {"loc": (-1.0, 1.0), "scale": (1.0, 2.0)})
            >>> {name: draw.shape for name, draw in prior.sample(jax.random.key(0), (4,)).items()}
            {'loc': (4,), 'scale': (4,)}
        """
        self._finite()
        return self._sampler.sample(key, tuple(shape))

    # ---- inside ------------------------------------------------------------------------------------------

    @cached_property
    def _sampler(self) -> Sampler:
        like = self._like("sample")
        with jax.ensure_compile_time_eval():
            return sampler_of(self._metric, like, self._region(like), self._finite())

    def _region(self, like: Params) -> Region:
        return region_of("JeffreysPrior", field_of(self._metric, like).coordinates, self.bounds)

    def _total(self, params: Params) -> Total | ValueError:
        """The integral for parameters of these shapes, or why it is not known."""
        key = tuple((leaf_name(path), jnp.shape(leaf)) for path, leaf in jtu.tree_leaves_with_path(params))
        if key not in self._totals:
            with jax.ensure_compile_time_eval():
                like = jtu.tree_map(lambda leaf: jnp.zeros(jnp.shape(leaf), jnp.result_type(leaf)), params)
                try:
                    self._totals[key] = total_volume("JeffreysPrior", self._metric, self.bounds, like)
                except ValueError as error:
                    self._totals[key] = error
        return self._totals[key]

    def _total_if_small(self, params: Params) -> Total | ValueError | None:
        """The same; None where there are more numbers than cubature takes, so that it need not be asked for."""
        with jax.ensure_compile_time_eval():
            like = jtu.tree_map(lambda leaf: jnp.zeros(jnp.shape(leaf), jnp.result_type(leaf)), params)
            small = self.model.coordinates(like).dim <= MOST or closed_measure(self._metric, like) is not None
        return self._total(params) if small else None

    def _like(self, what: str) -> Params:
        if self._given is None:
            raise ValueError(
                f"JeffreysPrior: {what} needs to know the shapes of the parameters: give like=, parameters of any "
                'value, such as {"probs": jnp.ones(3) / 3}.'
            )
        return self._given

    def _known(self) -> Total:
        total = self._total(self._like("the normaliser"))
        if isinstance(total, ValueError):
            raise ValueError(str(total)) from total
        return total

    def _finite(self) -> Total:
        total = self._known()
        if total.diverges:
            raise ValueError(
                f"JeffreysPrior: the prior is improper: {_sentence(total)}, so that it has no normaliser and no samples"
                ". Give bounds={name: (lower, upper)}."
            )
        return total

    def _inside(self, params: Params) -> Bool[Array, ""]:
        inside = jnp.ones((), bool)
        for path, leaf in jtu.tree_leaves_with_path(params):
            pair = self.bounds.get(leaf_name(path))
            if pair is not None:
                low, high = (jnp.asarray(end) for end in pair)
                inside = inside & jnp.all((leaf >= low) & (leaf <= high))
        return inside

    def __repr__(self) -> str:
        bounds = "".join(f", {name} from {low} to {high}" for name, (low, high) in self.bounds.items())
        return f"JeffreysPrior({self.model!r}{bounds})"


def _scalars(model: Model, bounds: dict[str, Any]) -> Params | None:
    """Parameters of the shapes of their bounds, or numbers; None where those of a vector or a network are not known."""

    def shape(name: str) -> tuple[int, ...]:
        pair = bounds.get(name)  # what is no pair is refused later, with the name of the parameter
        return np.broadcast_shapes(*map(np.shape, pair)) if isinstance(pair, tuple | list) else ()

    if isinstance(model, Family):
        known = model.constraints
        if any(len(shape(name)) < constraint.event_dim for name, constraint in known.items()):
            return None
        return {name: jnp.zeros(shape(name)) for name in known}
    if isinstance(model, Mixture):
        count = model.num_components
        if any(constraint.event_dim for constraint in model.component.constraints.values()):
            return None
        return {name: jnp.zeros((count,)) for name in model.parameters}
    if bounds and not any("." in name or name == "value" for name in bounds):
        return {name: jnp.zeros(shape(name)) for name in bounds}
    return None


def _units(tangent: Tangent) -> float:
    """ln of the volume of the tangent coordinates' unit cube in that of the free entries of the parameters.

    Of probabilities all but the last are free: that is √K. Of a symmetric matrix the lower triangle is: √2 for each
    entry beside the diagonal.
    """
    total = 0.0
    for leaf in tangent.leaves:
        if isinstance(leaf, Simplex):
            total += 0.5 * math.prod(leaf.shape[:-1]) * math.log(leaf.shape[-1])
        elif isinstance(leaf, Symmetric):
            size = leaf.shape[-1]
            total += math.prod(leaf.shape[:-2]) * size * (size - 1) / 4.0 * math.log(2.0)
    return total


def _sentence(total: Total) -> str:
    """Where an integral diverges."""
    by_label: dict[str, list[str]] = {}
    for label, end in total.diverges:
        by_label.setdefault(label, []).append(f"at {end}")
    parts = [f"over {label} diverges {' and '.join(ends)}" for label, ends in by_label.items()]
    return "the integral " + ", and ".join(parts)

"""Mixtures of one family: p(x) = Σ_k w_k p(x | θ_k)."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

from .._types import Array, Params, PRNGKeyArray
from .coordinates import Coordinates
from .family import Family
from .tangent import Simplex, Tangent
from .unconditional import Unconditional


class _Mixed(dist.MixtureSameFamily):
    """NumPyro's mixture, also of components whose support depends on what is fixed: a binomial's count.

    NumPyro refuses each support that a parameter could move. Whether a free one does is checked where it matters.
    """

    pytree_data_fields = ("_first",)

    def __init__(
        self, mixing: dist.CategoricalProbs, components: dist.Distribution, first: dist.Distribution
    ):
        self._mixing_distribution = mixing
        self._component_distribution = components
        self._mixture_size = components.batch_shape[-1]
        self._first = first
        dist.Distribution.__init__(self, components.batch_shape[:-1], components.event_shape)

    @C.dependent_property
    def support(self) -> C.Constraint:
        support = self._first.support
        assert support is not None
        return support


class Mixture(Unconditional):
    """A finite mixture of K members of one family.

        p(x | θ) = Σ_k w_k p(x | θ_k),    Σ_k w_k = 1

    Its parameters are `weights` (K,), on the simplex, and the component's own, each with a leading axis
    of components: for normals `{"weights": (K,), "loc": (K,), "scale": (K,)}`. Its exact information has
    no closed form and comes from quadrature, or from sampling where an observation is a vector.

    Args:
        component: The family of one component.
        num_components: K ≥ 1.

    Raises:
        ValueError: If K < 1, or the component has a parameter "weights" of its own.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> mixture = fx.Mixture(fx.Family(dist.Normal), 2)
        >>> mixture.parameters
        ('weights', 'loc', 'scale')
        >>> params = {"weights": jnp.array([0.3, 0.7]), "loc": jnp.array([-1.0, 2.0]), "scale": jnp.ones(2)}
        >>> round(float(mixture.log_prob(params, 0.0)), 6)
        -2.203782
        >>> round(float(mixture.distribution(params).mean), 6), mixture.to_unconstrained(params).shape
        (1.1, (5,))

    References:
        Titterington, Smith and Makov (1985), Statistical Analysis of Finite Mixture Distributions.
    """

    component: Family
    num_components: int = eqx.field(static=True)

    def __init__(self, component: Family, num_components: int):
        if num_components < 1:
            raise ValueError(f"A mixture needs at least one component, not {num_components}.")
        if "weights" in component.parameters:
            raise ValueError(f"{component.name} has a parameter 'weights' already: it cannot be a component.")
        self.component = component
        self.num_components = num_components

    @property
    def name(self) -> str:
        """The name to print."""
        return f"Mixture of {self.num_components} {self.component.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters: "weights", then the component's own."""
        return ("weights", *self.component.parameters)

    @property
    def fixed(self) -> dict[str, Array]:
        """The component's known parameters, by name."""
        return self.component.fixed

    @property
    def constraints(self) -> dict[str, Any]:
        """The NumPyro constraint of each parameter."""
        return {"weights": C.simplex, **self.component.constraints}

    def _components(self, params: Params) -> Params:
        return {key: params[key] for key in self.component.parameters}

    def distribution(self, f: Params) -> dist.Distribution:
        """The NumPyro distribution at θ.

        Args:
            f: θ, a dict of "weights" (K,) and the component's parameters with a leading axis K.

        Returns:
            A mixture; its `mean`, `support` and `cdf` are NumPyro's.
        """
        own, kind = self._components(f), self.component.distribution_type
        first = kind(**self.component.all_parameters({key: value[0] for key, value in own.items()}))
        return _Mixed(dist.CategoricalProbs(f["weights"]), kind(**self.component.all_parameters(own)), first)

    def log_prob(self, f: Params, y: Any) -> Array:
        """ln Σ_k w_k p(y | θ_k), over any leading axes of y.

        Args:
            f: θ, as for `distribution`.
            y: Observations, of one observation's shape behind any leading axes.

        Returns:
            An array of those leading axes, in nats.
        """
        y = jnp.asarray(y)
        if any(constraint.event_dim > 1 for constraint in self.component.constraints.values()):
            # One component after the other: JAX solves batches of triangular systems on the threads that wait
            # for them, and two such batches at a time wait for each other for ever (jaxlib 0.10, two cores).
            own = jax.lax.map(lambda one: self.component.log_prob(one, y), self._components(f))
            terms = jnp.moveaxis(own, 0, -1)
        else:
            terms = jax.vmap(self.component.log_prob, in_axes=(0, None), out_axes=-1)(self._components(f), y)
        return jnp.asarray(jax.nn.logsumexp(jnp.log(f["weights"]) + terms, axis=-1))

    def sample(self, f: Params, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws; which component each is from is not told.

        Args:
            f: θ, as for `distribution`.
            key: A JAX random key.
            shape: Leading axes of the draws.

        Returns:
            An array of `shape` and then one observation's.
        """
        return jnp.asarray(self.distribution(f).sample(key, shape))

    def tangent(self, f: Params) -> Tangent:
        """The directions that the weights and each component's own parameters may move in.

        Args:
            f: θ, as for `distribution`.

        Returns:
            A `Tangent`; the weights have K − 1 directions.
        """
        return Tangent.of(f, {"weights": Simplex, **self.component.directions})

    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these.

        Args:
            params: θ, as for `distribution`.

        Returns:
            A `Coordinates`, the map z ↔ θ.
        """
        return Coordinates.of(params, self.constraints)

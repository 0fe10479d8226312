"""p(y | f) of a head, in the coordinates of the data that an expectation is computed in."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpyro
import numpyro.distributions as dist
from jax import lax

from ..._types import Array, Bool, Float, PyTree
from ...models.base import Head
from ...models.traits import DataCoordinates, traits
from .enumeration import enumeration_rule
from .rule import WeightedRule


class Law(eqx.Module):
    """The distribution of one observation, vectorised over points."""

    head: Head

    def distribution(self, f: PyTree) -> Any:
        with numpyro.validation_enabled(False):
            return self.head.distribution(f)

    def coordinates(self, f: PyTree) -> DataCoordinates | None:
        """Better coordinates of the data, if the distribution has any."""
        return traits(type(_component(self.distribution(f)))).coordinates

    def support(self, f: PyTree) -> Any:
        """The support, as a NumPyro constraint, of the observation in these coordinates."""
        coordinates = self.coordinates(f)
        if coordinates is not None:
            return coordinates.support
        # Bounds that depend on no parameter, such as a binomial's count, stay concrete under `jit`.
        with jax.ensure_compile_time_eval():
            return self.distribution(f).support

    def supports(self, f: PyTree, y: Array) -> Bool[Array, " n"]:
        """Whether points lie between the ends of the support, which a log-density need not know."""
        inside = jnp.ones(y.shape[0], bool)
        if y.ndim > 1:
            return inside
        support = self.support(f)
        low, high = getattr(support, "lower_bound", None), getattr(support, "upper_bound", None)
        inside = inside if low is None else inside & (y >= jnp.asarray(low))
        return inside if high is None else inside & (y <= jnp.asarray(high))

    def listed(self, f: PyTree) -> WeightedRule | None:
        """Every point of a finite support."""
        return enumeration_rule(self.support(f), tuple(self.distribution(f).event_shape))

    def to_data(self, f: PyTree, y: Array) -> Array:
        coordinates = self.coordinates(f)
        return y if coordinates is None else coordinates.to_data(y)

    def log_prob(self, f: PyTree, y: Array) -> Float[Array, " n"]:
        """ln p(yᵢ | f) at points with a leading axis."""
        coordinates = self.coordinates(f)
        if coordinates is None:
            # NumPyro's check of the sample would cut the mass function off between whole numbers, where
            # a truncated sum integrates its continuation.
            with numpyro.validation_enabled(False):
                return jax.vmap(lambda point: self.head.log_prob(f, point))(y)
        distribution = self.distribution(f)
        if isinstance(distribution, dist.MixtureSameFamily):
            terms = coordinates.log_prob(distribution.component_distribution, y[:, None])
            return jax.nn.logsumexp(
                jnp.log(jnp.asarray(distribution.mixing_distribution.probs)) + terms, axis=-1
            )
        return coordinates.log_prob(distribution, y)

    def rounding(self, f: PyTree, y: Array, log_prob: Float[Array, " n"]) -> Float[Array, " n"]:
        """How much ln p(yᵢ | f), computed as `log_prob`, may round by; 0 where it cannot be told.

        Of terms that cancel, like those of a Poisson mass function at 4,000, each rounds by its own size, which
        the sum does not show. It shows when all is done again at y and f scaled by 1 − 8ε: ln p itself moves
        by a few ε times the logarithmic derivatives, which are small where there is mass.
        """
        f, y, log_prob = held((f, y, log_prob))
        again = self.log_prob(jtu.tree_map(_nudged, f), _nudged(y))
        return jnp.nan_to_num(jnp.abs(again - log_prob), nan=0.0, posinf=0.0)

    def kinks(self, f: PyTree) -> Float[Array, " k"] | None:
        """Where the density is not smooth in y, in increasing order."""
        component = _component(self.distribution(f))
        kinks = traits(type(component)).kinks(component)
        return None if kinks is None else jnp.sort(jnp.ravel(kinks))

    def scores(self, f: PyTree, y: Array) -> Float[Array, "n d"]:
        """∇ ln p(yᵢ | f) in the head's tangent coordinates."""
        move, origin = self.moves(f)
        return jax.jacfwd(lambda u: self.log_prob(move(u), y))(origin)

    def hessians(self, f: PyTree, y: Array) -> Float[Array, "n d d"]:
        """∇² ln p(yᵢ | f) in the head's tangent coordinates."""
        move, origin = self.moves(f)
        return jax.jacfwd(jax.jacfwd(lambda u: self.log_prob(move(u), y)))(origin)

    def moves(self, f: PyTree) -> tuple[Any, Float[Array, " d"]]:
        """u ↦ f + Bu, and u = 0."""
        tangent = self.head.tangent(f)
        dtype = jnp.result_type(*(jnp.result_type(leaf) for leaf in jtu.tree_leaves(f)))
        return lambda u: jtu.tree_map(jnp.add, f, tangent.unravel(u)), jnp.zeros(tangent.dim, dtype)


def _nudged(leaf: Array) -> Array:
    """The same number in other digits."""
    dtype = jnp.result_type(leaf)
    return leaf * (1.0 - 8.0 * jnp.finfo(dtype).eps) if jnp.issubdtype(dtype, jnp.floating) else leaf


def _component(distribution: Any) -> Any:
    """What a mixture is a mixture of; the distribution itself if it is none."""
    if isinstance(distribution, dist.MixtureSameFamily):
        return distribution.component_distribution
    return distribution


def held(tree: Any) -> Any:
    """The same without derivatives. What is no array (a number that a head was made with) is left alone."""
    return jtu.tree_map(lambda leaf: lax.stop_gradient(leaf) if eqx.is_array(leaf) else leaf, tree)

"""Any NumPyro distribution as a statistical model."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist

from .._tree import as_arrays
from .._types import Array, Float, Params, PRNGKeyArray, Scalar
from .closed_information import information_matrix
from .coordinates import Constraint, Coordinates
from .declared import (
    FACTORIES,
    arg_constraints,
    check_counts,
    check_described,
    check_kind,
    check_names,
    default_parameters,
    directions_of,
    spread,
)
from .density import Density, density_of, divergences, log_probs
from .tangent import Directions, Tangent
from .traits import traits
from .unconditional import Unconditional


class Family(Unconditional):
    """A parametric family p(x | θ): any NumPyro distribution, its parameters by NumPyro's names.

        θ = {"loc": …, "scale": …},    one observation x of the distribution's event shape

    Parameters with a leading batch shape make one observation of that shape, whose entries are independent. It is a
    head as well: a `Conditional` of it has a function that returns the dict θ.

    Args:
        distribution: A NumPyro distribution class (or factory, such as `dist.Bernoulli`), or a function
            from named parameters to a distribution, which then needs `constraints`.
        fixed: Parameters that are known: they are held at these values and are no parameters.
        constraints: For a function, the NumPyro constraint of each parameter, in order.
        parameters: Which parameters are free, for a distribution with alternatives: a multivariate normal
            by `("loc", "scale_tril")`. All by default.
        name: The name to print.

    Raises:
        ValueError: If `distribution` is neither a class nor a function, or a function without `constraints`; if
            `fixed` or `parameters` name what the distribution does not have; if a count is not fixed; or if nothing
            is free.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> family = fx.Family(dist.StudentT, fixed={"df": 5.0})
        >>> family.parameters
        ('loc', 'scale')
        >>> params = {"loc": 0.0, "scale": 1.0}
        >>> round(float(family.log_prob(params, 0.0)), 6)
        -0.96862
        >>> family.tangent(params).labels
        ('loc', 'scale')
        >>> z = family.to_unconstrained(params)  # loc, ln scale
        >>> {name: float(value) for name, value in family.to_constrained(z, params).items()}
        {'loc': 0.0, 'scale': 1.0}
    """

    distribution_type: Callable[..., dist.Distribution] = eqx.field(static=True)
    fixed: dict[str, Array]
    parameters: tuple[str, ...] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    _constraints: tuple[Constraint, ...] = eqx.field(static=True)
    _known_constraints: tuple[Constraint, ...] = eqx.field(static=True)

    def __init__(
        self,
        distribution: Any,  # what is no distribution is refused with a better sentence than a type's
        fixed: Mapping[str, Any] | None = None,
        constraints: Mapping[str, Any] | None = None,
        parameters: tuple[str, ...] | None = None,
        name: str | None = None,
    ):
        check_kind(distribution)
        kind: Any = FACTORIES.get(distribution, distribution)
        self.name = name or getattr(distribution, "__name__", type(distribution).__name__)
        known = dict(constraints) if constraints is not None else arg_constraints(kind, self.name)
        fixed = dict(fixed or {})
        check_names(self.name, known, (*fixed, *(parameters or ())))
        check_counts(self.name, known, fixed)
        free = parameters if parameters is not None else default_parameters(known, fixed)
        if not free:
            raise ValueError(f"{self.name} has no free parameter left: all of {', '.join(known)} are fixed.")
        check_described(self.name, {key: known[key] for key in free})
        self.distribution_type = kind
        self.fixed = {key: jnp.asarray(value) for key, value in fixed.items()}
        self.parameters = tuple(free)
        self._constraints = tuple(Constraint(known[key]) for key in free)
        self._known_constraints = tuple(Constraint(known[key]) for key in sorted(fixed))

    # ---- the distribution ------------------------------------------------------------------------------

    def all_parameters(self, params: Params) -> dict[str, Array]:
        """Free and fixed parameters together, by name.

        Args:
            params: θ, a dict of the free parameters.

        Returns:
            A dict of arrays: the distribution's keywords.

        Raises:
            ValueError: `params` is no dict of exactly the free parameters.
        """
        if not isinstance(params, Mapping) or set(params) != set(self.parameters):
            given = ", ".join(map(str, params)) if isinstance(params, Mapping) else type(params).__name__
            raise ValueError(
                f"{self.name} takes a dict of the parameters {', '.join(self.parameters)}, not {given}."
            )
        return {**self.fixed, **{key: as_arrays(params[key]) for key in self.parameters}}

    def distribution(self, f: Params) -> dist.Distribution:
        """The NumPyro distribution at θ; a batch of parameters makes the entries of one observation.

        Args:
            f: θ, a dict of the free parameters.

        Returns:
            A distribution of an empty batch shape: its `mean`, `support`, `cdf` are NumPyro's.
        """
        kind = self.distribution_type
        keywords = {"validate_args": False} if inspect.isclass(kind) else {}
        made = kind(**self.all_parameters(f), **keywords)
        return made.to_event(len(made.batch_shape))

    @property
    def density(self) -> Density | None:
        """The family's own log-density, where the library has a better one than NumPyro's."""
        return density_of(self.distribution_type, self.fixed)

    def log_prob(self, f: Params, y: Any) -> Array:
        """ln p(y | θ), over any leading axes of y, as NumPyro's own.

        Where a parameter has a batch shape, one observation has that shape too, and its entries are
        independent: their log-probabilities are summed.

        Args:
            f: θ, a dict of the free parameters.
            y: Observations, of one observation's shape behind any leading axes.

        Returns:
            An array of those leading axes, in nats.
        """
        y = jnp.asarray(y)
        if self.density is None:
            return jnp.asarray(self.distribution(f).log_prob(y))
        made = self.distribution_type(**self.all_parameters(f), validate_args=False)
        values = self.all_parameters(f)
        terms = log_probs(self.distribution_type, self.fixed, values, self.event_dims, y, made.event_dim)
        return jnp.sum(terms, axis=tuple(range(-len(made.batch_shape), 0)))

    def sample(self, f: Params, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws.

        Args:
            f: θ, a dict of the free parameters.
            key: A JAX random key.
            shape: Leading axes of the draws.

        Returns:
            An array of `shape` and then one observation's.
        """
        return jnp.asarray(self.distribution(f).sample(key, shape))

    def batch_shape(self, params: Params) -> tuple[int, ...]:
        """The shape that the parameters have beyond one parameter's own: () unless they are batched.

        Args:
            params: θ, a dict of the free parameters.

        Returns:
            A shape.
        """
        dims = self.event_dims
        shapes = (
            jnp.shape(value)[: jnp.ndim(value) - dims[key]]
            for key, value in self.all_parameters(params).items()
        )
        return jnp.broadcast_shapes(*shapes)

    def elements(self, params: Params, batch: tuple[int, ...] | None = None) -> Params:
        """The parameters of each entry of a batch, along one leading axis.

        Args:
            params: θ, a dict of the free parameters.
            batch: The batch shape; the parameters' own if None.

        Returns:
            A dict like `params`, each with a leading axis over the entries.
        """
        batch = self.batch_shape(params) if batch is None else batch
        dims = self.event_dims
        return {key: spread(params[key], dims[key], batch) for key in self.parameters}

    @property
    def known_entries(self) -> tuple[str, ...]:
        """The fixed parameters whose values have a batch shape: each entry of an observation has its own."""
        dims = self.event_dims
        return tuple(key for key, value in self.fixed.items() if jnp.ndim(value) > dims[key])

    def kl(self, f: Params, g: Params) -> Scalar | None:
        """KL(p_f ‖ p_g) in closed form; `fx.kl` computes it where there is none.

        Args:
            f: θ, a dict of the free parameters.
            g: φ, likewise.

        Returns:
            A scalar, in nats, summed over a batch; None where no closed form is known.
        """
        density = self.density
        if density is None or density.exponential is None:
            return None
        p, q = self.all_parameters(f), self.all_parameters(g)
        return jnp.sum(divergences(self.distribution_type, self.fixed, p, q, self.event_dims))

    def information(self, f: Params) -> Float[Array, "d d"] | None:
        """I(f) in closed form, in the coordinates of `tangent(f)`; `fx.fisher` computes it where there is none.

        Args:
            f: θ, a dict of the free parameters.

        Returns:
            A matrix, summed over a batch, of NaN outside the parameter space; None where no closed form is known.
        """
        values = {key: jnp.asarray(value, float) for key, value in self.all_parameters(f).items()}
        entries = traits(self.distribution_type).information(values)
        if entries is None:
            return None
        matrix = information_matrix(
            entries, {key: values[key] for key in self.parameters}, self.batch_shape(f)
        )
        known = {
            key: held.value for key, held in zip(sorted(self.fixed), self._known_constraints, strict=True)
        }
        inside = [jnp.all(space(values[key])) for key, space in {**self.constraints, **known}.items()]
        return jnp.where(jnp.all(jnp.stack(inside)), matrix, jnp.nan)

    # ---- its parameter space -----------------------------------------------------------------------------

    @property
    def constraints(self) -> dict[str, Any]:
        """The NumPyro constraint of each free parameter."""
        return {key: held.value for key, held in zip(self.parameters, self._constraints, strict=True)}

    @property
    def directions(self) -> dict[str, type[Directions]]:
        """The kind of directions that each free parameter may move in."""
        return {key: directions_of(c, self.name, key) for key, c in self.constraints.items()}

    def tangent(self, f: Params) -> Tangent:
        """The directions that the parameters may move in.

        Args:
            f: θ, a dict of the free parameters.

        Returns:
            A `Tangent`: its `labels` name the rows of an information in coordinates.
        """
        self.all_parameters(f)
        return Tangent.of(f, self.directions)

    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these.

        Args:
            params: θ, a dict of the free parameters.

        Returns:
            A `Coordinates`, the map z ↔ θ.
        """
        self.all_parameters(params)
        return Coordinates.of(params, self.constraints)

    @property
    def event_dims(self) -> dict[str, int]:
        """Axes of one value of each parameter, free or fixed: 0 for a number, 1 for a vector, 2 for a matrix."""
        known = zip(sorted(self.fixed), self._known_constraints, strict=True)
        return {
            **{key: held.value.event_dim for key, held in known},
            **{key: held.event_dim for key, held in self.constraints.items()},
        }

    def __repr__(self) -> str:
        fixed = "".join(f", {key}={value}" for key, value in self.fixed.items())
        return f"Family({self.name}{fixed}; {', '.join(self.parameters)})"

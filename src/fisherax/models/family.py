"""Any NumPyro distribution as a statistical model."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints as C

from .._tree import as_arrays
from .._types import Array, Float, Params, PRNGKeyArray, Scalar
from .coordinates import Constraint, Coordinates
from .density import Density, density_of
from .tangent import Directions, Free, LowerTriangular, Simplex, Symmetric, Tangent
from .unconditional import Unconditional

# NumPyro's factories choose a class by the keyword they are given; the model is the class.
_FACTORIES: dict[Any, type[dist.Distribution]] = {
    dist.Bernoulli: dist.BernoulliProbs,
    dist.Binomial: dist.BinomialProbs,
    dist.Geometric: dist.GeometricProbs,
    dist.Categorical: dist.CategoricalProbs,
    dist.Multinomial: dist.MultinomialProbs,
    dist.NegativeBinomial: dist.NegativeBinomialProbs,
}
# Of several parameterisations of one thing, the first stands unless `fixed` or `parameters` say otherwise.
_ALTERNATIVES = (("covariance_matrix", "precision_matrix", "scale_tril"),)
# Parameters that count: never estimated, so they must be fixed, at these values if none is given.
_COUNTS = {"total_count"}
# Angles that NumPyro declares to be real numbers.
_ANGLES: dict[Any, tuple[str, ...]] = {dist.VonMises: ("loc",)}


class Family(Unconditional):
    """A parametric family p(x | θ): any NumPyro distribution, its parameters by NumPyro's names.

    Args:
        distribution: A NumPyro distribution class (or factory, such as `dist.Bernoulli`), or a function
            from named parameters to a distribution, which then needs `constraints`.
        fixed: Parameters that are known: they are held at these values and are no parameters.
        constraints: For a function, the NumPyro constraint of each parameter, in order.
        parameters: Which parameters are free, for a distribution with alternatives: a multivariate normal
            by `("loc", "scale_tril")`. All by default.
        name: The name to print.

    Raises:
        ValueError: If `fixed` or `parameters` name what the distribution does not have, or nothing is free.

    Examples:
        >>> import numpyro.distributions as dist
        >>> family = Family(dist.StudentT, fixed={"df": 5.0})
        >>> family.parameters
        ('loc', 'scale')
        >>> round(float(family.log_prob({"loc": 0.0, "scale": 1.0}, 0.0)), 6)
        -0.96862
    """

    distribution_type: Callable[..., dist.Distribution] = eqx.field(static=True)
    fixed: dict[str, Array]
    parameters: tuple[str, ...] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    _constraints: tuple[Constraint, ...] = eqx.field(static=True)

    def __init__(
        self,
        distribution: Any,  # what is no distribution is refused with a better sentence than a type's
        fixed: Mapping[str, Any] | None = None,
        constraints: Mapping[str, Any] | None = None,
        parameters: tuple[str, ...] | None = None,
        name: str | None = None,
    ):
        if isinstance(distribution, dist.Distribution):
            raise ValueError(
                "Family takes a distribution's class, not a distribution: write "
                f"Family({type(distribution).__name__})."
            )
        if not callable(distribution):
            raise ValueError(
                f"Family takes a NumPyro distribution class, such as dist.Gamma, or a function that returns a "
                f"distribution, not {distribution!r}."
            )
        kind: Any = _FACTORIES.get(distribution, distribution)
        self.name = name or getattr(distribution, "__name__", type(distribution).__name__)
        known = dict(constraints) if constraints is not None else _arg_constraints(kind, self.name)
        fixed = dict(fixed or {})
        for given in (*fixed, *(parameters or ())):
            if given not in known:
                raise ValueError(f"{self.name} has no parameter {given!r}; it has {', '.join(known)}.")
        unfixed = [
            count for count in known if count in _COUNTS and _is_count(known[count]) and count not in fixed
        ]
        if unfixed:
            raise ValueError(
                f"{self.name}'s {unfixed[0]!r} is a count and cannot be estimated: give it as "
                f'fixed={{"{unfixed[0]}": ...}}.'
            )
        free = parameters if parameters is not None else _default_parameters(known, fixed)
        if not free:
            raise ValueError(f"{self.name} has no free parameter left: all of {', '.join(known)} are fixed.")
        undescribed = [key for key in free if not _is_described(known[key])]
        if undescribed:
            raise ValueError(
                f"{self.name}'s parameter {undescribed[0]!r} has no constraint that NumPyro states in advance: give the "
                "family as a function of its parameters, with constraints={name: NumPyro constraint, ...}."
            )
        self.distribution_type = kind
        self.fixed = {key: jnp.asarray(value) for key, value in fixed.items()}
        self.parameters = tuple(free)
        self._constraints = tuple(Constraint(known[key]) for key in free)

    # ---- the distribution ------------------------------------------------------------------------------

    def all_parameters(self, params: Params) -> dict[str, Array]:
        """Free and fixed parameters together, checked by name."""
        if not isinstance(params, Mapping) or set(params) != set(self.parameters):
            given = ", ".join(map(str, params)) if isinstance(params, Mapping) else type(params).__name__
            raise ValueError(
                f"{self.name} takes a dict of the parameters {', '.join(self.parameters)}, not {given}."
            )
        return {**self.fixed, **{key: as_arrays(params[key]) for key in self.parameters}}

    def distribution(self, f: Params) -> dist.Distribution:
        """The NumPyro distribution; a batch of parameters makes the entries of one observation."""
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
        """
        y = jnp.asarray(y)
        density = self.density
        if density is None:
            return jnp.asarray(self.distribution(f).log_prob(y))
        made = self.distribution_type(**self.all_parameters(f), validate_args=False)
        values = self.all_parameters(f)
        names = tuple(values)

        def one(y: Array, *parameters: Array) -> Array:
            return density.log_prob(dict(zip(names, parameters, strict=True)), y)

        event_dims = (made.event_dim, *(_event_dim(self, key) for key in names))
        terms = jnp.vectorize(one, signature=_signature(event_dims))(y, *values.values())
        return jnp.sum(terms, axis=tuple(range(-len(made.batch_shape), 0)))

    def sample(self, f: Params, key: PRNGKeyArray, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws, with leading axes `shape`."""
        return jnp.asarray(self.distribution(f).sample(key, shape))

    def batch_shape(self, params: Params) -> tuple[int, ...]:
        """The shape that the parameters have beyond one parameter's own: () unless they are batched."""
        shapes = (
            jnp.shape(value)[: jnp.ndim(value) - _event_dim(self, key)]
            for key, value in self.all_parameters(params).items()
        )
        return jnp.broadcast_shapes(*shapes)

    def elements(self, params: Params, batch: tuple[int, ...] | None = None) -> Params:
        """The parameters of each entry of a batch (their own, if none is given), along one leading axis."""
        batch = self.batch_shape(params) if batch is None else batch

        def spread(key: str) -> Array:
            value = jnp.asarray(params[key])
            event = jnp.shape(value)[jnp.ndim(value) - _event_dim(self, key) :]
            return jnp.reshape(jnp.broadcast_to(value, (*batch, *event)), (-1, *event))

        return {key: spread(key) for key in self.parameters}

    def kl(self, f: Params, g: Params) -> Scalar | None:
        density = self.density
        if density is None or density.exponential is None:
            return None
        form = density.exponential
        p, q = self.all_parameters(f), self.all_parameters(g)
        names = tuple(p)

        def one(*parameters: Array) -> Array:
            half = len(names)
            return form.kl(
                dict(zip(names, parameters[:half], strict=True)),
                dict(zip(names, parameters[half:], strict=True)),
            )

        event_dims = tuple(_event_dim(self, key) for key in names) * 2
        return jnp.sum(jnp.vectorize(one, signature=_signature(event_dims))(*p.values(), *q.values()))

    # ---- its parameter space -----------------------------------------------------------------------------

    @property
    def constraints(self) -> dict[str, Any]:
        """The NumPyro constraint of each free parameter."""
        return {key: held.value for key, held in zip(self.parameters, self._constraints, strict=True)}

    @property
    def directions(self) -> dict[str, type[Directions]]:
        """The kind of directions that each free parameter may move in."""
        return {key: _directions(c, self.name, key) for key, c in self.constraints.items()}

    def tangent(self, f: Params) -> Tangent:
        """The directions that the parameters may move in (see `Tangent`)."""
        self.all_parameters(f)
        return Tangent.of(f, self.directions)

    def coordinates(self, params: Params) -> Coordinates:
        """Unconstrained coordinates z for parameters shaped like these."""
        self.all_parameters(params)
        return Coordinates.of(params, self.constraints)

    def to_unconstrained(self, params: Params) -> Float[Array, " k"]:
        """params → z ∈ ℝᵏ through NumPyro's bijectors."""
        return self.coordinates(params).to_vector(params)

    def to_constrained(self, z: Float[Array, " k"], like: Params) -> Params:
        """z ∈ ℝᵏ → parameters shaped like `like`."""
        return self.coordinates(like).to_params(z)

    def __repr__(self) -> str:
        fixed = "".join(f", {key}={value}" for key, value in self.fixed.items())
        return f"Family({self.name}{fixed}; {', '.join(self.parameters)})"


def _arg_constraints(kind: Any, name: str) -> dict[str, Any]:
    if not inspect.isclass(kind):
        raise ValueError(
            f"{name} is a function: name its parameters with constraints={{name: NumPyro constraint, ...}}."
        )
    if not _declared(kind):
        raise ValueError(f"{name} declares no parameters: use fx.Mixture, or a function with constraints.")
    return {**_declared(kind), **dict.fromkeys(_ANGLES.get(kind, ()), C.circular)}


def _declared(kind: Any) -> Mapping[str, Any]:
    return getattr(kind, "arg_constraints", {})


def _default_parameters(known: dict[str, Any], fixed: Mapping[str, Any]) -> tuple[str, ...]:
    free = [key for key in known if key not in fixed]
    for group in _ALTERNATIVES:
        present = [key for key in group if key in known]
        given = any(key in fixed for key in present)
        drop = present if given else present[1:]
        free = [key for key in free if key not in drop]
    return tuple(free)


def _is_described(constraint: Any) -> bool:
    try:
        return constraint.event_dim >= 0
    except NotImplementedError:  # NumPyro's word for a constraint that depends on other values
        return False


def _is_count(constraint: Any) -> bool:
    return bool(getattr(constraint, "is_discrete", False))


def _event_dim(family: Family, key: str) -> int:
    """Axes of one value of a parameter: 0 for a number, 1 for a vector, 2 for a matrix."""
    if key in family.parameters:
        return family.constraints[key].event_dim
    constraint = _declared(family.distribution_type).get(key)
    return 0 if constraint is None else constraint.event_dim


def _signature(event_dims: tuple[int, ...]) -> str:
    """NumPy's signature of a scalar function of arguments with these numbers of core axes."""
    cores = (",".join(f"a{i}_{j}" for j in range(dim)) for i, dim in enumerate(event_dims))
    return ",".join(f"({core})" for core in cores) + "->()"


def _directions(constraint: Any, name: str, key: str) -> type[Directions]:
    if constraint is C.simplex:
        return Simplex
    if constraint in (C.positive_definite, C.positive_semidefinite):
        return Symmetric
    if constraint in (C.lower_cholesky, C.softplus_lower_cholesky):
        return LowerTriangular
    if constraint in (C.corr_matrix, C.corr_cholesky, C.sphere, C.scaled_unit_lower_cholesky):
        raise ValueError(
            f"{name}'s parameter {key!r} lives on a curved set ({constraint}); "
            "give the family as a function of flat parameters, with their constraints."
        )
    return Free

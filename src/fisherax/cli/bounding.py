"""`fisherax bound` once its arguments are read: the Cramér-Rao bound, in a table or as JSON.

cov(θ̂) ≥ (n G(θ))⁻¹ for an unbiased estimator from n observations, and var(ĝ) ≥ ∇gᵀ (n G)⁻¹ ∇g for one of
a function g of the parameters (Rao 1945; Cramér 1946, §32.3). A covariance needs n = V/sd² observations where
V is the bound for a single one.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..inference.likelihood.chart import entry_names
from ..information import fisher
from ..models.unconditional import Unconditional
from ..operators.factorization import inverse
from .assignments import Assignments
from .compilation import prepare
from .errors import InputError
from .expression import function_of
from .family_names import MIXTURE, Named
from .models import checked, made
from .request import family_of


@dataclass(frozen=True)
class Bound:
    """What the information of a family allows.

    Attributes:
        family: Its name.
        model: The model.
        values: The parameters by entry.
        names: Their names.
        observations: n.
        information: That of one observation, in the order of `names`, on the tangent space.
        covariance: The bound for n observations.
        functions: The value and the smallest standard error of each function asked for.
        needed: How many observations reach each precision asked for, by name.
        provenance: How the information was computed.
    """

    family: str
    model: Unconditional
    values: np.ndarray
    names: tuple[str, ...]
    observations: int
    information: np.ndarray
    covariance: np.ndarray
    functions: dict[str, tuple[float, float]]
    needed: dict[str, tuple[float, int]]
    provenance: str

    @property
    def errors(self) -> np.ndarray:
        """The smallest standard errors."""
        return np.sqrt(np.clip(np.diag(self.covariance), 0, None))

    @property
    def correlation(self) -> np.ndarray:
        """The correlations of an efficient estimator."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.covariance / np.outer(self.errors, self.errors)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "family": self.family,
            "parameters": dict(zip(self.names, self.values.tolist(), strict=True)),
            "observations": self.observations,
            "information": {"per_observation": self.information, "computed_by": self.provenance},
            "bound": {
                "standard_errors": dict(zip(self.names, self.errors.tolist(), strict=True)),
                "covariance": self.covariance,
                "correlation": self.correlation,
            },
            "functions": [
                {"expression": text, "value": value, "standard_error": error}
                for text, (value, error) in self.functions.items()
            ],
            "needed": [
                {"name": name, "standard_error": target, "observations": count}
                for name, (target, count) in self.needed.items()
            ],
        }


def bound_of(
    family: str,
    values: Assignments,
    *,
    observations: int,
    known: tuple[str, ...] = (),
    expressions: tuple[str, ...] = (),
    precision: Assignments | None = None,
) -> Bound:
    """The Cramér-Rao bound of a family at given parameters.

    Raises:
        ValueError: A parameter is missing, unknown or not allowed, or the information does not exist.
    """
    weights = values.get("weights")
    components = len(weights) if isinstance(weights, list) else None
    named, count = family_of(family, components)
    model, params = _model(named, count, dict(values), known)
    operator = fisher(model, params)
    matrix = np.asarray(operator.coordinates_matrix(), float)
    basis = np.asarray(operator.tangent.basis(), float)
    inverted, failed = inverse(jnp.asarray(matrix), True)
    if bool(failed):
        operator.inverse_diagonal()  # raises, and says which combination is not determined
    once = basis @ np.asarray(inverted, float) @ basis.T
    names = entry_names(model.coordinates(params), None)
    functions, needed = {}, {}
    for text in expressions:
        functions[text] = _function_bound(text, params, once / observations)
    for name, target in (precision or {}).items():
        needed[name] = _needed(name, target, names, once, expressions, params)
    return Bound(
        family=named.name + ("" if count is None else MIXTURE),
        model=model,
        values=np.asarray(_entries(params), float),
        names=names,
        observations=observations,
        information=basis @ matrix @ basis.T,
        covariance=once / observations,
        functions=functions,
        needed=needed,
        provenance=str(operator.provenance.expectation),
    )


def _model(
    named: Named, components: int | None, values: dict[str, Any], known: tuple[str, ...]
) -> tuple[Unconditional, dict[str, Any]]:
    """The model, and the parameters that are free."""
    wanted = [name for name, _ in named.parameters] + (["weights"] if components is not None else [])
    missing = [name for name in wanted if name not in values]
    extra = [name for name in values if name not in wanted]
    if extra or missing:
        what = f"it has no parameter {extra[0]!r}" if extra else f"{', '.join(missing)} is missing"
        raise InputError(f"{named.name}: {what}", f"give {' '.join(f'{name}=...' for name in wanted)}")
    held = (*known, *([] if named.known is None else [named.known]))
    for name in known:
        if name not in wanted or name == "weights":
            raise InputError(
                f"--known: {named.name} has no parameter {name!r}", f"it has {', '.join(wanted)}"
            )
    if all(name in held for name in wanted):
        raise InputError(f"{named.name}: no parameter is left to be estimated", "drop a --known")
    if components is None:
        given = {name: checked(named, name, values[name]) for name in wanted}
    else:
        given = _mixed(named, components, values)
    model = made(named, {name: given[name] for name in held}, components)
    return model, {name: value for name, value in given.items() if name not in held}


def _mixed(named: Named, components: int, values: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in values.items():
        entries = value if isinstance(value, list) else [value]
        if len(entries) != components:
            raise InputError(
                f"{named.name}{MIXTURE}: {name} has {len(entries)} entries for {components} components",
                f"write {name}=" + ",".join("..." for _ in range(components)),
            )
        if name == "weights":
            if min(entries) <= 0 or abs(sum(entries) - 1) > 1e-6:
                raise InputError("weights must be positive and sum to 1", "write weights=0.3,0.7")
        else:
            for entry in entries:
                checked(named, name, entry)
        given[name] = jnp.asarray(entries, float)
    return given


def _entries(params: dict[str, Any]) -> jax.Array:
    return jnp.concatenate([jnp.ravel(params[name]) for name in sorted(params)])


def _function_bound(text: str, params: dict[str, Any], covariance: np.ndarray) -> tuple[float, float]:
    function = function_of(text, tuple(params))
    try:
        value = jnp.asarray(function(params), float)
        if value.ndim:
            raise InputError(f"--of: {text!r} is a vector", "take one entry, as probs[0]")
        gradient = jax.grad(lambda p: jnp.asarray(function(p), float))(params)
    except (IndexError, TypeError, OverflowError, ZeroDivisionError) as error:
        raise InputError(f"--of: {text!r} cannot be computed ({error})") from None
    slope = np.asarray(_entries(gradient), float)
    if not (math.isfinite(float(value)) and np.all(np.isfinite(slope))):
        raise InputError(f"--of: {text!r} is not finite at these parameters", "choose another expression")
    return float(value), math.sqrt(max(float(slope @ covariance @ slope), 0.0))


def _needed(
    name: str,
    target: Any,
    names: tuple[str, ...],
    once: np.ndarray,
    expressions: tuple[str, ...],
    params: dict[str, Any],
) -> tuple[float, int]:
    if not isinstance(target, float) or not target > 0:
        raise InputError(f"--precision: the standard error of {name} must be a positive number")
    if name in names:
        variance = float(once[names.index(name), names.index(name)])
    elif name in expressions:
        variance = _function_bound(name, params, once)[1] ** 2
    else:
        raise InputError(f"--precision: there is no parameter {name!r}", f"there are {', '.join(names)}")
    needed = variance / target**2
    if not needed < 1e15:
        raise InputError(f"--precision: {name}={target:g} would take more than 10^15 observations")
    return target, max(1, math.ceil(needed - 1e-9 * needed))


def run(
    family: str,
    values: Assignments,
    *,
    observations: int,
    known: tuple[str, ...],
    expressions: tuple[str, ...],
    precision: Assignments,
    as_json: bool,
) -> None:
    """Compute and print."""
    from .terminal import print_json, printer

    prepare()
    found = bound_of(
        family,
        values,
        observations=observations,
        known=known,
        expressions=expressions,
        precision=precision,
    )
    if as_json:
        print_json(found.to_dict())
    else:
        from .bound_tables import print_bound

        print_bound(found, printer())

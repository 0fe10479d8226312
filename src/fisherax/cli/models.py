"""From a request to the model that it names."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist

from ..models import Family, Mixture, heads
from ..models.base import Head
from ..models.unconditional import Unconditional
from .errors import InputError
from .family_names import Named
from .request import Request

_HEADS: dict[str, type[Head]] = {
    "normal": heads.Normal,
    "gamma": heads.Gamma,
    "negative-binomial": heads.NegativeBinomial,
}


def family_model(request: Request, total: float | None = None) -> Unconditional:
    """The family or mixture of a request.

    Args:
        request: What was asked for.
        total: The number of trials, where the data say it.
    """
    named = request.family
    fixed: dict[str, Any] = {name: checked(named, name, value) for name, value in request.fixed.items()}
    if named.known is not None and total is not None:
        fixed[named.known] = jnp.asarray(int(total))
    return made(named, fixed, request.components)


def made(named: Named, fixed: dict[str, Any], components: int | None) -> Unconditional:
    """A family with some parameters held, or a mixture of it."""
    family = Family(getattr(dist, named.distribution), fixed=fixed, name=named.distribution)
    return family if components is None else Mixture(family, components)


def head_of(request: Request) -> str | Head:
    """The head of a regression: by its name, or made where its own parameter is held fixed."""
    named = request.family
    if not request.fixed:
        return named.name
    (name, value), *_ = request.fixed.items()
    value = checked_positive(name, value)
    return _HEADS[named.name](**{name: value, "link": request.link or named.links[0]})


def checked(named: Named, name: str, value: Any) -> Any:
    """A value for a parameter, inside the parameter's space.

    Raises:
        InputError: It is outside.
    """
    domain = dict(named.parameters)[name]
    array = np.asarray(value, float)
    if domain == "a whole number":
        good, integer = bool(np.all((array >= 1) & (array == np.floor(array)))), True
    else:
        integer = False
        good = {
            "> 0": bool(np.all(array > 0)),
            "> 0, for each column": array.ndim == 1 and bool(np.all(array > 0)),
            "between 0 and 1": bool(np.all((array > 0) & (array < 1))),
            "shares that sum to 1": array.ndim == 1
            and bool(np.all(array > 0) and abs(array.sum() - 1) < 1e-6),
            "symmetric, positive definite": array.ndim == 2
            and array.shape[0] == array.shape[1]
            and bool(np.allclose(array, array.T) and np.all(np.linalg.eigvalsh(array) > 0)),
            "a real number for each column": array.ndim == 1,
        }.get(domain, True)
    scalar = domain in ("a real number", "an angle", "> 0", "between 0 and 1", "a whole number")
    if not good or (scalar and array.ndim):
        shown = np.array2string(array, threshold=6).replace("\n", "")
        raise InputError(f"{named.name}: {name} = {shown} is not allowed", f"it must be {domain}")
    return jnp.asarray(array.astype(int) if integer else array)


def checked_positive(name: str, value: Any) -> float:
    """A positive number.

    Raises:
        InputError: It is none.
    """
    if not isinstance(value, float) or not value > 0:
        raise InputError(f"--fixed: {name} must be a positive number")
    return value

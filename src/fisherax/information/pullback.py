"""Reparametrisation: information is a tensor."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._tree import as_arrays
from .._types import Array, Params
from ..models.tangent import Tangent
from ..operators import DenseOperator, Information


def pullback(information: Information, f: Callable[[Params], Params], params: Params) -> Information:
    """The information in other parameters: if θ = f(φ), then

        G_φ = Jᵀ G_θ J,    J = ∂f/∂φ.

    Args:
        information: G at θ = f(params).
        f: The map from the new parameters φ to the old ones θ, differentiable.
        params: φ, a pytree.

    Returns:
        A dense operator on pytrees like φ. An error ‖ΔG‖ of the information becomes its bound ‖J‖² ‖ΔG‖.

    Raises:
        ValueError: If f(φ) is not shaped like the parameters of `information`, or an argument is of the wrong
            kind.

    Examples:
        >>> import fisherax as fx, jax.numpy as jnp, numpyro.distributions as dist
        >>> G = fx.fisher(fx.Family(dist.Poisson), {"rate": jnp.exp(1.0)})
        >>> float(fx.pullback(G, lambda log_rate: {"rate": jnp.exp(log_rate)}, 1.0).trace() / jnp.exp(1.0))
        1.0

    References:
        Amari (2016), Information Geometry and Its Applications, eq. 2.25.
    """
    if not isinstance(information, Information):
        raise ValueError(
            f"pullback: the first argument must be an information, as fx.fisher returns, not {information!r}."
        )
    if not callable(f):
        raise ValueError(f"pullback: f must be a function from the new parameters to the old, not {f!r}.")
    params = as_arrays(params)
    tangent = Tangent.of(params)
    old = information.tangent

    def moved(u: Array) -> Array:
        point = f(jax.tree.map(jnp.add, params, tangent.unravel(u)))
        return old.ravel(point)

    matrix = information.coordinates_matrix()
    jacobian = jax.jacobian(moved)(jnp.zeros(tangent.dim, matrix.dtype))
    known = information.provenance
    provenance = dataclasses.replace(known, structure="dense", details=_once(known.details, "pulled back"))
    error = information.error
    if error is not None:
        error = error * jnp.linalg.norm(jacobian, ord=2) ** 2
    return DenseOperator(jacobian.T @ matrix @ jacobian, tangent, provenance, information.count, error)


def _once(details: tuple[str, ...], detail: str) -> tuple[str, ...]:
    return details if detail in details else (*details, detail)

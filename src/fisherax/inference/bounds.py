"""The Cramér–Rao bound: how well anything can be estimated."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays, is_stream, leading_size
from .._types import Array, Data, Float, Params, PyTree
from ..information import Exact, fisher
from ..information.checks import check_arguments, check_params
from ..models.base import Model
from ..models.unconditional import Unconditional
from ..operators import Information
from .propagation import Function, propagate, ravel


@dataclasses.dataclass(frozen=True)
class Bound:
    """The least covariance of an estimator of g(θ) from n observations, in the order of matrices.

    Attributes:
        value: g(θ), a pytree.
        names: A name for each of its entries.
        covariance: The bound on the covariance: the covariance of any estimator with this bias minus it is
            positive semidefinite. Rows and columns in the order of `names`; ∞ for what the data do not
            determine.
        standard_errors: The square roots of its diagonal, a pytree like the value.
        bias: The bias that is allowed for, (m,); 0 for unbiased estimators.
        mean_squared_error: covariance + bias biasᵀ, the bound on E[(t − g)(t − g)ᵀ].
        num_observations: n.
        unidentified: The combinations of parameters that the data do not determine, in words; None if there
            are none.
        information: That of one observation.
    """

    value: PyTree
    names: tuple[str, ...]
    covariance: Float[Array, "m m"]
    standard_errors: PyTree
    bias: Float[Array, " m"]
    mean_squared_error: Float[Array, "m m"]
    num_observations: float
    unidentified: str | None
    information: Information = dataclasses.field(repr=False)

    def rows(self) -> list[tuple[str, float, float, float]]:
        """Name, value, least standard error and least root mean squared error of each entry."""
        errors = np.sqrt(np.diagonal(np.asarray(self.covariance)))
        roots = np.sqrt(np.diagonal(np.asarray(self.mean_squared_error)))
        values = np.asarray(ravel(self.value))
        return [
            (name, float(v), float(e), float(r))
            for name, v, e, r in zip(self.names, values, errors, roots, strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: finite numbers only, None for an infinity."""

        def finite(number: float) -> float | None:
            return number if math.isfinite(number) else None

        return {
            "num_observations": self.num_observations,
            "parameters": [
                {
                    "name": name,
                    "value": value,
                    "standard_error": finite(error),
                    "root_mean_squared_error": finite(root),
                }
                for name, value, error, root in self.rows()
            ],
            "covariance": [[finite(float(x)) for x in row] for row in np.asarray(self.covariance)],
            "unidentified": self.unidentified,
        }

    def __str__(self) -> str:
        biased = bool(np.any(np.asarray(self.bias) != 0))
        header = ("", "value", "least std. error", *(("least RMSE",) if biased else ()))
        body = [
            (name, f"{value:.6g}", _shown(error), *((_shown(root),) if biased else ()))
            for name, value, error, root in self.rows()
        ]
        widths = [max(len(row[i]) for row in (header, *body)) for i in range(len(header))]
        lines = [
            "  ".join(
                [f"{row[0]:<{widths[0]}}", *(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))]
            )
            for row in (header, *body)
        ]
        estimators = "estimators with the bias given" if biased else "unbiased estimators"
        title = f"Cramér–Rao bound for {estimators}, {self.num_observations:g} observations"
        if self.unidentified:
            lines.append(
                f"The data do not determine {self.unidentified}: no estimator of it has a finite variance."
            )
        return "\n".join([title, *lines])


def _shown(number: float) -> str:
    return f"{number:.4g}" if math.isfinite(number) else "∞"


def cramer_rao_bound(
    model: Model,
    params: Params,
    num_observations: float | int | None = None,
    of: Callable[[Params], PyTree] | None = None,
    bias: Callable[[Params], PyTree] | None = None,
    data: Data | None = None,
) -> Bound:
    r"""The Cramér–Rao bound on the covariance of estimators of g(θ).

    $$ \operatorname{Cov}(t) \succeq \frac1n\, \partial(g + b)\; G^{-1}\; \partial(g + b)^\top,
       \qquad E\,[(t - g)(t - g)^\top] \succeq \text{the same} + b\,b^\top $$

    with b the bias of t; unbiased estimators have b = 0. On parameters that are tied (probabilities, which
    sum to one) the inverse is that on the tangent space: the bound for the probabilities of n draws is (diag
    p − p pᵀ)/n.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        params: θ.
        num_observations: n; the number of rows of `data`, or 1, by default.
        of: g, from a pytree of parameters to a pytree; the parameters themselves by default.
        bias: b, likewise; None for unbiased estimators.
        data: The inputs of a `Conditional`, over which the information is averaged.

    Returns:
        A `Bound`. Where the information is singular it has ∞ for functions of the parameters that the data do
        not determine, and a finite bound for those that they do.

    Raises:
        ValueError: If the information is undefined, n is not positive, or the bias is not shaped like g.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> bound = fx.cramer_rao_bound(fx.Family(dist.Normal), {"loc": 0.0, "scale": 2.0}, num_observations=100)
        >>> round(float(bound.standard_errors["loc"]), 6)
        0.2
        >>> import jax.numpy as jnp
        >>> poisson = fx.Family(dist.Poisson)
        >>> zero = fx.cramer_rao_bound(poisson, {"rate": 2.0}, 50, of=lambda params: jnp.exp(-params["rate"]))
        >>> round(float(zero.covariance[0, 0] / (2.0 * jnp.exp(-4.0) / 50)), 6)
        1.0

    References:
        Rao (1945), Bulletin of the Calcutta Mathematical Society 37, 81–91; Cramér (1946), Mathematical
        Methods of Statistics, §32.3 and §32.6; Stoica and Marzetta (2001), IEEE Transactions on Signal
        Processing 49, 87–90 (singular information).
    """
    check_arguments("cramer_rao_bound", model=model)
    params = as_arrays(params)
    check_params("cramer_rao_bound", model, params)
    conditional = not isinstance(model, Unconditional)
    if num_observations is None:
        num_observations = float(leading_size(data)) if data is not None and not is_stream(data) else 1.0
    if not (math.isfinite(num_observations) and num_observations > 0):
        raise ValueError(
            f"cramer_rao_bound: the number of observations must be positive, but is {num_observations}."
        )
    information = fisher(model, params, data if conditional else None, Exact())
    tangent = information.tangent
    g = of or (lambda params: params)
    function = Function(g, params, tangent)
    shift = jnp.zeros_like(function.entries)
    jacobian = function.jacobian()
    if bias is not None:
        offset = Function(bias, params, tangent)
        if _shapes(offset.value) != _shapes(function.value):
            raise ValueError(
                "cramer_rao_bound: bias= must return a pytree like that of of= (or like the parameters), but returns "
                f"{jtu.tree_structure(offset.value)}."
            )
        shift, jacobian = offset.entries, jacobian + offset.jacobian()
    matrix = np.asarray(information.coordinates_matrix())
    covariance = jnp.asarray(propagate(jacobian, matrix * num_observations))
    return Bound(
        value=function.value,
        names=function.names,
        covariance=covariance,
        standard_errors=function.unflatten(jnp.sqrt(jnp.diagonal(covariance))),
        bias=shift,
        mean_squared_error=covariance + shift[:, None] * shift[None, :],
        num_observations=float(num_observations),
        unidentified=", ".join(information.unidentified()) or None,
        information=information,
    )


def _shapes(tree: PyTree) -> tuple[Any, list[tuple[int, ...]]]:
    leaves, treedef = jtu.tree_flatten(tree)
    return treedef, [jnp.shape(leaf) for leaf in leaves]

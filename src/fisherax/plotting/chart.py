"""A chart: two plotted coordinates, and the map from them to the parameters of a model."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._tree import as_arrays
from .._types import Array, Params
from ..models.base import Model
from ..models.tangent import Free, Tangent


@dataclasses.dataclass(frozen=True)
class Chart:
    """A parameterisation: the two coordinates of a picture, and which member of a model they stand for.

        (a, b) ↦ θ(a, b),    G_(a,b) = Jᵀ G(θ) J,    J = ∂θ/∂(a, b)

    Args:
        names: What the axes are called.
        to_params: θ(a, b), of two numbers, written in JAX; where a point stands for no member, parameters outside of
            their space or NaN.
        from_params: Its inverse on the surface, θ ↦ (a, b); only curves that are known in θ, as geodesics, need it.
        units: The units of the two coordinates, None for a pure number.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> information_form = fx.plot.Chart(
        ...     ("h", "λ"),
        ...     lambda h, precision: {"loc": h / precision, "scale": precision**-0.5},
        ...     lambda params: (params["loc"] / params["scale"] ** 2, params["scale"] ** -2),
        ... )
        >>> information_form.to_params(2.0, 4.0)
        {'loc': 0.5, 'scale': 0.5}

    References:
        Amari (2016), Information Geometry and Its Applications, §1.1.
    """

    names: tuple[str, str]
    to_params: Callable[[Any, Any], Params]
    from_params: Callable[[Params], tuple[Any, Any]] | None = None
    units: tuple[str | None, str | None] = (None, None)

    def points(self, params: Params) -> np.ndarray:
        """(m, 2): where members are, from parameters with a leading axis of m.

        Raises:
            ValueError: The chart has no inverse.
        """
        if self.from_params is None:
            raise ValueError(
                f"The chart of {self.names[0]} and {self.names[1]} has no inverse, which curves need: give it "
                "from_params, the map from the parameters to the two coordinates."
            )
        first, second = (np.asarray(found, float) for found in self.from_params(params))
        return np.stack(np.broadcast_arrays(first, second), axis=-1)


class Steps:
    """θ(a, b) where two coordinates of the tangent space are plotted, and all others held."""

    def __init__(self, tangent: Tangent, params: Params, indices: tuple[int, int], centre: np.ndarray):
        self._tangent, self._params, self._indices, self._centre = tangent, params, indices, centre

    def to_params(self, first: Any, second: Any) -> Params:
        step = jnp.stack(jnp.broadcast_arrays(jnp.asarray(first, float), jnp.asarray(second, float)))
        u = jnp.zeros(self._tangent.dim).at[jnp.asarray(self._indices)].set(step - self._centre)
        return jtu.tree_map(jnp.add, self._params, self._tangent.unravel(u))

    def from_params(self, params: Params) -> tuple[np.ndarray, np.ndarray]:
        rows = np.array([self._row(one) for one in _members(params, self._params)])
        found = rows + self._centre
        return found[:, 0], found[:, 1]

    def _row(self, params: Params) -> np.ndarray:
        step = jtu.tree_map(lambda a, b: a - b, params, self._params)
        return np.asarray(self._tangent.ravel(step))[list(self._indices)]


def chart_of(
    model: Any,
    params: Params | None,
    coordinates: "tuple[str, str] | Chart | None",
    units: Any = None,
) -> Chart:
    """The chart asked for: itself, or that of two labels of the tangent space (of a model, a manifold) around `params`.

    Raises:
        ValueError: Labels without parameters to take the others from, or labels that are none of the model's.
    """
    if isinstance(coordinates, Chart):
        return coordinates
    if params is None:
        raise ValueError(
            "Two names of coordinates need params, which give the shapes and hold all others: give them, or a Chart."
        )
    params = as_arrays(params)
    tangent = model.tangent(params)
    chosen = tangent.labels[:2] if coordinates is None else tuple(coordinates)
    if len(set(chosen)) != 2 or any(name not in tangent.labels for name in chosen):
        raise ValueError(
            f"A picture is drawn in two coordinates out of {', '.join(tangent.labels)}, not {', '.join(chosen)}."
        )
    first, second = (tangent.labels.index(name) for name in chosen)
    steps = Steps(tangent, params, (first, second), _origin(tangent, params)[[first, second]])
    known = dict(units or {})
    return Chart(
        (chosen[0], chosen[1]),
        steps.to_params,
        steps.from_params,
        (known.get(chosen[0]), known.get(chosen[1])),
    )


def domain_of(model: Model, params: Params) -> Array:
    """Whether parameters are finite and inside their space, also under `jit`."""
    constraints = getattr(model, "constraints", {})
    tangent = model.tangent(params)
    checks = []
    for name, leaf in zip(tangent.names, jtu.tree_leaves(params), strict=True):
        checks.append(jnp.all(jnp.isfinite(leaf)))
        if name in constraints:
            checks.append(jnp.all(constraints[name](leaf)))
    return jnp.all(jnp.stack(checks))


def _origin(tangent: Tangent, params: Params) -> np.ndarray:
    """The value of each tangent coordinate at `params`: that of the entry, and 0 for a direction."""
    values = []
    for directions, leaf in zip(tangent.leaves, jtu.tree_leaves(params), strict=True):
        free = isinstance(directions, Free)
        values.append(np.ravel(np.asarray(leaf, float)) if free else np.zeros(directions.dim))
    return np.concatenate(values)


def _members(params: Params, like: Params) -> list[Params]:
    """Members one by one, out of leaves with a leading axis (or of one member)."""
    leaves, treedef = jtu.tree_flatten(params)
    single = np.ndim(leaves[0]) == np.ndim(jtu.tree_leaves(like)[0])
    if single:
        return [params]
    return [treedef.unflatten([leaf[k] for leaf in leaves]) for k in range(np.shape(leaves[0])[0])]

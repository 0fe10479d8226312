"""The efficiency of an estimator, by simulation against the Cramér–Rao bound."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._numbers import Real, whole
from .._tree import as_arrays, leading_size
from .._types import Array, Float, Params, PRNGKeyArray, PyTree
from ..models.base import Model
from ..models.conditional import Conditional
from ..models.unconditional import Unconditional
from .bounds import Bound, cramer_rao_bound
from .propagation import ravel

_NUMBERS = 2**22
"""Numbers simulated at once."""


@dataclasses.dataclass(frozen=True)
class Efficiency:
    """What a simulation says about an estimator; every array has an entry for each of `names`.

    Attributes:
        names: The entries of g(θ).
        efficiency: bound / variance, the share of the observations that the estimator makes use of.
        standard_error: Its Monte-Carlo standard error.
        joint: (det bound / det covariance)^{1/m}, for all entries together; None where either is singular.
        joint_standard_error: Its Monte-Carlo standard error.
        mean: Of the estimates.
        bias: Their mean minus g(θ).
        bias_standard_error: Its Monte-Carlo standard error.
        covariance: Of the estimates, (m, m).
        bound: What it is held against.
        num_datasets: How many were simulated.
    """

    names: tuple[str, ...]
    efficiency: Float[Any, " m"]
    standard_error: Float[Any, " m"]
    joint: float | None
    joint_standard_error: float | None
    mean: Float[Any, " m"]
    bias: Float[Any, " m"]
    bias_standard_error: Float[Any, " m"]
    covariance: Float[Any, "m m"]
    bound: Bound
    num_datasets: int

    @property
    def biased(self) -> tuple[str, ...]:
        """Entries whose bias differs from the one that the bound allows for by more than four standard errors."""
        excess = np.abs(self.bias - np.asarray(self.bound.bias))
        # Rounding of the mean is the floor for an estimator that is constant.
        floor = 1e-12 * (1 + np.abs(self.mean))
        return tuple(
            name
            for name, e, s in zip(self.names, excess, self.bias_standard_error + floor, strict=True)
            if e > 4 * s
        )

    def __str__(self) -> str:
        width = max(len(name) for name in self.names)
        lines = [
            f"{name:<{width}}  efficiency {e:.4f} ± {s:.4f}, bias {b:.3g} ± {bs:.2g}"
            for name, e, s, b, bs in zip(
                self.names,
                self.efficiency,
                self.standard_error,
                self.bias,
                self.bias_standard_error,
                strict=True,
            )
        ]
        if self.joint is not None:
            lines.append(f"jointly {self.joint:.4f} ± {self.joint_standard_error:.4f}")
        if self.biased:
            lines.append(
                f"The estimator is biased in {', '.join(self.biased)}, so the bound for its assumed bias does not "
                "apply there: give bias=."
            )
        lines.append(f"({self.num_datasets} data sets of {self.bound.num_observations:g} observations)")
        return "\n".join(lines)


def efficiency(
    model: Model,
    params: Params,
    estimator_fn: Callable[[Any], PyTree],
    num_observations: Real | None,
    num_datasets: Real,
    key: PRNGKeyArray,
    of: Callable[[Params], PyTree] | None = None,
    bias: Callable[[Params], PyTree] | None = None,
    inputs: Any = None,
) -> Efficiency:
    r"""The efficiency of an estimator of g(θ): the Cramér–Rao bound over its variance, by simulation.

    $$ e_i = \frac{\bigl[\partial(g+b)\, (nG)^{-1}\, \partial(g+b)^\top\bigr]_{ii}}{\operatorname{Var}(t_i)} $$

    It is at most 1 for an estimator with the bias b, whatever it is. A Monte-Carlo standard error comes with
    it, from the fourth moments of the estimates.

    Args:
        model: A `Family`, a `Mixture` or a `Conditional`.
        params: θ, from which data are drawn.
        estimator_fn: From one data set to an estimate shaped like g(θ): observations with a leading axis of
            length n, or for a `Conditional` the pair (inputs, targets). It must be a JAX function, since it
            is mapped over data sets.
        num_observations: n; for a `Conditional` it may be None, the number of inputs.
        num_datasets: How many data sets to draw.
        key: A JAX random key.
        of: g; the parameters themselves by default.
        bias: The bias b as a function of the parameters, for an estimator that has one.
        inputs: For a `Conditional`, the inputs of every data set, with a leading axis of length n.

    Returns:
        An `Efficiency`.

    Raises:
        ValueError: If the estimates are not shaped like g(θ), are not finite, or too few data sets are asked
            for.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist, jax, jax.numpy as jnp
        >>> normal = fx.Family(dist.Normal, fixed={"scale": 1.0})
        >>> result = fx.efficiency(
        ...     normal, {"loc": 0.0}, lambda x: {"loc": jnp.median(x)}, 51, 4000, jax.random.key(0)
        ... )
        >>> abs(float(result.efficiency[0]) - 0.64) < 0.05  # 2/π in the limit
        True

    References:
        Fisher (1922), Philosophical Transactions A 222, 309–368, §4; Cramér (1946), §32.3.
    """
    num_datasets = whole("efficiency: num_datasets", num_datasets, 1)
    if num_datasets < 10:
        raise ValueError(f"efficiency: a variance needs more than {num_datasets} data sets; take a thousand.")
    params = as_arrays(params)
    if isinstance(model, Conditional):
        if inputs is None:
            raise ValueError("efficiency: a Conditional needs inputs=, at which observations are drawn.")
        inputs = jtu.tree_map(jnp.asarray, inputs)
        if num_observations not in (None, leading_size(inputs)):
            raise ValueError(
                f"efficiency: there are {leading_size(inputs)} inputs, but num_observations is {num_observations}."
            )
        num_observations = leading_size(inputs)
    num_observations = whole("efficiency: num_observations", num_observations, 1)
    bound = cramer_rao_bound(model, params, num_observations, of, bias, inputs)

    def one(key: PRNGKeyArray) -> Array:
        estimate = as_arrays(estimator_fn(draw(model, params, key, num_observations, inputs)))
        if jtu.tree_structure(estimate) != jtu.tree_structure(bound.value) or [
            jnp.shape(a) for a in jtu.tree_leaves(estimate)
        ] != [jnp.shape(a) for a in jtu.tree_leaves(bound.value)]:
            raise ValueError(
                "efficiency: the estimator must return a pytree like what it estimates, "
                f"{jtu.tree_map(jnp.shape, bound.value)}, but returns {jtu.tree_map(jnp.shape, estimate)}."
            )
        return ravel(estimate)

    size = max(1, min(num_datasets, _NUMBERS // num_observations))
    keys = jax.random.split(key, num_datasets)
    estimates = np.asarray(jax.jit(lambda keys: jax.lax.map(one, keys, batch_size=size))(keys), float)
    if not np.all(np.isfinite(estimates)):
        count = int(np.sum(~np.all(np.isfinite(estimates), axis=1)))
        raise ValueError(
            f"efficiency: {count} of {num_datasets} estimates are not finite: the estimator fails on some "
            "data sets, so that it has no variance."
        )
    return _summarise(estimates, bound)


def draw(model: Model, params: Params, key: PRNGKeyArray, size: int, inputs: Any) -> Any:
    """One data set."""
    if isinstance(model, Unconditional):
        return model.head.sample(params, key, (size,))
    keys = jax.random.split(key, size)
    targets = jax.vmap(lambda k, x: model.head.sample(model.output(params, x), k))(keys, inputs)
    return inputs, targets


def _summarise(estimates: np.ndarray, bound: Bound) -> Efficiency:
    count = estimates.shape[0]
    mean = estimates.mean(axis=0)
    deviations = estimates - mean
    covariance = deviations.T @ deviations / (count - 1)
    variance = np.diagonal(covariance)
    least = np.diagonal(np.asarray(bound.covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(least == 0, 0.0, least / variance)
        # Var(s²) = (μ₄ − σ⁴ (N − 3)/(N − 1))/N.
        fourth = np.mean(deviations**4, axis=0) / variance**2
        error = ratio * np.sqrt(np.maximum(fourth - (count - 3) / (count - 1), 0.0) / count)
    error = np.where(ratio == 0, 0.0, error)
    joint, joint_error = _joint(deviations, covariance, np.asarray(bound.covariance))
    return Efficiency(
        bound.names,
        ratio,
        error,
        joint,
        joint_error,
        mean,
        mean - np.asarray(ravel(bound.value)),
        np.sqrt(variance / count),
        covariance,
        bound,
        count,
    )


def _joint(
    deviations: np.ndarray, covariance: np.ndarray, bound: np.ndarray
) -> tuple[float, float] | tuple[None, None]:
    """(det B / det C)^{1/m}; d ln det C = tr C⁻¹dC, so a data set contributes dᵀC⁻¹d − m to ln det C."""
    count, size = deviations.shape
    if not np.all(np.isfinite(bound)):
        return None, None
    (sign_b, log_b), (sign_c, log_c) = np.linalg.slogdet(bound), np.linalg.slogdet(covariance)
    tied = any(
        np.linalg.cond(m / np.sqrt(np.outer(np.diagonal(m), np.diagonal(m)))) > 1e10
        for m in (bound, covariance)
        if np.all(np.diagonal(m) > 0)
    )
    if sign_b <= 0 or sign_c <= 0 or tied:
        return None, None
    joint = math.exp((log_b - log_c) / size)
    influence = np.einsum("ni,ni->n", deviations, np.linalg.solve(covariance, deviations.T).T)
    return joint, joint * float(np.std(influence)) / math.sqrt(count) / size

"""Volume: √det G, and its integral over a box of parameters."""

import math
from collections.abc import Callable
from typing import Any, Literal, overload

import jax.numpy as jnp
import numpy as np

from .._tree import as_arrays
from .._types import Params, PyTree, Scalar
from ..information import Dense, Exact, Metric
from ..information.expectation import Expectation
from ..models.family import Family
from .closed.measure import ClosedMeasure, measure_of
from .closed.registry import isometry_of
from .expanse import Total, integrate
from .field import Field, affine, field_of
from .region import Region, bounds_and_like, region_of
from .tails import Density, log_root_determinant


def volume_density(metric: Callable[[Params], Any], params: Params) -> Scalar:
    """The volume element √det G(θ), of the affine coordinates of the parameters.

        dV = √det G(θ) dθ

    Args:
        metric: An `fx.Metric`, or any function from parameters to an information or its matrix.
        params: θ, a pytree.

    Returns:
        A scalar ≥ 0, with the determinant taken in the coordinates of the tangent space; 0 where G is singular to
        working precision. Units: one over those of all coordinates, multiplied.

    Raises:
        ValueError: If a parameter is outside its space, or the information is not finite.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> metric = fx.Metric(fx.Family(dist.Normal))
        >>> round(float(volume_density(metric, {"loc": 0.0, "scale": 2.0})), 12)  # √2/σ²
        0.353553390593

    References:
        Amari (2016), Information Geometry and Its Applications, §2.2; Jeffreys (1946).
    """
    params = as_arrays(params)
    if isinstance(metric, Metric):
        matrix = metric(params).coordinates_matrix()
    else:
        field = field_of(metric, params)
        matrix = field.pulled(affine(field, params), jnp.zeros(field.tangent.dim))
    return jnp.exp(log_root_determinant(matrix)[0])


@overload
def volume(
    metric: Callable[[Params], Any],
    box: PyTree,
    like: Params | None = None,
    *,
    return_error: Literal[False] = False,
) -> float: ...


@overload
def volume(
    metric: Callable[[Params], Any], box: PyTree, like: Params | None = None, *, return_error: Literal[True]
) -> Expectation: ...


def volume(
    metric: Callable[[Params], Any],
    box: PyTree,
    like: Params | None = None,
    *,
    return_error: bool = False,
) -> float | Expectation:
    """The Riemannian volume of a box of parameters.

        V = ∫_box √det G(θ) dθ

    It does not depend on the parameters in which the box is described. In closed form for families that are model
    spaces; else by adaptive cubature, over three numbers at most. An end of the box that is infinite or at the edge of
    the parameters' space is followed until what is left is negligible, or the integral is seen to diverge.

    Args:
        metric: An `fx.Metric`, or any function from parameters to an information or its matrix.
        box: A pair (lower, upper) for each parameter: numbers, or arrays of its shape; or None for all of its space.
        like: Parameters that give shapes, where the box does not: probabilities, for instance, have no box.
        return_error: Return the volume with its error and the method, as `fx.kl` does.

    Returns:
        V, a number; ∞ where the integral diverges. With `return_error=True` an `Expectation`.

    Raises:
        ValueError: If the box is none; the information is singular throughout it, or cannot be computed somewhere in
            it; there are more than three numbers without a closed form; or it cannot be decided whether the integral
            converges.

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist
        >>> metric = fx.Metric(fx.Family(dist.Normal))
        >>> round(volume(metric, {"loc": (0.0, 1.0), "scale": (1.0, 2.0)}), 12)  # √2 (1/1 − 1/2)
        0.707106781187
        >>> volume(metric, {"loc": (0.0, 1.0), "scale": (0.0, 2.0)})
        inf

    References:
        Amari (2016), Information Geometry and Its Applications, §2.2; Balasubramanian (1997), Statistical inference,
        Occam's razor, and statistical mechanics on the space of probability distributions, Neural Computation 9,
        349–368.
    """
    bounds, shaped = bounds_and_like("volume", box)
    total = total_volume("volume", metric, bounds, as_arrays(shaped if like is None else like))
    if not return_error:
        return total.value
    error = None if total.error is None else jnp.asarray(total.error)
    return Expectation(jnp.asarray(total.value), error, total.method)


def total_volume(call: str, metric: Callable[[Params], Any], bounds: dict[str, Any], like: Params) -> Total:
    """The volume, its error, and where it diverges, for parameters shaped like these."""
    field = field_of(metric, like)
    region = region_of(call, field.coordinates, bounds)
    closed = closed_measure(metric, like)
    if closed is not None:
        return closed_total(closed, region)
    singular = _singular_ends(field, region)
    if singular:
        region = region_of(call, field.coordinates, bounds, singular)
    return integrate(call, field, region)


def closed_measure(metric: Callable[[Params], Any], like: Params) -> ClosedMeasure | None:
    """√det G in closed form, for the exact information of a family that is a model space."""
    if not (isinstance(metric, Metric) and isinstance(metric.model, Family)):
        return None
    if not (
        isinstance(metric.estimator, Exact)
        and metric.estimator.form is None
        and isinstance(metric.structure, Dense)
    ):
        return None
    isometry = isometry_of(metric.model, like)
    return None if isometry is None else measure_of(isometry, {key: np.shape(x) for key, x in like.items()})


def closed_total(closed: ClosedMeasure, region: Region) -> Total:
    """The volume in closed form."""
    ends = region.ends()
    axes = {axis.label: axis for axis in region.axes}
    words = tuple(
        (label, axes[label].words(side) if label in axes else ("0" if side < 0 else "infinity"))
        for label, side in closed.diverges(ends)
    )
    return Total(math.inf if words else closed.volume(ends), None, "closed form", words)


def _singular_ends(field: Field, region: Region) -> frozenset[tuple[int, int]]:
    """The finite ends of the box at which √det G is no positive number, which make them open ends."""
    closed = [
        (i, side, end)
        for i, axis in enumerate(region.axes)
        for side, end in ((-1, axis.lower), (1, axis.upper))
        if math.isfinite(end)
    ]
    if not closed:
        return frozenset()
    points = np.array([[axis.start for axis in region.axes]] * len(closed))
    for row, (i, _, end) in zip(points, closed, strict=True):
        row[i] = end
    values, _ = Density("volume", field, region).logs(points)
    return frozenset(
        (i, side) for (i, side, _), value in zip(closed, values, strict=True) if not np.isfinite(value)
    )

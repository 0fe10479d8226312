"""Covariances of an estimate, by name: each is another statement, and each says which it is."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Matrix, Vector
from ..models.coordinates import Coordinates
from ..operators import DenseOperator, Information, Provenance
from .likelihood import Likelihood
from .likelihood.chart import Chart, flat

Kind = Literal["expected", "observed", "opg", "sandwich", "clustered"]
KINDS: tuple[str, ...] = get_args(Kind)

DESCRIPTIONS = {
    "expected": "inverse of the expected (Fisher) information",
    "observed": "inverse of the observed information, minus the Hessian at the estimate",
    "opg": "inverse of the outer product of the scores",
    "sandwich": "sandwich H⁻¹(Σ s sᵀ)H⁻¹ with H the observed information; no small-sample factor",
    "clustered": "sandwich H⁻¹(Σ S Sᵀ)H⁻¹, scores S summed within clusters, H observed; no small-sample factor",
}


def check_kind(kind: str, clusters: Any) -> None:
    """Raise ValueError for a name that is none, or clusters where they do not belong."""
    if kind not in KINDS:
        raise ValueError(f"There is no covariance {kind!r}; the kinds are {', '.join(KINDS)}.")
    if (kind == "clustered") != (clusters is not None):
        raise ValueError(
            'The kind "clustered" needs clusters=, the label of each row\'s cluster.'
            if clusters is None
            else f'clusters= belongs to the kind "clustered", not to {kind!r}.'
        )


def information_in_z(
    likelihood: Likelihood, z: Vector, kind: str, clusters: Sequence[Any] | np.ndarray | None = None
) -> Matrix | np.ndarray:
    """The information whose inverse is the covariance `kind`, in z.

    That of a sandwich is Godambe's H (Σ s sᵀ)⁻¹ H.

    References:
        White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50, theorem 3.2;
        Liang and Zeger (1986), Biometrika 73 (clusters).
    """
    check_kind(kind, clusters)
    if kind == "expected":
        return likelihood.expected(z)
    if kind == "observed":
        return likelihood.observed(z)
    if kind == "opg":
        return likelihood.opg(z)
    if kind == "sandwich":
        meat = likelihood.opg(z)
    else:
        numbers = likelihood.check_clusters(clusters)
        if int(numbers.max()) + 1 <= z.size:
            raise ValueError(
                f"The clustered covariance of {z.size} parameters needs more clusters than the "
                f"{int(numbers.max()) + 1} given: the sum over clusters of score products is singular."
            )
        meat = likelihood.clustered_opg(z, numbers)
    return _godambe(likelihood.observed(z), meat)


def information_at(
    likelihood: Likelihood, chart: Chart, z: Vector, kind: str, clusters: Any = None
) -> Information:
    """The same as an operator on the parameters, which says which it is."""
    matrix = chart.to_tangent(information_in_z(likelihood, z, kind, clusters))
    provenance = Provenance(
        estimator={"expected": "exact", "opg": "empirical"}.get(kind, kind),
        structure="dense",
        expectation="model" if kind == "expected" else "data",
        data_size=likelihood.num_rows,
        positive_semidefinite=kind != "observed",
    )
    return DenseOperator(jnp.asarray(matrix), likelihood.tangent, provenance, likelihood.num_observations)


def _godambe(bread: Matrix, meat: Matrix) -> np.ndarray:
    """H M⁻¹ H, on the scale of the bread so that units of parameters do not enter."""
    h, m = np.asarray(bread), np.asarray(meat)
    d = np.sqrt(np.abs(np.diagonal(h)))
    d = np.where(d > 0, d, 1.0)
    outer = d[:, None] * d[None, :]
    scaled = h / outer
    information = scaled @ np.linalg.solve(m / outer, scaled)
    return 0.5 * (information + information.T) * outer


@eqx.filter_jit
def params_jacobian(coordinates: Coordinates, z: Vector) -> Float[Array, "size k"]:
    """∂θ/∂z, a row for each entry of the parameters."""
    return jax.jacobian(lambda z: flat(coordinates.to_params(z)))(z)

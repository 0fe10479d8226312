"""Covariances of an estimate, by name: each is another statement, and each says which it is."""

from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._types import Array, Float, Matrix, Vector
from .._warnings import warn
from ..models.coordinates import Coordinates
from ..operators import DenseOperator, Information, Provenance
from ..operators.factorization import inverse
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


def information_in_z(likelihood: Likelihood, z: Vector, kind: str) -> Matrix:
    """The expected or observed information or the outer product of the scores, in z."""
    if kind == "expected":
        return likelihood.expected(z)
    return likelihood.observed(z) if kind == "observed" else likelihood.opg(z)


def meat_in_z(likelihood: Likelihood, z: Vector, kind: str, clusters: Any) -> Matrix:
    """M of the sandwich H⁻¹ M H⁻¹, in z: Σ s sᵀ, or Σ S Sᵀ with scores summed within clusters.

    References:
        White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50, theorem 3.2;
        Liang and Zeger (1986), Biometrika 73 (clusters).
    """
    if kind == "sandwich":
        return likelihood.opg(z)
    numbers = likelihood.check_clusters(clusters)
    count = int(numbers.max()) + 1
    if count == 1:
        raise ValueError(
            "All rows are in one cluster, whose score is zero at the maximum: it says nothing of a variance. Give "
            "clusters= labels of two clusters or more."
        )
    if count <= z.size:
        warn(few_clusters(count, z.size))
    return likelihood.clustered_opg(z, numbers)


def few_clusters(count: int, size: int) -> str:
    """What a clustered covariance of no more clusters than parameters is, in a sentence."""
    return (
        f"The clustered covariance of {size} parameters from {count} clusters is singular, of rank {count - 1} at "
        "most: some combinations of the parameters seem to be known exactly, and standard errors from so few clusters "
        "are too small."
    )


def information_at(likelihood: Likelihood, chart: Chart, z: Vector, kind: str) -> Information:
    """The same as an operator on the parameters, which says which it is."""
    return operator_of(likelihood, chart.to_tangent(information_in_z(likelihood, z, kind)), kind)


def operator_of(likelihood: Likelihood, matrix: np.ndarray, kind: str) -> Information:
    """An information in coordinates of the tangent space as an operator."""
    provenance = Provenance(
        estimator={"expected": "exact", "opg": "empirical"}.get(kind, kind),
        structure="dense",
        expectation="model" if kind == "expected" else "data",
        data_size=likelihood.num_rows,
        positive_semidefinite=kind != "observed",
    )
    return DenseOperator(jnp.asarray(matrix), likelihood.tangent, provenance, likelihood.num_observations)


def godambe(bread: np.ndarray, meat: np.ndarray, kind: str) -> np.ndarray:
    """H M⁻¹ H, on the scale of the bread so that units of parameters do not enter.

    References:
        Godambe (1960), Annals of Mathematical Statistics 31, 1208–1211.
    """
    d = np.sqrt(np.abs(np.diagonal(bread)))
    d = np.where(d > 0, d, 1.0)
    outer = d[:, None] * d[None, :]
    inner, failed = inverse(jnp.asarray(meat / outer), definite=True)
    if bool(failed):
        raise ValueError(
            f"The information H M⁻¹ H of the kind {kind!r} does not exist: M, the sum of products of scores, is "
            "singular to working precision, as it is where there are few rows or clusters. The covariance H⁻¹ M H⁻¹ "
            "needs no inverse of M: use covariance() or standard_errors()."
        )
    scaled = bread / outer
    information = scaled @ np.asarray(inner) @ scaled
    return 0.5 * (information + information.T) * outer


def meat_root(meat: np.ndarray) -> np.ndarray:
    """R with R Rᵀ = M, so that products with it have no negative variance; M may be singular."""
    d = np.sqrt(np.abs(np.diagonal(meat)))
    d = np.where(d > 0, d, 1.0)
    values, vectors = np.linalg.eigh(meat / d[:, None] / d[None, :])
    return d[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))


@eqx.filter_jit
def params_jacobian(coordinates: Coordinates, z: Vector) -> Float[Array, "size k"]:
    """∂θ/∂z, a row for each entry of the parameters."""
    return jax.jacobian(lambda z: flat(coordinates.to_params(z)))(z)

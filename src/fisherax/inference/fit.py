"""The result of maximum likelihood, and what it says about the parameters."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Params, Vector
from ..models.base import Model
from ..models.coordinates import Coordinates
from ..models.tangent import Free
from ..operators import DenseOperator, Information, Provenance
from ..operators.factorization import inverse
from .covariance import check_kind, information_in_z, to_tangent
from .errors import error_squares
from .held import flat
from .likelihood import Likelihood
from .status import Status
from .summary import Summary, summarise


class Fit:
    """A maximum of the likelihood.

    Made by `fit`. All that it computes is computed when first asked for and kept.

    Attributes:
        model: The model.
        params: The estimate, a pytree.
        log_likelihood: ℓ at the estimate, in nats, summed over observations.
        num_observations: The number of observations: the sum of the weights.
        status: Whether the fit may be believed.
        likelihood: The log-likelihood as a function of z, to be evaluated elsewhere.
        z: The estimate in unconstrained coordinates.
        coordinates: The map z ↔ θ.
    """

    model: Model
    params: Params
    log_likelihood: float
    num_observations: float
    status: Status
    likelihood: Likelihood
    z: Vector
    coordinates: Coordinates

    def __init__(self, likelihood: Likelihood, z: Vector, log_likelihood: float, status: Status):
        self.model = likelihood.model
        self.likelihood = likelihood
        self.coordinates = likelihood.coordinates
        self.z = z
        self.params = likelihood.to_params(z)
        self.log_likelihood = log_likelihood
        self.num_observations = likelihood.num_observations
        self.status = status
        self._informations: dict[str, Information] = {}

    # ---- the estimate, entry by entry ------------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A name for each entry of the parameters: "loc", "probs[2]", or a coefficient's own name."""
        return entry_names(self.coordinates, getattr(getattr(self.model, "apply", None), "labels", None))

    @property
    def values(self) -> Float[Array, " size"]:
        """The entries of the parameters, in the order of `names`."""
        return flat(self.params)

    def unflatten(self, entries: Any) -> Params:
        """An array with a leading axis over `names` as a pytree like the parameters (with the other axes last)."""
        entries = jnp.asarray(entries)
        leaves, start = [], 0
        for shape in self.coordinates.shapes:
            size = int(np.prod(shape, dtype=int))
            leaves.append(jnp.reshape(entries[start : start + size], (*shape, *entries.shape[1:])))
            start += size
        return jtu.tree_unflatten(self.coordinates.treedef, leaves)

    # ---- informations and covariances --------------------------------------------------------------------

    def information(self, kind: str = "expected", clusters: Sequence[Any] | None = None) -> Information:
        """The information of all observations at the estimate, as a linear map on the parameters.

        Args:
            kind: "expected" (n times the Fisher information), "observed" (minus the Hessian of ℓ), "opg" (Σ s sᵀ),
                "sandwich" (H (Σ s sᵀ)⁻¹ H) or "clustered" (the same with scores summed within clusters).
            clusters: For "clustered", a label for each row.

        Returns:
            An operator that says which of them it is.

        Raises:
            ValueError: For an unknown kind, or labels that do not fit the data.
        """
        check_kind(kind, clusters)
        if clusters is None and kind in self._informations:
            return self._informations[kind]
        in_z = information_in_z(self.likelihood, self.z, kind, clusters)
        matrix = to_tangent(self.coordinates, self.likelihood.tangent, self.z, in_z)
        provenance = Provenance(
            estimator={"expected": "exact", "opg": "empirical"}.get(kind, kind),
            structure="dense",
            expectation="model" if kind == "expected" else "data",
            data_size=self.likelihood.num_rows,
            positive_semidefinite=kind != "observed",
        )
        information = DenseOperator(matrix, self.likelihood.tangent, provenance, self.num_observations)
        if clusters is None:
            self._informations[kind] = information
        return information

    def covariance(
        self, kind: str = "expected", clusters: Sequence[Any] | None = None
    ) -> Float[Array, "size size"]:
        """The covariance of the estimate, rows and columns in the order of `names`.

        Args:
            kind, clusters: As for `information`; the covariance is its inverse on the tangent space. Entries
                that are tied to others (probabilities that sum to one) have a singular covariance.

        Raises:
            ValueError: If the information is singular, or the estimate is at a boundary, where no covariance
                exists; the message names the parameters.
        """
        if self.status.at_boundary:
            raise ValueError(
                f"covariance: {', '.join(self.status.at_boundary)} ran to the boundary of the parameter space, where "
                "the estimate has no covariance; `standard_errors` gives those of the other parameters."
            )
        information = self.information(kind, clusters)
        matrix, failed = inverse(information.coordinates_matrix(), kind != "observed")
        if bool(failed):
            information.inverse_diagonal()  # raises, and names the combination at fault
        basis = self.likelihood.tangent.basis()
        return basis @ matrix @ basis.T

    def standard_errors(self, kind: str = "expected", clusters: Sequence[Any] | None = None) -> Params:
        """The square roots of the covariance's diagonal, as a pytree like the parameters.

        An entry that the data do not determine, or that ran to a boundary, has ∞; the others are then
        what is known with those held where they are.
        """
        return self.unflatten(self.errors(kind, clusters))

    def errors(self, kind: str = "expected", clusters: Sequence[Any] | None = None) -> Float[Array, " size"]:
        """The standard errors in the order of `names`."""
        information = self.information(kind, clusters)
        lost = np.isin(self.names, self.status.at_boundary)
        return jnp.sqrt(error_squares(information, lost))

    # ---- printing -----------------------------------------------------------------------------------------

    def summary(self, level: float = 0.95, kind: str = "expected") -> Summary:
        """A table of estimates with Wald intervals, and the status."""
        return summarise(self, level, kind)

    def to_dict(self, level: float = 0.95, kind: str = "expected") -> dict[str, Any]:
        """For JSON: finite numbers only, None for an infinity."""
        return self.summary(level, kind).to_dict()

    def __repr__(self) -> str:
        entries = ", ".join(
            f"{name}={value:.6g}" for name, value in zip(self.names, np.asarray(self.values), strict=True)
        )
        valid = "valid" if self.status.valid else "NOT VALID"
        return f"Fit({entries}; log-likelihood {self.log_likelihood:.6f}, {self.num_observations:g} observations, {valid})"

    def __str__(self) -> str:
        return str(self.summary())


def entry_names(coordinates: Coordinates, labels: dict[str, tuple[str, ...]] | None) -> tuple[str, ...]:
    """A name for each entry of parameters of this shape."""
    names: list[str] = []
    for name, shape in zip(coordinates.names, coordinates.shapes, strict=True):
        names += (labels or {}).get(name, Free(shape).labels(name))
    return tuple(names)

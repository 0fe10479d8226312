"""The result of maximum likelihood, and what it says about the parameters."""

import copy
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Params, PyTree, Vector
from ..models.base import Model
from ..models.coordinates import Coordinates
from ..operators import Information
from ..operators.factorization import inverse
from . import goodness, tests
from .covariance import check_kind, information_at
from .crossing import Expansion
from .ends import peak_of
from .errors import error_squares
from .intervals import confidence_interval
from .likelihood import Likelihood
from .likelihood.chart import Chart, entry_names
from .profile import Profile, profile
from .status import Status
from .summary import Summary, summarise
from .tests import Test
from .transform import Transformed, transform


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
        chart: θ(z) and its derivatives at the estimate.
        clusters: The cluster of each row, where `with_clusters` said it.
    """

    model: Model
    params: Params
    log_likelihood: float
    num_observations: float
    status: Status
    likelihood: Likelihood
    z: Vector
    coordinates: Coordinates
    chart: Chart
    clusters: np.ndarray | None = None

    def __init__(self, likelihood: Likelihood, z: Vector | np.ndarray, log_likelihood: float, status: Status):
        self.model = likelihood.model
        self.likelihood = likelihood
        self.coordinates = likelihood.coordinates
        self.z = jnp.asarray(z)
        self.chart = likelihood.chart(z)
        self.params = self.chart.params
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
        leaves = [np.ravel(leaf) for leaf in jtu.tree_leaves(self.params)]
        return jnp.asarray(np.concatenate(leaves))

    def unflatten(self, entries: Any) -> Params:
        """An array with a leading axis over `names` as a pytree like the parameters (with the other axes last)."""
        entries = np.asarray(entries)
        leaves, start = [], 0
        for shape in self.coordinates.shapes:
            size = int(np.prod(shape, dtype=int))
            leaves.append(jnp.asarray(entries[start : start + size].reshape((*shape, *entries.shape[1:]))))
            start += size
        return jtu.tree_unflatten(self.coordinates.treedef, leaves)

    # ---- informations and covariances --------------------------------------------------------------------

    def information(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Information:
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
        own = clusters is None
        clusters = self._labels(kind, clusters)
        check_kind(kind, clusters)
        if own and kind in self._informations:
            return self._informations[kind]
        information = information_at(self.likelihood, self.chart, self.z, kind, clusters)
        if own:
            self._informations[kind] = information
        return information

    def with_clusters(self, clusters: Sequence[Any] | np.ndarray) -> "Fit":
        """The same fit, for which the kind "clustered" means these clusters where no others are given.

        Args:
            clusters: A label for each row.
        """
        fit = copy.copy(self)
        fit.clusters = self.likelihood.check_clusters(clusters)
        fit._informations = {kind: kept for kind, kept in self._informations.items() if kind != "clustered"}
        return fit

    def _labels(self, kind: str, clusters: Any) -> Any:
        return self.clusters if clusters is None and kind == "clustered" else clusters

    def covariance(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
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
        basis = self.chart.basis
        return jnp.asarray(basis @ np.asarray(matrix) @ basis.T)

    def standard_errors(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Params:
        """The square roots of the covariance's diagonal, as a pytree like the parameters.

        An entry that the data do not determine, or that ran to a boundary, has ∞; the others are then
        what is known with those held where they are.
        """
        return self.unflatten(self.errors(kind, clusters))

    def errors(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Float[Array, " size"]:
        """The standard errors in the order of `names`."""
        check_kind(kind, self._labels(kind, clusters))
        try:
            information = self.information(kind, clusters)
        except ValueError:
            if self.status.valid:
                raise
            return jnp.full(len(self.names), jnp.inf)  # a fit gone astray has no standard errors
        lost = np.isin(self.names, self.status.at_boundary)
        return jnp.asarray(np.sqrt(error_squares(information, self.chart.basis, lost)))

    # ---- intervals, tests, functions of the parameters ------------------------------------------------------

    def confidence_interval(
        self,
        level: float = 0.95,
        method: str = "wald",
        kind: str = "expected",
        clusters: Sequence[Any] | np.ndarray | None = None,
        scale: str = "natural",
    ) -> Params:
        """An interval for each entry, as a pytree like the parameters with a trailing axis (lower, upper).

        Args:
            level: The level of confidence.
            method: "wald", "score" or "profile"; see `inference.intervals.confidence_interval`.
            kind, clusters: The covariance behind a Wald interval, or the information behind a score interval.
            scale: For Wald intervals, "natural" or "unconstrained".
        """
        return confidence_interval(self, level, method, kind, clusters, scale)

    @cached_property
    def peak(self) -> Expansion:
        """ℓ at the estimate with its score and curvature: where profiles start."""
        return peak_of(self)

    def profile(self, name: str, reach: float | int = 3.7, points: int = 10) -> Profile:
        """The profile likelihood of one entry; see `inference.profile.profile`."""
        return profile(self, name, reach, points)

    def wald_test(
        self, null: Any, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Test:
        """(θ̂ − θ₀)ᵀ Σ⁻¹ (θ̂ − θ₀), of entries given by name, {"x1": 0.0}, or of a whole pytree of parameters."""
        return tests.wald_test(self, null, kind, clusters)

    def score_test(self, null: Any, kind: str = "expected") -> Test:
        """gᵀI⁻¹g at the maximum under the hypothesis: Rao's test. `kind`: "expected", "observed" or "opg"."""
        return tests.score_test(self, null, kind)

    def likelihood_ratio_test(self, null: Any) -> Test:
        """2(ℓ̂ − ℓ̃), with ℓ̃ the maximum under the hypothesis."""
        return tests.likelihood_ratio_test(self, null)

    def transform(
        self,
        g: Callable[[Params], PyTree],
        kind: str = "expected",
        clusters: Sequence[Any] | np.ndarray | None = None,
    ) -> Transformed:
        """g(θ̂) with its covariance J Σ Jᵀ: the delta method; exact for a linear g."""
        return transform(self, g, kind, clusters)

    # ---- generalised linear models --------------------------------------------------------------------------

    @cached_property
    def deviance(self) -> float:
        """Σ w d(yᵢ, μ̂ᵢ): twice what ℓ loses against a mean for each row, times the dispersion (σ², 1/shape).

        Raises:
            ValueError: If the model is no generalised linear model; so do the next ones.

        References:
            McCullagh and Nelder (1989), Generalized Linear Models, §2.3.
        """
        return goodness.deviance(self)

    @cached_property
    def null_deviance(self) -> float:
        """The deviance with an intercept (and the offset) alone."""
        return goodness.null_deviance(self)

    @cached_property
    def pearson_chi2(self) -> float:
        """Σ w (yᵢ − μ̂ᵢ)²/V(μ̂ᵢ)."""
        return goodness.pearson_chi2(self)

    def fitted(self, inputs: Any) -> Array:
        """E[y | x] at each of these inputs; for a binomial head the expected successes."""
        return goodness.fitted(self, inputs)

    def residuals(self, inputs: Any, targets: Any, kind: str = "pearson") -> Array:
        """Residuals of rows under the fit: "response", "pearson" or "deviance"."""
        return goodness.residuals(self, inputs, targets, kind)

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
        count = f"{self.num_observations:g} observations"
        return f"Fit({entries}; log-likelihood {self.log_likelihood:.6f}, {count}, {valid})"

    def __str__(self) -> str:
        return str(self.summary())

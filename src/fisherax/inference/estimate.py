"""The estimate of a fit, entry by entry, with its informations, covariances and standard errors."""

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import jax.numpy as jnp
import jax.tree_util as jtu
import numpy as np

from .._types import Array, Float, Params, Vector
from ..models.base import Model
from ..models.coordinates import Coordinates
from ..operators import Information
from ..operators.factorization import inverse
from .covariance import check_kind, godambe, information_at, meat_in_z, meat_root, operator_of
from .crossing import Expansion
from .ends import peak_of
from .errors import error_squares
from .likelihood import Likelihood
from .likelihood.chart import Chart, entry_names
from .status import Status

if TYPE_CHECKING:
    from .fit import Fit


class Estimate:
    """Where the likelihood has its maximum, and how well the data determine that; see `Fit`, which is made of it."""

    model: Model
    params: Params
    log_likelihood: float
    num_observations: float
    status: Status
    likelihood: Likelihood
    coordinates: Coordinates
    chart: Chart
    clusters: np.ndarray | None = None

    def __init__(self, likelihood: Likelihood, z: Vector | np.ndarray, log_likelihood: float, status: Status):
        self.model = likelihood.model
        self.likelihood = likelihood
        self.coordinates = likelihood.coordinates
        self._z = z
        self.chart = likelihood.chart(z)
        self.params = self.chart.params
        self.log_likelihood = log_likelihood
        self.num_observations = likelihood.num_observations
        self.status = status
        self._informations: dict[str, Information] = {}
        self._meats: dict[str, np.ndarray] = {}

    # ---- the estimate, entry by entry ------------------------------------------------------------------

    @cached_property
    def z(self) -> Vector:
        """The estimate in unconstrained coordinates."""
        return jnp.asarray(self._z)

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
        """An array over the entries as a pytree like the parameters.

        Args:
            entries: (size, ...), with a leading axis over `names`.

        Returns:
            A pytree like the parameters, each leaf with the other axes last.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> fit.unflatten(np.array([[1.0, 2.0]]))
            {'rate': Array([1., 2.], dtype=float64)}
        """
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

            expected n G(θ̂);  observed H = −∂²ℓ/∂θ²;  opg Σ w s sᵀ;  sandwich H (Σ w s sᵀ)⁻¹ H

        Args:
            kind: "expected" (n times the Fisher information), "observed" (minus the Hessian of ℓ), "opg" (Σ s sᵀ),
                "sandwich" (H (Σ s sᵀ)⁻¹ H) or "clustered" (the same with scores summed within clusters).
            clusters: For "clustered", a label for each row.

        Returns:
            An `Information` that says which of them it is.

        Raises:
            ValueError: For an unknown kind, labels that do not fit the data, or, for "sandwich" and "clustered", where
                Σ s sᵀ is singular: the covariance exists then nevertheless.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> round(float(fit.information().trace()), 6), round(float(fit.information("opg").trace()), 6)
            (1.0, 0.222222)

        References:
            White (1982), Maximum likelihood estimation of misspecified models, Econometrica 50, 1–25; Liang and Zeger
            (1986), Longitudinal data analysis using generalized linear models, Biometrika 73, 13–22.
        """
        information, meat = self._bread_and_meat(kind, clusters)
        if meat is None:
            return information
        matrix = godambe(np.asarray(information.coordinates_matrix()), meat, kind)
        return operator_of(self.likelihood, matrix, kind)

    def _bread_and_meat(self, kind: str, clusters: Any = None) -> tuple[Information, np.ndarray | None]:
        """A and M of the covariance A⁻¹ M A⁻¹, in coordinates of the tangent space; no M where it is A⁻¹."""
        own = clusters is None
        clusters = self.clusters if own and kind == "clustered" else clusters
        check_kind(kind, clusters)
        bread = kind if kind in ("expected", "opg") else "observed"
        if bread not in self._informations:
            self._informations[bread] = information_at(self.likelihood, self.chart, self.z, bread)
        information = self._informations[bread]
        if kind not in ("sandwich", "clustered"):
            return information, None
        if own and kind in self._meats:
            return information, self._meats[kind]
        meat = self.chart.to_tangent(meat_in_z(self.likelihood, self.z, kind, clusters))
        if own:
            self._meats[kind] = meat
        return information, meat

    def with_clusters(self, clusters: Sequence[Any] | np.ndarray) -> "Fit":
        """The same fit, for which the kind "clustered" means these clusters where no others are given.

        Args:
            clusters: A label for each row.

        Returns:
            A `Fit`, which shares its data with this one.

        Raises:
            ValueError: If there is not one label for each row.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> pairs = fx.fit(fit.model, np.array([2.0, 4.0, 3.0, 5.0])).with_clusters(["a", "a", "b", "b"])
            >>> round(float(pairs.standard_errors("clustered")["rate"]), 6)
            0.353553
        """
        fit = cast("Fit", copy.copy(self))
        fit.clusters = self.likelihood.check_clusters(clusters)
        fit._meats = {kind: kept for kind, kept in self._meats.items() if kind != "clustered"}
        return fit

    def covariance(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Float[Array, "size size"]:
        """The covariance of the estimate.

            Σ = B A⁻¹ Bᵀ,  with A the information in coordinates of the tangent space;  for a sandwich B H⁻¹ M H⁻¹ Bᵀ

        Args:
            kind: As for `information`.
            clusters: As for `information`.

        Returns:
            An array (size, size), rows and columns in the order of `names`, in products of the parameters' units. It is
            singular where entries are tied to others (probabilities that sum to one), and where there are no more
            clusters than parameters.

        Warns:
            UserWarning: For no more clusters than parameters.

        Raises:
            ValueError: If the information (for a sandwich H, the observed one) is singular, or the estimate is at a
                boundary, where no covariance exists; the message names the parameters. For an unknown kind, clusters
                that do not fit the data, or a single cluster.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> round(float(fit.covariance()[0, 0]), 6)  # rate/n
            1.0
        """
        if self.status.at_boundary:
            raise ValueError(
                f"covariance: {', '.join(self.status.at_boundary)} ran to the boundary of the parameter space, where "
                "the estimate has no covariance; `standard_errors` gives those of the other parameters."
            )
        information, meat = self._bread_and_meat(kind, clusters)
        inner, failed = inverse(information.coordinates_matrix(), kind in ("expected", "opg"))
        if bool(failed):
            information.inverse_diagonal()  # raises, and names the combination at fault
        basis, matrix = self.chart.basis, np.asarray(inner)
        if meat is None:
            return jnp.asarray(basis @ matrix @ basis.T)
        half = basis @ matrix @ meat_root(meat)
        return jnp.asarray(half @ half.T)

    def standard_errors(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Params:
        """The standard error of each entry.

            se(θ̂ᵢ) = √Σᵢᵢ

        An entry that the data do not determine, or that ran to a boundary, has ∞; the others are then
        what is known with those held where they are.

        Args:
            kind: As for `information`.
            clusters: As for `information`.

        Returns:
            A pytree like the parameters, in their units.

        Raises:
            ValueError: For an unknown kind or clusters, as `information`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> round(float(fit.standard_errors()["rate"]), 6)
            1.0
        """
        return self.unflatten(self.errors(kind, clusters))

    def errors(
        self, kind: str = "expected", clusters: Sequence[Any] | np.ndarray | None = None
    ) -> Float[Array, " size"]:
        """The standard errors as one array.

        Args:
            kind: As for `information`.
            clusters: As for `information`.

        Returns:
            An array (size,) in the order of `names`; see `standard_errors`.

        Raises:
            ValueError: For an unknown kind or clusters, as `information`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> np.round(fit.errors(), 6)
            Array([1.], dtype=float64)
        """
        check_kind(kind, self.clusters if clusters is None and kind == "clustered" else clusters)
        try:
            information, meat = self._bread_and_meat(kind, clusters)
        except ValueError:
            if self.status.valid:
                raise
            return jnp.full(len(self.names), jnp.inf)  # a fit gone astray has no standard errors
        lost = np.isin(self.names, self.status.at_boundary)
        matrix = np.asarray(information.coordinates_matrix())
        return jnp.asarray(np.sqrt(error_squares(matrix, meat, self.chart.basis, lost)))

    @cached_property
    def peak(self) -> Expansion:
        """ℓ at the estimate with its score and curvature: where profiles start."""
        return peak_of(cast("Fit", self))

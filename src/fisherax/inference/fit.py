"""The result of maximum likelihood, and what it says about the parameters."""

from functools import cached_property
from typing import Any

import numpy as np

from .._numbers import Real
from .._types import Array
from . import goodness
from .statements import Statements
from .summary import Summary, summarise


class Fit(Statements):
    """A maximum of the likelihood, and what it says about the parameters.

        θ̂ = argmax ℓ(θ),   ℓ(θ) = Σ wᵢ ln p(xᵢ | θ)

    Made by `fit`. All that it computes is computed when first asked for and kept. Look at its `status` first.

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

    Examples:
        >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
        >>> fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
        Fit(rate=3; log-likelihood -4.775450, 3 observations, valid)

    References:
        Pawitan (2001), In All Likelihood, chapters 2 and 3.
    """

    # ---- generalised linear models --------------------------------------------------------------------------

    @cached_property
    def deviance(self) -> float:
        """The deviance Σ w d(yᵢ, μ̂ᵢ): twice what ℓ loses against a mean for each row, times σ² or 1/shape.

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
        """Pearson's chi-squared, Σ w (yᵢ − μ̂ᵢ)²/V(μ̂ᵢ)."""
        return goodness.pearson_chi2(self)

    def fitted(self, inputs: Any) -> Array:
        """The mean of an observation at each of these inputs.

            μ̂(x) = E[y | x, θ̂]

        Args:
            inputs: Inputs of a `Conditional`, with a leading axis of length n.

        Returns:
            An array (n, ...), in the units of an observation; for a binomial head the expected successes.

        Raises:
            ValueError: If the model is a family or a mixture, which has no inputs.

        Examples:
            >>> import fisherax as fx, numpy as np
            >>> data = {"x": np.array([0.0, 1.0, 2.0]), "y": np.array([1.0, 2.0, 6.0])}
            >>> fit = fx.glm("y ~ x", data, head="poisson")
            >>> inputs = {"x": np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])}
            >>> np.round(fit.fitted(inputs), 4)
            Array([0.87  , 2.2599, 5.87  ], dtype=float64)
        """
        return goodness.fitted(self, inputs)

    def residuals(self, inputs: Any, targets: Any, kind: str = "pearson") -> Array:
        """Residuals of rows under the fit.

            response y − μ̂;   pearson (y − μ̂)/√V(μ̂);   deviance sign(y − μ̂) √d(y, μ̂)

        with V the variance function and d the unit deviance, both without the dispersion (σ², 1/shape).

        Args:
            inputs: Inputs, with a leading axis of length n.
            targets: Observations, (n,).
            kind: "response", "pearson" or "deviance".

        Returns:
            An array (n,).

        Raises:
            ValueError: For an unknown kind, a model without inputs, or, unless the kind is "response", one that is no
                generalised linear model.

        Examples:
            >>> import fisherax as fx, numpy as np
            >>> data = {"x": np.array([0.0, 1.0, 2.0]), "y": np.array([1.0, 2.0, 6.0])}
            >>> fit = fx.glm("y ~ x", data, head="poisson")
            >>> inputs = {"x": np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])}
            >>> np.round(fit.residuals(inputs, data["y"]), 4)
            Array([ 0.1393, -0.1729,  0.0536], dtype=float64)

        References:
            McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., §2.4.
        """
        return goodness.residuals(self, inputs, targets, kind)

    # ---- printing -----------------------------------------------------------------------------------------

    def summary(self, level: Real = 0.95, kind: str = "expected") -> Summary:
        """A table of estimates with Wald intervals, and the status.

        Args:
            level: The level of the intervals.
            kind: The covariance, as for `information`.

        Returns:
            A `Summary`; printed, it is the table.

        Raises:
            ValueError: If the level is not between 0 and 1, or the kind is unknown.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> row = fit.summary().table[0]
            >>> row.name, round(row.estimate, 6), round(row.lower, 6), round(row.upper, 6)
            ('rate', 3.0, 1.040036, 4.959964)
        """
        return summarise(self, level, kind)

    def to_dict(self, level: Real = 0.95, kind: str = "expected") -> dict[str, Any]:
        """The summary for JSON: finite numbers only, None for an infinity.

        Args:
            level: As for `summary`.
            kind: As for `summary`.

        Returns:
            A dict of strings, numbers and lists.

        Raises:
            ValueError: As `summary`.

        Examples:
            >>> import fisherax as fx, numpyro.distributions as dist, numpy as np
            >>> fit = fx.fit(fx.Family(dist.Poisson), np.array([2.0, 4.0, 3.0]))
            >>> fit.to_dict()["num_observations"], fit.to_dict()["covariance"]
            (3.0, 'expected')
        """
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
